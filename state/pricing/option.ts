/**
 * Mark, greeks and risk array of one lot of an option. Before the settlement window it is an option on the
 * forward; within, on the part of the average that still moves, the fixed part taken off the strike.
 */
import { clamp, divNearest } from '../math/integer.ts';
import { INSTRUMENT_KIND, type Instrument } from '../records/instrument.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Term, Underlying } from '../records/underlying.ts';
import { linearRiskArray, scenariosOf, volatilityShocks, type Scenario } from '../risk/scenarios.ts';
import {
  PRICE_TIMES_SIZE_PER_MICRO_USD,
  WAD,
  type MicroUsd,
  type Price,
  type Seconds,
  type WadUsd,
  type X96,
} from '../units.ts';
import { logMoneynessOf, optionPrice, optionValues, sqrtYears, totalVolatility } from './black76.ts';
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

/** An option as the kernel sees it. */
type Contract = Readonly<{ forward: WadUsd; strike: WadUsd; isCall: boolean; lot: bigint }>;

/** Cost: about 0.2 ms, of which 36 prices are all but everything. */
export function markOption(
  instrument: Instrument,
  underlying: Underlying,
  term: Term,
  parameters: Parameters,
  price: SettlingPrice,
  now: Seconds,
): OptionMark {
  const isCall = instrument.kind === INSTRUMENT_KIND.call;
  const strike = instrument.strike - price.fixed;
  if (strike < LEAST_PRICED || price.moving < LEAST_PRICED) {
    return certainMark(instrument, underlying, price, isCall);
  }
  const contract: Contract = {
    forward: price.moving * WAD_PER_PRICE,
    strike: strike * WAD_PER_PRICE,
    isCall,
    lot: instrument.lotSize,
  };
  const logMoneyness = logMoneynessOf(contract.forward, contract.strike);
  const sigma = volatilityAt(term, -logMoneyness);
  const tau = instrument.expiry - now;
  const root = sqrtYears(tau);
  const value = optionValues(contract.forward, contract.strike, logMoneyness, sigma, root);
  const base = isCall ? value.call : value.put;
  const deltaWad = isCall ? value.deltaCall : value.deltaCall - WAD;
  const perLot = (wadUsd: WadUsd): MicroUsd => divNearest(wadUsd * contract.lot, WAD_USD_TIMES_SIZE);
  const greek = (wadUsd: WadUsd): MicroUsd => clamp(perLot(wadUsd), -GREEK_BOUND, GREEK_BOUND);
  const shocks = volatilityShocks(sigma, tau, underlying, parameters).map((s) => totalVolatility(s, root));
  return {
    markPrice: divNearest(base, WAD_PER_PRICE),
    delta: greek((deltaWad * contract.forward) / WAD),
    gamma: greek((((value.gamma * contract.forward) / WAD) * contract.forward) / WAD),
    vega: greek(value.vega),
    theta: greek(value.theta / DAYS_PER_YEAR),
    riskArray: riskArrayOf(contract, base, shocks, scenariosOf(underlying)),
  };
}

/** P&L of a lot in each scenario [1e-6 USD], to the nearest: one logarithm a move, one price a scenario. */
function riskArrayOf(
  { forward, strike, isCall, lot }: Contract,
  base: WadUsd,
  totalVolatilities: readonly X96[],
  scenarios: readonly Scenario[],
): Float64Array {
  let moved = 0n;
  let log = 0n;
  return Float64Array.from(scenarios, ({ move, damping, volatility }) => {
    const next = (forward * (WAD + move)) / WAD;
    if (next !== moved) {
      moved = next;
      log = logMoneynessOf(next, strike);
    }
    const gain = optionPrice(next, strike, log, totalVolatilities[volatility]!, isCall) - base;
    return Number(divNearest(gain * damping * lot, WAD * WAD_USD_TIMES_SIZE));
  });
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
