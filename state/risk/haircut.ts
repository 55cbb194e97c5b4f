/**
 * Haircuts that follow risk: where a haircut should be, and how far it moves. It never jumps, and it
 * never eases on a falling price, so that what is pledged never counts more while it is worth less.
 */
import { clamp, divUp, max, min, wadMulUp } from '../math/integer.ts';
import { isqrt } from '../math/q96.ts';
import type { Asset } from '../records/asset.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { WAD, type MicroUsd, type Seconds, type Wad } from '../units.ts';
import { grossValueDown } from './equity.ts';

/** More is not told apart: so that the root is of a number below 2^248. */
const HELD_BOUND: MicroUsd = 2n ** 128n - 1n;

type Terms = Pick<Parameters, 'haircutVolatility' | 'haircutLiquidity' | 'haircutConcentration'>;

/** Parts of a target [1e-18]. */
export type HaircutTerms = Readonly<{ base: Wad; volatility: Wad; liquidity: Wad; concentration: Wad }>;

/**
 * What draws a haircut [1e-18]: base, a share of the price scan range, the impact of selling all that is
 * held (a scan range where that takes a day's volume, with the root of it), and the share of the cap
 * that is used. Each is rounded up. Widths: 64 + 63 + 124 bits.
 */
export function haircutTerms(asset: Asset, underlying: Underlying, terms: Terms): HaircutTerms {
  const range = underlying.priceScanRange;
  return {
    base: asset.baseHaircut,
    volatility: wadMulUp(range, terms.haircutVolatility),
    liquidity: divUp(range * terms.haircutLiquidity * rootOfDays(asset, underlying), WAD * WAD),
    concentration: wadMulUp(terms.haircutConcentration, shareOfCap(asset)),
  };
}

/** Where a haircut is drawn to [1e-18]: the sum of its terms, at most one. */
export function haircutTarget(asset: Asset, underlying: Underlying, parameters: Terms): Wad {
  const { base, volatility, liquidity, concentration } = haircutTerms(asset, underlying, parameters);
  return min(base + volatility + liquidity + concentration, WAD);
}

/** Root of the days of volume that the pool holds of an asset, at the index [1e-18]. */
function rootOfDays(asset: Asset, underlying: Underlying): Wad {
  const held = min(grossValueDown(asset.held, asset, underlying.indexPrice), HELD_BOUND);
  return isqrt((held * WAD * WAD) / max(asset.averageDailyVolume, 1n));
}

/** Share of its cap that the pool holds of an asset [1e-18], at most one: a cap may be lowered. */
function shareOfCap({ held, cap }: Asset): Wad {
  if (held === 0n) return 0n;
  return held >= cap ? WAD : (held * WAD) / cap;
}

/** The asset with its haircut moved to `now`, by at most `haircutRate` a second. */
export function withHaircut(asset: Asset, underlying: Underlying, parameters: Parameters, now: Seconds): Asset {
  const most = parameters.haircutRate * BigInt(now - asset.haircutTime);
  const hasFallen = underlying.indexPrice < asset.haircutPrice;
  const least = hasFallen ? asset.haircut : asset.haircut - most;
  return {
    ...asset,
    haircut: clamp(haircutTarget(asset, underlying, parameters), least, asset.haircut + most),
    haircutTime: now,
    haircutPrice: underlying.indexPrice,
  };
}
