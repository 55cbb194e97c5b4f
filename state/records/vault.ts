/** A backstop vault: shares over the account it owns, which takes from auctions by rule. */
import { address, i128, struct, time, u128, u64, type Decoded } from '../codec/layout.ts';
import type { AccountId } from '../units.ts';
import { accountIdOf } from './account.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Who may trade its positions away, reduce-only, by a session; zero: nobody. */
  operator: address,
  shares: u128,
  /** Most that it may have lost on the day when it takes more [1e-6 USD]. */
  lossCap: u128,
  /** The day since 1970, and what it was worth when that day's first auction came up, with deposits and withdrawals since. */
  day: time,
  dayValue: i128,
  /** Least seconds between a deposit and a withdrawal. */
  lockSeconds: u64,
});
export type BackstopVault = Decoded<typeof layout>;
export const BACKSTOP_VAULT = numbered(10, 'vault', 2, layout);

/** The account of a vault: of an address that nobody has a key of. */
export const vaultAccountOf = (vault: number): AccountId =>
  accountIdOf(`0x${'00'.repeat(17)}76${vault.toString(16).padStart(4, '0')}`, 0);
