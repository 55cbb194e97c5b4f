/** The running back-test: its window of 250 days, its pairs, its traffic light. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backtestAfter, penaltyAfter, recentExceptions } from '../../../state/regime/backtest.ts';
import type { Regime } from '../../../state/records/regime.ts';
import { outlookOf } from '../../../state/regime/forecast.ts';
import { WAD } from '../../../state/units.ts';
import { OPEN_TERMS, Q96, regimeAt } from '../../support/regimes.ts';

const SEED = 42;
const PRICE = 100_000n;

/** A day that moved by `move` thousandths under a range of 10 %. */
function day(regime: Regime, move: bigint, hours = 24): Regime {
  const started = { ...regime, dayHour: 480_000, dayPrice: PRICE, dayScanRange: WAD / 10n };
  return { ...started, ...backtestAfter(started, { hour: 480_000 + hours, price: PRICE + (PRICE * move) / 1_000n }) };
}

const test = suite('regime: back-test');

test('an exception is a move of more than the range, either way', () => {
  const start = regimeAt(Q96 / 40_000n);
  for (const [move, exceptions] of [[100n, 0], [101n, 1], [-100n, 0], [-101n, 1], [0n, 0]] as const) {
    assert.is(day(start, move).exceptions, exceptions, `${move}`);
  }
});

test('a day with a gap at an end is no observation', () => {
  const start = regimeAt(Q96 / 40_000n);
  assert.is(day(start, 500n, 23).observations, 0);
  assert.is(day(start, 500n, 25).observations, 0);
  assert.is(day(start, 500n, 24).observations, 1);
});

test('window, totals and pairs are those of a list of outcomes', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 600 }), (outcomes) => {
      const end = outcomes.reduce((regime, bad) => day(regime, bad ? 200n : 0n), regimeAt(Q96 / 40_000n));
      const pairs = outcomes.slice(1).map((is, i) => `${outcomes[i]}${is}`);
      const count = (pair: string): number => pairs.filter((p) => p === pair).length;
      assert.is(end.observations, outcomes.length);
      assert.is(end.exceptions, outcomes.filter(Boolean).length);
      assert.is(recentExceptions(end), outcomes.slice(-250).filter(Boolean).length);
      assert.is(end.quietAfterQuiet, count('falsefalse'));
      assert.is(end.exceptionAfterQuiet, count('falsetrue'));
      assert.is(end.quietAfterException, count('truefalse'));
      assert.is(end.exceptionAfterException, count('truetrue'));
    }),
    { seed: SEED, numRuns: 40 },
  );
});

test('traffic light: green is one, yellow and red are the steps of Basel', () => {
  const table = [
    ...[1_000n, 1_000n, 1_000n, 1_000n, 1_000n],
    ...[1_133n, 1_167n, 1_217n, 1_250n, 1_283n],
    ...[1_333n, 1_333n, 1_333n],
  ];
  table.forEach((thousandths, x) => assert.is(penaltyAfter(WAD, x), (thousandths * WAD) / 1_000n, `${x} exceptions`));
});

test('a penalty stays until the window is green again', () => {
  let regime = regimeAt(Q96 / 40_000n);
  for (let i = 0; i < 7; i++) regime = day(regime, 200n);
  assert.is(regime.penalty, (1_217n * WAD) / 1_000n);
  for (let i = 0; i < 245; i++) {
    regime = day(regime, 0n);
    assert.is(regime.penalty, (1_217n * WAD) / 1_000n, `quiet day ${i}`);
  }
  regime = day(regime, 0n);
  // With the third exception out of the window four are left.
  assert.is(regime.penalty, WAD);
  assert.is(recentExceptions(regime), 4);
});

test('a penalty is a factor on the multiplier', () => {
  const start = regimeAt(Q96 / 40_000n, { nextScanRange: 0n });
  const plain = outlookOf(start, OPEN_TERMS).nextScanRange;
  const raised = outlookOf({ ...start, penalty: (1_333n * WAD) / 1_000n }, OPEN_TERMS).nextScanRange;
  assert.ok(Math.abs(Number(raised) / Number(plain) - 1.333) < 1e-12);
});

test.run();
