/**
 * The 35 scenarios: nine price moves of the scan range x three volatilities, then eight dampened
 * tails at volatility up (DESIGN 5.1; grid and damping: Derive PM2's .77 x scan range / |move|).
 */
import { SCENARIOS } from '../constants.ts';
import { divNearest, max, min } from '../math/integer.ts';
import { expQ96, lnQ96 } from '../math/q96.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { SECONDS_PER_DAY, WAD, type MicroUsd, type Seconds, type Wad } from '../units.ts';

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

/** One scenario for a scan range: price move [1e-18], share of its P&L that counts [1e-18], volatility. */
export type Scenario = Readonly<{ move: Wad; damping: Wad; volatility: VolatilityMove }>;

const sets = new WeakMap<Underlying, readonly Scenario[]>(); // Follows from the record alone.
export function scenariosOf(underlying: Underlying): readonly Scenario[] {
  let scenarios = sets.get(underlying);
  if (scenarios === undefined) {
    const range = underlying.priceScanRange;
    scenarios = Array.from({ length: SCENARIOS }, (_, s) => ({
      move: moveOf(s, range),
      damping: dampingOf(s, range),
      volatility: volatilityOf(s),
    }));
    sets.set(underlying, scenarios);
  }
  return scenarios;
}

export const SHOCK_SECONDS = 30 * SECONDS_PER_DAY;
/** Exponents of (30 days / time to expiry): short expiries move more (Derive PM2, Deribit) [1e-18]. */
export const SHORT_POWER = (30n * WAD) / 100n;
export const LONG_POWER = (13n * WAD) / 100n;

/**
 * Volatilities [1e-18] up, same, down for an option of `tau` seconds: scan ranges are those of 30 days, grown
 * or shrunk by a power of the time to expiry (at least a day). Up is at least `volatilityFloor`.
 */
export function volatilityShocks(
  sigma: Wad,
  tau: Seconds,
  underlying: Underlying,
  parameters: Parameters,
): readonly [up: Wad, same: Wad, down: Wad] {
  const power = tau <= SHOCK_SECONDS ? SHORT_POWER : LONG_POWER;
  const ratio = (BigInt(SHOCK_SECONDS) << 96n) / BigInt(Math.max(tau, SECONDS_PER_DAY));
  const scale = expQ96((lnQ96(ratio) * power) / WAD);
  const up = (sigma * ((underlying.volatilityScanUp * scale) / WAD)) >> 96n;
  const down = (sigma * ((underlying.volatilityScanDown * scale) / WAD)) >> 96n;
  return [max(sigma + up, parameters.volatilityFloor), sigma, max(sigma - down, 0n)];
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
