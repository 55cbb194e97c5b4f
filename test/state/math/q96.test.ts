/**
 * The fixed-point kernels: bit by bit against the reference rows, and within the errors that their
 * comments state of the same functions to 250 bits.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abs } from '../../../state/math/integer.ts';
import * as kernel from '../../../state/math/q96.ts';
import { WAD } from '../../../state/units.ts';
import * as exact from '../../support/highPrecision.ts';
import { referenceRows } from '../../support/reference.ts';

const { Q96 } = kernel;
const SEED = { seed: 761, numRuns: 2_000 };
const MANY = { seed: 762, numRuns: 5_000 };

const test = suite('fixed point');
const rows = referenceRows('black76_kernel.csv');

(rows === null ? test.skip : test)('exp, ln, N and phi give the reference numbers', () => {
  assert.is(rows!.length, 2_000);
  for (const row of rows!) {
    const x = BigInt(row.x_wad!);
    assert.is(kernel.cdfWad(x), BigInt(row.cdf_x!), `N(${x})`);
    assert.is(kernel.pdfWad(x), BigInt(row.pdf_x!), `phi(${x})`);
    assert.is(kernel.expWad(3n * x), BigInt(row.exp_3x!), `exp(3 * ${x})`);
    assert.is(kernel.lnWad(BigInt(row.forward_wad!)), BigInt(row.ln_forward!), `ln(${row.forward_wad})`);
  }
});

test('the constants are what they stand for', () => {
  const { ONE } = exact;
  const nearest = (x: bigint): bigint => (x + (1n << 415n)) >> 416n;
  const ln2 = exact.ln(2n * ONE);
  assert.is(kernel.LN_2, nearest(ln2));
  assert.is(kernel.INVERSE_LN_2, nearest(exact.div(ONE, ln2)));
  assert.is(kernel.SQRT_2, nearest(exact.sqrt(2n * ONE)));
  assert.is(kernel.NORMAL_PEAK, nearest(exact.density(0n)));
  assert.is(kernel.FIVE_18 << 18n, WAD);
  assert.is(kernel.LN_WAD, kernel.lnQ96(WAD * Q96), 'so that ln(1) is 0');
  assert.is(kernel.lnWad(WAD), 0n);
});

test('the two formulas of the reference for the Mills ratio agree to 256 bits', () => {
  for (let z = 4n; z <= 16n; z += 2n) {
    const ratio = exact.mills(z * exact.ONE);
    assert.ok(abs(ratio - exact.millsByFraction(z * exact.ONE)) < ratio >> 256n, `z = ${z}`);
  }
});

const ULP = exact.ratio(1n, Q96);
const WEI = exact.ratio(1n, WAD);
const ofX96 = (x: bigint): bigint => exact.ratio(x, Q96);
const ofWad = (x: bigint): bigint => exact.ratio(x, WAD);
const between = (low: number, high: number, one: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt(BigInt(low) * one, BigInt(high) * one);
/** Evenly spread over its bits. */
const spread = (bits: number): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.bigInt(1n, (1n << BigInt(bits)) - 1n), fc.integer({ min: 0, max: bits - 1 }))
    .map(([x, shift]) => x >> BigInt(shift))
    .filter((x) => x > 0n);

/** |actual - wanted| is at most `units` of `unit` and `relative` of what is wanted. */
function isNear(actual: bigint, wanted: bigint, units: string, unit: bigint, relative: string): void {
  const bound = exact.times(units, unit) + exact.times(relative, abs(wanted));
  const error = abs(actual - wanted);
  assert.ok(error <= bound, `off by ${Number((error * 1_000n) / unit) / 1_000} units`);
}

test('exp, to 1 unit + 2.8e-23 of it', () => {
  fc.assert(
    fc.property(between(-67, 64, Q96), (x) => {
      isNear(ofX96(kernel.expQ96(x)), exact.exp(ofX96(x)), '1', ULP, '2.8e-23');
    }),
    SEED,
  );
  fc.assert(
    fc.property(between(-42, 130, WAD), (x) => {
      isNear(ofWad(kernel.expWad(x)), exact.exp(ofWad(x)), '1', WEI, '2.8e-23');
    }),
    SEED,
  );
});

test('exp is 0 where it underflows, and nowhere else from what it would be', () => {
  assert.is(kernel.expQ96(kernel.EXP_UNDERFLOW - 1n), 0n);
  assert.is(kernel.expWad(kernel.EXP_WAD_UNDERFLOW - 1n), 0n);
  assert.ok(exact.exp(ofX96(kernel.EXP_UNDERFLOW)) < ULP);
  assert.ok(exact.exp(ofWad(kernel.EXP_WAD_UNDERFLOW)) < WEI);
  assert.is(kernel.expWad(0n), WAD);
});

test('ln, to 1.8e-23 absolute; lnWad to half a unit', () => {
  const absolute = exact.times('1.8e-23', exact.ONE);
  fc.assert(
    fc.property(spread(255), (x) => {
      isNear(ofX96(kernel.lnQ96(x)), exact.ln(ofX96(x)), '1', absolute, '0');
    }),
    SEED,
  );
  fc.assert(
    fc.property(spread(159), (x) => {
      isNear(ofWad(kernel.lnWad(x)), exact.ln(ofWad(x)), '0.50002', WEI, '0');
    }),
    SEED,
  );
});

