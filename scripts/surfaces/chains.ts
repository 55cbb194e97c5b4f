// Recorded chains of Deribit's inverse options, snapshot by snapshot. Anything malformed is refused with its place.
import { CsvError, parsePrice, readLines } from '../../node/oracle/csvReader.ts';
import type { ExpiryQuotes } from '../../node/oracle/surfaceFit.ts';
import { EXPIRY_SECOND_OF_DAY } from '../../state/constants.ts';
import type { Price, Seconds } from '../../state/units.ts';

export type RecordedOption = Readonly<{
  timeSeconds: Seconds;
  strike: Price;
  isCall: boolean;
  /** Mark in coin: its value in dollars over the forward. */
  mark: number;
  /** Implied volatility of the mark, yearly: 0.6 is 60 %. */
  volatility: number;
  /** Of its expiry and index, at its own second [1e-8 USD]. */
  forward: Price;
  index: Price;
}>;
export type RecordedExpiry = Readonly<{
  expiry: Seconds;
  /** Median over the options. */
  forward: Price;
  options: readonly RecordedOption[];
}>;
/** The options of one underlying at one time, expiries ascending. */
export type RecordedChain = Readonly<{
  symbol: string;
  timeSeconds: Seconds;
  /** Median over the options. */
  index: Price;
  expiries: readonly RecordedExpiry[];
}>;

type Format = Readonly<{ mark: string; forward: string; index: string; volatilityUnit: number }>;
/** Two recorders; beside these columns both have `ts_ms`, `instrument` and `mark_iv`. */
const FORMATS: readonly Format[] = [
  { mark: 'mark', forward: 'fwd', index: 'index', volatilityUnit: 1 },
  { mark: 'mark_price', forward: 'underlying_price', index: 'index_price', volatilityUnit: 0.01 },
];
/** A collector takes a few minutes over a chain: a later row is of the next snapshot. */
const SNAPSHOT_SECONDS = 600;
const VOLATILITY_MAX = 20;
const ROWS_MAX = 2_000_000;

const NAME = /^([A-Z]{2,8})-(\d{1,2})([A-Z]{3})(\d{2})-(\d{1,9})-([CP])$/;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DECIMAL = /^\d{1,12}(\.\d{1,18})?(e-\d{1,2})?$/i;
const MILLISECONDS = /^[1-9]\d{12}$/;

type Row = Readonly<{ symbol: string; expiry: Seconds; option: RecordedOption }>;

/** @throws CsvError where the file is no such recording, or a row says what can not be */
export async function readChains(file: string): Promise<RecordedChain[]> {
  const chains: RecordedChain[] = [];
  let read: ((text: string, line: number) => Row) | undefined;
  let rows: Row[] = [];
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    if (line > ROWS_MAX) throw new CsvError(file, line, null, `at most ${ROWS_MAX} rows`);
    if (read === undefined) {
      read = rowReader(file, text);
      continue;
    }
    const row = read(text, line);
    const from = rows[0]?.option.timeSeconds ?? row.option.timeSeconds;
    const { timeSeconds } = row.option;
    if (timeSeconds < from) throw new CsvError(file, line, 'ts_ms', `a time from ${from} s on`, String(timeSeconds));
    if (timeSeconds - from > SNAPSHOT_SECONDS) {
      chains.push(...chainsOf(rows));
      rows = [];
    }
    rows.push(row);
  }
  return [...chains, ...chainsOf(rows)];
}

function rowReader(file: string, header: string): (text: string, line: number) => Row {
  const columns = header.split(',');
  const common = ['ts_ms', 'instrument', 'mark_iv'];
  const has = (f: Format): boolean => [...common, f.mark, f.forward, f.index].every((c) => columns.includes(c));
  const format = FORMATS.find(has);
  if (format === undefined) {
    const wanted = FORMATS.map((f) => [...common, f.mark, f.forward, f.index].join(',')).join(' or ');
    throw new CsvError(file, 1, null, `an option chain: columns ${wanted}`, header);
  }
  return (text, line) => {
    const cells = text.split(',');
    if (cells.length !== columns.length) throw new CsvError(file, line, null, `${columns.length} columns`, text);
    return rowOf(format, (column, pattern, expected) => {
      const cell = cells[columns.indexOf(column)] as string;
      const match = pattern.exec(cell);
      if (match === null) throw new CsvError(file, line, column, expected, cell);
      return match;
    }, (column, expected) => {
      throw new CsvError(file, line, column, expected, cells[columns.indexOf(column)]);
    });
  };
}

