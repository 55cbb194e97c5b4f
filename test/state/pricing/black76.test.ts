/**
 * Black-76: bit by bit against the reference rows, and within the errors that its comments state of
 * the formulas in their textbook form to 250 bits.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abs, min } from '../../../state/math/integer.ts';
import {
  FORWARD_MAX,
  FORWARD_MIN,
  SCENARIO_FORWARD_MAX,
  TAU_SECONDS_MAX,
  LOG_AND_VOLATILITY_BOUND,
  TOTAL_VOLATILITY_MIN,
  VOLATILITY_MAX,
  black76,
  logMoneynessOf,
  optionPrice,
  sqrtYears,
  totalVolatility,
} from '../../../state/pricing/black76.ts';
import { SECONDS_PER_YEAR, WAD } from '../../../state/units.ts';
import * as exact from '../../support/highPrecision.ts';
import { options, type AnyOption } from '../../support/options.ts';
import { referenceRows } from '../../support/reference.ts';

const SEED = { seed: 76, numRuns: 3_000 };
const test = suite('Black-76');
const rows = referenceRows('black76_kernel.csv');

(rows === null ? test.skip : test)('prices and sensitivities are the reference numbers', () => {
  assert.is(rows!.length, 2_000);
  for (const row of rows!) {
    const [forward, strike, sigma] = [BigInt(row.forward_wad!), BigInt(row.strike_wad!), BigInt(row.sigma_wad!)];
    const tau = Number(row.tau_s);
    const values = black76(forward, strike, sigma, tau);
    assert.equal(
      values,
      {
        call: BigInt(row.call!),
        put: BigInt(row.put!),
        deltaCall: BigInt(row.delta_call!),
        gamma: BigInt(row.gamma!),
        vega: BigInt(row.vega!),
        theta: BigInt(row.theta!),
      },
      JSON.stringify(row),
    );
    const total = totalVolatility(sigma, sqrtYears(tau));
    const log = logMoneynessOf(forward, strike);
    assert.is(optionPrice(forward, strike, log, total, true), values.call);
    assert.is(optionPrice(forward, strike, log, total, false), values.put);
  }
});

const WEI = exact.ratio(1n, WAD);
const ofWad = (x: bigint): bigint => exact.ratio(x, WAD);

/** F N(d1) - K N(d2) and its derivatives, in dollars. */
function textbook({ forward, strike, sigma, tau }: AnyOption) {
  const { mul, div, ONE } = exact;
  const [f, k, volatility] = [ofWad(forward), ofWad(strike), ofWad(sigma)];
  const rootYears = exact.sqrt(exact.ratio(BigInt(tau), BigInt(SECONDS_PER_YEAR)));
  const s = mul(volatility, rootYears);
  const d1 = div(exact.ln(div(f, k)), s) + s / 2n;
  const call = mul(f, exact.cumulative(d1)) - mul(k, exact.cumulative(d1 - s));
  const density = abs(d1) > 30n * ONE ? 0n : exact.density(d1);
  const weighted = mul(f, density);
  return {
    call,
    put: call - f + k,
    deltaCall: exact.cumulative(d1),
    gamma: div(div(density, s), f),
    vega: mul(weighted, rootYears),
    theta: -div(mul(weighted, volatility), 2n * rootYears),
    rootYears,
    weighted,
  };
}

function isWithin(name: string, actual: bigint, wanted: bigint, bound: bigint): void {
  const error = abs(ofWad(actual) - wanted);
  assert.ok(error <= bound, `${name}: off by ${error / WEI} wei, bound ${bound / WEI} wei`);
}

test('prices, to 2 wei + 3.6e-20 of the smaller of forward and strike', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { forward, strike, sigma, tau } = option;
      const values = black76(forward, strike, sigma, tau);
      const wanted = textbook(option);
      const bound = 2n * WEI + exact.times('3.6e-20', ofWad(min(forward, strike)));
      isWithin('call', values.call, wanted.call, bound);
      isWithin('put', values.put, wanted.put, bound);
    }),
    SEED,
  );
});

test('sensitivities, as their comments say', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { forward, strike, sigma, tau } = option;
      const values = black76(forward, strike, sigma, tau);
      const wanted = textbook(option);
      const share = (x: bigint): bigint => exact.times('1e-20', abs(x));
      isWithin('delta', values.deltaCall, wanted.deltaCall, exact.times('0.52', WEI));
      const halfOfDensity = exact.div(exact.times('0.51', WEI), ofWad(forward));
      isWithin('gamma', values.gamma, wanted.gamma, WEI + halfOfDensity + share(wanted.gamma));
      const weighted = WEI + (ofWad(min(forward, strike)) >> 95n) + share(wanted.weighted);
      isWithin('vega', values.vega, wanted.vega, WEI + exact.mul(weighted, wanted.rootYears));
      const perYear = exact.div(exact.mul(weighted, ofWad(sigma)) + WEI, 2n * wanted.rootYears);
      isWithin('theta', values.theta, wanted.theta, WEI + perYear);
    }),
    SEED,
  );
});

