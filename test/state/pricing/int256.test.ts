/** No intermediate of the kernels leaves a signed 256-bit integer, up to the ends of their domains. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type * as q96 from '../../../state/math/q96.ts';
import type * as pricing from '../../../state/pricing/black76.ts';
import { loadChecked, seen } from '../../support/int256.ts';

const SEED = { seed: 96, numRuns: 2_000 };
const MAX = (1n << 255n) - 1n;
const test = suite('256 bits');

test('the checks notice an overflow of every operator, and nothing else', async () => {
  const { overflows, fits, counts } = await loadChecked('test/support/overflows.ts');
  assert.is(fits(MAX), -MAX - 1n);
  assert.ok(Object.keys(overflows).length >= 9);
  for (const [name, overflow] of Object.entries(overflows)) {
    assert.throws(() => (overflow as (x: bigint) => bigint)(MAX), /leaves int256/, name);
  }
  assert.throws(() => counts(1n), /is counted/);
});

const kernels = (await loadChecked('state/math/q96.ts', 'state/pricing/black76.ts')) as typeof q96 &
  typeof pricing;
const { Q96 } = kernels;

/** The ends of an interval, their neighbours, zero, and what lies between on a scale of its bits. */
function within(low: bigint, high: bigint): fc.Arbitrary<bigint> {
  const ends = [low, low + 1n, high - 1n, high, 0n, 1n, -1n].filter((x) => x >= low && x <= high);
  const scaled = fc
    .tuple(fc.bigInt(low, high), fc.integer({ min: 0, max: 255 }))
    .map(([x, shift]) => x >> BigInt(shift))
    .filter((x) => x >= low && x <= high);
  return fc.oneof(fc.constantFrom(...ends), fc.bigInt(low, high), scaled);
}
const bounded = (bits: bigint): fc.Arbitrary<bigint> => within(1n - (1n << bits), (1n << bits) - 1n);

/** Every function of the kernels and the domain that its comment states. */
const domains: readonly [name: string, call: (...x: bigint[]) => unknown, ...fc.Arbitrary<bigint>[]][] = [
  ['wadToQ96', kernels.wadToQ96, bounded(176n)],
  ['q96ToWad', kernels.q96ToWad, bounded(212n)],
  ['mulQ96', kernels.mulQ96, bounded(127n), bounded(127n)],
  ['expQ96', kernels.expQ96, bounded(255n).filter((x) => x <= kernels.EXP_MAX)],
  ['expWad', kernels.expWad, within(-MAX, kernels.EXP_WAD_MAX)],
  ['lnQ96', kernels.lnQ96, within(1n, MAX)],
  ['lnWad', kernels.lnWad, within(1n, (1n << 159n) - 1n)],
  ['isqrt', kernels.isqrt, within(0n, MAX)],
  ['sqrtQ96', kernels.sqrtQ96, within(0n, (1n << 159n) - 1n)],
  ['millsQ96', kernels.millsQ96, within(0n, kernels.NORMAL_BOUND)],
  ['gaussQ96', kernels.gaussQ96, within(-kernels.NORMAL_BOUND, kernels.NORMAL_BOUND)],
  ['cdfQ96', kernels.cdfQ96, within(-MAX, MAX)],
  ['pdfQ96', kernels.pdfQ96, within(-MAX, MAX)],
  ['cdfWad', kernels.cdfWad, bounded(176n)],
  ['pdfWad', kernels.pdfWad, bounded(176n)],
  ['sqrtYears', (tau) => kernels.sqrtYears(Number(tau)), within(0n, BigInt(kernels.TAU_SECONDS_MAX))],
  ['logMoneynessOf', kernels.logMoneynessOf, within(1n, (1n << 159n) - 1n), within(1n, (1n << 159n) - 1n)],
];

for (const [name, call, ...arguments_] of domains) {
  test(`${name} stays inside`, () => {
    fc.assert(fc.property(fc.tuple(...arguments_), (values) => void call(...values)), SEED);
  });
}

const forward = within(kernels.FORWARD_MIN, kernels.FORWARD_MAX);
const sigma = within(0n, kernels.VOLATILITY_MAX);
const tau = within(0n, BigInt(kernels.TAU_SECONDS_MAX)).map(Number);
const price = within(1n, kernels.SCENARIO_FORWARD_MAX);
const log = within(1n - kernels.LOG_AND_VOLATILITY_BOUND, kernels.LOG_AND_VOLATILITY_BOUND - 1n);
const smallest = kernels.TOTAL_VOLATILITY_MIN;
const total = fc.oneof(
  within(0n, kernels.LOG_AND_VOLATILITY_BOUND - 1n),
  fc.bigInt(smallest - 1n, 2n * smallest),
);

/** Bits of the longest result while `run` ran. */
function bitsOf(run: () => void): number {
  seen.largest = seen.smallest = 0n;
  run();
  const longest = seen.largest > -seen.smallest ? seen.largest : -seen.smallest;
  return longest.toString(2).length;
}

test('Black-76 stays inside, with 30 bits to spare', () => {
  const bits = bitsOf(() =>
    fc.assert(
      fc.property(forward, forward, sigma, tau, (f, k, v, t) => {
        const { call, put } = kernels.black76(f, k, v, t);
        assert.is(call - put, f - k);
      }),
      SEED,
    ),
  );
  assert.ok(bits > 180 && bits <= 225, `${bits} bits`);
});

test('the price of a scenario stays inside, with 30 bits to spare', () => {
  const bits = bitsOf(() =>
    fc.assert(
      fc.property(price, price, log, total, fc.boolean(), (f, k, x, s, isCall) => {
        const value = kernels.optionPrice(f, k, x, s, isCall);
        assert.ok(value >= 0n && value <= (isCall ? f : k));
      }),
      SEED,
    ),
  );
  assert.ok(bits > 215 && bits <= 225, `${bits} bits`);
});

test('so it does around the money and where the tail is cut', () => {
  const h = fc.oneof(fc.bigInt(-(Q96 >> 10n), Q96 >> 10n), fc.bigInt(-17n * Q96, 17n * Q96));
  const bits = bitsOf(() =>
    fc.assert(
      fc.property(h, fc.bigInt(smallest, kernels.LOG_AND_VOLATILITY_BOUND - 1n), price, (at, s, f) => {
        const a = (((s >> 1n) - at) * s) >> 96n; // h = s / 2 - a / s.
        fc.pre(a >= 0n && a < kernels.LOG_AND_VOLATILITY_BOUND);
        kernels.optionPrice(f, f, a, s, true);
      }),
      SEED,
    ),
  );
  assert.ok(bits > 215 && bits <= 225, `${bits} bits`);
});

test.run();
