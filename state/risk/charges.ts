/**
 * Charges of margin beside the scan. Each is a sum over underlyings, rounded up once: the summands
 * are multiples of a unit so small that they are whole numbers. Specification 9.5 to 9.7.
 */
import { abs, divUp } from '../math/integer.ts';
import type { Instrument } from '../records/instrument.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Underlying } from '../records/underlying.ts';
import { MILLION, PRICE_TIMES_SIZE_PER_MICRO_USD, WAD, type MicroUsd, type Wad } from '../units.ts';
import type { Book } from './book.ts';
import type { Holding, Portfolio } from './portfolio.ts';
import { riskTermsOf, type RiskTerms } from './riskTerms.ts';
import type { ScanRisk } from './fastScan.ts';
import { concentrationUp, crowdedFractionUp, impactUp } from './size.ts';

/** Summands of an underlying, in multiples of 1e-6 USD over `CHARGE_UNIT`. */
export type Charges = Readonly<{
  /** Least margin of short options, however far they are from the money. Competes with the scan. */
  shortOptionMinimum: bigint;
  /** On delta hedged across expiries: what the scan takes to move as one. */
  calendar: bigint;
  /** On gross value: what every model misses. */
  contingency: bigint;
  /** On net delta: impact of closing all that the owner holds, at the square root of size over volume. */
  liquidity: bigint;
  /** On the scan loss: what is large takes longer to close than the scan looks ahead. */
  concentration: bigint;
  /** On the delta of each position: initial margin grows to all of it as open interest nears its cap. */
  openInterest: bigint;
  /** On all that moves with a price its publishers disagree on. */
  confidence: bigint;
  /** On collateral that trades below what it is anchored to. */
  peg: bigint;
}>;
export const CHARGE_UNIT: Charges = {
  shortOptionMinimum: PRICE_TIMES_SIZE_PER_MICRO_USD * WAD,
  calendar: WAD,
  contingency: WAD,
  liquidity: MILLION * WAD,
  concentration: MILLION,
  openInterest: WAD,
  confidence: WAD,
  peg: WAD,
};

/** Summands of one underlying. `loss` is its scan loss; `offsets` where positions offset each other. */
export function summandsOf(
  book: Book,
  loss: MicroUsd,
  offsets: boolean,
  parameters: Parameters,
): Omit<Charges, 'openInterest'> {
  const { delta, hedged, gross, shortOptions, pledged, underlying } = book;
  const terms = riskTermsOf(underlying, parameters);
  return {
    shortOptionMinimum:
      shortOptions === 0n ? 0n : shortOptions * underlying.indexPrice * parameters.shortOptionMinimum,
    calendar: offsets ? hedged * parameters.calendarCharge : 0n, // Where nothing is offset, nothing is hedged.
    contingency: gross * parameters.contingency,
    liquidity: delta === 0n ? 0n : liquidityOf(book, terms),
    concentration: loss === 0n ? 0n : loss * concentrationUp(book, terms),
    confidence: terms.doubt === 0n ? 0n : (abs(delta) + pledged) * terms.doubt,
    peg: terms.unpegged === 0n ? 0n : pledged * terms.unpegged,
  };
}

/** The open-interest charge of a position [1e-24 USD]. */
export const openInterestSummand = ({ position, instrument, underlying }: Holding, parameters: Parameters): bigint =>
  abs(position.size * instrument.delta) * crowdingOf(instrument, riskTermsOf(underlying, parameters).base, parameters);

type Known = Readonly<{ base: Wad; parameters: Parameters; crowding: Wad }>;
const known = new WeakMap<Instrument, Known>(); // Follows from the record, the base and the parameters.

/** What open interest adds to the fraction of notional that is initial margin. */
function crowdingOf(instrument: Instrument, base: Wad, parameters: Parameters): Wad {
  const last = known.get(instrument);
  if (last !== undefined && last.base === base && last.parameters === parameters) return last.crowding;
  const { openInterest, openInterestCap } = instrument;
  const lower = openInterestCap * parameters.openInterestShare;
  const crowding = crowdedFractionUp(base, openInterest * WAD, lower, openInterestCap * WAD) - base;
  known.set(instrument, { base, parameters, crowding });
  return crowding;
}

/** Charges of a portfolio [1e-6 USD]: of the sums of `summandsOf`, common factors taken out. */
export function chargesOf({ holdings, parameters }: Portfolio, { books, losses }: ScanRisk, offsets: boolean): Charges {
  let [shorts, hedges, gross, liquidity, concentration, openInterest, confidence, peg] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  for (let at = 0; at < books.all.length; at++) {
    const book = books.all[at]!;
    const terms = riskTermsOf(book.underlying, parameters);
    gross += book.gross;
    hedges += book.hedged;
    if (book.shortOptions !== 0n) shorts += book.shortOptions * book.underlying.indexPrice;
    if (book.delta !== 0n) liquidity += liquidityOf(book, terms);
    if (losses[at] !== 0n) concentration += losses[at]! * concentrationUp(book, terms);
    if (terms.doubt !== 0n) confidence += (abs(book.delta) + book.pledged) * terms.doubt;
    if (terms.unpegged !== 0n) peg += book.pledged * terms.unpegged;
  }
  let [last, base]: [Underlying | undefined, Wad] = [undefined, 0n]; // Neighbours often share it.
  for (let i = 0; i < holdings.length; i++) {
    const { position, instrument, underlying } = holdings[i]!;
    if (underlying !== last) base = riskTermsOf((last = underlying), parameters).base;
    const crowding = crowdingOf(instrument, base, parameters);
    if (crowding !== 0n) openInterest += abs(position.size * instrument.delta) * crowding;
  }
  return chargesUp({
    shortOptionMinimum: shorts * parameters.shortOptionMinimum,
    calendar: offsets ? hedges * parameters.calendarCharge : 0n,
    contingency: gross * parameters.contingency,
    liquidity,
    concentration,
    openInterest,
    confidence,
    peg,
  });
}

const liquidityOf = (book: Book, terms: RiskTerms): bigint => abs(book.delta) * terms.impact * impactUp(book, terms);

/** Sums of summands as charges. */
export const chargesUp = (sums: Charges): Charges => ({
  shortOptionMinimum: divUp(sums.shortOptionMinimum, CHARGE_UNIT.shortOptionMinimum),
  calendar: divUp(sums.calendar, CHARGE_UNIT.calendar),
  contingency: divUp(sums.contingency, CHARGE_UNIT.contingency),
  liquidity: divUp(sums.liquidity, CHARGE_UNIT.liquidity),
  concentration: divUp(sums.concentration, CHARGE_UNIT.concentration),
  openInterest: divUp(sums.openInterest, CHARGE_UNIT.openInterest),
  confidence: divUp(sums.confidence, CHARGE_UNIT.confidence),
  peg: divUp(sums.peg, CHARGE_UNIT.peg),
});
