/**
 * What a party pays for its fills: a rate on their cost, dearer in volatile times and where the owner
 * grows beyond what the market can take, cheaper as far as the trade takes risk off the account.
 */
import { divUp, max, min, wadMulDown, wadMulUp } from '../math/integer.ts';
import { INSTRUMENT_KIND, type Instrument } from '../records/instrument.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { PRICE_TIMES_SIZE_PER_MICRO_USD, WAD, type Lots, type MicroUsd, type Wad } from '../units.ts';

/** One party's fills together: lots without sign, and what they cost. */
export type Filled = Readonly<{ lots: Lots; cost: MicroUsd }>;

/** The market of a trade. */
export type FeeMarket = Readonly<{ instrument: Instrument; underlying: Underlying; parameters: Parameters }>;

/**
 * Before factors [1e-24 USD]: cost x rate; for an option the notional x rate, and at most a share of
 * the premium. Widths: a price is within its band, so a cost is below 2^110, this below 2^165.
 */
export function feeBase({ instrument, underlying, parameters }: FeeMarket, { lots, cost }: Filled, rate: Wad): bigint {
  const isOption = instrument.kind === INSTRUMENT_KIND.call || instrument.kind === INSTRUMENT_KIND.put;
  if (!isOption) return cost * rate;
  const notional = divUp(lots * instrument.lotSize * underlying.indexPrice, PRICE_TIMES_SIZE_PER_MICRO_USD);
  return min(notional * rate, cost * parameters.optionFeeCap);
}

/**
 * Share of what the market tolerates of one owner that `units` [1e-8 units, below 2^108] fill: of a
 * part of daily volume [1e-18], rounded up, at most all of it.
 */
export function concentrationOf(units: bigint, { underlying, parameters }: FeeMarket): Wad {
  const exposure = divUp(units * underlying.indexPrice, PRICE_TIMES_SIZE_PER_MICRO_USD);
  const tolerated = max(wadMulDown(underlying.averageDailyVolume, parameters.concentrationShare), 1n);
  return exposure >= tolerated ? WAD : divUp(exposure * WAD, tolerated);
}

/**
 * Concentration that the party adds on: the mean of its owner's before and after, for as many of the
 * traded lots as its position grew by [1e-18], rounded up. The mean of a concave function's ends is
 * below its mean between them: an order in parts pays no less.
 * @param units of the owner after the trade [1e-8 units]
 */
export function concentrationAdded(market: FeeMarket, units: bigint, lots: Lots, grown: Lots): Wad {
  if (grown <= 0n) return 0n;
  const before = concentrationOf(units - grown * market.instrument.lotSize, market);
  const after = concentrationOf(units, market);
  return divUp((before + after) * grown, 2n * lots);
}

/**
 * All factors of a fee in one [1e-18], rounded up: below 2^68.
 * @param relief share of the traded lots' risk that the account lost [1e-18], see `reliefOf`
 * @param concentration see `concentrationAdded` [1e-18]
 */
export function feeFactor({ underlying, parameters }: FeeMarket, relief: Wad, concentration: Wad): Wad {
  const discounted = WAD - wadMulDown(relief, parameters.reducingDiscount);
  const dearer = WAD + wadMulUp(concentration, parameters.concentrationFee);
  return wadMulUp(wadMulUp(underlying.feeMultiplier, discounted), dearer);
}

/** The fee [1e-6 USD], rounded up once. Two factors of a share each: below 2^235. */
export const feeOf = (base: bigint, factor: Wad): MicroUsd => divUp(base * factor, WAD * WAD);
