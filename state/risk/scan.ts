/**
 * Scan risk: per underlying the P&L of the whole holding in each scenario, alone (silo) and with
 * all underlyings of a group moving together (joint). DESIGN 5.2.
 */
import { MAX_COLLATERALS, MAX_POSITIONS, SCENARIOS } from '../constants.ts';
import { divDown, divUp } from '../math/integer.ts';
import { WAD, type MicroUsd, type Wad } from '../units.ts';
import { pledgeValueDown } from './equity.ts';
import type { Portfolio } from './portfolio.ts';
import { linearMovesOf } from './scenarios.ts';

export type UnderlyingScan = Readonly<{
  underlying: number;
  group: number;
  /** P&L in each scenario [1e-6 USD], collateral of the underlying included. */
  pnl: readonly MicroUsd[];
  worstScenario: number;
  loss: MicroUsd;
}>;
export type Scan = Readonly<{
  underlyings: readonly UnderlyingScan[];
  silo: MicroUsd;
  joint: MicroUsd;
  /** silo - offset x (silo - joint), rounded up. */
  risk: MicroUsd;
}>;

/** P&L sums per underlying. The plain twin: what `scanRiskOf` must always equal. */
export function scanPortfolio(portfolio: Portfolio): Scan {
  const sums = new Map<number, { group: number; pnl: bigint[] }>();
  const sumOf = (id: number, group: number): bigint[] => {
    let sum = sums.get(id);
    if (sum === undefined) sums.set(id, (sum = { group, pnl: new Array<bigint>(SCENARIOS).fill(0n) }));
    return sum.pnl;
  };
  for (const { position, instrument, underlying } of portfolio.holdings) {
    const pnl = sumOf(instrument.underlying, underlying.group);
    for (let s = 0; s < SCENARIOS; s++) pnl[s]! += position.size * BigInt(instrument.riskArray[s]!);
  }
  for (const { balance, asset, underlying } of portfolio.pledges) {
    const pnl = sumOf(asset.underlying, underlying.group);
    const value = pledgeValueDown(balance, asset, underlying.indexPrice, portfolio.now);
    const moves = linearMovesOf(underlying);
    for (let s = 0; s < SCENARIOS; s++) pnl[s]! += pledgePnlDown(value, moves[s]!);
  }
  const underlyings = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([underlying, { group, pnl }]) => ({ underlying, group, pnl, ...worstOf(pnl) }));
  return { underlyings, ...combine(underlyings, portfolio.parameters.correlationOffset) };
}

/** P&L of a pledge of `value` in a scenario, rounded down. */
const pledgePnlDown = (value: MicroUsd, move: Wad): MicroUsd => divDown(value * move, WAD);

function worstOf(pnl: readonly bigint[]): { worstScenario: number; loss: MicroUsd } {
  let worstScenario = 0;
  for (let s = 1; s < pnl.length; s++) if (pnl[s]! < pnl[worstScenario]!) worstScenario = s;
  const worst = pnl[worstScenario]!;
  return { worstScenario, loss: worst < 0n ? -worst : 0n };
}

function combine(underlyings: readonly UnderlyingScan[], offset: Wad): Omit<Scan, 'underlyings'> {
  let silo = 0n;
  let joint = 0n;
  const groups = new Map<number, bigint[]>();
  for (const { group, pnl, loss } of underlyings) {
    silo += loss;
    if (group === 0) {
      joint += loss; // Moves with nothing else: no offset.
      continue;
    }
    const sum = groups.get(group);
    if (sum === undefined) groups.set(group, [...pnl]);
    else for (let s = 0; s < SCENARIOS; s++) sum[s]! += pnl[s]!;
  }
  for (const sum of groups.values()) joint += worstOf(sum).loss;
  return { silo, joint, risk: scanRisk(silo, joint, offset) };
}

/** silo - offset x (silo - joint), rounded up; joint <= silo, so never below joint. */
const scanRisk = (silo: MicroUsd, joint: MicroUsd, offset: Wad): MicroUsd =>
  silo - divDown(offset * (silo - joint), WAD);

/** Sums of products stay exact in doubles below this. */
const EXACT = 2 ** 52;
const lossBelowZero = (worst: number): number => (worst < 0 ? -worst : 0);

/** P&L of one underlying in each scenario: doubles holding integers, at `from` in the scratch. */
type FastSum = Readonly<{ underlying: number; group: number; from: number }>;

// Scratch memory, meaningless between calls: a sum for each position and pledge at most.
const scratch = new Float64Array((MAX_POSITIONS + MAX_COLLATERALS) * SCENARIOS);

/** Where the sum of an underlying begins, zeroed when it is new. */
function sumFor(sums: FastSum[], underlying: number, group: number): number {
  for (const sum of sums) if (sum.underlying === underlying) return sum.from;
  const from = sums.length * SCENARIOS;
  scratch.fill(0, from, from + SCENARIOS);
  sums.push({ underlying, group, from });
  return from;
}

