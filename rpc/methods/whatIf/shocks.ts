/** Prices and volatilities as if posted now, and the marks that the `mark` step makes from them. */
import { existing } from '../../../state/access.ts';
import { MAX_MARKS_PER_STEP } from '../../../state/constants.ts';
import { max } from '../../../state/math/integer.ts';
import { volatilityAt } from '../../../state/pricing/surface.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS, isOption } from '../../../state/records/instrument.ts';
import { UNDERLYING, type Term, type Underlying } from '../../../state/records/underlying.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { WAD, type Price, type Seconds, type Wad } from '../../../state/units.ts';
import { inertContext } from './standIn.ts';
import type { Overlay } from './overlay.ts';

/** Relative moves of index and forwards, and of volatilities: -0.2 is 20 % down. */
export type Shock = Readonly<{ price: Wad; volatility: Wad }>;
/** A slice is shocked to at most 600 % at the money: the wings stay in the domain of the kernel. */
export const SHOCKED_VOLATILITY_MAX: Wad = 6n * WAD;

const moved = (price: Price, move: Wad): Price => max((price * (WAD + move)) / WAD, 1n);

/** Variance moves with the square of volatility, the slope of the smile with volatility: the smile keeps its form. */
function shockedTerm(term: Term, { price, volatility }: Shock): Term {
  const factor = WAD + volatility;
  return {
    ...term,
    forward: moved(term.forward, price),
    theta: term.volatilityTime === 0 ? term.theta : max((term.theta * factor * factor) / (WAD * WAD), 1n),
    psi: (term.psi * factor) / WAD,
  };
}

/** The underlying after a post at `now`. The stable price follows at its own rate, so it stays. */
const posted = (underlying: Underlying, shock: Shock, now: Seconds): Underlying => ({
  ...underlying,
  priceSeconds: underlying.priceSeconds + underlying.indexPrice * BigInt(now - underlying.oracleTime),
  oracleTime: now,
  priceSequence: underlying.priceSequence + 1n,
  indexPrice: moved(underlying.indexPrice, shock.price),
  terms: underlying.terms.map((term) => shockedTerm(term, shock)),
});

/** Is every slice that is used within what the kernel takes after this shock? */
export function isWithinKernel(underlying: Underlying, shock: Shock): boolean {
  const slices = underlying.terms.filter(({ volatilityTime }) => volatilityTime !== 0);
  return slices.every((term) => volatilityAt(shockedTerm(term, shock), 0n) <= SHOCKED_VOLATILITY_MAX);
}

/** Posts the shock and re-marks `instruments`, those on the underlying that are alive. @throws Refusal */
export function applyShock(overlay: Overlay, id: number, shock: Shock, instruments: readonly number[]): void {
  const { timestamp: now } = existing(overlay, CHAIN, 0);
  const underlying = posted(existing(overlay, UNDERLYING, id), shock, now);
  overlay.put(UNDERLYING, id, underlying);
  const live = instruments.filter((instrument) => isMarkable(overlay, instrument, id, underlying, now));
  for (let i = 0; i < live.length; i += MAX_MARKS_PER_STEP) {
    const some = live.slice(i, i + MAX_MARKS_PER_STEP);
    mark.apply(overlay, { underlying: id, instruments: some, assets: [] }, inertContext);
  }
}

/** On this underlying, alive, and with the term it is priced by. */
function isMarkable(overlay: Overlay, id: number, underlyingId: number, underlying: Underlying, now: Seconds): boolean {
  const instrument = existing(overlay, INSTRUMENT, id);
  if (instrument.underlying !== underlyingId || instrument.status === INSTRUMENT_STATUS.settled) return false;
  if (instrument.expiry === 0) return true;
  const term = underlying.terms.find(({ expiry }) => expiry === instrument.expiry);
  if (instrument.expiry <= now || term === undefined) return false;
  return !isOption(instrument) || term.volatilityTime !== 0;
}
