/** What the devnet's publishers take implied volatility for: realised volatility, falling back to a level over a month. */
import { SECONDS_PER_YEAR, WAD, type Price, type Seconds } from '../../state/units.ts';

/** One slice as it is posted [1e-18]: at-the-money total variance, skew plus one, curvature times variance. */
export type Slice = readonly [theta: bigint, rho: bigint, psi: bigint];

const LONG_RUN = 0.65;
const LOWEST = 0.25;
const HIGHEST = 2.5;
/** Sellers of options ask for more than what was realised. */
const RISK_PREMIUM = 1.1;
const HALF_LIFE_SECONDS = 6 * 3_600;
const REVERSION_SECONDS = 30 * 86_400;
/** Most that the variance moves from one look to the next. */
const LARGEST_STEP = 1.5;
const SKEW = -0.2;
/** psi = this x sqrt(theta): wings that rise and flatten with time, as slices without arbitrage must. */
const CURVATURE = 0.8;

const wad = (x: number): bigint => BigInt(Math.round(x * 1e12)) * (WAD / 10n ** 12n);

/** Follows the prices of one underlying. */
export class VolatilityTracker {
  #last: Readonly<{ price: number; time: Seconds }> | null = null;
  #yearly = LONG_RUN ** 2;

  /** Takes note of a price. */
  see(price: Price, time: Seconds): void {
    const now = { price: Number(price), time };
    const last = this.#last;
    if (last !== null && time <= last.time) return;
    this.#last = now;
    if (last === null) return;
    const elapsed = time - last.time;
    const sample = (Math.log(now.price / last.price) ** 2 * SECONDS_PER_YEAR) / elapsed;
    const weight = 1 - 2 ** (-elapsed / HALF_LIFE_SECONDS);
    const next = this.#yearly + weight * (sample * RISK_PREMIUM ** 2 - this.#yearly);
    const near = Math.min(Math.max(next, this.#yearly / LARGEST_STEP), this.#yearly * LARGEST_STEP);
    this.#yearly = Math.min(Math.max(near, LOWEST ** 2), HIGHEST ** 2);
  }

  /** The slice of an expiry `life` seconds away. */
  slice(life: Seconds): Slice {
    const years = life / SECONDS_PER_YEAR;
    const reversion = REVERSION_SECONDS / SECONDS_PER_YEAR;
    const excess = (this.#yearly - LONG_RUN ** 2) * reversion * (1 - Math.exp(-years / reversion));
    const theta = LONG_RUN ** 2 * years + excess;
    return [wad(theta), wad(1 + SKEW), wad(CURVATURE * Math.sqrt(theta))];
  }
}
