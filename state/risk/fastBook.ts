/**
 * Sums per underlying, and scan risk, at the speed of doubles that hold integers. What `book.ts` and
 * `scan.ts` say: they decide where a product or a sum may leave the exact range of doubles.
 */
import { MAX_COLLATERALS, MAX_POSITIONS, SCENARIOS } from '../constants.ts';
import type { Instrument } from '../records/instrument.ts';
import type { Underlying } from '../records/underlying.ts';
import type { MicroUsd } from '../units.ts';
import { exposureOf, isOption, type Book, type Books } from './book.ts';
import { pledgeValueDown } from './equity.ts';
import type { Portfolio } from './portfolio.ts';
import { pledgePnlDown } from './scan.ts';
import { linearMovesOf } from './scenarios.ts';

/** Sums of products stay exact in doubles below this. */
const EXACT = 2 ** 52;
const ROWS = MAX_POSITIONS + MAX_COLLATERALS;
const NONE = -1;
// Scratch memory of doubles holding integers, valid until the next `fastBooksOf`: of each book its P&L in
// each scenario or the own worst losses of its positions, its sums, and a list of its expiries.
export const pnlOf = Array.from({ length: ROWS }, () => new Float64Array(SCENARIOS));
export const ownLosses = new Float64Array(ROWS);
const deltas = new Float64Array(ROWS);
const values = new Float64Array(ROWS);
const gross = new Float64Array(ROWS);
const shortOptions = new Float64Array(ROWS);
const newestExpiry = new Int32Array(ROWS);
const expiries = new Float64Array(MAX_POSITIONS);
const expiryDeltas = new Float64Array(MAX_POSITIONS);
const expiryBefore = new Int32Array(MAX_POSITIONS);
let expiryCount = 0;

/**
 * The books of a portfolio, and in the scratch its P&L if wanted, else its positions' own losses; undefined
 * where doubles may be inexact. Cost with P&L: 35 multiply-adds per position, ~2 us per pledge.
 */
export function fastBooksOf(portfolio: Portfolio, withPnl: boolean): Books | undefined {
  const { holdings, pledges, now } = portfolio;
  if (holdings.length > MAX_POSITIONS || pledges.length > MAX_COLLATERALS) return undefined;
  const ids: number[] = [];
  const underlyings: Underlying[] = [];
  const ofHolding: number[] = [];
  const ofPledge: number[] = [];
  const pledgeValues: MicroUsd[] = [];
  expiryCount = 0;
  let bound = 0;
  for (let i = 0; i < holdings.length; i++) {
    const { position, instrument, underlying } = holdings[i]!;
    const at = rowOf(ids, underlyings, instrument.underlying, underlying);
    ofHolding.push(at);
    const size = Number(position.size);
    const numbers = numbersOf(instrument);
    bound += Math.abs(size) * numbers.largest;
    if (!(bound < EXACT)) return undefined;
    addHolding(at, size, numbers);
    if (withPnl) addPnl(pnlOf[at]!, size, instrument.riskArray);
    else ownLosses[at]! += Math.max(-size * (size > 0 ? numbers.low : numbers.high), 0);
  }
  for (let i = 0; i < pledges.length; i++) {
    const { balance, asset, underlying } = pledges[i]!;
    const at = rowOf(ids, underlyings, asset.underlying, underlying);
    ofPledge.push(at);
    const value = pledgeValueDown(balance, asset, underlying.indexPrice, now);
    pledgeValues.push(value);
    if (withPnl) bound += addPledge(at, value, underlying);
    if (!(bound < EXACT)) return undefined;
  }
  const all: Book[] = [];
  for (let at = 0; at < ids.length; at++) {
    const [id, underlying] = [ids[at]!, underlyings[at]!];
    let pledged = 0n;
    for (let i = 0; i < ofPledge.length; i++) if (ofPledge[i] === at) pledged += pledgeValues[i]!;
    all.push({
      id,
      underlying,
      delta: bigOf(deltas[at]!),
      hedged: bigOf(hedgedOf(at)),
      value: bigOf(values[at]!),
      gross: bigOf(gross[at]!),
      shortOptions: bigOf(shortOptions[at]!),
      pledged,
      exposure: exposureOf(portfolio, id, underlying),
    });
  }
  return { all, ofHolding, ofPledge, pledgeValues };
}

