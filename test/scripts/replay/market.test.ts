// The market of a replay: its span, its step, and what is synthetic in it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadMarket, parseTime } from '../../../scripts/replay/market.ts';
import { recorded } from '../../node/oracle/data.ts';

const test = suite('scripts/replay/market');
const directory = mkdtempSync(join(tmpdir(), 'tidepool-market-'));
test.after(() => rmSync(directory, { recursive: true }));

function bars(name: string, first: number, count: number, price: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const p = price + i;
    return `${(first + i * 60) * 1000},${p},${p},${p},${p},1`;
  });
  const path = join(directory, name);
  writeFileSync(path, ['ts_ms,open,high,low,close,volume', ...rows].join('\n'));
  return path;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message,
  );
}

test('recorded underlyings, a synthetic rest, the span where all have prices', async () => {
  const files = [
    bars('a_1m_btcusdt.csv', 6_000, 100, 9_000),
    bars('b_1m_ethusdt.csv', 6_600, 100, 200),
  ];
  const market = await loadMarket({ files, seed: 1, startPrices: { 3: 20 } });
  assert.is(market.fromSeconds, 6_660);
  assert.is(market.toSeconds, 12_000);
  assert.is(market.stepSeconds, 60);
  assert.equal(market.startPricesUsd, { 0: 1, 1: 9_010, 2: 200, 3: 20 });
  const quotes = market.source.quoteAt(market.toSeconds);
  assert.equal(
    quotes?.map((q) => q.underlying),
    [0, 1, 2, 3],
  );
  assert.is(quotes?.[1]?.price, 9_099_00000000n);
  const part = await loadMarket({ files, seed: 1, fromSeconds: 7_000, toSeconds: 8_000 });
  assert.equal([part.fromSeconds, part.toSeconds], [7_000, 8_000]);
  const wide = await loadMarket({ files, seed: 1, fromSeconds: 0, toSeconds: 1e9 });
  assert.equal([wide.fromSeconds, wide.toSeconds], [6_660, 12_000], 'never beyond the recordings');
  const outside = await messageOf(loadMarket({ files, seed: 1, fromSeconds: 20_000 }));
  assert.match(outside, /recordings reach 1970-01-01T01:51:00/);
  const apart = [files[0] as string, bars('c_1m_ethusdt.csv', 90_000, 10, 200)];
  assert.match(await messageOf(loadMarket({ files: apart, seed: 1 })), /an end after the start/);
});

test('no files: a synthetic market that the seed decides', async () => {
  const market = await loadMarket({ files: [], seed: 'x' });
  assert.is(market.toSeconds - market.fromSeconds, 6 * 3_600);
  const at = market.fromSeconds + 10_000;
  const again = await loadMarket({ files: [], seed: 'x' });
  const other = await loadMarket({ files: [], seed: 'y' });
  assert.equal(again.source.quoteAt(at), market.source.quoteAt(at));
  assert.not.equal(other.source.quoteAt(at), market.source.quoteAt(at));
});

test('times on the command line are UTC', () => {
  assert.is(parseTime('1583971200'), 1_583_971_200);
  assert.is(parseTime('2020-03-12'), 1_583_971_200);
  assert.is(parseTime('2020-03-12T06:30'), 1_583_994_600);
  assert.is(parseTime('2020-03-12 06:30:05Z'), 1_583_994_605);
  for (const text of ['', 'yesterday', '2020-3-1', '2020-02-30', '2020-03-12T25:00', '1e9']) {
    assert.throws(() => parseTime(text), /time: expected/, text);
  }
});

test('the crash of March 2020 as a replay would load it', async () => {
  const files = recorded(
    'spot_1m_2020-03_black_thursday_btcusdt.csv.gz',
    'spot_1m_2020-03_black_thursday_ethusdt.csv.gz',
  );
  if (files === null) return;
  const market = await loadMarket({
    ...{ files, seed: 1 },
    fromSeconds: parseTime('2020-03-12'),
    toSeconds: parseTime('2020-03-13T12:00'),
  });
  assert.is(market.toSeconds - market.fromSeconds, 36 * 3_600);
  assert.is(market.stepSeconds, 60);
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = market.fromSeconds; t <= market.toSeconds; t += market.stepSeconds) {
    const quotes = market.source.quoteAt(t);
    assert.is(quotes?.length, 4);
    lowest = Math.min(lowest, Number(quotes?.[1]?.price) / 1e8);
  }
  assert.ok(lowest > 3_782.13 && lowest < 4_200, `lowest close ${lowest}`);
});

test.run();
