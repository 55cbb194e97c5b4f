// What the replay reports is what happened: counts, percentiles, conservation, tables and charts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lineChart } from '../../../scripts/replay/chart.ts';
import { Histogram } from '../../../scripts/replay/histogram.ts';
import { renderMarkdown, renderText, writeReport } from '../../../scripts/replay/report.ts';
import { ReplayStatistics } from '../../../scripts/replay/statistics.ts';

const test = suite('scripts/replay/statistics');

test('percentiles are within one percent of the sorted values', () => {
  const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  const property = fc.property(values, fc.constantFrom(0, 0.1, 0.5, 0.9, 0.99, 1), (all, share) => {
    const histogram = new Histogram();
    for (const value of all) histogram.add(value);
    const sorted = [...all].sort((a, b) => a - b);
    const expected = sorted[Math.max(0, Math.ceil(share * all.length - 1e-9) - 1)] as number;
    const received = histogram.quantile(share);
    assert.ok(Math.abs(received / expected - 1) < 0.011, `${received} for ${expected}`);
  });
  fc.assert(property, { seed: 20_240_521, numRuns: 300 });
});

test('a histogram without values, with zeros, with repeats', () => {
  assert.equal(new Histogram().summary(), {
    ...{ count: 0, mean: 0, least: 0, most: 0, p50: 0, p90: 0, p99: 0, p999: 0 },
  });
  const histogram = new Histogram();
  histogram.add(0, 9);
  histogram.add(10);
  assert.is(histogram.quantile(0.9), 0);
  assert.is(histogram.quantile(0.91), 10);
  assert.is(histogram.summary().mean, 1);
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => histogram.add(value), /zero or more/);
  }
});

function filled(): ReplayStatistics {
  const statistics = new ReplayStatistics();
  for (let step = 0; step <= 100; step++) {
    const time = 1_583_900_000 + step * 60;
    statistics.time(time);
    statistics.price('BTC', time, 8_000 - 20 * step);
    statistics.margins({
      timeSeconds: time,
      accounts: [
        { equityUsd: 100, initialMarginUsd: 50, maintenanceMarginUsd: 25 },
        { equityUsd: 60 - step, initialMarginUsd: 40, maintenanceMarginUsd: 20 },
      ],
    });
    statistics.conservation([
      { name: 'USD', held: 12_345_678n, owed: 12_345_678n },
      { name: 'WETH', held: 5n, owed: 5n },
    ]);
  }
  for (let i = 0; i < 90; i++) statistics.orderAccepted('maker', 1);
  for (let i = 0; i < 9; i++) statistics.orderRefused('noise', 'insufficient_margin', 2);
  statistics.orderRefused('trend', 'price|off_tick', 50);
  statistics.orderCancelled(3);
  for (let i = 0; i < 20; i++) statistics.trade(i % 2 === 0 ? 100 : -50);
  statistics.block(6);
  statistics.block(16);
  statistics.batch({ transactions: 22, trades: 20, bytes: 6_600, gas: 220_000 });
  return statistics;
}

test('counts and ratios', () => {
  const summary = filled().summary(60);
  assert.is(summary.marketSeconds, 6_000);
  assert.is(summary.speed, 100);
  const { sent, accepted, refused, cancels } = summary.orders;
  assert.equal(
    { sent, accepted, refused, cancels },
    {
      sent: 100,
      accepted: 90,
      refused: 10,
      cancels: 3,
    },
  );
  assert.equal(Object.entries(summary.orders.refusedBy)[0], ['insufficient_margin', 9]);
  assert.equal(summary.orders.byStyle, { maker: 90, noise: 9, trend: 1 });
  assert.equal(summary.trades, { count: 20, notionalUsd: 1_500, perSecond: 20 / 60 });
  assert.is(summary.blocks.transactions, 22);
  assert.is(summary.batches.bytesPerTrade, 330);
  assert.is(summary.batches.gasPerTrade, 11_000);
  assert.is(summary.batches.bytesPerTransaction, 300);
  assert.is(summary.latencyMillis.most, 50);
  const { belowInitialMost, belowMaintenanceMost, negativeMost, worstEquityUsd } = summary.margin;
  assert.equal(
    { belowInitialMost, belowMaintenanceMost, negativeMost, worstEquityUsd },
    {
      ...{ belowInitialMost: 1, belowMaintenanceMost: 1, negativeMost: 1, worstEquityUsd: -40 },
    },
  );
});

test('conserved means checked, and never off by one unit', () => {
  assert.not(new ReplayStatistics().summary(1).isConserved, 'unchecked is not conserved');
  const statistics = filled();
  assert.ok(statistics.summary(1).isConserved);
  statistics.conservation([{ name: 'USD', held: 12_345_677n, owed: 12_345_678n }]);
  statistics.conservation([{ name: 'USD', held: 12_345_678n, owed: 12_345_678n }]);
  const summary = statistics.summary(1);
  assert.not(summary.isConserved, 'one bad moment is remembered');
  assert.is(summary.conservation[0]?.worstDifference, '1');
  assert.match(renderText(summary), /USD +OFF BY 1 in 103 checks/);
  assert.match(renderText(summary), /conserved +NO/);
});

