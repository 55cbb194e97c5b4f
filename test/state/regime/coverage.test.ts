/** Likelihood ratios of coverage: against textbook regions, against doubles, and their decisions. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  REJECTED_ABOVE,
  conditionalCoverage,
  independence,
  kupiec,
  pValue,
} from '../../../state/regime/coverage.ts';
import { asNumber } from '../../support/regimes.ts';

const SEED = 42;
const log = (count: number, share: number): number => (count === 0 ? 0 : count * Math.log(share));

function kupiecFloat(n: number, x: number): number {
  return -2 * (log(n - x, 0.99) + log(x, 0.01) - log(n - x, (n - x) / n) - log(x, x / n));
}
function independenceFloat(n00: number, n01: number, n10: number, n11: number): number {
  const share = (n01 + n11) / (n00 + n01 + n10 + n11);
  const [after, once] = [n01 / (n00 + n01), n11 / (n10 + n11)];
  const free = log(n00, 1 - after) + log(n01, after) + log(n10, 1 - once) + log(n11, once);
  return -2 * (log(n00 + n10, 1 - share) + log(n01 + n11, share) - free);
}

const test = suite('regime: coverage');

test('Kupiec: how many exceptions in how many days are not rejected at 5 %', () => {
  // Kupiec (1995), Table 7, for 1 %: N < 7 of 255, 1 < N < 11 of 510, 4 < N < 17 of 1,000.
  for (const [days, from, to] of [[255, 1, 6], [510, 2, 10], [1_000, 5, 16]] as const) {
    for (let x = 0; x <= 40; x++) {
      const isRejected = kupiec(days, x) > REJECTED_ABOVE.one.five;
      assert.is(isRejected, x < from || x > to, `${x} of ${days}`);
    }
  }
});

test('Kupiec: at 1 % more is let through, and a range that is never exceeded fails in the end', () => {
  assert.ok(kupiec(250, 7) > REJECTED_ABOVE.one.five && kupiec(250, 7) < REJECTED_ABOVE.one.one);
  assert.ok(kupiec(250, 0) > REJECTED_ABOVE.one.five);
  assert.ok(kupiec(1_000, 0) > REJECTED_ABOVE.one.one);
  assert.is(kupiec(100, 1), 0n);
  assert.is(kupiec(0, 0), 0n);
});

test('likelihood ratios are those of doubles', () => {
  const count = fc.integer({ min: 0, max: 4_000 });
  fc.assert(
    fc.property(count, count, count, count, (n00, n01, n10, n11) => {
      const pairs = {
        quietAfterQuiet: n00,
        exceptionAfterQuiet: n01,
        quietAfterException: n10,
        exceptionAfterException: n11,
      };
      const near = (x96: bigint, float: number): void =>
        assert.ok(Math.abs(asNumber(x96) - float) <= 1e-9 * (1 + Math.abs(float)), `${asNumber(x96)} ${float}`);
      if (n00 + n01 > 0 && n10 + n11 > 0) near(independence(pairs), independenceFloat(n00, n01, n10, n11));
      const n = n00 + n01;
      if (n > 0) near(kupiec(n, n01), kupiecFloat(n, n01));
      assert.is(conditionalCoverage(n, n01, pairs), kupiec(n, n01) + independence(pairs));
      assert.ok(independence(pairs) >= 0n);
    }),
    { seed: SEED },
  );
});

test('Christoffersen: clusters are rejected, the same number apart is not', () => {
  const apart = { quietAfterQuiet: 478, exceptionAfterQuiet: 10, quietAfterException: 10, exceptionAfterException: 0 };
  const cluster = { quietAfterQuiet: 484, exceptionAfterQuiet: 4, quietAfterException: 4, exceptionAfterException: 6 };
  assert.ok(independence(apart) < REJECTED_ABOVE.one.five);
  assert.ok(independence(cluster) > REJECTED_ABOVE.one.one);
  assert.ok(conditionalCoverage(498, 10, cluster) > REJECTED_ABOVE.two.one);
  assert.ok(conditionalCoverage(498, 6, apart) < REJECTED_ABOVE.two.five);
});

test('quantiles and p-values belong together', () => {
  const near = (x96: bigint, p: number): void => assert.ok(Math.abs(asNumber(x96) - p) < 1e-7, `${asNumber(x96)}`);
  near(pValue(REJECTED_ABOVE.one.five, 1), 0.05);
  near(pValue(REJECTED_ABOVE.one.one, 1), 0.01);
  near(pValue(REJECTED_ABOVE.two.five, 2), 0.05);
  near(pValue(REJECTED_ABOVE.two.one, 2), 0.01);
  near(pValue(0n, 1), 1);
});

test.run();
