// Recorded prices: every format, no look-ahead, no invention, and errors that name the place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCsv, parseCsvSpec } from '../../../node/oracle/csv.ts';
import { CsvError, parsePrice } from '../../../node/oracle/csvReader.ts';
import { intervalInName, symbolInName } from '../../../node/oracle/csvFormats.ts';
import { WAD } from '../../../node/oracle/source.ts';
import type { PriceSource } from '../../../node/oracle/source.ts';

const test = suite('node/oracle/csv');
const directory = mkdtempSync(join(tmpdir(), 'tidepool-csv-'));
test.after(() => rmSync(directory, { recursive: true }));

const BARS = 'ts_ms,open,high,low,close,volume';
function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
async function errorOf(run: () => Promise<unknown>): Promise<CsvError> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, CsvError);
    return error as CsvError;
  }
  throw new Error('expected a CsvError, nothing was thrown');
}
const priceAt = (source: PriceSource, time: number): bigint | undefined =>
  source.quoteAt(time)?.[0]?.price;
const confidenceAt = (source: PriceSource, time: number): bigint | undefined =>
  source.quoteAt(time)?.[0]?.confidence;

// Bars of one minute at 60, 120 and 300 s: two bars are missing in between.
const GAPPED = [
  BARS,
  '60000,10,12,9,11,1.5',
  '120000,11,13,11,12.5,2',
  '300000,13,13,10,10.00000001,',
  '',
].join('\n');

test('the price is the last close at or before the time, never a later one', async () => {
  const source = await openCsv([file('spot_1m_a_btcusdt.csv', GAPPED)]);
  assert.equal(source.underlyings, [1]);
  assert.equal(source.span, { fromSeconds: 120, toSeconds: 360 });
  assert.is(source.quoteAt(119), null, 'the first bar has not closed');
  assert.is(priceAt(source, 120), 11_00000000n);
  assert.is(priceAt(source, 179), 11_00000000n);
  assert.is(priceAt(source, 180), 12_50000000n);
  assert.is(priceAt(source, 359), 12_50000000n);
  assert.is(priceAt(source, 360), 10_00000001n);
  assert.is(source.quoteAt(360)?.[0]?.timeSeconds, 360);
  assert.is(source.quoteAt(350)?.[0]?.timeSeconds, 180, 'the time a price was seen, not asked for');
});

test('a missing bar costs confidence, and in the end the quote', async () => {
  const path = file('spot_1m_b_btcusdt.csv', GAPPED);
  const source = await openCsv([path]);
  assert.is(confidenceAt(source, 239), WAD, 'the next bar is not yet due');
  assert.is(confidenceAt(source, 240), WAD / 2n, 'due and missing');
  assert.is(confidenceAt(source, 300), (WAD * 240n) / 600n);
  assert.is(confidenceAt(source, 360), WAD, 'seen again');
  assert.is(confidenceAt(source, 360 + 60 + 299), WAD / 600n);
  assert.is(source.quoteAt(360 + 60 + 300), null);
  assert.equal(source.series[0]?.missingBars, 2);
  const quick = await openCsv([path], { fadeSeconds: 30 });
  assert.is(quick.quoteAt(270), null);
});

test('the inner path visits open, low, high, close and joins bars at the close', async () => {
  const source = await openCsv([file('spot_1m_c_ethusdt.csv', GAPPED)], { path: 'ohlc' });
  const at = (time: number): number => Number(priceAt(source, time)) / 1e8;
  assert.is(source.quoteAt(59), null);
  // Up, so low first: 10, 9, 12, 11.
  assert.equal([60, 79, 80, 99, 100, 119, 120].map(at), [10, 10, 9, 9, 12, 12, 11]);
  // 11 -> 12.5 with low 11 and high 13.
  assert.equal([139, 140, 160, 180].map(at), [11, 11, 13, 12.5]);
  // After a gap the open is new; down, so high first.
  assert.equal([299, 300, 320, 340, 360].map(at), [12.5, 13, 13, 10, 10.00000001]);
});

