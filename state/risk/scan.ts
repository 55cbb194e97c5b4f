/**
 * Scan risk: per underlying the P&L of the whole holding in each scenario, alone (silo) and with
 * all underlyings of a group moving together (joint). DESIGN 5.2.
 */
import { SCENARIOS } from '../constants.ts';
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
    for (let s = 0; s < SCENARIOS; s++) pnl[s]! += divDown(value * moves[s]!, WAD);
  }
  const underlyings = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([underlying, { group, pnl }]) => ({ underlying, group, pnl, ...worstOf(pnl) }));
  return { underlyings, ...combine(underlyings, portfolio.parameters.correlationOffset) };
}

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

/**
 * Scan risk of positions alone, in doubles holding integers: every product and sum is below 2^53
 * or it returns undefined, and then the twin decides. Cost: ~35 multiply-adds per position.
 */
function scanFast({ holdings, parameters }: Portfolio): MicroUsd | undefined {
  const ids: number[] = [];
  const groupIds: number[] = [];
  const sums: Float64Array[] = [];
  let bound = 0;
  for (const { position, instrument, underlying } of holdings) {
    const size = Number(position.size);
    bound += Math.abs(size) * largest(instrument.riskArray);
    if (!(bound < EXACT)) return undefined;
    let at = ids.indexOf(instrument.underlying);
    if (at < 0) {
      at = ids.push(instrument.underlying) - 1;
      groupIds.push(underlying.group);
      sums.push(new Float64Array(SCENARIOS));
    }
    const sum = sums[at]!;
    const array = instrument.riskArray;
    for (let s = 0; s < SCENARIOS; s++) sum[s]! += size * array[s]!;
  }
  let silo = 0;
  let joint = 0;
  const groups = new Map<number, Float64Array>();
  for (let u = 0; u < sums.length; u++) {
    const loss = lossBelowZero(lowest(sums[u]!));
    silo += loss;
    const group = groupIds[u]!;
    const together = groups.get(group);
    if (group === 0) joint += loss;
    else if (together === undefined) groups.set(group, sums[u]!);
    else for (let s = 0; s < SCENARIOS; s++) together[s]! += sums[u]![s]!;
  }
  for (const sum of groups.values()) joint += lossBelowZero(lowest(sum));
  return scanRisk(BigInt(silo), BigInt(joint), parameters.correlationOffset);
}

function lowest(values: Float64Array): number {
  let low = values[0]!;
  for (let s = 1; s < SCENARIOS; s++) if (values[s]! < low) low = values[s]!;
  return low;
}

const largestOf = new WeakMap<Float64Array, number>(); // Follows from the array alone.
function largest(values: Float64Array): number {
  let known = largestOf.get(values);
  if (known === undefined) {
    known = 0;
    for (const value of values) known = Math.max(known, Math.abs(value));
    largestOf.set(values, known);
  }
  return known;
}

/** Scan risk in portfolio mode: joint scenarios across underlyings, collateral inside. */
export const scanRiskOf = (portfolio: Portfolio): MicroUsd =>
  (portfolio.pledges.length === 0 ? scanFast(portfolio) : undefined) ?? scanPortfolio(portfolio).risk;

/** Scan risk in cross and isolated mode: each position's own worst loss, nothing offsets. */
export function scanRiskPerPosition({ holdings }: Portfolio): MicroUsd {
  let risk = 0n;
  for (const { position, instrument } of holdings) {
    let worst = 0n;
    for (const value of instrument.riskArray) {
      const pnl = position.size * BigInt(value);
      if (pnl < worst) worst = pnl;
    }
    risk -= worst;
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
