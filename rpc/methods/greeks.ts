/** Sensitivities as traders read them, and the volatility a mark is made with. */
import { settlingPrice } from '../../state/pricing/settling.ts';
import { volatilityAt } from '../../state/pricing/surface.ts';
import { logMoneynessOf } from '../../state/pricing/black76.ts';
import { LEAST_PRICED } from '../../state/pricing/option.ts';
import { INSTRUMENT_STATUS, isOption, type Instrument } from '../../state/records/instrument.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import type { MicroUsd, Price, Seconds, Wad } from '../../state/units.ts';
import { toDecimal, usdText } from './units.ts';

/** [1e-6 USD]: for a move of 100 %, of delta for a move of 100 %, for 1.00 of volatility, in a day. */
export type Greeks = Readonly<{ delta: MicroUsd; gamma: MicroUsd; vega: MicroUsd; theta: MicroUsd }>;

export const NO_GREEKS: Greeks = { delta: 0n, gamma: 0n, vega: 0n, theta: 0n };

export const scaleGreeks = (greeks: Greeks, factor: bigint, divisor = 1n): Greeks => ({
  delta: (greeks.delta * factor) / divisor,
  gamma: (greeks.gamma * factor) / divisor,
  vega: (greeks.vega * factor) / divisor,
  theta: (greeks.theta * factor) / divisor,
});

export const addGreeks = (a: Greeks, b: Greeks): Greeks => ({
  delta: a.delta + b.delta,
  gamma: a.gamma + b.gamma,
  vega: a.vega + b.vega,
  theta: a.theta + b.theta,
});

/** Lots are 1e-8 units. */
const UNIT = 10n ** 8n;
/** Greeks of one whole unit. */
export const greeksPerUnit = (instrument: Instrument): Greeks => scaleGreeks(instrument, UNIT, instrument.lotSize);

/** 1e-8 USD in 1e-18 USD. */
const WAD_PER_PRICE = 10n ** 10n;

/** [1e-6 USD] at a price [1e-8 USD] in units of 1e-8. */
export const unitsAt = (value: MicroUsd, price: Price): bigint => (price === 0n ? 0n : (value * 10n ** 10n) / price);

/** Per cent and volatility point: a hundredth of the sensitivity to one. */
const HUNDREDTH_OF_MICRO = 8;

export const greeksJson = ({ delta, gamma, vega, theta }: Greeks, index: Price) => ({
  delta: toDecimal(unitsAt(delta, index), 8),
  deltaUsd: usdText(delta),
  gamma: toDecimal(gamma, HUNDREDTH_OF_MICRO),
  vega: toDecimal(vega, HUNDREDTH_OF_MICRO),
  theta: usdText(theta),
});

/** What the next mark of a live option would be made with: its slice at its strike. Undefined without a slice. */
export function impliedVolatility(instrument: Instrument, underlying: Underlying, now: Seconds): Wad | undefined {
  if (!isOption(instrument) || instrument.status === INSTRUMENT_STATUS.settled || instrument.expiry <= now) return undefined;
  const term = underlying.terms.find(({ expiry }) => expiry === instrument.expiry);
  if (term === undefined || term.volatilityTime === 0) return undefined;
  const { fixed, moving } = settlingPrice(underlying, instrument.expiry, term.forward, now);
  const strike = instrument.strike - fixed;
  if (strike < LEAST_PRICED || moving < LEAST_PRICED) return undefined;
  return volatilityAt(term, -logMoneynessOf(moving * WAD_PER_PRICE, strike * WAD_PER_PRICE));
}