test('answers depend on the time alone', async () => {
  const lines = [BARS];
  for (let i = 0; i < 400; i++) {
    if (i % 7 === 3) continue;
    lines.push(`${(i + 1) * 60_000},${100 + i},${101 + i},${99 + i},${100.5 + i},1`);
  }
  const path = file('spot_1m_d_btcusdt.csv', lines.join('\n'));
  const source = await openCsv([path], { path: 'ohlc' });
  const seed = 20_240_517;
  const times = fc.array(fc.integer({ min: 0, max: 26_000 }), { maxLength: 50 });
  const property = fc.asyncProperty(times, async (asked) => {
    for (const time of asked) {
      const fresh = await openCsv([path], { path: 'ohlc' });
      assert.equal(source.quoteAt(time), fresh.quoteAt(time), `time ${time}`);
    }
  });
  await fc.assert(property, { seed, numRuns: 5 });
});

test('segments, minutes per bar, blanks, gzip, CRLF and a byte order mark', async () => {
  const text = [
    '\uFEFFsegment,ts_ms,open,high,low,close,volume,n_min',
    'S1,0,1,1,1,1,1,15',
    'S1,900000,1,1,1,1,1,12',
    'S1,1800000,,,,,,15',
    'S2,2700000,2,2,2,2,1,16',
    '',
  ].join('\r\n');
  const source = await openCsv([file('h_usdcusdt.csv.gz', gzipSync(text))]);
  assert.equal(source.underlyings, [0]);
  const { rows, blankRows, missingBars, intervalSeconds } = source
    .series[0] as (typeof source.series)[0];
  assert.equal(
    { rows, blankRows, missingBars, intervalSeconds },
    {
      rows: 3,
      blankRows: 1,
      missingBars: 1,
      intervalSeconds: 900,
    },
  );
  assert.is(confidenceAt(source, 900), WAD);
  assert.is(confidenceAt(source, 1800), (WAD * 12n) / 15n);
  assert.is(confidenceAt(source, 2700), (WAD * 12n) / 30n);
  assert.is(confidenceAt(source, 3600), WAD, 'a repeated minute is no more than whole');
});

test('daily files know whether a price opens or closes the day', async () => {
  const opens = 'date,btc_usd,eth_usd\n1970-01-02,100,\n1970-01-03,110,5\n';
  const first = await openCsv([file('opens.csv', opens)]);
  assert.equal(first.underlyings, [1, 2]);
  assert.equal(
    first.quoteAt(86_400)?.map((q) => [q.underlying, q.price]),
    [[1, 100_00000000n]],
  );
  const closes =
    'date,btc_binance,eth_binance,btc_yahoo,vix,dxy,spx,fng\n' +
    '1970-01-02,100,3,101,9,,,\n1970-01-03,110,5,111,,,,\n';
  const path = file('closes.csv', closes);
  const second = await openCsv([path]);
  assert.is(second.quoteAt(86_400), null, 'the day has not closed');
  assert.is(priceAt(second, 2 * 86_400), 100_00000000n);
  assert.is(priceAt(await openCsv([`BTC=${path}#btc_yahoo`]), 2 * 86_400), 101_00000000n);
  assert.is((await openCsv([`SOL=${path}#eth_binance`])).underlyings[0], 3);
  assert.equal((await openCsv([`ETH=${path}`])).underlyings, [2]);
});

test('multi-venue files give one exchange', async () => {
  const header = 'ts_ms,exchange,crypto,pair,contract,open,high,low,close,volume,funding_rate';
  const rows = ['binance,bitcoin', 'okx,bitcoin', 'binance,ethereum'].flatMap((market, i) => [
    `0,${market},P,spot,1,2,1,${1 + i / 10},5,`,
    `0,${market},Q,perpetual,1,9,1,9,5,-1.6e-05`,
    `28800000,${market},P,spot,2,2,2,2,5,`,
  ]);
  rows.sort((a, b) => Number(a.split(',')[0]) - Number(b.split(',')[0]));
  const path = file('venues.csv', [header, ...rows].join('\n'));
  const source = await openCsv([path]);
  assert.equal(
    source.quoteAt(28_800)?.map((q) => q.price),
    [1_00000000n, 1_20000000n],
  );
  assert.is(priceAt(await openCsv([`BTC=${path}#okx`]), 28_800), 1_10000000n);
  assert.match((await errorOf(() => openCsv([`${path}#ftx`]))).message, /at ftx; there is none/);
});