/** Often there is nothing to convert. */
const bigOf = (value: number): bigint => (value === 0 ? 0n : BigInt(value));

/** Where the sums of an underlying are, zeroed when it is new. Neighbours often share one. */
function rowOf(ids: number[], underlyings: Underlying[], id: number, underlying: Underlying): number {
  for (let at = ids.length - 1; at >= 0; at--) if (ids[at] === id) return at;
  const at = ids.length;
  ids.push(id);
  underlyings.push(underlying);
  pnlOf[at]!.fill(0);
  ownLosses[at] = 0;
  deltas[at] = 0;
  values[at] = 0;
  gross[at] = 0;
  shortOptions[at] = 0;
  newestExpiry[at] = NONE;
  return at;
}

function addPnl(pnl: Float64Array, size: number, riskArray: Float64Array): void {
  for (let s = 0; s < SCENARIOS; s++) pnl[s]! += size * riskArray[s]!;
}

function addHolding(at: number, size: number, { delta, mark, optionLot, expiry }: Numbers): void {
  const value = size * mark;
  values[at]! += value;
  gross[at]! += Math.abs(value);
  deltas[at]! += size * delta;
  if (size < 0) shortOptions[at]! -= size * optionLot;
  let k = newestExpiry[at]!;
  while (k !== NONE && expiries[k] !== expiry) k = expiryBefore[k]!;
  if (k === NONE) {
    k = expiryCount++;
    expiries[k] = expiry;
    expiryDeltas[k] = 0;
    expiryBefore[k] = newestExpiry[at]!;
    newestExpiry[at] = k;
  }
  expiryDeltas[k]! += size * delta;
}

/** Adds the P&L of a pledge; the largest of it. */
function addPledge(at: number, value: MicroUsd, underlying: Underlying): number {
  const moves = linearMovesOf(underlying);
  const pnl = pnlOf[at]!;
  let largest = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    const change = Number(pledgePnlDown(value, moves[s]!));
    largest = Math.max(largest, Math.abs(change));
    pnl[s]! += change;
  }
  return largest;
}

/** The lesser of the long and the short deltas of a book, its expiries netted. */
function hedgedOf(at: number): number {
  let long = 0;
  let short = 0;
  for (let k = newestExpiry[at]!; k !== NONE; k = expiryBefore[k]!) {
    const delta = expiryDeltas[k]!;
    if (delta > 0) long += delta;
    else short -= delta;
  }
  return Math.min(long, short);
}

/** What sums take from an instrument. */
type Numbers = Readonly<{
  expiry: number;
  delta: number;
  mark: number;
  optionLot: number;
  /** Ends of the risk array. */
  low: number;
  high: number;
  /** Of all of these but the expiry, without sign. */
  largest: number;
}>;
const known = new WeakMap<Instrument, Numbers>(); // Follow from the record alone.
function numbersOf(instrument: Instrument): Numbers {
  let numbers = known.get(instrument);
  if (numbers === undefined) {
    const { expiry, riskArray } = instrument;
    const delta = Number(instrument.delta);
    const mark = Number(instrument.markPerLot);
    const optionLot = isOption(instrument) ? Number(instrument.lotSize) : 0;
    const { low, high } = extremesOf(riskArray);
    const largest = Math.max(high, -low, Math.abs(delta), Math.abs(mark), optionLot);
    numbers = { expiry, delta, mark, optionLot, low, high, largest };
    known.set(instrument, numbers);
  }
  return numbers;
}

type Extremes = Readonly<{ low: number; high: number }>;
const extremes = new WeakMap<Float64Array, Extremes>(); // A trade leaves its instrument the array.
function extremesOf(riskArray: Float64Array): Extremes {
  let ends = extremes.get(riskArray);
  if (ends === undefined) extremes.set(riskArray, (ends = { low: Math.min(...riskArray), high: Math.max(...riskArray) }));
  return ends;
}
