// Verdicts of the back-test from days made up for it: coverage, cost, swings, pairs, rivals.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { outcomesOf, type Day } from '../../../scripts/backtest/days.ts';
import { picture, table } from '../../../scripts/backtest/report.ts';
import { ewmaVolatility, factorInHindsight, scaled } from '../../../scripts/backtest/rivals.ts';
import { judge } from '../../../scripts/backtest/statistics.ts';

const DAY_SECONDS = 86_400;
const day = (i: number, price: number, change: Partial<Day> = {}): Day => ({
  timeSeconds: i * DAY_SECONDS,
  price,
  volatility: 0.03,
  required: 0.1,
  isWarm: true,
  startsSegment: false,
  ...change,
});
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} and ${b}`);

const test = suite('scripts/backtest/statistics');

test('outcomes are of whole days: none across a hole or a new segment', () => {
  const days = [
    day(0, 100),
    day(1, 110),
    day(2, 99),
    day(4, 200),
    day(5, 100),
    day(6, 150, { startsSegment: true }),
    day(7, 75),
  ];
  const outcomes = outcomesOf(days);
  assert.equal(
    outcomes.map((o) => o.day.timeSeconds / DAY_SECONDS),
    [0, 1, 4, 6],
  );
  assert.equal(
    outcomes.map((o) => Math.round(o.move * 100)),
    [10, -10, -50, -50],
  );
  assert.equal(
    outcomes.map((o) => o.followsLast),
    [false, true, false, false],
  );
});

test('exceptions, shortfall, mean, swings', () => {
  const prices = [100, 100, 120, 120, 102, 102, 102];
  const outcomes = outcomesOf(prices.map((price, i) => day(i, price)));
  const verdict = judge('x', outcomes, [0.1, 0.1, 0.1, 0.1, 0.2, 0.3]);
  assert.equal([verdict.days, verdict.exceptions], [6, 2]);
  near(verdict.expected, 0.06);
  near(verdict.meanPercent, 15);
  near(verdict.peakToTrough, 3);
  near(verdict.riseOfDayPercent, 100);
  near(verdict.riseOfMonthPercent, 200);
  near(verdict.shortfallBasisPoints, (10_000 * (0.1 + 0.05)) / 6);
  assert.ok(verdict.kupiec < 0.01);
  assert.ok(verdict.independence > 0.05);
});

test('exceptions that follow each other are told apart from as many that do not', () => {
  const moves = (exceptions: readonly number[]): ReturnType<typeof outcomesOf> => {
    let price = 100;
    const days = [day(0, price)];
    for (let i = 0; i < 1_000; i++) {
      price *= exceptions.includes(i) ? (i % 2 === 0 ? 1.2 : 1 / 1.2) : 1;
      days.push(day(i + 1, price));
    }
    return outcomesOf(days);
  };
  const ranges = new Array<number>(1_000).fill(0.1);
  const apart = judge('apart', moves([100, 201, 302, 403, 504, 605, 706, 807, 908, 991]), ranges);
  const together = judge('together', moves([500, 501, 502, 503, 504, 505, 506, 507, 508, 509]), ranges);
  for (const verdict of [apart, together]) {
    assert.is(verdict.exceptions, 10);
    assert.ok(verdict.kupiec > 0.9);
  }
  assert.ok(apart.independence > 0.5 && together.independence < 0.001);
  assert.ok(together.conditional < 0.01);
});

test('a factor in hindsight leaves one day of a hundred outside', () => {
  const prices = Array.from({ length: 1_001 }, (_, i) => 100 * 1.5 ** Math.sin(i * i));
  const outcomes = outcomesOf(prices.map((price, i) => day(i, price)));
  const flat = outcomes.map(() => 1);
  const factor = factorInHindsight(outcomes, flat);
  assert.is(judge('flat', outcomes, scaled(flat, factor)).exceptions, 10);
  assert.is(judge('less', outcomes, scaled(flat, factor * (1 - 1e-12))).exceptions, 11);
});

test('the rival of RiskMetrics knows only the days before', () => {
  const outcomes = outcomesOf([100, 110, 100, 100, 100].map((price, i) => day(i, price)));
  const first = (2 * Math.log(1.1) ** 2) / 4;
  const second = 0.94 * first + 0.06 * Math.log(1.1) ** 2;
  const volatility = ewmaVolatility(outcomes);
  near(volatility[0] as number, Math.sqrt(first));
  near(volatility[1] as number, Math.sqrt(second));
});

test('a table of one width, a picture with all three lines', () => {
  const outcomes = outcomesOf([100, 110, 100].map((price, i) => day(i, price)));
  const verdicts = ['short', 'a longer name'].map((name) => judge(name, outcomes, [0.2, 0.2]));
  const lines = table(verdicts).split('\n');
  assert.is(lines.length, 3);
  assert.is(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[0] as string, /p Kupiec +p Christoffersen/);
  const svg = picture('BTC <test>', outcomes);
  assert.match(svg, /BTC &#60;test&#62;/);
  assert.is([...svg.matchAll(/<path class="line"/g)].length, 3);
});

test.run();
