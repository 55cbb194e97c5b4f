// Recorded prices from CSV files: the last price seen at or before a time, never one from after it.
import { basename } from 'node:path';
import type { PriceQuote, PriceSource } from './source.ts';
import { UNDERLYING_IDS } from './source.ts';
import type { CsvFormat } from './csvFormats.ts';
import { detectFormat, symbolInName } from './csvFormats.ts';
import { CsvError, readLines } from './csvReader.ts';
import type { RowReader } from './csvRows.ts';
import { rowReader } from './csvRows.ts';
import { Series } from './csvSeries.ts';

/** A file, the underlying it feeds when its name does not say, and a column or venue inside it. */
export type CsvSpec = Readonly<{ path: string; symbol?: string; selector?: string }>;

export type CsvOptions = Readonly<{
  /**
   * `close` (the default) moves once per bar. `ohlc` also visits the open, then low and high, at a
   * third and two thirds of the bar: low first when the bar closed up, high first otherwise.
   */
  path?: 'close' | 'ohlc';
  /** Bar length; otherwise from the file name, otherwise the smallest step in the file. */
  intervalSeconds?: number;
  /** How long after a missing bar the last price fades to nothing; five bars when not given. */
  fadeSeconds?: number;
  /** Names to underlyings; those of the development network when not given. */
  symbols?: Readonly<Record<string, number>>;
}>;

/** What was read, for people and for choosing a replay's step. */
export type CsvSeriesInfo = Readonly<{
  file: string;
  underlying: number;
  format: CsvFormat;
  rows: number;
  /** Rows whose price was blank. */
  blankRows: number;
  /** Bars that should be between the first and the last but are not there. */
  missingBars: number;
  intervalSeconds: number;
  fromSeconds: number;
  toSeconds: number;
}>;

export type CsvSource = PriceSource &
  Readonly<{
    series: readonly CsvSeriesInfo[];
    span: Readonly<{ fromSeconds: number; toSeconds: number }>;
  }>;

/** `[NAME=]path[#selector]`: `prices_btcusdt.csv.gz`, `USDC=ust.csv`, `BTC=daily.csv#btc_yahoo`. */
export function parseCsvSpec(text: string): CsvSpec {
  const match = /^(?:([A-Za-z][A-Za-z0-9]{0,15})=)?(.+?)(?:#([A-Za-z0-9_-]+))?$/s.exec(text);
  if (match === null) {
    throw new CsvError(text, 0, null, '[NAME=]path[#column or venue] as the description of a file');
  }
  return {
    path: match[2] as string,
    ...(match[1] === undefined ? {} : { symbol: match[1].toUpperCase() }),
    ...(match[3] === undefined ? {} : { selector: match[3] }),
  };
}

/** Reads every file whole, checks every row, and answers from memory. */
export const openCsv = async (
  specs: readonly (string | CsvSpec)[],
  options: CsvOptions = {},
): Promise<CsvSource> => csvSource(await readSeries(specs, options));

/** The series of every file, one an underlying, by ascending underlying. */
export async function readSeries(
  specs: readonly (string | CsvSpec)[],
  options: CsvOptions = {},
): Promise<Series[]> {
  if (specs.length === 0) throw new RangeError('openCsv: expected at least one file');
  const byUnderlying = new Map<number, Series>();
  for (const item of specs) {
    const spec = typeof item === 'string' ? parseCsvSpec(item) : item;
    for (const series of await readFile(spec, options)) {
      const other = byUnderlying.get(series.underlying);
      if (other !== undefined) {
        const what = `one file for each underlying; ${other.file} already feeds ${series.symbol}`;
        throw new CsvError(series.file, 0, null, what);
      }
      byUnderlying.set(series.underlying, series);
    }
  }
  return [...byUnderlying.values()].sort((a, b) => a.underlying - b.underlying);
}

function csvSource(all: readonly Series[]): CsvSource {
  const infos = all.map((series) => series.info());
  return {
    name: `recorded (${[...new Set(infos.map((info) => basename(info.file)))].join(', ')})`,
    underlyings: all.map((series) => series.underlying),
    series: infos,
    span: {
      fromSeconds: Math.max(...infos.map((info) => info.fromSeconds)),
      toSeconds: Math.min(...infos.map((info) => info.toSeconds)),
    },
    quoteAt(timeSeconds) {
      const quotes: PriceQuote[] = [];
      for (const series of all) {
        const quote = series.quoteAt(timeSeconds);
        if (quote !== null) quotes.push(quote);
      }
      return quotes.length === 0 ? null : quotes;
    },
  };
}

async function readFile(spec: CsvSpec, options: CsvOptions): Promise<Series[]> {
  const file = spec.path;
  const symbols = options.symbols ?? UNDERLYING_IDS;
  let reader: RowReader | null = null;
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    if (reader === null) {
      const header = text.replace(/^\uFEFF/, '').split(',');
      const format = detectFormat(file, header);
      const wanted = spec.symbol ?? (format === 'bars' ? symbolInName(basename(file)) : null);
      if (wanted !== null) requireSymbol(file, wanted, symbols, spec.symbol !== undefined);
      reader = rowReader({
        file,
        format,
        header,
        wanted,
        selector: spec.selector,
        symbols,
        options,
      });
    } else {
      reader.read(text, line);
    }
  }
  if (reader === null) throw new CsvError(file, 0, null, 'a header and rows; the file is empty');
  const series = reader.finish();
  if (series.length === 0) {
    const what = spec.symbol === undefined ? 'one of the known underlyings' : spec.symbol;
    const at = spec.selector === undefined ? '' : ` at ${spec.selector}`;
    throw new CsvError(file, 0, null, `rows with prices of ${what}${at}; there is none`);
  }
  return series;
}

function requireSymbol(
  file: string,
  symbol: string,
  symbols: Readonly<Record<string, number>>,
  isExplicit: boolean,
): void {
  if (Object.hasOwn(symbols, symbol)) return;
  const names = Object.keys(symbols);
  const what = isExplicit
    ? `one of ${names.join(', ')} before the "="`
    : `a name that ends in a known pair, such as btcusdt (known: ${names.join(', ')}); ` +
      `otherwise say which of them it feeds, as in ${names.at(-1)}=${basename(file)}`;
  throw new CsvError(file, 0, null, what, symbol);
}
