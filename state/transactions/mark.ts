/**
 * Re-marks instruments of one underlying from its newest prices: mark, greeks, risk array, funding;
 * and moves the haircuts of its collateral assets.
 * Everything follows from state, so anybody may send it and nobody can choose a mark.
 */
import { existing, type StateAccess } from '../access.ts';
import { list, struct, u16, u32, type Decoded } from '../codec/layout.ts';
import { MARK_PER_LOT_BOUND, MAX_MARKS_PER_STEP } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { clamp, divNearest } from '../math/integer.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, INSTRUMENT_STATUS, type Instrument } from '../records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { HIGHEST_PRICED, markOption } from '../pricing/option.ts';
import { settlingPrice } from '../pricing/settling.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { priceIsFresh } from '../risk/portfolio.ts';
import { linearRiskArray } from '../risk/scenarios.ts';
import {
  PICO_PER_MICRO,
  PRICE_TIMES_SIZE_PER_MICRO_USD,
  SECONDS_PER_HOUR,
  WAD,
  type MicroUsd,
  type Price,
  type Seconds,
  type Wad,
} from '../units.ts';
import type { TransactionType } from './context.ts';
import { assetsToMark, markAssets, MARK_ASSETS_REFUSALS } from './markAssets.ts';

const layout = struct({
  underlying: u16,
  instruments: list(u32, MAX_MARKS_PER_STEP),
  assets: assetsToMark,
});
export type Mark = Decoded<typeof layout>;

export const mark: TransactionType<Mark> = {
  type: 13,
  name: 'mark',
  layout,
  refusals: [
    'underlying_not_found',
    'prices_stale',
    'instrument_not_found',
    'instrument_of_other_underlying',
    'instrument_expired',
    'forward_missing',
    'volatility_missing',
    'mark_out_of_range',
    ...MARK_ASSETS_REFUSALS,
  ],
  apply: (state, body) => {
    const underlying = state.read(UNDERLYING, body.underlying);
    if (underlying === undefined) throw new Refusal(REFUSAL.underlying_not_found, `underlying ${body.underlying}`);
    const count = body.instruments.length + body.assets.length;
    require(count > 0, REFUSAL.malformed, 'at least one instrument or asset');
    const { timestamp: now } = existing(state, CHAIN, 0);
    const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
    require(priceIsFresh(underlying, parameters, now), REFUSAL.prices_stale);
    for (const id of body.instruments) markOne(state, body.underlying, underlying, parameters, now, id);
    markAssets(state, body.assets, body.underlying, underlying, parameters, now);
  },
};

