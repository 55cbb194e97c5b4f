/** What a backstop vault is worth, and its shares. */
import { existing, type StateAccess } from '../access.ts';
import { require } from '../errors.ts';
import { ACCOUNT } from '../records/account.ts';
import { vaultAccountOf, type BackstopVault } from '../records/vault.ts';
import { REFUSAL } from '../refusals.ts';
import { loadPortfolio } from '../risk/portfolio.ts';
import { SECONDS_PER_DAY, type MicroUsd, type Seconds } from '../units.ts';
import { distressOf, type Distress } from './distress.ts';

/**
 * Shares and value that every vault has beside its own: a dollar of each. So there is a price before the
 * first deposit, and a gift to the vault is nobody's way to round the deposits of others to nothing.
 */
const GHOST = 1_000_000n;

/** Shares for a deposit, rounded down. `value` above 0 [1e-6 USD]. */
export const sharesDown = ({ shares }: BackstopVault, value: MicroUsd, amount: MicroUsd): bigint =>
  (amount * (shares + GHOST)) / (value + GHOST);

/** Cash for shares, rounded down. */
export const cashDown = ({ shares }: BackstopVault, value: MicroUsd, burnt: bigint): MicroUsd =>
  (burnt * (value + GHOST)) / (shares + GHOST);

/** Its account at fresh prices. */
export function vaultDistress(state: StateAccess, vault: number): Distress {
  const id = vaultAccountOf(vault);
  const distress = distressOf(loadPortfolio(state, id, existing(state, ACCOUNT, id)));
  require(distress.margin.fresh, REFUSAL.marks_stale, 'prices or marks of the vault are too old');
  return distress;
}

/** The vault on the day of `now`: a new day begins with what it is worth. */
export function onDay(vault: BackstopVault, value: MicroUsd, now: Seconds): BackstopVault {
  const day = Math.floor(now / SECONDS_PER_DAY);
  return day === vault.day ? vault : { ...vault, day, dayValue: value };
}
