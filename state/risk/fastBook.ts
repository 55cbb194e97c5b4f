/**
 * Sums per underlying, and scan risk, at the speed of doubles that hold integers. What `book.ts` and
 * `scan.ts` say: they decide where a product or a sum may leave the exact range of doubles.
 */
import { MAX_COLLATERALS, MAX_POSITIONS, SCENARIOS } from '../constants.ts';
import { max } from '../math/integer.ts';
import type { Instrument } from '../records/instrument.ts';
import type { Underlying } from '../records/underlying.ts';
import type { Lots, MicroUsd } from '../units.ts';
import { exposureOf, isOption, type Book, type Books } from './book.ts';
import { pledgeValueDown } from './equity.ts';
import type { Portfolio } from './portfolio.ts';
import { pledgePnlDown } from './scan.ts';
import { linearMovesOf } from './scenarios.ts';

/** Sums of products stay exact in doubles below this. */
const EXACT = 2 ** 52;
const ROWS = MAX_POSITIONS + MAX_COLLATERALS;
// Scratch memory of doubles holding integers, valid until the next `fastBooksOf`: P&L of each book in
// each scenario, sums of each book, delta of each book and expiry.
export const pnlOf = Array.from({ length: ROWS }, () => new Float64Array(SCENARIOS));
const deltas = new Float64Array(ROWS);
const gross = new Float64Array(ROWS);
const shortOptions = new Float64Array(ROWS);
const longs = new Float64Array(ROWS);
const shorts = new Float64Array(ROWS);
const expiryBooks = new Int32Array(MAX_POSITIONS);
const expiries = new Float64Array(MAX_POSITIONS);
const expiryDeltas = new Float64Array(MAX_POSITIONS);
let expiryCount = 0;

/**
 * The books of a portfolio, and in the scratch its P&L if wanted; undefined where doubles may be
 * inexact. Cost with P&L: 35 multiply-adds per position, ~2 us per pledge.
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
    addHolding(at, size, numbers, instrument.expiry);
    if (withPnl) addPnl(pnlOf[at]!, size, instrument.riskArray);
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
  sumHedges(ids.length);
  const all: Book[] = [];
  for (let at = 0; at < ids.length; at++) {
    const [id, underlying] = [ids[at]!, underlyings[at]!];
    let pledged = 0n;
    for (let i = 0; i < ofPledge.length; i++) if (ofPledge[i] === at) pledged += pledgeValues[i]!;
    all.push({
      id,
      underlying,
      delta: BigInt(deltas[at]!),
      hedged: BigInt(Math.min(longs[at]!, shorts[at]!)),
      gross: BigInt(gross[at]!),
      shortOptions: BigInt(shortOptions[at]!),
      pledged,
      exposure: exposureOf(portfolio, id, underlying),
    });
  }
  return { all, ofHolding, ofPledge, pledgeValues };
}

/** Where the sums of an underlying are, zeroed when it is new. Neighbours often share one. */
function rowOf(ids: number[], underlyings: Underlying[], id: number, underlying: Underlying): number {
  for (let at = ids.length - 1; at >= 0; at--) if (ids[at] === id) return at;
  const at = ids.length;
  ids.push(id);
  underlyings.push(underlying);
  pnlOf[at]!.fill(0);
  deltas[at] = 0;
  gross[at] = 0;
  shortOptions[at] = 0;
  return at;
}

function addPnl(pnl: Float64Array, size: number, riskArray: Float64Array): void {
  for (let s = 0; s < SCENARIOS; s++) pnl[s]! += size * riskArray[s]!;
}

function addHolding(at: number, size: number, numbers: Numbers, expiry: number): void {
  const delta = size * numbers.delta;
  deltas[at]! += delta;
  gross[at]! += Math.abs(size * numbers.mark);
  if (size < 0) shortOptions[at]! -= size * numbers.optionLot;
  let k = 0;
  while (k < expiryCount && (expiryBooks[k] !== at || expiries[k] !== expiry)) k++;
  if (k === expiryCount) {
    expiryCount++;
    expiryBooks[k] = at;
    expiries[k] = expiry;
    expiryDeltas[k] = delta;
  } else expiryDeltas[k]! += delta;
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

/** Long and short deltas of each book, its expiries netted. */
function sumHedges(books: number): void {
  longs.fill(0, 0, books);
  shorts.fill(0, 0, books);
  for (let k = 0; k < expiryCount; k++) {
    const delta = expiryDeltas[k]!;
    if (delta > 0) longs[expiryBooks[k]!]! += delta;
    else shorts[expiryBooks[k]!]! -= delta;
  }
}

type Numbers = Readonly<{ delta: number; mark: number; optionLot: number; largest: number }>;
const known = new WeakMap<Instrument, Numbers>(); // Follow from the record alone.
function numbersOf(instrument: Instrument): Numbers {
  let numbers = known.get(instrument);
  if (numbers === undefined) {
    const delta = Number(instrument.delta);
    const mark = Number(instrument.markPerLot);
    const optionLot = isOption(instrument) ? Number(instrument.lotSize) : 0;
    const { low, high } = extremesOf(instrument.riskArray);
    const largest = Math.max(Number(high), -Number(low), Math.abs(delta), Math.abs(mark), optionLot);
    numbers = { delta, mark, optionLot, largest };
    known.set(instrument, numbers);
  }
  return numbers;
}

type Extremes = Readonly<{ low: bigint; high: bigint }>;
const extremes = new WeakMap<Float64Array, Extremes>(); // Follow from the array alone.
function extremesOf(values: Float64Array): Extremes {
  let known = extremes.get(values);
  if (known === undefined) {
    known = { low: BigInt(Math.min(...values)), high: BigInt(Math.max(...values)) };
    extremes.set(values, known);
  }
  return known;
}

/** Loss of a position in its own worst scenario. */
export function worstLoss(size: Lots, riskArray: Float64Array): MicroUsd {
  const { low, high } = extremesOf(riskArray);
  return max(-size * (size > 0n ? low : high), 0n);
}
