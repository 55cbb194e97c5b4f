// The recorded files beside the repository load whole and show the extremes they are known for.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCsv } from '../../../node/oracle/csv.ts';
import { CsvError } from '../../../node/oracle/csvReader.ts';
import { combine } from '../../../node/oracle/source.ts';
import { syntheticSource } from '../../../node/oracle/synthetic.ts';
import { seededRandom } from '../../../node/ports/random.ts';
import { recorded } from './data.ts';

const test = suite('node/oracle/recorded');
const seconds = (text: string): number => Date.parse(`${text}Z`) / 1000;
const usd = (value: string): bigint => BigInt(Math.round(Number(value) * 1e8));

test('2020-03: minutes of BTC and ETH, their lows found to the cent', async () => {
  const files = recorded(
    'spot_1m_2020-03_black_thursday_btcusdt.csv.gz',
    'spot_1m_2020-03_black_thursday_ethusdt.csv.gz',
  );
  if (files === null) return;
  const closes = await openCsv(files);
  assert.equal(closes.underlyings, [1, 2]);
  assert.equal(
    closes.series.map((s) => [s.rows, s.missingBars]),
    [
      [23_040, 0],
      [23_040, 0],
    ],
  );
  assert.equal(closes.span, {
    fromSeconds: seconds('2020-03-05T00:01:00'),
    toSeconds: seconds('2020-03-21T00:00:00'),
  });
  const inside = await openCsv(files, { path: 'ohlc' });
  const lows = [usd('1000000'), usd('1000000')];
  for (let t = inside.span.fromSeconds; t <= inside.span.toSeconds; t += 20) {
    inside.quoteAt(t)?.forEach((quote, i) => {
      if (quote.price < (lows[i] as bigint)) lows[i] = quote.price;
      assert.ok(quote.timeSeconds <= t, 'no look-ahead');
    });
  }
  assert.equal(lows, [usd('3782.13'), usd('86.00')]);
  // The minute of the low closes at 02:17; at 02:16:59 its close is not known.
  const before = closes.quoteAt(seconds('2020-03-13T02:16:59'))?.[0];
  assert.is(before?.timeSeconds, seconds('2020-03-13T02:16:00'));
});

test('the long history: gaps between segments fade, nothing is carried across', async () => {
  const files = recorded('spot_15m_history_btcusdt.csv.gz');
  if (files === null) return;
  const source = await openCsv(files);
  const series = source.series[0] as (typeof source.series)[0];
  assert.is(series.rows, 184_803);
  assert.ok(series.missingBars > 573, 'outages inside the segments, and the gaps between them');
  // The months 2021-05 and 2021-06 are absent.
  assert.is(source.quoteAt(seconds('2021-05-20T00:00:00')), null);
  assert.ok(source.quoteAt(seconds('2021-07-02T00:00:00')) !== null);
});

test('every price series loads; other coins feed what they are told to', async () => {
  const told = [
    'USDC=collateral_15m_2022-05_ustusdt.csv',
    'USDC=stable_1h_2022-11_busdusdt.csv',
    'USDC=stable_5m_2025-04_fdusdusdt.csv',
    'SOL=alt_1h_2022-05_linkusdt.csv',
    'SOL=collateral_1h_2022-05_lunausdt.csv',
    'SOL=collateral_1h_2022-11_fttusdt.csv',
    'ETH=lst_5m_2025-02_wbethusdt.csv',
    'alt_1h_2022-11_solusdt.csv',
    'stable_1h_2022_usdcusdt.csv',
    'spot_5m_2025-02_ethusdt.csv',
    'daily_coingecko_btc_eth_2013_2023-02.csv',
    'daily_macro_crypto_2015_2023-02.csv',
    'funding_multi_exchange_8h_2023-01_02.csv',
  ];
  for (const spec of told) {
    const [symbol, name] = spec.includes('=') ? spec.split('=') : [undefined, spec];
    const files = recorded(name as string);
    if (files === null) return;
    const path = files[0] as string;
    const source = await openCsv([symbol === undefined ? path : { path, symbol }]);
    const { fromSeconds, toSeconds } = source.span;
    assert.ok(toSeconds > fromSeconds, spec);
    assert.is(source.quoteAt(fromSeconds)?.length, source.underlyings.length, spec);
  }
});

test('recordings that are no price series are refused with the reason', async () => {
  const files = recorded(
    'flow_binance_usdm_btcusdt_2024-08-08.csv.gz',
    'flow_bitstamp_btcusd_l3_2015-05-01.csv.gz',
    'deribit_chain_2026-01_2perday.csv.gz',
    'deribit_greeks_hourly_2026-01-23.csv.gz',
    'dvol_btc_daily_2022-11_2023-02.csv',
    'funding_btc_daily_2019_2023-02.csv',
  );
  if (files === null) return;
  for (const path of files) {
    const error = await openCsv([path]).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.instance(error, CsvError);
    assert.match((error as CsvError).message, /this file is .* not a price series/);
  }
});

test('recorded prices with a synthetic rest', async () => {
  const files = recorded('spot_1m_2020-03_black_thursday_btcusdt.csv.gz');
  if (files === null) return;
  const btc = await openCsv(files);
  const startSeconds = btc.span.fromSeconds;
  const rest = syntheticSource({
    random: seededRandom(1),
    startSeconds,
    startPrices: { 2: 224.5 },
  });
  const both = combine(btc, rest);
  assert.equal(both.underlyings, [0, 1, 2, 3]);
  assert.equal(both.span, btc.span);
  const quotes = both.quoteAt(startSeconds);
  assert.is(quotes?.[1]?.price, usd('8757.37'));
  assert.is(quotes?.[2]?.price, usd('224.5'));
});

test.run();
