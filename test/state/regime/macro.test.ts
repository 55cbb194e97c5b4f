/** Macro stress: closes of the series, correlation with equities, how old closes fade. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Macro } from '../../../state/records/macro.ts';
import { dollarClosed, equityClosed, tiltOf, volatilityClosed } from '../../../state/regime/macro.ts';
import { newMacro } from '../../../state/regime/prior.ts';
import { Q96, asNumber } from '../../support/regimes.ts';

const USD = 100_000_000n;
const TODAY = 20_000;
/** A world in stress in which the reference moves with equities. */
const STRESSED: Macro = {
  ...newMacro(1),
  equityDays: 60,
  equityDay: TODAY,
  covariance: Q96 / 2n,
  equityVariance: Q96,
  referenceVariance: Q96,
  volatilityDay: TODAY,
  volatilityStress: Q96,
};
const tilt = (change: Partial<Macro> = {}, today = TODAY): number => asNumber(tiltOf({ ...STRESSED, ...change }, today));
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} and ${b}`);

const test = suite('regime: macro');

test('stress counts as far as the reference moves with equities', () => {
  near(tilt(), 1);
  near(tilt({ covariance: (3n * Q96) / 10n }), 0.5);
  near(tilt({ covariance: Q96 / 10n }), 0);
  near(tilt({ covariance: -Q96 }), 0);
  near(tilt({ volatilityStress: Q96 / 4n }), 0.25);
});

test('the larger of the two stresses counts', () => {
  near(tilt({ volatilityStress: Q96 / 4n, dollarStress: Q96 / 2n, dollarDay: TODAY }), 0.5);
  near(tilt({ volatilityStress: Q96 / 4n, dollarStress: Q96 / 8n, dollarDay: TODAY }), 0.25);
});

test('before sixty days of equities are known nothing is tilted', () => {
  near(tilt({ equityDays: 59 }), 0);
  assert.is(tiltOf(newMacro(1), TODAY), 0n);
});

test('a close is good for four days, then halves each day', () => {
  for (const [age, share] of [[0, 1], [4, 1], [5, 0.5], [6, 0.25], [14, 2 ** -10], [104, 0], [10_000, 0]] as const) {
    near(tilt({ volatilityDay: TODAY - age }), share);
    near(tilt({ equityDay: TODAY - age }), share);
    near(tilt({}, TODAY + age), share * share);
  }
});

test('volatility index: ln over its mean, 0.3 a deviation, two of them are full stress', () => {
  const first = volatilityClosed(newMacro(1), 20n * USD, 1);
  assert.is(first.volatilityStress, 0n);
  near(asNumber(first.volatilityMean), Math.log(20e8));
  const next = volatilityClosed(first, 25n * USD, 2);
  near(asNumber(next.volatilityStress), Math.log(1.25) / 0.6);
  near(asNumber(next.volatilityMean), Math.log(20e8) + (1 - 2 ** (-1 / 250)) * Math.log(1.25));
  assert.equal([next.volatilityClose, next.volatilityDay], [25n * USD, 2]);
  near(asNumber(volatilityClosed(next, 80n * USD, 3).volatilityStress), 1);
  near(asNumber(volatilityClosed(next, 10n * USD, 3).volatilityStress), 0);
});

test('dollar index: ln over a mean of a week, 0.8 % a deviation', () => {
  const first = dollarClosed(newMacro(1), 100n * USD, 1);
  const next = dollarClosed(first, 101n * USD, 2);
  near(asNumber(next.dollarStress), Math.log(1.01) / 0.016);
  near(asNumber(next.dollarMean), Math.log(100e8) + (1 - 2 ** (-1 / 5)) * Math.log(1.01));
});

test('a close that repeats the last is no close: the market is shut', () => {
  const first = volatilityClosed(newMacro(1), 20n * USD, 1);
  assert.is(volatilityClosed(first, 20n * USD, 2), first);
  const dollar = dollarClosed(newMacro(1), 100n * USD, 1);
  assert.is(dollarClosed(dollar, 100n * USD, 2), dollar);
  const equity = equityClosed(newMacro(1), 4_000n * USD, 50_000n * USD, 1);
  assert.is(equityClosed(equity, 4_000n * USD, 51_000n * USD, 2), equity);
});

test('covariance is over the days that equities traded: the reference spans the weekend too', () => {
  const friday = equityClosed(newMacro(1), 4_000n * USD, 50_000n * USD, 1);
  assert.equal([friday.equityDays, friday.covariance], [0, 0n]);
  const monday = equityClosed(friday, 4_040n * USD, 55_000n * USD, 4);
  const share = 1 - 2 ** (-1 / 60);
  near(asNumber(monday.covariance), share * Math.log(1.01) * Math.log(1.1));
  near(asNumber(monday.equityVariance), share * Math.log(1.01) ** 2);
  near(asNumber(monday.referenceVariance), share * Math.log(1.1) ** 2);
  assert.equal([monday.equityDays, monday.equityDay, monday.referencePrice], [1, 4, 55_000n * USD]);
});

test('equities wait for a price of the reference', () => {
  assert.equal(equityClosed(newMacro(1), 4_000n * USD, 0n, 1), newMacro(1));
});

test.run();
