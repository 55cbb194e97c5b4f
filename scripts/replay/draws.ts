// The distributions that a crowd is drawn from.
import type { Random } from '../../node/ports/random.ts';
import { exponential } from '../../node/ports/random.ts';

/** USD to deposit: of the stablecoin, and of other assets. */
export type Wealth = Readonly<{ stable: number; volatile: number }>;

/** Half of the draws lie below the median, and the logarithm is normal. */
export const logNormal = (random: Random, median: number, deviation: number): number =>
  median * exponential(deviation * random.nextNormal());
/** Pareto with tail index 2: few are rich, and they are very rich. */
export const pareto = (random: Random, least: number): number => least / Math.sqrt(1 - random.nextFloat());
export const uniform = (random: Random, low: number, high: number): number =>
  low + (high - low) * random.nextFloat();

/** Up to `count` different items, in the order of the list. */
export function someOf<T>(items: readonly T[], random: Random, count: number): T[] {
  const left = [...items];
  while (left.length > Math.min(count, items.length)) left.splice(random.nextInt(left.length), 1);
  return left;
}