type Cell = (column: string, pattern: RegExp, expected: string) => RegExpExecArray;
type Fail = (column: string, expected: string) => never;

function rowOf(format: Format, cell: Cell, fail: Fail): Row {
  const decimal = (column: string): string => cell(column, DECIMAL, 'a decimal')[0];
  const price = (column: string): Price => {
    const value = parsePrice(decimal(column));
    return value === null || value === 0n ? fail(column, 'a price above zero') : value;
  };
  const [, symbol, day, month, year, strike, side] = cell(
    'instrument',
    NAME,
    'an option such as BTC-16JAN26-100000-C',
  ) as unknown as [string, string, string, string, string, string, string];
  const timeSeconds = Math.round(Number(cell('ts_ms', MILLISECONDS, 'milliseconds since 1970')[0]) / 1_000);
  const midnight = Date.UTC(2_000 + Number(year), MONTHS.indexOf(month), Number(day)) / 1_000;
  const isDate = MONTHS.includes(month) && new Date(midnight * 1_000).getUTCDate() === Number(day);
  const expiry = midnight + EXPIRY_SECOND_OF_DAY;
  if (!isDate || expiry <= timeSeconds) fail('instrument', 'an expiry after the time of the row');
  if (Number(strike) === 0) fail('instrument', 'a strike above zero');
  const volatility = Number(decimal('mark_iv')) * format.volatilityUnit;
  if (!(volatility > 0 && volatility <= VOLATILITY_MAX)) fail('mark_iv', `a volatility of up to ${VOLATILITY_MAX}`);
  const option = {
    timeSeconds,
    strike: BigInt(strike) * 10n ** 8n,
    isCall: side === 'C',
    mark: Number(decimal(format.mark)),
    volatility,
    forward: price(format.forward),
    index: price(format.index),
  };
  return { symbol, expiry, option };
}

/** The rows of one snapshot by underlying and expiry. Its time is that of the last row. */
function chainsOf(rows: readonly Row[]): RecordedChain[] {
  const timeSeconds = rows.reduce((last, row) => Math.max(last, row.option.timeSeconds), 0);
  return [...grouped(rows, (row) => row.symbol)].map(([symbol, ofSymbol]) => {
    const expiries = [...grouped(ofSymbol, (row) => row.expiry)]
      .filter(([expiry]) => expiry > timeSeconds)
      .sort(([a], [b]) => a - b)
      .map(([expiry, ofExpiry]) => {
        const options = ofExpiry.map((row) => row.option);
        return { expiry, forward: median(options.map((o) => o.forward)), options };
      });
    return { symbol, timeSeconds, index: median(ofSymbol.map((row) => row.option.index)), expiries };
  });
}

function grouped<T, Key>(all: readonly T[], keyOf: (item: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const item of all) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function median(prices: readonly Price[]): Price {
  const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[(sorted.length - 1) >> 1] as Price;
}

/** ln(K/F) with the forward of the option. */
export const logMoneynessOf = ({ strike, forward }: RecordedOption): number =>
  Math.log(Number(strike) / Number(forward));

/** Is it the one of call and put that is worth nothing at the forward? Its mark is all volatility. */
export const isOutOfTheMoney = ({ strike, forward, isCall }: RecordedOption): boolean =>
  isCall === strike >= forward;

/** What a surface is fitted to: of each strike the option out of the money. */
export const quotesOf = (chain: RecordedChain): ExpiryQuotes[] =>
  chain.expiries.flatMap(({ expiry, options }) => {
    const quotes = options
      .filter(isOutOfTheMoney)
      .map((option) => ({ logMoneyness: logMoneynessOf(option), volatility: option.volatility }));
    return quotes.length === 0 ? [] : [{ expiry, quotes }];
  });
