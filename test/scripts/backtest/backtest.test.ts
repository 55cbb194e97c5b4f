// `npm run backtest`: its flags, its files, and the character of the model on years of recorded prices.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { readSeries } from '../../../node/oracle/csv.ts';
import { main, parseMultiplier } from '../../../scripts/backtest.ts';
import { modelled } from '../../../scripts/backtest/days.ts';
import { judged } from '../../../scripts/backtest/judged.ts';
import { MACRO_SERIES, ModelChain } from '../../../scripts/backtest/modelChain.ts';
import type { Verdict } from '../../../scripts/backtest/statistics.ts';
import { recorded } from '../../node/oracle/data.ts';

const NETWORK = devnet(0, [], 1);
const test = suite('scripts/backtest');

let folder = '';
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
});
test.after(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: '', error: '' };
  const code = await main(
    args,
    (text) => (lines.out += `${text}\n`),
    (text) => (lines.error += `${text}\n`),
  );
  return { code, ...lines };
}

/** Hourly bars that sway, with a hole of ten days after `hole` hours. */
function barsOf(hours: number, hole = Number.POSITIVE_INFINITY): string {
  const rows = ['ts_ms,open,high,low,close,volume'];
  for (let i = 0; i < hours; i++) {
    const hour = 420_000 + i + (i >= hole ? 240 : 0);
    const price = (i >= hole ? 90_000 : 30_000) * (1 + 0.03 * Math.sin(i * 0.7) + 0.02 * Math.sin(i * i));
    const text = price.toFixed(2);
    rows.push(`${hour * 3_600_000},${text},${text},${text},${text},1`);
  }
  return rows.join('\n');
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

for (const [args, words] of [
  [[], /--data: expected at least one file/],
  [['--data', '/no/such/file_btcusdt.csv'], /no\/such\/file/],
  [['--speed', '3'], /speed/],
  [['--data', 'x_btcusdt.csv', '--multiplier', '7'], /--multiplier: expected a decimal from 1 to 6, received "7"/],
  [['--data', 'x_btcusdt.csv', '--multiplier', '1e0'], /--multiplier: expected a decimal/],
  [['--data', 'x_btcusdt.csv', '--multiplier', '-2'], /multiplier/],
] as const) {
  test(`refused: ${args.join(' ')}`, async () => {
    const { code, out, error } = await run(...args);
    assert.equal([code, out], [1, '']);
    assert.match(error, words);
    assert.match(error, /npm run backtest/);
  });
}

test('a file of something else is refused with its line', async () => {
  const chain = fileOf('chain_btcusdt.csv', 'instrument,mark_iv\nBTC-1-C,50\n');
  assert.match((await run('--data', chain)).error, /chain_btcusdt\.csv:1: .*option chain/);
  const bars = fileOf('bad_1h_btcusdt.csv', 'ts_ms,open,high,low,close,volume\n0,1,1,1,x,1\n');
  assert.match((await run('--data', bars)).error, /bad_1h_btcusdt\.csv:2: column close/);
  const good = fileOf('good_1h_btcusdt.csv', barsOf(30));
  assert.match((await run('--data', good, '--macro', bars)).error, /expected/);
});

test('multipliers are read to the millionth', () => {
  assert.is(parseMultiplier('2.8'), 28n * 10n ** 17n);
  assert.is(parseMultiplier('1'), 10n ** 18n);
  assert.is(parseMultiplier('3.000001'), 3_000_001n * 10n ** 12n);
});

test('help is no mistake, a short recording has no verdict', async () => {
  assert.equal((await run('--help')).code, 0);
  const { code, out } = await run('--data', fileOf('short_1h_btcusdt.csv', barsOf(100)));
  assert.is(code, 0);
  assert.match(out, /BTC: no day after the 120/);
});

test('a table and a picture of each underlying', async () => {
  const file = fileOf('long_1h_btcusdt.csv', barsOf(4_000));
  const { code, out, error } = await run('--data', file, '--report', join(folder, 'report'));
  assert.equal([code, error], [0, '']);
  for (const name of ['static', 'normal', 'hindsight', 'core x 3.2', 'requirement x 2.8']) {
    assert.ok(out.includes(name), name);
  }
  assert.match(readFileSync(join(folder, 'report/backtest-btc.svg'), 'utf8'), /^<svg /);
});

test('no return leads across a hole: a price three times as high moves no variance', async () => {
  const [series] = await readSeries([fileOf('hole_1h_btcusdt.csv', barsOf(4_000, 3_500))]);
  const [whole] = await readSeries([fileOf('whole_1h_btcusdt.csv', barsOf(4_000))]);
  const most = (days: readonly { volatility: number }[]): number => Math.max(...days.map((d) => d.volatility));
  const holed = modelled([series!], NETWORK, NETWORK.parameters)[0]!;
  const plain = modelled([whole!], NETWORK, NETWORK.parameters)[0]!;
  assert.ok(most(holed.days) < 1.1 * most(plain.days));
  assert.is(holed.days.filter((d) => d.startsSegment).length, 2);
});

test('segments of a recording are not joined, however near they are', async () => {
  const rows = barsOf(200).split('\n');
  const named = rows.map((row, i) => (i === 0 ? `segment,${row}` : `${i <= 100 ? 'S1' : 'S2'},${row}`));
  const [series] = await readSeries([fileOf('two_1h_btcusdt.csv', named.join('\n'))]);
  const starts = [...series!.observations()].flatMap((o, i) => (o.startsSegment ? [i] : []));
  assert.equal(starts, [0, 100]);
});

test('the chain of the model publishes what posts publish', () => {
  const chain = new ModelChain(NETWORK);
  const start = 420_000 * 3_600;
  for (let i = 0; i < 6; i++) chain.post(1, start + i * 3_600, 30_000n * 10n ** 8n);
  assert.is(chain.regime(1).hour, 420_005);
  assert.is(chain.underlying(1).priceScanRange, chain.regime(1).nextScanRange);
  chain.interrupt(1);
  chain.post(1, start + 30 * 86_400, 90_000n * 10n ** 8n);
  chain.post(1, start + 30 * 86_400 + 3_600, 90_000n * 10n ** 8n);
  assert.is(chain.regime(1).barReturn, 0n);
});

const named = (verdicts: readonly Verdict[], name: RegExp): Verdict => verdicts.find((v) => name.test(v.name)) as Verdict;

/** What must hold of the model on years of prices, whatever the numbers are exactly. */
function assertCharacter(symbol: string, verdicts: readonly Verdict[]): void {
  const core = named(verdicts, /^core/);
  const required = named(verdicts, /^requirement/);
  const normal = named(verdicts, /normal/);
  const fitted = named(verdicts, /EWMA.*hindsight/);
  assert.ok(core.days > 1_700, `${symbol}: ${core.days} days`);
  assert.ok(core.kupiec > 0.05 && core.independence > 0.05, `${symbol}: the core covers what it promises`);
  assert.ok(normal.exceptions > 2 * normal.expected && normal.kupiec < 0.001, `${symbol}: normal quantiles do not`);
  assert.ok(required.exceptions < core.exceptions, `${symbol}: the requirement is on the safe side`);
  assert.ok(required.shortfallBasisPoints < fitted.shortfallBasisPoints);
  assert.ok(required.peakToTrough < 0.65 * fitted.peakToTrough, `${symbol}: and swings less`);
  assert.ok(required.riseOfDayPercent < 0.6 * fitted.riseOfDayPercent);
  assert.ok(required.riseOfMonthPercent < fitted.riseOfMonthPercent);
}

test('BTC and ETH, every 15 minutes of five years: the core covers, the requirement swings less', async () => {
  const files = recorded('spot_15m_history_btcusdt.csv.gz', 'spot_15m_history_ethusdt.csv.gz');
  if (files === null) return;
  const series = await readSeries(files);
  const [btc, eth] = modelled(series, NETWORK, NETWORK.parameters);
  for (const [symbol, model] of [['BTC', btc!], ['ETH', eth!]] as const) {
    assertCharacter(symbol, judged(model.days, 2.8).verdicts);
  }
  // The lower band of a correlation of .8 or so.
  assert.ok(eth!.correlation > 0.3 && eth!.correlation < 0.65, `${eth!.correlation}`);
  assert.is(btc!.correlation, 1);
});

test('days alone, and macro stress that tilts the filter', async () => {
  const files = recorded('daily_macro_crypto_2015_2023-02.csv');
  if (files === null) return;
  const prices = await readSeries([`BTC=${files[0]}#btc_yahoo`]);
  const macro = await readSeries(files, { symbols: MACRO_SERIES });
  const verdictsOf = (series: typeof prices): readonly Verdict[] =>
    judged(modelled(series, NETWORK, NETWORK.parameters)[0]!.days, 2.8).verdicts;
  const plain = verdictsOf(prices);
  const tilted = verdictsOf([...prices, ...macro]);
  const required = named(plain, /^requirement/);
  assert.ok(required.days > 2_700 && required.kupiec > 0.05);
  const ratio = named(tilted, /^requirement/).meanPercent / required.meanPercent;
  assert.ok(ratio > 1 && ratio < 1.03, `${ratio}: bounded`);
});

test.run();
