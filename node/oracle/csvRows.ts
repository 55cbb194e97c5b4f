// Turns checked rows of each recorded format into series of observations.
import { basename } from 'node:path';
import type { CsvOptions } from './csv.ts';
import { CsvError, parsePrice } from './csvReader.ts';
import type { CsvFormat } from './csvFormats.ts';
import { DAILY_COLUMNS, VENUE_COINS, VENUE_CONTRACT, VENUE_DEFAULT } from './csvFormats.ts';
import { intervalInName } from './csvFormats.ts';
import { SeriesBuilder } from './csvSeries.ts';
import type { Series } from './csvSeries.ts';

export interface RowReader {
  read(text: string, line: number): void;
  finish(): Series[];
}

export type RowReaderInput = Readonly<{
  file: string;
  format: CsvFormat;
  header: readonly string[];
  /** The only symbol to read; null reads every known one. */
  wanted: string | null;
  selector: string | undefined;
  symbols: Readonly<Record<string, number>>;
  options: CsvOptions;
}>;

/** A row by column name, with the errors that name file, line and column. */
class Row {
  readonly file: string;
  line = 0;
  #fields: readonly string[] = [];
  readonly #columns: ReadonlyMap<string, number>;

  constructor(file: string, header: readonly string[]) {
    this.file = file;
    this.#columns = new Map(header.map((name, index) => [name, index]));
  }

  load(text: string, line: number): void {
    this.line = line;
    this.#fields = text.split(',');
    if (this.#fields.length !== this.#columns.size) {
      throw new CsvError(this.file, line, null, `${this.#columns.size} fields`, text);
    }
  }

  has(column: string): boolean {
    return this.#columns.has(column);
  }

  text(column: string): string {
    return this.#fields[this.#columns.get(column) as number] as string;
  }

  fail(column: string, expected: string): never {
    throw new CsvError(this.file, this.line, column, expected, this.text(column));
  }

  /** Null when blank, which means missing. */
  price(column: string): bigint | null {
    const text = this.text(column);
    if (text === '') return null;
    const price = parsePrice(text);
    if (price === null || price <= 0n) {
      this.fail(column, 'a price: a plain decimal of at least 0.00000001, or nothing when missing');
    }
    return price;
  }

  /** Volumes and rates are not used, but a file with a wrong one is a wrong file. */
  checkNumber(column: string, isSigned: boolean): void {
    const text = this.text(column);
    const pattern = isSigned ? /^$|^-?\d+(\.\d+)?(e[+-]?\d+)?$/i : /^$|^\d+(\.\d+)?(e[+-]?\d+)?$/i;
    if (!pattern.test(text)) this.fail(column, `a ${isSigned ? '' : 'non-negative '}decimal`);
  }

  /** The opening time of a bar, in whole seconds. */
  openSeconds(): number {
    const text = this.text('ts_ms');
    if (!/^(0|[1-9]\d{0,11}000)$/.test(text)) {
      this.fail('ts_ms', 'the opening time of the bar in epoch milliseconds, on a whole second');
    }
    return Number(text) / 1000;
  }

  /** Midnight UTC of the date. */
  dateSeconds(): number {
    const text = this.text('date');
    const millis = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    // Engines accept 2021-02-30 and roll it over; the way back tells.
    const isReal = Number.isFinite(millis) && new Date(millis).toISOString().startsWith(text);
    if (!isReal) this.fail('date', 'a date as YYYY-MM-DD');
    return millis / 1000;
  }

  /** Adds this row's bar; a bar without any price is counted as blank. */
  addBar(series: SeriesBuilder): void {
    const openSeconds = this.openSeconds();
    const [open, high, low, close] = BAR_PRICES.map((column) => this.price(column));
    this.checkNumber('volume', false);
    if (open === null && high === null && low === null && close === null) {
      series.addBlank(openSeconds, this.line);
      return;
    }
    if (open == null || high == null || low == null || close == null) {
      const blank = BAR_PRICES.find((column) => this.text(column) === '') as string;
      this.fail(blank, 'a price, because the other prices of the bar are there');
    }
    const top = open > close ? open : close;
    const bottom = open > close ? close : open;
    if (high < top) this.fail('high', 'at least the open and the close of the bar');
    if (low > bottom) this.fail('low', 'at most the open and the close of the bar');
    const minutes = this.has('n_min') ? this.#minutes() : null;
    series.addBar(openSeconds, { open, high, low, close }, minutes, this.line);
  }

