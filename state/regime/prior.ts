/** Where the regime of a new underlying starts: at a variance under which the range of genesis is the right one. */
import type { Parameters } from '../records/parameters.ts';
import type { Macro } from '../records/macro.ts';
import type { Regime } from '../records/regime.ts';
import type { Underlying } from '../records/underlying.ts';
import { WAD, type X96, type Wad } from '../units.ts';
import { HOURS_PER_DAY, LONG_TERM_PRIOR_HOURS, PRIOR_RATIO, STATIONARY } from './model.ts';

/** (range / (1.2 x multiplier))^2 / 24, rounded down: its range lies in the middle of its own buffer. */
export function priorVariance(scanRange: Wad, scanMultiplier: Wad): X96 {
  const deviation = (scanRange * WAD * WAD) / (scanMultiplier * PRIOR_RATIO);
  return ((deviation * deviation) << 96n) / (WAD * WAD * BigInt(HOURS_PER_DAY));
}

const NO_HASH = `0x${'00'.repeat(32)}` as const;

/** The regime of an underlying that has no price yet. */
export function newRegime(
  underlying: Pick<Underlying, 'priceScanRange' | 'volatilityScanUp' | 'volatilityScanDown' | 'correlation' | 'feeMultiplier'>,
  { scanMultiplier }: Pick<Parameters, 'scanMultiplier'>,
): Regime {
  const variance = priorVariance(underlying.priceScanRange, scanMultiplier);
  return {
    observedHours: 0,
    hour: 0,
    barPrice: 0n,
    barReturn: 0n,
    barHours: 0,
    windowPriceSeconds: 0n,
    variance12: variance,
    variance72: variance,
    variance720: variance,
    variance8760: variance,
    longTermSum: variance * BigInt(LONG_TERM_PRIOR_HOURS),
    longTermHours: LONG_TERM_PRIOR_HOURS,
    ...STATIONARY,
    dayHour: 0,
    dayPrice: 0n,
    dayVariance: variance,
    dayReturn: 0n,
    dayScanRange: 0n,
    covariance: 0n,
    ownVariance: 0n,
    leaderVariance: 0n,
    outcomes: NO_HASH,
    observations: 0,
    exceptions: 0,
    quietAfterQuiet: 0,
    exceptionAfterQuiet: 0,
    quietAfterException: 0,
    exceptionAfterException: 0,
    penalty: WAD,
    volatility: 0n,
    priorScanRange: underlying.priceScanRange,
    priorVolatilityUp: underlying.volatilityScanUp,
    priorVolatilityDown: underlying.volatilityScanDown,
    priorCorrelation: underlying.correlation,
    nextScanRange: underlying.priceScanRange,
    nextVolatilityUp: underlying.volatilityScanUp,
    nextVolatilityDown: underlying.volatilityScanDown,
    nextCorrelation: underlying.correlation,
    nextFeeMultiplier: underlying.feeMultiplier,
    nextStress: 0n,
  };
}

/** A world nothing is known of: macro stress is 0. */
export const newMacro = (reference: number): Macro => ({
  reference,
  equityDays: 0,
  equityClose: 0n,
  equityDay: 0,
  referencePrice: 0n,
  covariance: 0n,
  equityVariance: 0n,
  referenceVariance: 0n,
  volatilityClose: 0n,
  volatilityDay: 0,
  volatilityMean: 0n,
  volatilityStress: 0n,
  dollarClose: 0n,
  dollarDay: 0,
  dollarMean: 0n,
  dollarStress: 0n,
});
