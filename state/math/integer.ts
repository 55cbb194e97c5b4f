/**
 * Integer arithmetic with the rounding in the name. `/` truncates toward zero in bigint and in
 * Solidity alike; these say which way they go for negative numbers too.
 */
import { WAD } from '../units.ts';

export const abs = (x: bigint): bigint => (x < 0n ? -x : x);
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const clamp = (x: bigint, low: bigint, high: bigint): bigint => min(max(x, low), high);

/** floor(x / y), y > 0. */
export const divDown = (x: bigint, y: bigint): bigint => (x < 0n ? (x + 1n) / y - 1n : x / y);
/** ceil(x / y), y > 0. */
export const divUp = (x: bigint, y: bigint): bigint => (x > 0n ? (x - 1n) / y + 1n : x / y);
/** Nearest, halves away from zero, y > 0. */
export const divNearest = (x: bigint, y: bigint): bigint => (x < 0n ? -((-x + y / 2n) / y) : (x + y / 2n) / y);

export const wadMulDown = (x: bigint, wad: bigint): bigint => divDown(x * wad, WAD);
export const wadMulUp = (x: bigint, wad: bigint): bigint => divUp(x * wad, WAD);

/** Median; the lower of the two middle values where the count is even. `values` is not changed. */
export function medianLow(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[(sorted.length - 1) >> 1]!;
}
