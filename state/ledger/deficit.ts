/**
 * Losses that nobody has paid. They are shared by one rate on all withdrawals of cash, fixed when the
 * loss is known: who leaves first pays the same share as who leaves last, and what a withdrawal leaves
 * behind pays the loss. Income of the insurance fund pays it before it stays in the fund.
 */
import { existing, type StateAccess } from '../access.ts';
import { clamp, divUp, max, min } from '../math/integer.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { WAD, type MicroUsd, type Wad } from '../units.ts';

/** The pool with `amount` more in the insurance fund, after what is left of losses; taken from the fund where negative. */
export function withIncome(pool: Pool, amount: MicroUsd): Pool {
  const paid = clamp(amount, 0n, pool.deficit);
  return { ...paidDown(pool, paid, sharedRate(pool, pool.deficit - paid)), insurance: pool.insurance + amount - paid };
}

/** The rate with a smaller loss, in proportion. */
const sharedRate = ({ deficit, withdrawalRate }: Pool, left: MicroUsd): Wad =>
  deficit === 0n ? withdrawalRate : WAD - divUp((WAD - withdrawalRate) * left, deficit);

const paidDown = (pool: Pool, paid: MicroUsd, rate: Wad): Pool => ({
  ...pool,
  deficit: pool.deficit - paid,
  withdrawalRate: pool.deficit === paid ? WAD : rate,
});

/** Sets the rate after the loss has grown: what is lost of each dollar that is owed to accounts. */
export function fixRate(state: StateAccess): void {
  const pool = existing(state, POOL, 0);
  const lost = divUp(pool.deficit * WAD, max(pool.cashPositive, 1n));
  state.put(POOL, 0, { ...pool, withdrawalRate: WAD - min(lost, WAD) });
}

/** What a withdrawal of `amount` leaves behind, rounded up, but no more than is left of the loss. */
export const withheldUp = ({ deficit, withdrawalRate }: Pool, amount: MicroUsd): MicroUsd =>
  min(divUp(amount * (WAD - withdrawalRate), WAD), deficit);

/** After a withdrawal the rate stays, until the loss is paid. */
export function keepRate(state: StateAccess): void {
  const pool = existing(state, POOL, 0);
  state.put(POOL, 0, paidDown(pool, 0n, pool.withdrawalRate));
}

/**
 * What a withdrawal of `amount` leaves to the fund, rounded up, while losses are in the open that the fund
 * does not cover: as much of each dollar as if all of them were lost. What is in the open, per dollar that
 * is left, stays the same by it, so withdrawing twice, or from two accounts, takes no more out.
 */
export function provisionUp({ flagged, insurance, cashPositive }: Pool, amount: MicroUsd): MicroUsd {
  const uncovered = max(flagged - insurance, 0n);
  return divUp(amount * min(uncovered, cashPositive), max(cashPositive, 1n));
}
