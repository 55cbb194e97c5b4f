/** The posted term structure of an underlying: forwards and eSSVI slices, and what a sound one is. */
import { MAX_TERMS } from '../constants.ts';
import { require } from '../errors.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Term } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { hasCalendarArbitrage, hasButterflyArbitrage, isInRange, isJump } from '../pricing/surface.ts';
import { WAD, type Seconds } from '../units.ts';

/** What a point is of: index or forward, daily volume or at-the-money total variance, skew, curvature. */
export const QUANTITY = { price: 0, dailyVolume: 1, theta: 1, rho: 2, psi: 3 } as const;

type Quote = Readonly<{ expiry: Seconds; quantity: number; value: bigint }>;

/** The terms among the quotes of one underlying, ordered as posted. Skew is posted plus one. */
export function termsOf(quotes: readonly Quote[], time: Seconds): readonly Term[] {
  const terms: Term[] = [];
  for (const { expiry, quantity, value } of quotes) {
    if (expiry === 0) continue;
    if (quantity === QUANTITY.price) terms.push({ expiry, forward: value, ...NO_SLICE });
    else terms.push({ ...terms.pop()!, ...SLICE_FIELD[quantity]!(value), volatilityTime: time });
  }
  return terms;
}

const NO_SLICE = { theta: 0n, rho: 0n, psi: 0n, volatilityTime: 0 };
const SLICE_FIELD: Readonly<Record<number, (value: bigint) => Partial<Term>>> = {
  [QUANTITY.theta]: (theta) => ({ theta }),
  [QUANTITY.rho]: (value) => ({ rho: value - WAD }),
  [QUANTITY.psi]: (psi) => ({ psi }),
};

/** New terms replace old ones, a forward alone keeps the slice; expired ones go; the nearest are kept. */
export function mergedTerms(old: readonly Term[], posted: readonly Term[], time: Seconds): readonly Term[] {
  const byExpiry = new Map(old.map((t) => [t.expiry, t]));
  for (const term of posted) {
    const known = byExpiry.get(term.expiry);
    const keeps = term.volatilityTime === 0 && known !== undefined;
    byExpiry.set(term.expiry, keeps ? { ...known, forward: term.forward } : term);
  }
  return [...byExpiry.values()]
    .filter((t) => t.expiry > time)
    .sort((a, b) => a.expiry - b.expiry)
    .slice(0, MAX_TERMS);
}

/** Slices posted at `time` are in range and near what they replace; the surface has no arbitrage. */
export function requireSoundSurface(
  old: readonly Term[],
  terms: readonly Term[],
  parameters: Parameters,
  time: Seconds,
): void {
  let previous: Term | undefined;
  for (const term of terms) {
    if (term.volatilityTime === 0) continue;
    const isNew = term.volatilityTime === time;
    const said = (): string => `expiry ${term.expiry}`;
    if (isNew) {
      require(isInRange(term), REFUSAL.surface_out_of_range, said);
      const known = old.find((t) => t.expiry === term.expiry);
      const isKnown =
        known !== undefined &&
        known.volatilityTime !== 0 &&
        BigInt(time - known.volatilityTime) <= parameters.maxVolatilityAge;
      require(!isKnown || !isJump(known, term), REFUSAL.surface_jump_too_large, said);
      require(!hasButterflyArbitrage(term), REFUSAL.surface_arbitrage, said);
    }
    if (previous !== undefined && (isNew || previous.volatilityTime === time)) {
      require(!hasCalendarArbitrage(previous, term), REFUSAL.surface_arbitrage, said);
    }
    previous = term;
  }
}