/**
 * Scan risk in doubles holding integers: every product and sum is below 2^53 or it returns
 * undefined, and then the twin decides. Cost: 35 multiply-adds per position, ~2 us per pledge.
 */
function scanFast({ holdings, pledges, parameters, now }: Portfolio): MicroUsd | undefined {
  if (holdings.length + pledges.length > MAX_POSITIONS + MAX_COLLATERALS) return undefined;
  const sums: FastSum[] = [];
  let bound = 0;
  for (const { position, instrument, underlying } of holdings) {
    const size = Number(position.size);
    const array = instrument.riskArray;
    bound += Math.abs(size) * extremesOf(array).largest;
    if (!(bound < EXACT)) return undefined;
    const from = sumFor(sums, instrument.underlying, underlying.group);
    for (let s = 0; s < SCENARIOS; s++) scratch[from + s]! += size * array[s]!;
  }
  for (const { balance, asset, underlying } of pledges) {
    const value = pledgeValueDown(balance, asset, underlying.indexPrice, now);
    const moves = linearMovesOf(underlying);
    const from = sumFor(sums, asset.underlying, underlying.group);
    let largest = 0;
    for (let s = 0; s < SCENARIOS; s++) {
      const pnl = Number(pledgePnlDown(value, moves[s]!));
      largest = Math.max(largest, Math.abs(pnl));
      scratch[from + s]! += pnl;
    }
    bound += largest;
    if (!(bound < EXACT)) return undefined;
  }
  return combineFast(sums, parameters.correlationOffset);
}

/** What `combine` says. Overwrites the sums. */
function combineFast(sums: readonly FastSum[], offset: Wad): MicroUsd {
  let silo = 0;
  let joint = 0;
  const groups: FastSum[] = [];
  for (const sum of sums) {
    const loss = lossBelowZero(lowestAt(sum.from));
    silo += loss;
    if (sum.group === 0) {
      joint += loss;
      continue;
    }
    const together = groups.find(({ group }) => group === sum.group);
    if (together === undefined) groups.push(sum);
    else for (let s = 0; s < SCENARIOS; s++) scratch[together.from + s]! += scratch[sum.from + s]!;
  }
  for (const { from } of groups) joint += lossBelowZero(lowestAt(from));
  return scanRisk(BigInt(silo), BigInt(joint), offset);
}

function lowestAt(from: number): number {
  let low = scratch[from]!;
  for (let s = 1; s < SCENARIOS; s++) if (scratch[from + s]! < low) low = scratch[from + s]!;
  return low;
}

type Extremes = Readonly<{ low: bigint; high: bigint; largest: number }>;
const extremes = new WeakMap<Float64Array, Extremes>(); // Follow from the array alone.
function extremesOf(values: Float64Array): Extremes {
  let known = extremes.get(values);
  if (known === undefined) {
    const low = Math.min(...values);
    const high = Math.max(...values);
    known = { low: BigInt(low), high: BigInt(high), largest: Math.max(high, -low) };
    extremes.set(values, known);
  }
  return known;
}

/** Scan risk in portfolio mode: joint scenarios across underlyings, collateral inside. */
export const scanRiskOf = (portfolio: Portfolio): MicroUsd =>
  scanFast(portfolio) ?? scanPortfolio(portfolio).risk;

/** Scan risk in cross and isolated mode: each position's own worst loss, nothing offsets. */
export function scanRiskPerPosition({ holdings }: Portfolio): MicroUsd {
  let risk = 0n;
  for (const { position, instrument } of holdings) {
    const { low, high } = extremesOf(instrument.riskArray);
    const worst = position.size * (position.size > 0n ? low : high);
    if (worst < 0n) risk -= worst;
  }
  return risk;
}

/** Charge for deltas hedged across expiries [1e-6 USD], rounded up: per underlying min(long, short). */
export function calendarCharge({ holdings, parameters }: Portfolio): MicroUsd {
  const byUnderlying = new Map<number, Map<number, bigint>>();
  for (const { position, instrument } of holdings) {
    let expiries = byUnderlying.get(instrument.underlying);
    if (expiries === undefined) byUnderlying.set(instrument.underlying, (expiries = new Map()));
    const delta = position.size * instrument.delta;
    expiries.set(instrument.expiry, (expiries.get(instrument.expiry) ?? 0n) + delta);
  }
  let hedged = 0n;
  for (const expiries of byUnderlying.values()) {
    let long = 0n;
    let short = 0n;
    for (const delta of expiries.values()) {
      if (delta > 0n) long += delta;
      else short -= delta;
    }
    hedged += long < short ? long : short;
  }
  return divUp(hedged * parameters.calendarCharge, WAD);
}

/** Charge on gross linear notional [1e-6 USD], rounded up. */
export function contingencyCharge({ holdings, parameters }: Portfolio): MicroUsd {
  let gross = 0n;
  for (const { position, instrument } of holdings) {
    const notional = position.size * instrument.markPerLot;
    gross += notional < 0n ? -notional : notional;
  }
  return divUp(gross * parameters.contingency, WAD);
}
