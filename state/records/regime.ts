/** Volatility-regime state of one underlying: variances, filter probabilities, running back-test. */
import { i64, struct, time, u128, u64, type Decoded } from '../codec/layout.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Hour of the last bar and its price [1e-8 USD]. */
  hour: time,
  barPrice: u64,
  bars: u64,
  /** Exponentially weighted variances of hourly returns: 12 h, 72 h, 720 h, 8,760 h [2^-96]. */
  variance12: u128,
  variance72: u128,
  variance720: u128,
  variance8760: u128,
  longTermVariance: u128,
  /** Probabilities of calm, normal, stress [1e-18]. */
  calm: u64,
  normal: u64,
  stress: u64,
  /** Return since the last daily filter step [1e-18]. */
  dayReturn: i64,
  /** Scan range published for the next hour [1e-18]. */
  nextScanRange: u64,
  /** Running back-test: observations, exceptions, exceptions after an exception, last outcome. */
  observations: u64,
  exceptions: u64,
  exceptionPairs: u64,
  lastException: u64,
});
export type Regime = Decoded<typeof layout>;
export const REGIME = numbered(14, 'regime', 2, layout);