// Each row: the file's name, its text, the line and column at fault, and what the message must say.
const FAULTS: readonly [string, string, number, string | null, RegExp][] = [
  ['x_btcusdt.csv', '', 0, null, /empty/],
  ['x_btcusdt.csv', `${BARS}\n`, 0, null, /there is none/],
  ['x_btcusdt.csv', 'a,b\n1,2\n', 1, null, /ts_ms,open,high,low,close,volume/],
  ['x_btcusdt.csv', `${BARS},close\n`, 1, null, /names each column once/],
  ['x_btcusdt.csv', `${BARS},bogus\n`, 1, null, /a price series/],
  [
    'flow_btcusdt.csv',
    'local_ns,exch_ms,kind,side,price,qty\n',
    1,
    null,
    /order flow.*not a price series/,
  ],
  ['flow_btcusd.csv', 'id,ts_ms,exch_ts_ms,price\n', 1, null, /order flow/],
  ['chain_btc.csv', 'ts_ms,instrument,bid\n', 1, null, /option chain/],
  ['dvol_btc.csv', 'ts_ms,dvol\n', 1, null, /implied-volatility/],
  ['funding_btc.csv', 'date,funding_mean,funding_abs\n', 1, null, /funding rates/],
  ['x_linkusdt.csv', `${BARS}\n0,1,1,1,1,1\n`, 0, null, /known: USDC, BTC, ETH, SOL/],
  ['x_wbethusdt.csv', `${BARS}\n0,1,1,1,1,1\n`, 0, null, /=x_wbethusdt.csv, received "WBETH"/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,1\n`, 2, null, /6 fields/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,1,1\n\n60000,1,1,1,1,1\n`, 3, null, /6 fields/],
  ['x_1m_btcusdt.csv', `${BARS}\n12,1,1,1,1,1\n`, 2, 'ts_ms', /epoch milliseconds/],
  ['x_1m_btcusdt.csv', `${BARS}\n-60000,1,1,1,1,1\n`, 2, 'ts_ms', /epoch/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,x,1,1,1\n`, 2, 'high', /a price.*received "x"/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,0,1\n`, 2, 'close', /at least 0.00000001/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,-1,1\n`, 2, 'close', /a price/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,"1",1\n`, 2, 'close', /a price/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,NaN,1\n`, 2, 'close', /a price/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,99999999999,1\n`, 2, 'close', /a price/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,,1,1\n`, 2, 'low', /other prices of the bar/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,2,1,1,1,1\n`, 2, 'high', /at least the open/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,2,2,2,1,1\n`, 2, 'low', /at most the open/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,1,-4\n`, 2, 'volume', /non-negative/],
  [
    'x_1m_btcusdt.csv',
    `${BARS}\n60000,1,1,1,1,1\n60000,1,1,1,1,1\n`,
    3,
    'ts_ms',
    /a time after 1970/,
  ],
  ['x_1m_btcusdt.csv', `${BARS}\n60000,1,1,1,1,1\n0,1,1,1,1,1\n`, 3, 'ts_ms', /a time after/],
  ['x_1m_btcusdt.csv', `${BARS}\n0,1,1,1,1,1\n90000,1,1,1,1,1\n`, 3, 'ts_ms', /grid of 60 s/],
  ['x_btcusdt.csv', `${BARS}\n0,1,1,1,1,1\n`, 0, null, /bar length/],
  ['x_1m_btcusdt.csv', `${BARS},n_min\n0,1,1,1,1,1,0\n`, 2, 'n_min', /minutes/],
  ['x_1m_btcusdt.csv', `segment,${BARS}\n,0,1,1,1,1,1\n`, 2, 'segment', /segment/],
  ['d.csv', 'date,btc_usd,eth_usd\n2021-02-30,1,1\n', 2, 'date', /YYYY-MM-DD/],
  [
    'd.csv',
    'date,btc_usd,eth_usd\n2021-02-02,1,1\n2021-02-01,1,1\n',
    3,
    'date',
    /after 2021-02-02/,
  ],
  ['x_1m_btcusdt.csv', `${BARS}\n${'9'.repeat(20_000)}`, 2, null, /16384 characters/],
];

