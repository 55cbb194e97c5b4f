/**
 * How much of the traded lots' own risk a trade took off its account: all of it where a position is
 * closed, less where a hedge is imperfect or a position turned, none where risk was added.
 */
import { SCENARIOS } from '../constants.ts';
import { WAD, type Lots, type MicroUsd, type Wad } from '../units.ts';
import type { Instrument } from '../records/instrument.ts';
import type { Portfolio } from './portfolio.ts';

/** Worst loss of the positions in one underlying after the trade and before it, and of the lots that went. */
type Losses = Readonly<{ after: MicroUsd; before: MicroUsd; gone: MicroUsd }>;

/** Sums of products stay exact in doubles below this. */
const EXACT = 2 ** 52;

/**
 * (loss before - loss after) / worst loss of the opposite of the traded lots [1e-18], rounded down.
 * Scenario by scenario before = after + that opposite, and a worst loss is at most the sum of two: so
 * from 0 to 1. Only positions count, not collateral.
 * @param portfolio the account after the trade
 * @param lots what it traded, signed
 */
export function reliefOf(portfolio: Portfolio, instrument: Instrument, lots: Lots): Wad {
  const { after, before, gone } = lossesFast(portfolio, instrument, lots) ?? lossesOf(portfolio, instrument, lots);
  return before > after ? ((before - after) * WAD) / gone : 0n;
}

/** The plain twin of `lossesFast`. */
export function lossesOf({ holdings }: Portfolio, traded: Instrument, lots: Lots): Losses {
  let [after, before, gone] = [0n, 0n, 0n];
  for (let s = 0; s < SCENARIOS; s++) {
    let pnl = 0n;
    for (const { position, instrument } of holdings) {
      if (instrument.underlying === traded.underlying) pnl += position.size * BigInt(instrument.riskArray[s]!);
    }
    const opposite = -lots * BigInt(traded.riskArray[s]!);
    if (-pnl > after) after = -pnl;
    if (-(pnl + opposite) > before) before = -(pnl + opposite);
    if (-opposite > gone) gone = -opposite;
  }
  return { after, before, gone };
}

const scratch = new Float64Array(SCENARIOS); // Meaningless between calls.

/** The same in doubles holding integers, or undefined where one could leave the exact range. */
export function lossesFast({ holdings }: Portfolio, traded: Instrument, lots: Lots): Losses | undefined {
  scratch.fill(0);
  let bound = 0;
  for (let i = 0; i < holdings.length; i++) {
    const { position, instrument } = holdings[i]!;
    if (instrument.underlying !== traded.underlying) continue;
    bound += addTo(scratch, instrument.riskArray, Number(position.size));
  }
  const opposite = -Number(lots);
  let [low, lowBefore, lowGone] = [0, 0, 0];
  let largest = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    const pnl = scratch[s]!;
    const gone = opposite * traded.riskArray[s]!;
    largest = Math.max(largest, Math.abs(gone));
    low = Math.min(low, pnl);
    lowBefore = Math.min(lowBefore, pnl + gone);
    lowGone = Math.min(lowGone, gone);
  }
  if (!(bound + largest < EXACT)) return undefined;
  return { after: BigInt(-low), before: BigInt(-lowBefore), gone: BigInt(-lowGone) };
}

/** Adds `size` times the array; returns the largest product. */
function addTo(sums: Float64Array, array: Float64Array, size: number): number {
  let largest = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    const product = size * array[s]!;
    largest = Math.max(largest, Math.abs(product));
    sums[s]! += product;
  }
  return largest;
}
