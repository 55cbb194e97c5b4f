/**
 * What is known of how an underlying moves: variances of its hourly returns, the filter of calm,
 * normal and stress, its covariance with its leader, the running back-test, and what all of that
 * will be in force at the next bar.
 */
import { bytes32, i128, struct, time, u128, u32, u64, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Hours of bars so far. Of the last bar: the hour it ended with (0: none yet), its price, its winsorised return, hours it covers. */
  observedHours: time,
  hour: time,
  barPrice: u64,
  barReturn: i128,
  barHours: time,
  /** `priceSeconds` where the averaging window of the next bar opened. */
  windowPriceSeconds: u128,
  /** Variances of hourly returns [2^-96], exponentially weighted with half-lives of 12 h, 72 h, 720 h, 8,760 h. */
  variance12: u128,
  variance72: u128,
  variance720: u128,
  variance8760: u128,
  /** Sum of squared hourly returns [2^-96] and the hours in it. */
  longTermSum: u128,
  longTermHours: time,
  /** Probabilities of calm and of stress [2^-96]; what is left is normal. */
  calm: u128,
  stress: u128,
  /** At the last step of the filter: hour, bar price, long variance of an hour; and the return since [2^-96]. */
  dayHour: time,
  dayPrice: u64,
  dayVariance: u128,
  dayReturn: i128,
  /** Scan range that was in force then [1e-18]: what the day is tested against. */
  dayScanRange: u64,
  /** Covariance with the leader and both variances, over the same hours [2^-96]. */
  covariance: i128,
  ownVariance: u128,
  leaderVariance: u128,
  /** Back-test: the last 250 days, newest in the lowest bit, 1 where the range was exceeded; all days; pairs of days by outcome. */
  outcomes: bytes32,
  observations: u32,
  exceptions: u32,
  quietAfterQuiet: u32,
  exceptionAfterQuiet: u32,
  quietAfterException: u32,
  exceptionAfterException: u32,
  /** Factor on the scan multiplier by the traffic light [1e-18]. */
  penalty: u64,
  /** Predicted volatility of a day [1e-18]. */
  volatility: u64,
  /** What genesis said [1e-18]: in force until there are bars enough. */
  priorScanRange: u64,
  priorVolatilityUp: u64,
  priorVolatilityDown: u64,
  priorCorrelation: u64,
  /** What takes force at the next bar [1e-18]. */
  nextScanRange: u64,
  nextVolatilityUp: u64,
  nextVolatilityDown: u64,
  nextCorrelation: u64,
  nextFeeMultiplier: u64,
  nextStress: u64,
});
export type Regime = Decoded<typeof layout>;
export const REGIME = numbered(14, 'regime', 2, layout);