test('the table says all of it, for a terminal and in Markdown', () => {
  const statistics = filled();
  statistics.finished('0xabcd');
  const before = renderText(statistics.summary(60));
  assert.match(before, /audit from L1 +not made/);
  statistics.audited(22, true);
  const text = renderText(statistics.summary(60));
  for (const pattern of [
    /market time +1 h 40 min/,
    /speed +100\.0 x/,
    /accepted +90 \(90\.0 %\)/,
    /insufficient_margin +9/,
    /bytes per trade +330\.0/,
    /gas per trade +11,000/,
    /at risk \(below maintenance\) +1 at most, 1 at the end/,
    /USD +exact in 101 checks, 12,345,678 held/,
    /conserved +yes/,
    /final root +0xabcd/,
    /every root matches \(22 roots\)/,
    /p50 1\.\d+ ms/,
  ]) {
    assert.match(text, pattern);
  }
  statistics.audited(22, false);
  assert.match(renderText(statistics.summary(60)), /audit from L1 +MISMATCH/);
  const markdown = renderMarkdown(statistics.summary(60), 'Replay', ['price-btc.svg']);
  assert.match(markdown, /^# Replay\n/);
  assert.match(markdown, /\| &nbsp;&nbsp;price\\\|off_tick \| 1 \|/);
  assert.match(markdown, /!\[price-btc\]\(price-btc\.svg\)/);
});

test('a replay without anything in it still reports', () => {
  const summary = new ReplayStatistics().summary(0);
  assert.not(/NaN|Infinity|undefined/.test(renderText(summary) + JSON.stringify(summary)));
});

test('lines stay bounded however long the replay is', () => {
  const statistics = new ReplayStatistics();
  for (let i = 0; i < 100_000; i++) statistics.price('BTC', i, i);
  const points = statistics.prices.get('BTC') ?? [];
  assert.ok(points.length > 1_000 && points.length < 4_096, `${points.length} points`);
  assert.equal(points[0], { x: 0, y: 0 });
  const steps = new Set(points.slice(1).map((point, i) => point.x - (points[i]?.x ?? 0)));
  assert.is(steps.size, 1, 'evenly spaced');
});

/** The tags of an SVG, each closed; throws when they do not nest. */
function requireWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (close === '/') assert.is(open.pop(), name);
    else if (self !== '/') open.push(name as string);
  }
  assert.equal(open, []);
  assert.not(/NaN|Infinity|undefined/.test(svg), svg);
}

test('charts are well-formed, scaled to their points, and escape their names', () => {
  const svg = lineChart({
    title: 'A <b> & "c"',
    leftLabel: 'USD',
    lines: [
      { name: 'up', points: [0, 1, 2].map((i) => ({ x: i * 3_600, y: 100 + i })) },
      { name: 'down', points: [0, 2].map((i) => ({ x: i * 3_600, y: -1e6 * i })), axis: 'right' },
      { name: 'nothing', points: [] },
    ],
  });
  requireWellFormed(svg);
  assert.match(svg, /A &#60;b&#62; &#38; &#34;c&#34;/);
  const paths = [...svg.matchAll(/ d="([^"]+)"/g)].map(([, d]) => d as string);
  assert.is(paths.length, 2);
  assert.ok(paths[0]?.startsWith('M84 ') && paths[0]?.includes('L876 '), paths[0] as string);
  for (const points of [[], [{ x: 5, y: 7 }], [0, 1].map((x) => ({ x, y: 0 }))]) {
    requireWellFormed(lineChart({ title: 't', lines: [{ name: 'n', points }] }));
  }
});

test('charts cover seconds and decades', () => {
  for (const span of [1, 90, 5_000, 86_400, 16 * 86_400, 10 * 365 * 86_400, 90 * 365 * 86_400]) {
    const points = [0, 0.5, 1].map((share) => ({ x: share * span, y: 1 + share * span }));
    const svg = lineChart({ title: 't', lines: [{ name: 'n', points }] });
    requireWellFormed(svg);
    const ticks = svg.match(/text-anchor="middle"/g)?.length ?? 0;
    assert.ok(ticks >= 1 && ticks <= 30, `${ticks} time ticks over ${span} s`);
  }
});

test('the report directory holds JSON, Markdown and one chart per price', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-report-'));
  try {
    const statistics = filled();
    const files = await writeReport(join(directory, 'new'), 'Replay', statistics.summary(60), {
      prices: statistics.prices,
      equity: statistics.equity,
      waterfall: statistics.waterfall,
    });
    assert.equal(
      files.map((file) => basename(file)),
      ['report.json', 'report.md', 'price-btc.svg'],
    );
    const [json, markdown, svg] = files.map((file) => readFileSync(file, 'utf8'));
    assert.is(JSON.parse(json as string).batches.bytesPerTrade, 330);
    assert.match(markdown as string, /price-btc\.svg/);
    requireWellFormed(svg as string);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