function markOne(
  state: StateAccess,
  underlyingId: number,
  underlying: Underlying,
  parameters: Parameters,
  now: Seconds,
  id: number,
): void {
  const old = state.read(INSTRUMENT, id);
  if (old === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${id}`);
  require(old.underlying === underlyingId, REFUSAL.instrument_of_other_underlying, () => `instrument ${id}`);
  const live = old.status !== INSTRUMENT_STATUS.settled && (old.expiry === 0 || old.expiry > now);
  require(live, REFUSAL.instrument_expired, () => `instrument ${id}`);
  const accrued = old.kind === INSTRUMENT_KIND.perpetual ? withFunding(old, underlying, parameters, now) : old;
  const marked = { ...accrued, ...valuationOf(accrued, underlying, parameters, now) };
  require(marked.markPerLot < MARK_PER_LOT_BOUND, REFUSAL.mark_out_of_range, () => `instrument ${id}`);
  state.put(INSTRUMENT, id, marked);
}

type Valuation = Pick<
  Instrument,
  'markPrice' | 'markPerLot' | 'markTime' | 'markSequence' | 'delta' | 'gamma' | 'vega' | 'theta' | 'riskArray'
>;

function valuationOf(instrument: Instrument, underlying: Underlying, parameters: Parameters, now: Seconds): Valuation {
  const { priceSequence } = underlying;
  if (instrument.kind === INSTRUMENT_KIND.perpetual) {
    const markPrice = (underlying.indexPrice * (WAD + instrument.premium)) / WAD;
    return { markTime: now, markSequence: priceSequence, ...linear(instrument, underlying, 0n, markPrice) };
  }
  const term = underlying.terms.find((t) => t.expiry === instrument.expiry);
  if (term === undefined) throw new Refusal(REFUSAL.forward_missing, `expiry ${instrument.expiry}`);
  const price = settlingPrice(underlying, term.expiry, term.forward, now);
  if (instrument.kind === INSTRUMENT_KIND.future) {
    return { markTime: now, markSequence: priceSequence, ...linear(instrument, underlying, price.fixed, price.moving) };
  }
  require(term.volatilityTime !== 0, REFUSAL.volatility_missing, () => `expiry ${instrument.expiry}`);
  const isPriced = price.fixed + price.moving <= HIGHEST_PRICED && instrument.strike <= HIGHEST_PRICED;
  const forwardPerLot = valuePerLot(instrument, price.fixed + price.moving);
  require(isPriced && forwardPerLot < MARK_PER_LOT_BOUND, REFUSAL.mark_out_of_range, 'forward or strike');
  const option = markOption(instrument, underlying, term, parameters, price, now);
  // From an old slice it has a value to be margined with, and is no ground to add risk on.
  const isFresh = BigInt(now - term.volatilityTime) <= parameters.maxVolatilityAge;
  return {
    markPerLot: valuePerLot(instrument, option.markPrice),
    markTime: isFresh ? now : instrument.markTime,
    markSequence: isFresh ? priceSequence : instrument.markSequence,
    ...option,
  };
}

/** A price in two parts, of which one moves: its lot gains the value of that part for a move of 100 %. */
function linear(
  instrument: Instrument,
  underlying: Underlying,
  fixed: Price,
  moving: Price,
): Omit<Valuation, 'markTime' | 'markSequence'> {
  const delta = valuePerLot(instrument, moving);
  return {
    markPrice: fixed + moving,
    markPerLot: valuePerLot(instrument, fixed + moving),
    delta,
    gamma: 0n,
    vega: 0n,
    theta: 0n,
    riskArray: linearRiskArray(delta, underlying.priceScanRange),
  };
}

/** price [1e-8 USD] x lot [1e-8 units] to whole micro-dollars per lot, to the nearest. */
export const valuePerLot = (instrument: Instrument, price: Price): MicroUsd =>
  divNearest(price * instrument.lotSize, PRICE_TIMES_SIZE_PER_MICRO_USD);

/**
 * Carries premium and funding to `now`. The rate of the elapsed time is that of the premium before
 * it; then the premium moves towards the average of the trades since (or towards zero without any)
 * by dt / (dt + smoothing time).
 */
function withFunding(
  old: Instrument,
  underlying: Underlying,
  parameters: Parameters,
  now: Seconds,
): Instrument {
  const dt = BigInt(now - old.fundingTime);
  if (old.fundingTime === 0) {
    return { ...old, fundingTime: now, premium: 0n, premiumNotional: 0n, premiumWeighted: 0n };
  }
  if (dt === 0n) return old; // Samples wait for time to weigh them by.
  const fundingRate = clamp(
    (old.premium * parameters.fundingShare) / WAD,
    -parameters.fundingClamp,
    parameters.fundingClamp,
  );
  const perLot = valuePerLot(old, underlying.indexPrice) * PICO_PER_MICRO;
  const accrued = (perLot * fundingRate * dt) / (WAD * BigInt(SECONDS_PER_HOUR));
  return {
    ...old,
    premium: premiumAfter(old, parameters, dt),
    premiumNotional: 0n,
    premiumWeighted: 0n,
    fundingIndex: old.fundingIndex + accrued,
    fundingRate,
    fundingTime: now,
  };
}

function premiumAfter(old: Instrument, parameters: Parameters, dt: bigint): Wad {
  const target =
    old.premiumNotional === 0n ? 0n : (old.premiumWeighted * WAD) / old.premiumNotional;
  const moved = old.premium + ((target - old.premium) * dt) / (dt + parameters.premiumSeconds);
  return clamp(moved, -parameters.premiumClamp, parameters.premiumClamp);
}
