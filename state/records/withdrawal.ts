/** A payment L1 owes: proved against a final root and paid there. 95 bytes, read by the Vault contract. */
import { accountId, address, bytesField, struct, time, u128, u16, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

const layout = struct({
  asset: u16,
  amount: u128,
  recipient: address,
  /** Owner and subaccount it was taken from. */
  account: accountId,
  height: time,
  timestamp: time,
  reserved: bytesField(20),
});
export type Withdrawal = Decoded<typeof layout>;
export const WITHDRAWAL = numbered(11, 'withdrawal', 8, layout);
export const WITHDRAWAL_RESERVED = `0x${'00'.repeat(20)}` as const;