  #minutes(): number {
    const text = this.text('n_min');
    if (!/^[1-9]\d{0,4}$/.test(text))
      this.fail('n_min', 'how many minutes of the bar were recorded');
    return Number(text);
  }
}

const BAR_PRICES = ['open', 'high', 'low', 'close'] as const;

export function rowReader(input: RowReaderInput): RowReader {
  if (input.format === 'bars') return barReader(input);
  return input.format === 'daily' ? dailyReader(input) : venueReader(input);
}

function newSeries(
  input: RowReaderInput,
  symbol: string,
  intervalSeconds: number | null,
): SeriesBuilder {
  return new SeriesBuilder({
    file: input.file,
    format: input.format,
    symbol,
    underlying: input.symbols[symbol] as number,
    intervalSeconds: input.options.intervalSeconds ?? intervalSeconds,
    hasInnerPath: input.options.path === 'ohlc',
    fadeSeconds: input.options.fadeSeconds ?? null,
  });
}

const finishAll = (all: Iterable<SeriesBuilder>): Series[] =>
  [...all].flatMap((builder) => (builder.rows === 0 ? [] : [builder.finish()]));

function barReader(input: RowReaderInput): RowReader {
  if (input.selector !== undefined) {
    throw new CsvError(
      input.file,
      1,
      null,
      'no "#" selector: this file holds one market',
      input.selector,
    );
  }
  const row = new Row(input.file, input.header);
  const series = newSeries(input, input.wanted as string, intervalInName(basename(input.file)));
  let segment: string | null = null;
  return {
    read(text, line) {
      row.load(text, line);
      if (row.has('segment')) {
        if (row.text('segment') === '') row.fail('segment', 'the name of a segment');
        if (row.text('segment') !== segment) series.startSegment();
        segment = row.text('segment');
      }
      row.addBar(series);
    },
    finish: () => finishAll([series]),
  };
}

function venueReader(input: RowReaderInput): RowReader {
  const row = new Row(input.file, input.header);
  const venue = input.selector ?? VENUE_DEFAULT;
  const all = new Map<string, SeriesBuilder>();
  return {
    read(text, line) {
      row.load(text, line);
      row.checkNumber('funding_rate', true);
      if (row.text('contract') !== VENUE_CONTRACT || row.text('exchange') !== venue) return;
      const symbol = VENUE_COINS[row.text('crypto')];
      if (symbol === undefined || !Object.hasOwn(input.symbols, symbol)) return;
      if (input.wanted !== null && input.wanted !== symbol) return;
      let series = all.get(symbol);
      if (series === undefined) {
        series = newSeries(input, symbol, intervalInName(basename(input.file)));
        all.set(symbol, series);
      }
      row.addBar(series);
    },
    finish: () => finishAll(all.values()),
  };
}

const DAY_SECONDS = 86_400;

function dailyReader(input: RowReaderInput): RowReader {
  const row = new Row(input.file, input.header);
  const columns = input.header.filter((column) => isWantedDaily(input, column));
  if (columns.length === 0) {
    const known = input.header.filter((column) => Object.hasOwn(DAILY_COLUMNS, column));
    const received = `${input.wanted ?? ''}#${input.selector ?? ''}`;
    throw new CsvError(input.file, 1, null, `a column with prices: ${known.join(', ')}`, received);
  }
  const all = columns.map((column) => {
    const meaning = DAILY_COLUMNS[column] as (typeof DAILY_COLUMNS)[string];
    const symbol = input.wanted ?? meaning.symbol;
    return { column, meaning, series: newSeries(input, symbol, DAY_SECONDS) };
  });
  return {
    read(text, line) {
      row.load(text, line);
      const date = row.dateSeconds();
      for (const { column, meaning, series } of all) {
        const price = row.price(column);
        const seconds = date + meaning.secondsIntoDay;
        if (price === null) series.addBlank(seconds, line);
        else series.addPrice(seconds, price, line);
      }
    },
    finish: () => finishAll(all.map(({ series }) => series)),
  };
}

function isWantedDaily(input: RowReaderInput, column: string): boolean {
  const meaning = Object.hasOwn(DAILY_COLUMNS, column) ? DAILY_COLUMNS[column] : undefined;
  if (meaning === undefined) return false;
  // A named column feeds whatever the caller says; without a name each symbol has its default.
  if (input.selector !== undefined && column !== input.selector) return false;
  if (input.selector !== undefined && input.wanted !== null) return true;
  if (!Object.hasOwn(input.symbols, meaning.symbol)) return false;
  if (input.selector !== undefined) return true;
  return meaning.isDefault && (input.wanted === null || input.wanted === meaning.symbol);
}