test('every fault names the file, the line, the column and what was expected', async () => {
  for (const [name, text, line, column, message] of FAULTS) {
    const path = file(name, text);
    const error = await errorOf(() => openCsv([path]));
    assert.match(error.message, message);
    assert.is(error.line, line, error.message);
    assert.is(error.column, column, error.message);
    assert.is(error.file, path);
  }
});

test('files that cannot be read say so', async () => {
  const absent = join(directory, 'absent_btcusdt.csv');
  assert.match((await errorOf(() => openCsv([absent]))).message, /readable file \(ENOENT\)/);
  assert.match((await errorOf(() => openCsv([`BTC=${directory}`]))).message, /EISDIR/);
  const rows = Array.from({ length: 5000 }, (_, i) => `${i * 60_000},1,1,1,1,${i}`);
  const whole = gzipSync([BARS, ...rows].join('\n'));
  const cut = file('cut_1m_btcusdt.csv.gz', whole.subarray(0, whole.length - 2000));
  assert.match((await errorOf(() => openCsv([cut]))).message, /whole gzip file/);
});

test('one file for each underlying, and known names only', async () => {
  const one = file('one_1m_btcusdt.csv', `${BARS}\n0,1,1,1,1,1\n`);
  const two = file('two_1m_btcusdt.csv', `${BARS}\n0,2,2,2,2,1\n`);
  assert.match((await errorOf(() => openCsv([one, two]))).message, /already feeds BTC/);
  const both = await openCsv([one, `usdc=${two}`]);
  assert.equal(
    both.quoteAt(60)?.map((q) => [q.underlying, q.price]),
    [
      [0, 2_00000000n],
      [1, 1_00000000n],
    ],
  );
  assert.match(
    (await errorOf(() => openCsv([`DOGE=${one}`]))).message,
    /USDC, BTC, ETH, SOL before/,
  );
  assert.match((await errorOf(() => openCsv([`${one}#x`]))).message, /no "#" selector/);
  assert.equal((await openCsv([`DOGE=${one}`], { symbols: { DOGE: 9 } })).underlyings, [9]);
});

test('specifications, names and decimals', () => {
  assert.equal(parseCsvSpec('a/b_btcusdt.csv'), { path: 'a/b_btcusdt.csv' });
  assert.equal(parseCsvSpec('eth=/x=y.csv#okx'), {
    symbol: 'ETH',
    path: '/x=y.csv',
    selector: 'okx',
  });
  assert.throws(() => parseCsvSpec(''), /NAME/);
  const symbols = { 'a_btcusdt.csv.gz': 'BTC', 'usdcusdt.csv': 'USDC', 'f_fdusdusdt.csv': 'FDUSD' };
  for (const [name, symbol] of Object.entries({
    ...symbols,
    'ETH.csv': 'ETH',
    'x-solusd.CSV': 'SOL',
  })) {
    assert.is(symbolInName(name), symbol);
  }
  assert.is(intervalInName('spot_15m_history_btcusdt.csv'), 900);
  assert.is(intervalInName('funding_multi_exchange_8h_2023-01_02.csv'), 28_800);
  assert.is(intervalInName('spot_btcusdt.csv'), null);
  const decimals: readonly [string, bigint | null][] = [
    ['0.1', 10_000_000n],
    ['0.00000001', 1n],
    ['0.000000005', 1n],
    ['0.0000000049', 0n],
    ['5e-05', 5_000n],
    ['1.5E+2', 15_000_000_000n],
    ['50000001.12345678', 5_000_000_112_345_678n],
    ['314.248992919922', 31_424_899_292n],
    ['9999999999.99999999', 999_999_999_999_999_999n],
    ['10000000001', null],
    ['1e30', null],
    ...(['', '.5', '1.', '-1', '+1', '0x10', '1_000', ' 1', 'Infinity'] as const).map(
      (text): [string, null] => [text, null],
    ),
  ];
  for (const [text, value] of decimals) assert.is(parsePrice(text), value, text);
});

test.run();