test('ln of a ratio near one is good to 1e-22 of itself and 3 units', () => {
  fc.assert(
    fc.property(spread(90), fc.boolean(), (distance, up) => {
      const x = up ? Q96 + distance : Q96 - distance;
      isNear(ofX96(kernel.lnQ96(x)), exact.ln(ofX96(x)), '3', ULP, '1e-22');
    }),
    SEED,
  );
});

test('the square root is exact', () => {
  fc.assert(
    fc.property(spread(255), (n) => {
      const root = kernel.isqrt(n);
      assert.ok(root * root <= n && n < (root + 1n) ** 2n, `root of ${n}`);
    }),
    MANY,
  );
  fc.assert(
    fc.property(spread(127), (root) => {
      assert.is(kernel.isqrt(root ** 2n), root);
      assert.is(kernel.isqrt(root ** 2n - 1n), root - 1n);
      assert.is(kernel.isqrt(root ** 2n + 2n * root), root);
    }),
    MANY,
  );
  for (let n = 0n; n < 1_000n; n++) assert.is(kernel.isqrt(n), BigInt(Math.floor(Math.sqrt(Number(n)))));
  assert.is(kernel.sqrtQ96(4n * Q96), 2n * Q96);
});

test('Mills ratio, to 3.6e-20 of it', () => {
  fc.assert(
    fc.property(between(0, 16, Q96), (z) => {
      isNear(ofX96(kernel.millsQ96(z)), exact.mills(ofX96(z)), '1', ULP, '3.6e-20');
    }),
    SEED,
  );
});

test('N and phi, to 1.8e-20 absolute; in WAD to 0.52 and 0.5 units', () => {
  const absolute = exact.times('1.8e-20', exact.ONE);
  fc.assert(
    fc.property(between(-17, 17, Q96), (x) => {
      isNear(ofX96(kernel.cdfQ96(x)), exact.cumulative(ofX96(x)), '1', absolute, '0');
      isNear(ofX96(kernel.pdfQ96(x)), exact.density(ofX96(x)), '2', ULP, '2.8e-23');
    }),
    SEED,
  );
  fc.assert(
    fc.property(between(-12, 12, WAD), (x) => {
      isNear(ofWad(kernel.cdfWad(x)), exact.cumulative(ofWad(x)), '0.52', WEI, '0');
      isNear(ofWad(kernel.pdfWad(x)), exact.density(ofWad(x)), '0.50002', WEI, '0');
    }),
    SEED,
  );
});

/** `f` never falls over `count` consecutive units from each of the places. */
function rises(f: (x: bigint) => bigint, places: readonly bigint[], count: number): void {
  for (const place of places) {
    let before = f(place);
    for (let i = 1n; i <= count; i++) {
      const after = f(place + i);
      assert.ok(after >= before, `falls at ${place + i}`);
      before = after;
    }
  }
}

test('ln, exp and N never fall from one WAD to the next', () => {
  rises(kernel.lnWad, [1n, WAD - 1_500n, 2n * WAD - 500n], 3_000);
  // Where the kernels go from one power of two to the next: sqrt(2) 2^k and (k + 1/2) ln(2).
  rises(kernel.lnWad, [59n, 60n, 89n].map((k) => kernel.isqrt(2n << (2n * k)) - 500n), 1_000);
  const seamOfExp = kernel.q96ToWad(kernel.LN_2) / 2n;
  rises(kernel.expWad, [-WAD, -500n, WAD, -seamOfExp - 500n, seamOfExp - 500n, 3n * seamOfExp - 500n], 1_000);
  rises(kernel.cdfWad, [-8n * WAD, -4n * WAD, -WAD, -1_000n, WAD, 4n * WAD], 2_000);
});

test('N never falls on a grid, and N(x) + N(-x) is one', () => {
  let before = 0n;
  for (let x = -12n * WAD; x <= 12n * WAD; x += WAD / 200n) {
    const here = kernel.cdfWad(x);
    assert.ok(here >= before, `falls at ${x}`);
    const z = kernel.wadToQ96(x);
    if (z !== 0n) assert.is(kernel.cdfQ96(z) + kernel.cdfQ96(-z), Q96);
    before = here;
  }
});

test('conversions: there and back gives the same WAD', () => {
  fc.assert(
    fc.property(fc.bigInt(-(1n << 175n), 1n << 175n), (x) => {
      assert.is(kernel.q96ToWad(kernel.wadToQ96(x)), x);
      assert.is(kernel.mulQ96(x, Q96), x);
    }),
    SEED,
  );
});

test('arguments outside of the domain are our mistake', () => {
  const outside: readonly (() => unknown)[] = [
    () => kernel.expQ96(kernel.EXP_MAX + 1n),
    () => kernel.expWad(kernel.EXP_WAD_MAX + 1n),
    () => kernel.lnQ96(0n),
    () => kernel.lnQ96(1n << 255n),
    () => kernel.lnWad(0n),
    () => kernel.lnWad(1n << 159n),
    () => kernel.isqrt(-1n),
    () => kernel.isqrt(1n << 255n),
    () => kernel.millsQ96(-1n),
    () => kernel.millsQ96(kernel.NORMAL_BOUND + 1n),
  ];
  for (const call of outside) assert.throws(call, (error: Error) => error.name === 'BrokenInvariant');
});

test.run();
