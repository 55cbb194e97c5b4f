/**
 * The 35 scenarios: nine price moves of the scan range x three volatilities, then eight dampened
 * tails at volatility up (DESIGN 5.1; grid and damping: Derive PM2's .77 x scan range / |move|).
 */
import { SCENARIOS } from '../constants.ts';
import { divNearest, min } from '../math/integer.ts';
import type { Underlying } from '../records/underlying.ts';
import { WAD, type MicroUsd, type Wad } from '../units.ts';

const QUARTERS = [0n, 1n, -1n, 2n, -2n, 3n, -3n, 4n, -4n];
/** 0 volatility up, 1 same, 2 down. */
export type VolatilityMove = 0 | 1 | 2;
const GRID = QUARTERS.flatMap((quarters) =>
  ([0, 1, 2] as const).map((volatility) => ({ quarters, volatility })),
);
/** Tail moves [1e-2], at volatility up. */
const TAILS = [-66n, -33n, 50n, 100n, 200n, 300n, 400n, 500n];
const TAIL_WEIGHT = 77n; // [1e-2] of the scan range.

/** Index of the volatility of scenario `s`. */
export const volatilityOf = (scenario: number): VolatilityMove => GRID[scenario]?.volatility ?? 0;

/** Move of the price in scenario `s` before damping [1e-18], for a price scan range [1e-18]. */
export function moveOf(scenario: number, scanRange: Wad): Wad {
  const cell = GRID[scenario];
  if (cell !== undefined) return (scanRange * cell.quarters) / 4n;
  return (TAILS[scenario - GRID.length]! * WAD) / 100n;
}

/** Share of the tail's P&L that counts [1e-18]: min(1, .77 x scan range / |move|). */
export function dampingOf(scenario: number, scanRange: Wad): Wad {
  const move = TAILS[scenario - GRID.length];
  if (move === undefined) return WAD;
  return min(WAD, (TAIL_WEIGHT * scanRange) / (move < 0n ? -move : move));
}

/** Dampened move of a linear product in every scenario [1e-18]. */
export function linearMoves(scanRange: Wad): readonly Wad[] {
  const moves: Wad[] = [];
  for (let s = 0; s < SCENARIOS; s++) {
    moves.push((moveOf(s, scanRange) * dampingOf(s, scanRange)) / WAD);
  }
  return moves;
}

const cache = new WeakMap<Underlying, readonly Wad[]>(); // Follows from the record alone.
export function linearMovesOf(underlying: Underlying): readonly Wad[] {
  let moves = cache.get(underlying);
  if (moves === undefined) cache.set(underlying, (moves = linearMoves(underlying.priceScanRange)));
  return moves;
}

/**
 * Risk array of a linear instrument: P&L per lot [1e-6 USD] in each scenario, to the nearest.
 * `valuePerLot` is the mark in micro-dollars per lot.
 */
export function linearRiskArray(valuePerLot: MicroUsd, scanRange: Wad): Float64Array {
  return Float64Array.from(linearMoves(scanRange), (move) => Number(divNearest(valuePerLot * move, WAD)));
}
