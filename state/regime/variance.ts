/** Variances of hourly returns, what they predict for a day, and covariance with the leader. All [2^-96]. */
import { clamp } from '../math/integer.ts';
import { Q96, lnQ96, mulQ96, sqrtQ96, isqrt } from '../math/q96.ts';
import type { Regime } from '../records/regime.ts';
import type { X96 } from '../units.ts';
import type { Bar } from './bar.ts';
import {
  HALF_LIFE,
  HAR_WEIGHT,
  HOURS_PER_DAY,
  LONG_TERM_HOURS,
  MAX_BAR_HOURS,
  PAIR_HALF_LIFE,
  WINSOR_SQUARE,
  decayOf,
} from './model.ts';

/** Long-term variance of an hour. */
export const longTermVariance = (regime: Regime): X96 => regime.longTermSum / BigInt(regime.longTermHours);

const weighted = (regime: Regime): X96 =>
  mulQ96(HAR_WEIGHT.variance12, regime.variance12) +
  mulQ96(HAR_WEIGHT.variance72, regime.variance72) +
  mulQ96(HAR_WEIGHT.variance720, regime.variance720);

/** Variance of the next day, of the heterogeneous autoregression. */
export const dayVarianceOf = (regime: Regime): X96 =>
  BigInt(HOURS_PER_DAY) * weighted(regime) +
  mulQ96(HAR_WEIGHT.longTerm, BigInt(HOURS_PER_DAY) * longTermVariance(regime));

/** Hours since the last bar. A gap without a post counts in full, up to a year. */
export const hoursSince = (regime: Regime, hour: number): number => Math.min(hour - regime.hour, MAX_BAR_HOURS);

/** ln(price / last price), at most six deviations of its hours either way: one bar can not capture the model. */
export function winsorisedReturn(regime: Regime, bar: Bar): X96 {
  const hours = BigInt(hoursSince(regime, bar.hour));
  const variance = weighted(regime) + mulQ96(HAR_WEIGHT.longTerm, longTermVariance(regime));
  const most = sqrtQ96(WINSOR_SQUARE * hours * variance);
  return clamp(lnQ96((bar.price << 96n) / regime.barPrice), -most, most);
}

/**
 * An average over the hours of a bar, of which each saw the same `perHour`: what n hours of it would
 * have done, at once. One hour is the plain exponential average.
 */
const averaged = (mean: X96, perHour: X96, halfLife: bigint, hours: number): X96 =>
  mean + mulQ96(decayOf(halfLife, BigInt(hours)), perHour - mean);

type Variances = Pick<
  Regime,
  'variance12' | 'variance72' | 'variance720' | 'variance8760' | 'longTermSum' | 'longTermHours'
>;

/** Every variance after a return over `hours`. */
export function variancesAfter(regime: Regime, r: X96, hours: number): Variances {
  const square = mulQ96(r, r);
  const perHour = square / BigInt(hours);
  // The memory is full at ten years: what comes in drives as many average hours out.
  const over = BigInt(Math.max(0, regime.longTermHours + hours - LONG_TERM_HOURS));
  return {
    variance12: averaged(regime.variance12, perHour, HALF_LIFE.variance12, hours),
    variance72: averaged(regime.variance72, perHour, HALF_LIFE.variance72, hours),
    variance720: averaged(regime.variance720, perHour, HALF_LIFE.variance720, hours),
    variance8760: averaged(regime.variance8760, perHour, HALF_LIFE.variance8760, hours),
    longTermSum: regime.longTermSum - (regime.longTermSum * over) / BigInt(regime.longTermHours) + square,
    longTermHours: Math.min(regime.longTermHours + hours, LONG_TERM_HOURS),
  };
}

type Pair = Pick<Regime, 'covariance' | 'ownVariance' | 'leaderVariance'>;

/** Covariance after a bar; unchanged where the leader's last bar is not of the same hours. */
export function pairAfter(regime: Regime, after: Regime, leader: Regime | undefined): Pair {
  const { covariance, ownVariance, leaderVariance } = regime;
  const { hour, barHours, barReturn } = after;
  if (leader === undefined || leader.hour !== hour || leader.barHours !== barHours) {
    return { covariance, ownVariance, leaderVariance };
  }
  const next = (mean: X96, product: X96): X96 =>
    averaged(mean, product / BigInt(barHours), PAIR_HALF_LIFE, barHours);
  return {
    covariance: next(covariance, mulQ96(barReturn, leader.barReturn)),
    ownVariance: next(ownVariance, mulQ96(barReturn, barReturn)),
    leaderVariance: next(leaderVariance, mulQ96(leader.barReturn, leader.barReturn)),
  };
}

/** Covariance over the root of both variances, between -1 and 1; 0 where nothing is known. */
export function correlationOf(covariance: X96, a: X96, b: X96): X96 {
  const root = isqrt(a * b);
  return root === 0n ? 0n : clamp((covariance << 96n) / root, -Q96, Q96);
}
