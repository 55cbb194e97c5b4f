/**
 * Margin taken apart, for people: every figure of an account by underlying, group and position. The
 * parts add up to the margin exactly. Not on the path of any transaction.
 */
import { divUp, max } from '../math/integer.ts';
import { MARGIN_MODE, type MarginMode } from '../records/account.ts';
import { PRICE_TIMES_SIZE_PER_MICRO_USD, type MicroUsd, type Millionths } from '../units.ts';
import { booksOf, type Book, type Books } from './book.ts';
import { CHARGE_UNIT, chargesUp, openInterestSummand, summandsOf, type Charges } from './charges.ts';
import { positionValue, stableLossUp } from './equity.ts';
import { marginFrom, type Margin } from './margin.ts';
import type { Holding, Portfolio } from './portfolio.ts';
import { scanPortfolio, worstOf, type GroupScan, type Scan } from './scan.ts';

/** All amounts in 1e-6 USD. */
export type UnderlyingMargin = Readonly<{
  underlying: number;
  group: number;
  /** Of the positions: P&L of a price move of 100 %, what of it is hedged across expiries, gross value at the mark. */
  delta: MicroUsd;
  hedged: MicroUsd;
  gross: MicroUsd;
  /** Counted value of collateral, and what the holding loses where its price is the stable one. */
  pledged: MicroUsd;
  stableLoss: MicroUsd;
  /** What all subaccounts of the owner hold. */
  exposure: MicroUsd;
  /** P&L in each scenario, collateral inside, and the worst of it. */
  pnl: readonly MicroUsd[];
  worstScenario: number;
  /** What enters the scan: the worst loss or, where nothing offsets, the sum of the positions' own. */
  loss: MicroUsd;
  /** Share of its P&L that moves with the group. */
  share: Millionths;
  /** Its part of each charge. */
  charges: Charges;
}>;
export type PositionMargin = Readonly<{
  instrument: number;
  value: MicroUsd;
  delta: MicroUsd;
  /** Were it alone. */
  worstScenario: number;
  loss: MicroUsd;
}>;
export type Explanation = Readonly<{
  mode: MarginMode;
  margin: Margin;
  underlyings: readonly UnderlyingMargin[];
  /** In portfolio mode: what moves together. Their risks are the scan. */
  groups: readonly GroupScan[];
  positions: readonly PositionMargin[];
  /** The scenario that costs most, of the group that costs most; null without risk or groups. */
  binding: Readonly<{ group: number; underlyings: readonly number[]; scenario: number }> | null;
}>;

/** The margin of `marginOf`, and what it is made of. */
export function explainMargin(portfolio: Portfolio, mode: MarginMode = portfolio.account.mode): Explanation {
  const offsets = mode === MARGIN_MODE.portfolio;
  const books = booksOf(portfolio);
  const scan = scanPortfolio(portfolio, books);
  const positions = portfolio.holdings.map(explainPosition);
  const losses = offsets ? scan.underlyings.map(({ loss }) => loss) : ownLosses(books, positions);
  const risk = offsets ? scan.risk : positions.reduce((sum, { loss }) => sum + loss, 0n);
  const summands = books.all.map((book, at) => wholeSummands(portfolio, books, book, at, losses[at]!, offsets));
  const charges = chargesUp(sumOf(summands));
  const parts = partsOf(summands);
  const underlyings = books.all.map((book, at) => explainUnderlying(book, scan, at, losses[at]!, parts[at]!));
  const groups = offsets ? scan.groups : [];
  const margin = marginFrom(portfolio, books, risk, charges);
  return { mode, margin, underlyings, groups, positions, binding: bindingOf(groups) };
}

function explainPosition(holding: Holding): PositionMargin {
  const { position, instrument } = holding;
  const pnl = Array.from(instrument.riskArray, (value) => position.size * BigInt(value));
  const delta = position.size * instrument.delta;
  return { instrument: position.instrument, value: positionValue(holding), delta, ...worstOf(pnl) };
}

const ownLosses = ({ all, ofHolding }: Books, positions: readonly PositionMargin[]): MicroUsd[] =>
  all.map((_, at) => positions.reduce((sum, { loss }, i) => (ofHolding[i] === at ? sum + loss : sum), 0n));

function explainUnderlying(book: Book, scan: Scan, at: number, loss: MicroUsd, charges: Charges): UnderlyingMargin {
  const { delta, hedged, gross, pledged } = book;
  const exposure = divUp(book.exposure, PRICE_TIMES_SIZE_PER_MICRO_USD);
  return { ...scan.underlyings[at]!, delta, hedged, gross, pledged, stableLoss: stableLossUp(book), exposure, loss, charges };
}

function wholeSummands(
  { holdings, parameters }: Portfolio,
  { ofHolding }: Books,
  book: Book,
  at: number,
  loss: MicroUsd,
  offsets: boolean,
): Charges {
  const openInterest = holdings.reduce(
    (sum, holding, i) => (ofHolding[i] === at ? sum + openInterestSummand(holding, parameters) : sum),
    0n,
  );
  return { ...summandsOf(book, loss, offsets, parameters), openInterest };
}

const NAMES = Object.keys(CHARGE_UNIT) as (keyof Charges)[];
const chargesBy = (of: (name: keyof Charges) => bigint): Charges =>
  Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Charges;
const sumOf = (summands: readonly Charges[]): Charges =>
  chargesBy((name) => summands.reduce((sum, one) => sum + one[name], 0n));

/** Charges are rounded up once, so each part is what its summand adds to the rounded sum of those before. */
function partsOf(summands: readonly Charges[]): Charges[] {
  const sums = summands.map((_, i) => chargesUp(sumOf(summands.slice(0, i + 1))));
  return sums.map((sum, i) => chargesBy((name) => sum[name] - (sums[i - 1]?.[name] ?? 0n)));
}

function bindingOf(groups: readonly GroupScan[]): Explanation['binding'] {
  const most = groups.reduce((risk, one) => max(risk, one.risk), 0n);
  const found = groups.find(({ risk }) => risk > 0n && risk === most);
  if (found === undefined) return null;
  return { group: found.group, underlyings: found.underlyings, scenario: found.worstScenario };
}
