/**
 * Mark, greeks and risk array of one lot of an option. Before the settlement window it is an option on the
 * forward; within, on the part of the average that still moves, the fixed part taken off the strike.
 */
import { clamp, divNearest } from '../math/integer.ts';
import { INSTRUMENT_KIND, type Instrument } from '../records/instrument.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Term, Underlying } from '../records/underlying.ts';
import { linearRiskArray, scenariosOf, volatilityShocks } from '../risk/scenarios.ts';
import {
  PRICE_TIMES_SIZE_PER_MICRO_USD,
  WAD,
  type MicroUsd,
  type Price,
  type Seconds,
  type WadUsd,
} from '../units.ts';
import {
  byParity,
  logMoneynessOf,
  optionValues,
  outPrice,
  sqrtYears,
  totalVolatility,
  type OptionValues,
} from './black76.ts';
import type { SettlingPrice } from './settling.ts';
import { volatilityAt } from './surface.ts';

/** 1e-8 USD in 1e-18 USD. */
const WAD_PER_PRICE = 10n ** 10n;
/** [1e-18 USD] x [1e-8 unit] in micro-dollars. */
const WAD_USD_TIMES_SIZE = WAD_PER_PRICE * PRICE_TIMES_SIZE_PER_MICRO_USD;
/** Greeks are kept within i64: close to expiry gamma has no bound. */
export const GREEK_BOUND = 2n ** 62n;
/** Below a millionth of a dollar the moving part or the strike left is as good as none [1e-8 USD]. */
export const LEAST_PRICED: Price = 100n;
/** Highest strike and forward that are priced: ten billion dollars [1e-8 USD]. */
export const HIGHEST_PRICED: Price = 10n ** 18n;
const DAYS_PER_YEAR = 365n;

export type OptionMark = Readonly<{
  markPrice: Price;
  /** Per lot [1e-6 USD]: for a move of 100 %, of delta for a move of 100 %, for 1.00 of volatility, in a day. */
  delta: MicroUsd;
  gamma: MicroUsd;
  vega: MicroUsd;
  theta: MicroUsd;
  riskArray: Float64Array;
}>;

/** Cost: about 0.2 ms, of which 36 prices are all but everything; little after the other option of its strike. */
export function markOption(
  instrument: Instrument,
  underlying: Underlying,
  term: Term,
  parameters: Parameters,
  price: SettlingPrice,
  now: Seconds,
): OptionMark {
  const isCall = instrument.kind === INSTRUMENT_KIND.call;
  const left = instrument.strike - price.fixed;
  if (left < LEAST_PRICED || price.moving < LEAST_PRICED) {
    return certainMark(instrument, underlying, price, isCall);
  }
  const forward = price.moving * WAD_PER_PRICE;
  const terms = { underlying, term, parameters, forward, strike: left * WAD_PER_PRICE, tau: instrument.expiry - now };
  const { value, forwards, outs } = strikeValuesOf(terms);
  const base = isCall ? value.call : value.put;
  const deltaWad = isCall ? value.deltaCall : value.deltaCall - WAD;
  const lot = instrument.lotSize;
  const perLot = (wadUsd: WadUsd): MicroUsd => divNearest(wadUsd * lot, WAD_USD_TIMES_SIZE);
  const greek = (wadUsd: WadUsd): MicroUsd => clamp(perLot(wadUsd), -GREEK_BOUND, GREEK_BOUND);
  return {
    markPrice: divNearest(base, WAD_PER_PRICE),
    delta: greek((deltaWad * forward) / WAD),
    gamma: greek((((value.gamma * forward) / WAD) * forward) / WAD),
    vega: greek(value.vega),
    theta: greek(value.theta / DAYS_PER_YEAR),
    // P&L of a lot in each scenario [1e-6 USD], to the nearest.
    riskArray: Float64Array.from(scenariosOf(underlying), ({ damping }, s) => {
      const gain = byParity(outs[s]!, forwards[s]!, terms.strike, isCall) - base;
      if (damping === WAD) return Number(perLot(gain));
      return Number(divNearest(gain * damping * lot, WAD * WAD_USD_TIMES_SIZE));
    }),
  };
}

/** All that the values of a strike follow from; `forward` is the part that moves, `strike` what is left of it. */
type StrikeTerms = Readonly<{
  underlying: Underlying;
  term: Term;
  parameters: Parameters;
  forward: WadUsd;
  strike: WadUsd;
  tau: Seconds;
}>;
/** What call and put of a strike share: their values, and forward and price out of the money in each scenario. */
type StrikeValues = Readonly<{ value: OptionValues; forwards: readonly WadUsd[]; outs: readonly WadUsd[] }>;

/** Call and put of a strike are listed, and so mostly marked, one after the other. Follows from its terms alone. */
let last: Readonly<{ terms: StrikeTerms; values: StrikeValues }> | undefined;

function strikeValuesOf(terms: StrikeTerms): StrikeValues {
  if (last !== undefined && areSame(last.terms, terms)) return last.values;
  const values = computeValues(terms);
  last = { terms, values };
  return values;
}

const areSame = (a: StrikeTerms, b: StrikeTerms): boolean =>
  a.underlying === b.underlying &&
  a.term === b.term &&
  a.parameters === b.parameters &&
  a.forward === b.forward &&
  a.strike === b.strike &&
  a.tau === b.tau;

/** One logarithm a move, one price a scenario. */
function computeValues({ underlying, term, parameters, forward, strike, tau }: StrikeTerms): StrikeValues {
  const logMoneyness = logMoneynessOf(forward, strike);
  const sigma = volatilityAt(term, -logMoneyness);
  const root = sqrtYears(tau);
  const shocks = volatilityShocks(sigma, tau, underlying, parameters).map((s) => totalVolatility(s, root));
  let moved = 0n;
  let log = 0n;
  const forwards: WadUsd[] = [];
  const outs: WadUsd[] = [];
  for (const { move, volatility } of scenariosOf(underlying)) {
    const next = (forward * (WAD + move)) / WAD;
    if (next !== moved) {
      moved = next;
      log = logMoneynessOf(next, strike);
    }
    forwards.push(next);
    outs.push(outPrice(next, strike, log, shocks[volatility]!));
  }
  return { value: optionValues(forward, strike, logMoneyness, sigma, root), forwards, outs };
}

/** Nothing is uncertain any more but the price itself: a call below its strike is worth nothing, else it is a forward. */
function certainMark(instrument: Instrument, underlying: Underlying, price: SettlingPrice, isCall: boolean): OptionMark {
  const gap = price.fixed + price.moving - instrument.strike;
  const value = isCall ? gap : -gap;
  const isIn = value > 0n;
  const sign = isIn ? (isCall ? 1n : -1n) : 0n;
  const moving = sign * price.moving;
  const delta = divNearest(moving * instrument.lotSize, PRICE_TIMES_SIZE_PER_MICRO_USD);
  return {
    markPrice: isIn ? value : 0n,
    delta,
    gamma: 0n,
    vega: 0n,
    theta: 0n,
    riskArray: linearRiskArray(delta, underlying.priceScanRange),
  };
}
