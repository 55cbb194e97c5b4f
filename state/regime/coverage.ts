/**
 * Does a range cover what it promises to? Likelihood ratios in integers: Kupiec (1995) of the number
 * of exceptions, Christoffersen (1998) of their independence, and both together.
 */
import { Q96, cdfQ96, expQ96, lnQ96, sqrtQ96 } from '../math/q96.ts';
import type { Regime } from '../records/regime.ts';
import type { X96 } from '../units.ts';

/** A range is meant to be exceeded on one day of a hundred. */
export const EXCEPTION_RATE = { of: 1n, days: 100n } as const;

/** Outcomes of pairs of days that follow each other. */
export type Pairs = Pick<
  Regime,
  'quietAfterQuiet' | 'exceptionAfterQuiet' | 'quietAfterException' | 'exceptionAfterException'
>;

/** count x ln(part / whole); 0 where nothing is counted. */
function logLikelihood(count: number, part: bigint, whole: bigint): X96 {
  return count === 0 ? 0n : BigInt(count) * lnQ96((part << 96n) / whole);
}

const ratio = (restricted: X96, free: X96): X96 => {
  const value = 2n * (free - restricted);
  return value > 0n ? value : 0n;
};

/** Kupiec: is the number of exceptions that of the promised rate? Chi-squared with one degree of freedom. */
export function kupiec(observations: number, exceptions: number): X96 {
  const { of, days } = EXCEPTION_RATE;
  const quiet = observations - exceptions;
  const n = BigInt(observations);
  const promised = logLikelihood(quiet, days - of, days) + logLikelihood(exceptions, of, days);
  const seen = logLikelihood(quiet, BigInt(quiet), n) + logLikelihood(exceptions, BigInt(exceptions), n);
  return ratio(promised, seen);
}

/** Christoffersen: is an exception as likely after one as after none? One degree of freedom. */
export function independence(pairs: Pairs): X96 {
  const { quietAfterQuiet: n00, exceptionAfterQuiet: n01 } = pairs;
  const { quietAfterException: n10, exceptionAfterException: n11 } = pairs;
  const share = (count: number, of: number): X96 => logLikelihood(count, BigInt(count), BigInt(of));
  const free = share(n00, n00 + n01) + share(n01, n00 + n01) + share(n10, n10 + n11) + share(n11, n10 + n11);
  const all = n00 + n01 + n10 + n11;
  return ratio(share(n00 + n10, all) + share(n01 + n11, all), free);
}

/** Both. Two degrees of freedom. */
export const conditionalCoverage = (observations: number, exceptions: number, pairs: Pairs): X96 =>
  kupiec(observations, exceptions) + independence(pairs);

const quantile = (millionths: bigint): X96 => (millionths * Q96) / 1_000_000n;
/** Chi-squared quantiles: above, a hypothesis is rejected at 5 % or at 1 %. */
export const REJECTED_ABOVE = {
  one: { five: quantile(3_841_459n), one: quantile(6_634_897n) },
  two: { five: quantile(5_991_465n), one: quantile(9_210_340n) },
} as const;

/** How often a likelihood ratio is at least this by chance, with one or two degrees of freedom. */
export const pValue = (likelihoodRatio: X96, degrees: 1 | 2): X96 =>
  degrees === 1 ? 2n * cdfQ96(-sqrtQ96(likelihoodRatio)) : expQ96(-likelihoodRatio >> 1n);
