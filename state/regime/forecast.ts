/**
 * What the regime predicts for a day: volatility, the price scan range that covers it, and the terms
 * that go with it. Half the variance comes from the heterogeneous autoregression, half from the
 * filter; a fresh implied volatility is blended in. The range is then made less procyclical.
 */
import { abs, clamp, max, wadMulDown } from '../math/integer.ts';
import { Q96, mulQ96, q96ToWad, sqrtQ96, wadToQ96 } from '../math/q96.ts';
import type { Regime } from '../records/regime.ts';
import type { Term, Underlying } from '../records/underlying.ts';
import { WAD, type Seconds, type Wad, type X96 } from '../units.ts';
import { meanOf, squareOf } from './filter.ts';
import {
  BLEND,
  BUFFER,
  CORRELATION_MARGIN,
  FADE_HOURS,
  FEE_MULTIPLIER,
  FLOOR_SHARE,
  HOURS_PER_DAY,
  IMPLIED_LONGEST,
  IMPLIED_SECONDS,
  IMPLIED_SHORTEST,
  STRESS_MULTIPLE,
  STRESS_WEIGHT,
  VOLATILITY_CAP,
  VOLATILITY_DOWN,
  VOLATILITY_UP,
  WARM_UP_HOURS,
} from './model.ts';
import { correlationOf, dayVarianceOf, longTermVariance } from './variance.ts';

/** Implied at-the-money variance of a day, at 30 days, from slices at most `maxAge` old; 0: none. */
export function impliedVariance(terms: readonly Term[], time: Seconds, maxAge: bigint): X96 {
  let near: Term | undefined;
  let far: Term | undefined;
  for (const term of terms) {
    if (term.volatilityTime === 0 || BigInt(time - term.volatilityTime) > maxAge) continue;
    if (lifeOf(term) <= IMPLIED_SECONDS) near = term;
    else far ??= term;
  }
  const variance = thirtyDays(near, far);
  return wadToQ96(variance) / BigInt(IMPLIED_SECONDS / 86_400);
}

/** What a slice is the variance of: the seconds from its report to its expiry. */
const lifeOf = (term: Term): Seconds => term.expiry - term.volatilityTime;

/** Total variance of 30 days: linear between two slices, or at the volatility of one that is near enough. */
function thirtyDays(near: Term | undefined, far: Term | undefined): Wad {
  if (near !== undefined && far !== undefined) {
    const [from, to] = [lifeOf(near), lifeOf(far)];
    return near.theta + ((far.theta - near.theta) * BigInt(IMPLIED_SECONDS - from)) / BigInt(to - from);
  }
  const one = near ?? far;
  if (one === undefined || lifeOf(one) < IMPLIED_SHORTEST || lifeOf(one) > IMPLIED_LONGEST) return 0n;
  return (one.theta * BigInt(IMPLIED_SECONDS)) / BigInt(lifeOf(one));
}

/** Variance of the next day: the mean of autoregression and filter, then the implied one within its band. */
export function predictedVariance(regime: Regime, implied: X96): X96 {
  const filtered = mulQ96(BigInt(HOURS_PER_DAY) * regime.variance8760, squareOf(regime));
  const variance = (dayVarianceOf(regime) + filtered) >> 1n;
  if (implied === 0n) return variance;
  const held = clamp(implied, mulQ96(BLEND.low, variance), mulQ96(BLEND.high, variance));
  return mulQ96(BLEND.model, variance) + mulQ96(BLEND.implied, held);
}

const longTermVolatility = (regime: Regime): X96 =>
  sqrtQ96(longTermVariance(regime) * BigInt(HOURS_PER_DAY));

/**
 * Lowest and highest range that holds against procyclicality: a quarter of the weight on stress, at
 * least 0.6 of the long-term range, and a buffer of a quarter that is built and used up again.
 */
