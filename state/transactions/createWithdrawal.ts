/** Writes the next withdrawal record: what L1 pays against a final root. */
import { existing, type StateAccess } from '../access.ts';
import { CHAIN } from '../records/chain.ts';
import { WITHDRAWAL, WITHDRAWAL_RESERVED } from '../records/withdrawal.ts';
import type { AccountId, Address, TokenUnits } from '../units.ts';

export function createWithdrawal(
  state: StateAccess,
  account: AccountId,
  asset: number,
  amount: TokenUnits,
  recipient: Address,
): void {
  const chain = existing(state, CHAIN, 0);
  const index = chain.withdrawalCount;
  state.put(WITHDRAWAL, index, {
    asset,
    amount,
    recipient,
    account,
    height: chain.height,
    timestamp: chain.timestamp,
    reserved: WITHDRAWAL_RESERVED,
  });
  state.put(CHAIN, 0, { ...chain, withdrawalCount: index + 1 });
  state.effect({ kind: 'withdrawal', index, account, asset, amount });
}
