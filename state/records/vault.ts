/** A backstop vault: shares over the account it owns. */
import { accountId, struct, time, u128, u64, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

const layout = struct({
  account: accountId,
  shares: u128,
  /** Most it may lose in one day [1e-6 USD], what it has lost today, and which day that is. */
  lossCap: u128,
  lossToday: u128,
  lossDay: time,
  /** Least seconds between deposit and withdrawal. */
  lockSeconds: u64,
});
export type BackstopVault = Decoded<typeof layout>;
export const BACKSTOP_VAULT = numbered(10, 'vault', 2, layout);