export function requiredBand(regime: Regime, multiplier: X96, volatility: X96): readonly [X96, X96] {
  const core = mulQ96(multiplier, volatility);
  const longTerm = longTermVolatility(regime);
  const slow = sqrtQ96(regime.variance8760 * BigInt(HOURS_PER_DAY));
  const stressed = mulQ96(mulQ96(multiplier, STRESS_MULTIPLE), max(longTerm, slow));
  const weighted = mulQ96(Q96 - STRESS_WEIGHT, core) + mulQ96(STRESS_WEIGHT, max(core, stressed));
  const low = max(weighted, mulQ96(FLOOR_SHARE, mulQ96(multiplier, longTerm)));
  return [low, mulQ96(Q96 + BUFFER, low)];
}

/** What genesis said still counts so much: fully for `WARM_UP_HOURS`, then less with every bar. */
export function priorWeight({ observedHours }: Pick<Regime, 'observedHours'>): Wad {
  const left = BigInt(WARM_UP_HOURS + FADE_HOURS - observedHours);
  return (clamp(left, 0n, BigInt(FADE_HOURS)) * WAD) / BigInt(FADE_HOURS);
}

export type Outlook = Pick<
  Regime,
  | 'volatility'
  | 'nextScanRange'
  | 'nextVolatilityUp'
  | 'nextVolatilityDown'
  | 'nextCorrelation'
  | 'nextFeeMultiplier'
  | 'nextStress'
>;
/** What enters besides the regime: the underlying as it is now, the governed multiplier, what options imply. */
export type Terms = Readonly<{
  underlying: Pick<Underlying, 'scanFloor' | 'scanCeiling' | 'feeMultiplier'>;
  isLeader: boolean;
  scanMultiplier: Wad;
  implied: X96;
}>;

/** What takes force at the next bar. `regime.nextScanRange` is still the range of the last. */
export function outlookOf(regime: Regime, { underlying, isLeader, scanMultiplier, implied }: Terms): Outlook {
  const volatility = sqrtQ96(predictedVariance(regime, implied));
  const multiplier = wadToQ96(wadMulDown(scanMultiplier, regime.penalty));
  const [low, high] = requiredBand(regime, multiplier, volatility);
  const range = q96ToWad(clamp(wadToQ96(regime.nextScanRange), low, high));
  const weight = priorWeight(regime);
  const mixed = (prior: Wad, model: Wad): Wad => model + wadMulDown(prior - model, weight);
  const floor = max(underlying.scanFloor, wadMulDown(regime.priorScanRange, weight));
  return {
    volatility: clamp(q96ToWad(volatility), 0n, VOLATILITY_CAP),
    nextScanRange: clamp(range, floor, max(floor, underlying.scanCeiling)),
    nextVolatilityUp: mixed(regime.priorVolatilityUp, meanOf(regime, VOLATILITY_UP)),
    nextVolatilityDown: mixed(regime.priorVolatilityDown, meanOf(regime, VOLATILITY_DOWN)),
    nextCorrelation: isLeader ? WAD : mixed(regime.priorCorrelation, correlationBelow(regime)),
    nextFeeMultiplier: mixed(WAD, feeMultiplierOf(regime, volatility, underlying.feeMultiplier)),
    nextStress: q96ToWad(regime.stress),
  };
}

/** The lower band of the correlation with the leader, at least 0. */
function correlationBelow({ covariance, ownVariance, leaderVariance }: Regime): Wad {
  const estimate = q96ToWad(correlationOf(covariance, ownVariance, leaderVariance));
  return clamp(estimate - CORRELATION_MARGIN, 0n, WAD);
}

/** Volatility over its long-term mean, within bounds; the last value while that is less than a fifth off. */
function feeMultiplierOf(regime: Regime, volatility: X96, last: Wad): Wad {
  const longTerm = longTermVolatility(regime);
  if (longTerm === 0n) return last;
  const target = clamp((volatility * WAD) / longTerm, FEE_MULTIPLIER.low, FEE_MULTIPLIER.high);
  return abs(target - last) * WAD >= last * FEE_MULTIPLIER.band ? target : last;
}
