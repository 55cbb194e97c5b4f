// Ranges to compare the model with: one for all time, and the plain exponential average of squares.
import type { Outcome } from './days.ts';

/** A range for the day of each outcome, known when the day began. */
export type Ranges = readonly number[];

/** Quantile of the normal distribution of a range that is exceeded, either way, one day of a hundred. */
export const NORMAL_MULTIPLIER = 2.576;
/** RiskMetrics (1996). */
const EWMA_DECAY = 0.94;
/** Days that the first average is of. */
const EWMA_SEED_DAYS = 30;

/** Daily volatility of RiskMetrics. Its first days are the mean of what follows: a head start. */
export function ewmaVolatility(outcomes: readonly Outcome[]): number[] {
  const seed = outcomes.slice(0, EWMA_SEED_DAYS);
  let variance = seed.reduce((sum, { move }) => sum + Math.log1p(move) ** 2, 0) / seed.length;
  return outcomes.map(({ move }) => {
    const known = Math.sqrt(variance);
    variance = EWMA_DECAY * variance + (1 - EWMA_DECAY) * Math.log1p(move) ** 2;
    return known;
  });
}

export const scaled = (ranges: Ranges, factor: number): number[] => ranges.map((r) => r * factor);

/**
 * The factor with which `ranges` are exceeded on no more than one day of a hundred. Fitted to the
 * very days it is then tested on: no rival could have known it.
 */
export function factorInHindsight(outcomes: readonly Outcome[], ranges: Ranges): number {
  const needed = outcomes.map(({ move }, i) => Math.abs(move) / (ranges[i] as number));
  needed.sort((a, b) => b - a);
  return needed[Math.floor(outcomes.length / 100)] ?? 0;
}