const F = 65_000n * WAD;
const YEAR = SECONDS_PER_YEAR;

test('without time or volatility an option is worth its intrinsic value', () => {
  const certain = { gamma: 0n, vega: 0n, theta: 0n };
  for (const [sigma, tau] of [[WAD, 0], [0n, YEAR], [0n, 0]] as const) {
    assert.equal(black76(F, F - WAD, sigma, tau), { call: WAD, put: 0n, deltaCall: WAD, ...certain });
    assert.equal(black76(F, F + WAD, sigma, tau), { call: 0n, put: WAD, deltaCall: 0n, ...certain });
    assert.equal(black76(F, F, sigma, tau), { call: 0n, put: 0n, deltaCall: 0n, ...certain });
  }
  const log = logMoneynessOf(F, F - WAD);
  assert.is(optionPrice(F, F - WAD, log, TOTAL_VOLATILITY_MIN - 1n, true), WAD);
  assert.is(optionPrice(F, F, 0n, TOTAL_VOLATILITY_MIN - 1n, true), 0n);
  // At the least volatility that counts the time value is F 2^-40 / sqrt(2 pi).
  assert.is(optionPrice(F, F, 0n, TOTAL_VOLATILITY_MIN, true) / 10n ** 6n, 23_584n);
});

test('with all the volatility there is a call is worth its forward and a put its strike', () => {
  for (const strike of [F / 3n, F, F * 3n]) {
    const values = black76(F, strike, VOLATILITY_MAX, TAU_SECONDS_MAX);
    assert.equal(values, { call: F, put: strike, deltaCall: WAD, gamma: 0n, vega: 0n, theta: 0n });
  }
});

test('far from the money nothing is left to chance', () => {
  const week = 7 * 86_400;
  const far = { gamma: 0n, vega: 0n, theta: 0n };
  assert.equal(black76(F, 100n * F, WAD / 2n, week), { call: 0n, put: 99n * F, deltaCall: 0n, ...far });
  assert.equal(black76(100n * F, F, WAD / 2n, week), { call: 99n * F, put: 0n, deltaCall: WAD, ...far });
});

test('a scenario prices as the option with the moved forward would be, up to the error of a logarithm', () => {
  const [sigma, tau] = [(WAD * 6n) / 10n, 30 * 86_400];
  const total = totalVolatility(sigma, sqrtYears(tau));
  for (const strike of [F / 2n, F, F + 1n, F * 2n]) {
    for (const [numerator, denominator] of [[85n, 100n], [115n, 100n], [34n, 100n], [6n, 1n]] as const) {
      const moved = (F * numerator) / denominator;
      const log = logMoneynessOf(F, strike) + logMoneynessOf(numerator * WAD, denominator * WAD);
      const whole = black76(moved, strike, sigma, tau);
      const bound = 2n + moved / 10n ** 22n;
      assert.ok(abs(optionPrice(moved, strike, log, total, true) - whole.call) <= bound);
      assert.ok(abs(optionPrice(moved, strike, log, total, false) - whole.put) <= bound);
    }
  }
});

test('arguments outside of the domain are our mistake', () => {
  const log = 0n;
  const total = TOTAL_VOLATILITY_MIN;
  const outside: readonly (() => unknown)[] = [
    () => black76(FORWARD_MIN - 1n, F, WAD, YEAR),
    () => black76(FORWARD_MAX + 1n, F, WAD, YEAR),
    () => black76(F, FORWARD_MIN - 1n, WAD, YEAR),
    () => black76(F, FORWARD_MAX + 1n, WAD, YEAR),
    () => black76(F, F, -1n, YEAR),
    () => black76(F, F, VOLATILITY_MAX + 1n, YEAR),
    () => black76(F, F, WAD, -1),
    () => black76(F, F, WAD, TAU_SECONDS_MAX + 1),
    () => optionPrice(0n, F, log, total, true),
    () => optionPrice(F, 0n, log, total, true),
    () => optionPrice(SCENARIO_FORWARD_MAX + 1n, F, log, total, true),
    () => optionPrice(F, SCENARIO_FORWARD_MAX + 1n, log, total, true),
    () => optionPrice(F, F, LOG_AND_VOLATILITY_BOUND, total, true),
    () => optionPrice(F, F, -LOG_AND_VOLATILITY_BOUND, total, true),
    () => optionPrice(F, F, log, -1n, true),
    () => optionPrice(F, F, log, LOG_AND_VOLATILITY_BOUND, true),
  ];
  for (const call of outside) assert.throws(call, (error: Error) => error.name === 'BrokenInvariant');
  black76(FORWARD_MIN, FORWARD_MAX, VOLATILITY_MAX, TAU_SECONDS_MAX);
  black76(FORWARD_MAX, FORWARD_MIN, 1n, 1);
});

test.run();
