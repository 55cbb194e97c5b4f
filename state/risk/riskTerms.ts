/** What margin needs of an underlying beside its prices: follows from its record and the parameters alone. */
import { max, min, wadMulDown, wadMulUp } from '../math/integer.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { MILLION, PRICE_TIMES_SIZE_PER_MICRO_USD, WAD, type MicroUsd, type Millionths, type Wad } from '../units.ts';
import { SQUARE_PER_PRICE_SIZE } from './size.ts';

export type RiskTerms = Readonly<{
  /** Share of its P&L that moves with its group: correlation offset x predicted correlation, rounded down. */
  share: Millionths;
  /** Daily volume, and the part of it above which an exposure is concentrated; at least one micro-dollar. */
  volume: MicroUsd;
  threshold: MicroUsd;
  /** Both as exposures [1e-16 USD]. */
  fullVolume: bigint;
  fullThreshold: bigint;
  /** Of an exposure of one the share of daily volume [1e-12], rounded to a double: where that is enough. */
  perVolume: number;
  /** What closing a day's volume costs, of its delta: scan range x liquidity charge, rounded up. */
  impact: Wad;
  /** Charges for a price that its publishers disagree on, and for one below its peg, rounded up. */
  doubt: Wad;
  unpegged: Wad;
  /** Fraction of notional that is initial margin without charges: scan range x initial factor, at most one, rounded down. */
  base: Wad;
}>;

const WAD_WAD = WAD * WAD;
type Known = Readonly<{ parameters: Parameters; terms: RiskTerms }>;
const cache = new WeakMap<Underlying, Known>();

export function riskTermsOf(underlying: Underlying, parameters: Parameters): RiskTerms {
  const known = cache.get(underlying);
  if (known !== undefined && known.parameters === parameters) return known.terms;
  const terms = compute(underlying, parameters);
  cache.set(underlying, { parameters, terms });
  return terms;
}

function compute(underlying: Underlying, parameters: Parameters): RiskTerms {
  const { group, correlation, priceScanRange, averageDailyVolume, confidence, indexPrice, peg } = underlying;
  const { correlationOffset, concentrationShare, initialFactor, confidenceFloor, pegFloor } = parameters;
  const overPeg = peg === 0n ? pegFloor : (indexPrice * WAD) / peg;
  const volume = max(averageDailyVolume, 1n);
  const threshold = max(wadMulDown(averageDailyVolume, concentrationShare), 1n);
  return {
    share: group === 0 ? 0n : (correlationOffset * min(correlation, WAD) * MILLION) / WAD_WAD,
    volume,
    threshold,
    fullVolume: volume * PRICE_TIMES_SIZE_PER_MICRO_USD,
    fullThreshold: threshold * PRICE_TIMES_SIZE_PER_MICRO_USD,
    perVolume: Number(SQUARE_PER_PRICE_SIZE) / Number(volume),
    impact: wadMulUp(priceScanRange, parameters.liquidityCharge),
    doubt: wadMulUp(max(confidenceFloor - confidence, 0n), parameters.confidenceCharge),
    unpegged: wadMulUp(max(pegFloor - overPeg, 0n), parameters.pegCharge),
    base: min(wadMulDown(priceScanRange, initialFactor), WAD),
  };
}
