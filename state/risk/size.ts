/**
 * What size costs: an owner's exposure against daily volume (square-root market impact), and a
 * market's open interest against its cap.
 */
import { clamp, divUp, max, min, wadMulUp } from '../math/integer.ts';
import { isqrt } from '../math/q96.ts';
import { MILLION, PRICE_TIMES_SIZE_PER_MICRO_USD, WAD, type Millionths, type Wad } from '../units.ts';
import type { Book } from './book.ts';
import type { RiskTerms } from './riskTerms.ts';

/** Below this doubles hold integers exactly. */
const EXACT = 2n ** 52n;
const MILLION_SQUARED = MILLION * MILLION;
/** 10^12, over the 10^10 of an exposure that is not yet in micro-dollars. */
export const SQUARE_PER_PRICE_SIZE = MILLION_SQUARED / PRICE_TIMES_SIZE_PER_MICRO_USD;

/** ceil(sqrt(n)), n >= 0. */
export function rootUp(n: bigint): bigint {
  if (n < 2n) return n;
  if (n >= EXACT) {
    const root = isqrt(n);
    return root * root === n ? root : root + 1n;
  }
  const square = Number(n);
  const root = rootDown(square);
  return BigInt(root * root < square ? root + 1 : root);
}

const HALF = 2 ** -1;
/** At most twice the root of a number by half of its bits, rounded up. */
const ROOT_ABOVE = Float64Array.from({ length: 27 }, (_, halfBits) => 2 ** halfBits);

/**
 * sqrt(n) within 2^-49 of itself, 1 <= n < 2^52: Newton's method from at most twice the root, whose
 * relative error e becomes e^2 / 2 or less.
 */
function rootNear(n: number): number {
  const high = Math.floor(n * 2 ** -32);
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(n);
  let root = ROOT_ABOVE[(bits + 1) >> 1]!;
  for (let i = 0; i < 5; i++) root = (root + n / root) * HALF;
  return root;
}

/** floor(sqrt(n)) of an integer, 1 < n < 2^52. */
function rootDown(n: number): number {
  let root = Math.floor(rootNear(n));
  while (root * root > n) root -= 1;
  while ((root + 1) * (root + 1) <= n) root += 1;
  return root;
}

/** Closer than this to a whole number a rounded root does not say which side it is on. */
const UNCERTAIN = 2 ** -20;

/** Share of the scan range that closing the owner's exposure moves the price by: sqrt(min(1, exposure / daily volume)), rounded up. */
export function impactUp({ exposure }: Book, { volume, fullVolume, perVolume }: RiskTerms): Millionths {
  if (exposure >= fullVolume) return MILLION;
  if (exposure === 0n) return 0n;
  // The least whole number whose square is not below that of the root in millionths: from a rounded
  // root, off by less than 10^6 x 2^-48, unless it is all but whole.
  const square = Number(exposure) * perVolume;
  if (square >= 1) {
    const root = rootNear(square);
    const whole = Math.floor(root);
    if (root - whole > UNCERTAIN && root - whole < 1 - UNCERTAIN) return BigInt(whole + 1);
  }
  return rootUp(divUp(exposure * SQUARE_PER_PRICE_SIZE, volume));
}

/** Beyond a thousand times the scan there is nothing to tell apart; so a charge fits 256 bits. */
const CONCENTRATION_MAX: Millionths = 1_000n * MILLION;

/** sqrt(max(1, exposure / threshold)) - 1, rounded up, at most a thousand: the ISDA SIMM concentration factor less one. */
export function concentrationUp({ exposure }: Book, { threshold, fullThreshold }: RiskTerms): Millionths {
  if (exposure <= fullThreshold) return 0n;
  return min(rootUp(divUp(exposure * SQUARE_PER_PRICE_SIZE, threshold)) - MILLION, CONCENTRATION_MAX);
}

/**
 * Initial margin as a fraction of notional: `base` while open interest is at most `lower`, from
 * there linearly to all of it at `upper`, rounded up. dYdX v4, x/perpetuals liquidity tiers; equal
 * bounds scale nothing.
 */
export function crowdedFractionUp(base: Wad, openInterest: bigint, lower: bigint, upper: bigint): Wad {
  if (upper === lower) return base;
  const crowding = divUp(clamp(openInterest - lower, 0n, upper - lower) * WAD, upper - lower);
  return base + wadMulUp(max(WAD - base, 0n), crowding);
}
