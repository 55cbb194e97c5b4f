/** What the regime publishes: implied volatility, warm-up, correlation, fees, and the band of the range. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Regime } from '../../../state/records/regime.ts';
import type { Term } from '../../../state/records/underlying.ts';
import { impliedVariance, outlookOf, predictedVariance, priorWeight, requiredBand } from '../../../state/regime/forecast.ts';
import { wadToQ96 } from '../../../state/math/q96.ts';
import { newRegime } from '../../../state/regime/prior.ts';
import { WAD } from '../../../state/units.ts';
import { unpriced } from '../../../genesis/genesis.ts';
import { networkAt } from '../../support/world.ts';
import { OPEN_TERMS, PARAMETERS, Q96, asNumber, regimeAt } from '../../support/regimes.ts';

const NOW = 1_772_409_600;
const DAY = 86_400;
const VARIANCE = Q96 / 40_000n;

/** A slice of `days` at a volatility [1e-2]. */
const term = (days: number, volatility: number, age = 0): Term => ({
  expiry: NOW - age + days * DAY,
  forward: 1n,
  theta: (BigInt(volatility * volatility) * WAD * BigInt(days)) / 3_650_000n,
  rho: 0n,
  psi: 0n,
  volatilityTime: NOW - age,
});
const implied = (...terms: Term[]): number => asNumber(impliedVariance(terms, NOW, 3_600n));
const daily = (volatility: number): number => volatility ** 2 / 3_650_000;
const near = (a: number, b: number, tolerance = 1e-12): void =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `${a} and ${b}`);

const test = suite('regime: forecast');

test('implied variance of 30 days: linear in total variance between the slices around it', () => {
  near(implied(term(20, 60), term(40, 60)), daily(60));
  near(implied(term(7, 80), term(30, 50)), daily(50));
  near(implied(term(5, 90), term(20, 80), term(60, 50), term(90, 40)), (daily(80) * 20 * 0.75 + daily(50) * 60 * 0.25) / 30);
});

test('one slice stands in from a week to three months; others and old ones do not', () => {
  near(implied(term(7, 60)), daily(60));
  near(implied(term(90, 60)), daily(60));
  assert.is(implied(term(6, 60)), 0);
  assert.is(implied(term(91, 60)), 0);
  near(implied(term(30, 60, 3_600)), daily(60));
  assert.is(implied(term(30, 60, 3_601)), 0);
  assert.is(implied({ ...term(30, 60), volatilityTime: 0 }), 0);
  assert.is(implied(), 0);
});

test('implied variance is blended in within a band around the variance of the model', () => {
  const regime = regimeAt(VARIANCE);
  const model = asNumber(predictedVariance(regime, 0n));
  const blended = (share: number): number =>
    asNumber(predictedVariance(regime, BigInt(Math.round(share * model * 2 ** 50)) << 46n)) / model;
  near(blended(1), 0.9, 1e-9);
  near(blended(0.01), 0.5 + 0.4 * 0.49, 1e-9);
  near(blended(100), 0.5 + 0.4 * 2.25, 1e-9);
});

test('the required band: stress weight, floor, buffer', () => {
  const k = wadToQ96((28n * WAD) / 10n);
  const bandAt = (volatility: number, slow: bigint, longTerm: bigint): [number, number] => {
    const regime = regimeAt(longTerm, { variance8760: slow });
    const [low, high] = requiredBand(regime, k, BigInt(Math.round(volatility * 2 ** 50)) << 46n);
    return [asNumber(low), asNumber(high)];
  };
  const sigma = Math.sqrt(24 / 40_000);
  const [low, high] = bandAt(sigma, VARIANCE, VARIANCE);
  near(low, 2.8 * sigma * (0.75 + 0.25 * 1.35), 1e-9);
  near(high, 1.25 * low, 1e-9);
  // Calm: the floor would be lower than the stress weight; a stormy day is its own stress.
  near(bandAt(0, VARIANCE, VARIANCE)[0], 2.8 * sigma * Math.max(0.6, 0.25 * 1.35), 1e-9);
  near(bandAt(3 * sigma, VARIANCE, VARIANCE)[0], 2.8 * 3 * sigma, 1e-9);
  near(bandAt(0, 16n * VARIANCE, VARIANCE)[0], 2.8 * 4 * sigma * 0.25 * 1.35, 1e-9);
});

