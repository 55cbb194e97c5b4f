/**
 * Interest on cash. Negative cash is a loan from those with positive cash: borrowers pay a rate that
 * rises with use, lenders share it, the insurance fund keeps the rest. An index is a sum of rates, so
 * interest is simple between two settlements and what all accounts owe is known from the totals.
 */
import { existing, type StateAccess } from '../access.ts';
import { divDown, divUp, max, min } from '../math/integer.ts';
import type { Account } from '../records/account.ts';
import type { Parameters } from '../records/parameters.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { SECONDS_PER_YEAR, WAD, type MicroUsd, type Seconds, type Wad } from '../units.ts';
import { withIncome } from './deficit.ts';

/** Share of what is lent that is borrowed [1e-18], at most one. */
export function utilisation({ cashPositive, cashNegative }: Pool): Wad {
  if (cashNegative === 0n) return 0n;
  return cashNegative >= cashPositive ? WAD : (cashNegative * WAD) / cashPositive;
}

type Curve = Pick<Parameters, 'borrowBase' | 'borrowSlope' | 'borrowKink' | 'borrowSteep'>;

/** Yearly rate of borrowers at `used` [1e-18], rounded up: two straight lines that meet at the kink. */
export function borrowRateUp(used: Wad, { borrowBase, borrowSlope, borrowKink, borrowSteep }: Curve): Wad {
  const below = divUp(borrowSlope * min(used, borrowKink), borrowKink);
  const beyond = divUp(borrowSteep * max(used - borrowKink, 0n), WAD - borrowKink);
  return borrowBase + below + beyond;
}

/** Of what borrowers pay on a dollar, what lenders get on one [1e-18], rounded down. */
export const lenderShareDown = (paid: Wad, used: Wad, { interestReserve }: Parameters): Wad =>
  (paid * used * (WAD - interestReserve)) / (WAD * WAD);

/** The interest index of cash of this sign. */
export const interestIndexOf = (pool: Pool, cash: MicroUsd): Wad =>
  cash < 0n ? pool.borrowIndex : pool.supplyIndex;

/** Interest since the account was settled, rounded down: to be received, or owed where negative. */
export const interestDown = ({ cash, interestIndex }: Account, pool: Pool): MicroUsd =>
  divDown(cash * (interestIndexOf(pool, cash) - interestIndex), WAD);

/** Cash of an account with the interest it has not been settled for. */
export const settledCash = (account: Account, pool: Pool): MicroUsd =>
  account.cash + interestDown(account, pool);

/**
 * Carries both indices to `now` at the rate of the cash as it is. Lenders get no more than borrowers
 * pay: cashPositive x used <= cashNegative. The fund gets what is left over, so that nothing that is
 * owed stays in clearing but the roundings of single accounts.
 */
export function advanceInterest(state: StateAccess, parameters: Parameters, now: Seconds): void {
  const pool = existing(state, POOL, 0);
  const elapsed = BigInt(now - pool.interestTime);
  if (elapsed === 0n) return;
  const used = utilisation(pool);
  const paid = divUp(borrowRateUp(used, parameters) * elapsed, BigInt(SECONDS_PER_YEAR));
  const earned = lenderShareDown(paid, used, parameters);
  const left = divDown(pool.cashNegative * paid - pool.cashPositive * earned, WAD);
  state.put(POOL, 0, {
    ...withIncome(pool, left),
    borrowIndex: pool.borrowIndex + paid,
    supplyIndex: pool.supplyIndex + earned,
    interestTime: now,
    clearing: pool.clearing - left,
  });
}
