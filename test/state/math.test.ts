/** Integer arithmetic against its definitions, for both signs. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  abs,
  clamp,
  divDown,
  divNearest,
  divUp,
  max,
  medianLow,
  min,
  wadMulDown,
  wadMulUp,
} from '../../state/math/integer.ts';
import { WAD } from '../../state/units.ts';

const SEED = { seed: 6, numRuns: 1_000 };
const test = suite('integer arithmetic');

const any = fc.oneof(fc.bigInt(-20n, 20n), fc.bigInt(-(2n ** 200n), 2n ** 200n));
const positive = fc.oneof(fc.bigInt(1n, 10n), fc.bigInt(1n, 2n ** 200n));

test('the quotient is the one integer its name says', () => {
  fc.assert(
    fc.property(any, positive, (x, y) => {
      const [down, up, nearest] = [divDown(x, y), divUp(x, y), divNearest(x, y)];
      assert.ok(down * y <= x && x < (down + 1n) * y);
      assert.ok(up * y >= x && x > (up - 1n) * y);
      const off = 2n * abs(x - nearest * y);
      assert.ok(off <= y, 'at most half away');
      if (off === y) assert.ok(abs(nearest * y) > abs(x), 'halves go away from zero');
    }),
    SEED,
  );
});

test('products with a ratio round as they say', () => {
  fc.assert(
    fc.property(any, positive, (x, ratio) => {
      assert.is(wadMulDown(x, ratio), divDown(x * ratio, WAD));
      assert.is(wadMulUp(x, ratio), divUp(x * ratio, WAD));
    }),
    SEED,
  );
});

test('min, max, clamp and absolute value', () => {
  fc.assert(
    fc.property(any, any, any, (x, a, b) => {
      assert.ok(min(a, b) <= max(a, b) && (min(a, b) === a || max(a, b) === a));
      const inside = clamp(x, min(a, b), max(a, b));
      assert.ok(inside >= min(a, b) && inside <= max(a, b));
      if (x >= min(a, b) && x <= max(a, b)) assert.is(inside, x);
      assert.ok(abs(x) >= 0n && (abs(x) === x || abs(x) === -x));
    }),
    SEED,
  );
});

test('the median has at most half below it and at most half above, and leaves its input alone', () => {
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 16 }), (values) => {
      const before = [...values];
      const median = medianLow(values);
      assert.equal(values, before);
      const below = values.filter((v) => v < median).length;
      const above = values.filter((v) => v > median).length;
      assert.ok(values.includes(median) && 2 * below < values.length && 2 * above <= values.length);
    }),
    SEED,
  );
});

test.run();
