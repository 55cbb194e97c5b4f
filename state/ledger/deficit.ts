/**
 * Losses that nobody has paid. They are shared by one rate on all withdrawals of cash, fixed when the
 * loss is known: who leaves first pays the same share as who leaves last, and what a withdrawal leaves
 * behind pays the loss. Income of the insurance fund pays it before it stays in the fund.
 */
import { existing, type StateAccess } from '../access.ts';
import { clamp, divUp, max, min } from '../math/integer.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { WAD, type MicroUsd } from '../units.ts';

/** The pool with `amount` more in the insurance fund, after what is left of losses; taken from the fund where negative. */
export function withIncome(pool: Pool, amount: MicroUsd): Pool {
  const { deficit, insurance, withdrawalRate } = pool;
  const paid = clamp(amount, 0n, deficit);
  if (paid === 0n) return { ...pool, insurance: insurance + amount };
  // With a smaller loss the rate loses in proportion: nothing where nothing is left.
  const lost = divUp((WAD - withdrawalRate) * (deficit - paid), deficit);
  return { ...pool, insurance: insurance + amount - paid, deficit: deficit - paid, withdrawalRate: WAD - lost };
}

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
  if (pool.deficit === 0n) state.put(POOL, 0, { ...pool, withdrawalRate: WAD });
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