test('a new chain starts from the range of genesis, in the middle of its own band', () => {
  for (const terms of networkAt(NOW).underlyings) {
    const regime = newRegime(unpriced(terms), PARAMETERS);
    const outlook = outlookOf(regime, { ...OPEN_TERMS, underlying: unpriced(terms) });
    assert.is(outlook.nextScanRange, terms.priceScanRange, terms.symbol);
    const seen = { ...regime, observedHours: 10_000 };
    assert.is(outlookOf(seen, { ...OPEN_TERMS, underlying: unpriced(terms) }).nextScanRange, terms.priceScanRange);
    for (const start of [WAD / 1_000n, 10n * WAD]) {
      const { nextScanRange } = outlookOf({ ...seen, nextScanRange: start }, OPEN_TERMS);
      const ratio = Number(nextScanRange) / Number(terms.priceScanRange);
      assert.ok(ratio > 0.88 && ratio < 1.13, `${terms.symbol} ${ratio}`);
    }
  }
});

test('warm-up: genesis is in force for 90 days, then fades over 30; only the range may rise before', () => {
  const hours = (observedHours: number): Regime => regimeAt(VARIANCE, {
    observedHours,
    nextScanRange: 0n,
    priorScanRange: WAD,
    priorVolatilityUp: WAD,
    priorVolatilityDown: WAD,
    priorCorrelation: WAD,
  });
  const weights = [0, 2_159, 2_160, 2_520, 2_880, 100_000].map((h) => Number(priorWeight(hours(h))) / 1e18);
  assert.equal(weights, [1, 1, 1, 0.5, 0, 0]);
  const follower = { ...OPEN_TERMS, isLeader: false };
  const { nextScanRange, nextVolatilityUp, nextVolatilityDown, nextCorrelation, nextFeeMultiplier } = outlookOf(hours(2_160), follower);
  assert.equal([nextScanRange, nextVolatilityUp, nextVolatilityDown, nextCorrelation, nextFeeMultiplier], new Array(5).fill(WAD));
  const half = outlookOf(hours(2_520), follower);
  assert.is(half.nextScanRange, WAD / 2n);
  assert.is(half.nextCorrelation, WAD / 2n);
  const model = outlookOf(hours(2_880), follower);
  assert.ok(model.nextScanRange < WAD / 5n && model.nextVolatilityUp < (40n * WAD) / 100n);
  const stormy = { ...hours(0), priorScanRange: WAD / 100n };
  assert.is(outlookOf(stormy, follower).nextScanRange, model.nextScanRange);
});

test('correlation: the estimate less 0.35, never below 0; one with itself', () => {
  const at = (covariance: bigint, isLeader = false): number => {
    const pair = { covariance, ownVariance: 4n * Q96, leaderVariance: Q96 };
    return Number(outlookOf(regimeAt(VARIANCE, pair), { ...OPEN_TERMS, isLeader }).nextCorrelation) / 1e18;
  };
  near(at(2n * Q96), 0.65);
  near(at((17n * Q96) / 10n), 0.5);
  assert.equal([at(Q96 / 2n), at(-2n * Q96), at(0n)], [0, 0, 0]);
  assert.is(at(0n, true), 1);
});

test('fees follow volatility over its mean, between 0.8 and 3, and only once a fifth away', () => {
  const at = (feeMultiplier: bigint, share: bigint): bigint => {
    const regime = regimeAt(VARIANCE, { variance12: share * VARIANCE, variance72: share * VARIANCE });
    return outlookOf(regime, { ...OPEN_TERMS, underlying: { ...OPEN_TERMS.underlying, feeMultiplier } }).nextFeeMultiplier;
  };
  const target = at(3n * WAD, 1n);
  assert.ok(target > (9n * WAD) / 10n && target < (11n * WAD) / 10n);
  assert.is(at(target + target / 6n, 1n), target + target / 6n);
  assert.is(at(target + target / 3n, 1n), target);
  assert.is(at(WAD, 0n), (8n * WAD) / 10n);
  assert.is(at(WAD, 1_000n), 3n * WAD);
});

test.run();
