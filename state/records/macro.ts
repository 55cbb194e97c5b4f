/** The world outside: what the closes of an equity index, a volatility index and the dollar say of stress to come. */
import { i128, struct, time, u128, u16, u32, u64, type Decoded } from '../codec/layout.ts';
import { singleton } from './kind.ts';

const layout = struct({
  /** The underlying whose returns are compared with those of the equity index. */
  reference: u16,
  /** Equity index: days observed, last close [1e-8 USD], its day, and the bar price of the reference then. */
  equityDays: u32,
  equityClose: u64,
  equityDay: time,
  referencePrice: u64,
  /** Covariance of daily returns with those of the reference, and both variances [2^-96]. */
  covariance: i128,
  equityVariance: u128,
  referenceVariance: u128,
  /** Volatility index: last close, its day, mean of the logarithm, and how far above it is, from 0 to 1 [2^-96]. */
  volatilityClose: u64,
  volatilityDay: time,
  volatilityMean: i128,
  volatilityStress: u128,
  /** Dollar index: the same. */
  dollarClose: u64,
  dollarDay: time,
  dollarMean: i128,
  dollarStress: u128,
});
export type Macro = Decoded<typeof layout>;
export const MACRO = singleton(16, 'macro', layout);
