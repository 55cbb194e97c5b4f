// The recorded formats by their header: where time and prices are, and which files hold none.
import { CsvError } from './csvReader.ts';

/** One bar of one market a row. `segment` and `n_min` are optional; columns come in any order. */
const BAR_COLUMNS = ['ts_ms', 'open', 'high', 'low', 'close', 'volume'];
const BAR_COLUMNS_OPTIONAL = ['segment', 'n_min'];
/** Bars of several markets in one file; a market is an exchange, a coin and a contract. */
const VENUE_COLUMNS = [
  ...['ts_ms', 'exchange', 'crypto', 'pair', 'contract'],
  ...['open', 'high', 'low', 'close', 'volume', 'funding_rate'],
];

/** A column of daily prices and the instant of the day it speaks of, seconds from 00:00 UTC. */
export type DailyColumn = Readonly<{ symbol: string; secondsIntoDay: number; isDefault: boolean }>;
const DAY_SECONDS = 86_400;
const dayStart = (symbol: string): DailyColumn => ({ symbol, secondsIntoDay: 0, isDefault: true });
const dayEnd = (symbol: string, isDefault = true): DailyColumn => ({
  ...{ symbol, secondsIntoDay: DAY_SECONDS, isDefault },
});

/** 16:00 in New York as the later of its two UTC times. */
const newYorkClose = (symbol: string): DailyColumn => ({
  ...{ symbol, secondsIntoDay: 21 * 3_600, isDefault: true },
});

/** `btc_yahoo` is a second opinion on the same price: used only when it is named. */
export const DAILY_COLUMNS: Readonly<Record<string, DailyColumn>> = {
  btc_usd: dayStart('BTC'),
  eth_usd: dayStart('ETH'),
  btc_binance: dayEnd('BTC'),
  eth_binance: dayEnd('ETH'),
  btc_yahoo: dayEnd('BTC', false),
  // Series that inform the regime of the others: read where the caller has underlyings for them.
  spx: newYorkClose('SPX'),
  vix: newYorkClose('VIX'),
  dxy: newYorkClose('DXY'),
};
const DAILY_HEADERS = [
  ['date', 'btc_usd', 'eth_usd'],
  ['date', 'btc_binance', 'eth_binance', 'btc_yahoo', 'vix', 'dxy', 'spx', 'fng'],
];

/** Coins as multi-venue files spell them. */
export const VENUE_COINS: Readonly<Record<string, string>> = {
  bitcoin: 'BTC',
  ethereum: 'ETH',
  solana: 'SOL',
  'usd-coin': 'USDC',
};
export const VENUE_DEFAULT = 'binance';
export const VENUE_CONTRACT = 'spot';

/** Known recordings that are no price series, by a column that gives them away. */
const NOT_PRICES: readonly (readonly [column: string, what: string])[] = [
  ['local_ns', 'order flow (market by price)'],
  ['exch_ts_ms', 'order flow (market by order)'],
  ['instrument', 'an option chain'],
  ['instrument_name', 'an option chain (greeks)'],
  ['dvol', 'an implied-volatility index'],
  ['funding_mean', 'a history of funding rates'],
];

export type CsvFormat = 'bars' | 'venues' | 'daily';

const HELP =
  'a price series: ts_ms,open,high,low,close,volume (segment and n_min may be added), ' +
  'the multi-venue bars (ts_ms,exchange,crypto,pair,contract,open,...), or ' +
  DAILY_HEADERS.map((header) => header.join(',')).join(' or ');

/** The format of a header; throws when the file is no price series. */
export function detectFormat(file: string, header: readonly string[]): CsvFormat {
  if (new Set(header).size !== header.length) {
    throw new CsvError(file, 1, null, 'a header that names each column once', header.join(','));
  }
  const has = (columns: readonly string[]): boolean => columns.every((c) => header.includes(c));
  const isOnly = (columns: readonly string[]): boolean => header.every((c) => columns.includes(c));
  if (has(BAR_COLUMNS) && isOnly([...BAR_COLUMNS, ...BAR_COLUMNS_OPTIONAL])) return 'bars';
  if (has(VENUE_COLUMNS) && isOnly(VENUE_COLUMNS)) return 'venues';
  if (DAILY_HEADERS.some((columns) => has(columns) && isOnly(columns))) return 'daily';
  const known = NOT_PRICES.find(([column]) => header.includes(column));
  const what = known === undefined ? '' : `; this file is ${known[1]}, which is not a price series`;
  throw new CsvError(file, 1, null, `${HELP}${what}`, header.join(','));
}

const INTERVAL_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: DAY_SECONDS };

/** The bar length a file name states as `_1m_`, `_15m_`, `_1h_`; null when it states none. */
export function intervalInName(fileName: string): number | null {
  const match = /(?:^|[_.-])(\d{1,3})([mhd])(?=[_.-])/.exec(fileName);
  if (match === null) return null;
  return Number(match[1]) * (INTERVAL_SECONDS[match[2] as string] as number);
}

const QUOTES = ['usdt', 'usd'];

/** The symbol in a name that ends in a pair, as in `..._btcusdt.csv.gz`: BTC. Upper case. */
export function symbolInName(fileName: string): string {
  const stem = fileName
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/\.csv$/, '');
  const pair = stem.split(/[_.-]/).at(-1) ?? '';
  const quote = QUOTES.find((q) => pair.endsWith(q) && pair.length > q.length);
  return (quote === undefined ? pair : pair.slice(0, -quote.length)).toUpperCase();
}
