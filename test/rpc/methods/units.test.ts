/** Decimal strings and the integers behind them: both ways, and the fast way against the plain one. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromDecimal, stepsOf, stepsOfAny, toDecimal } from '../../../rpc/methods/units.ts';

const test = suite('units');
const runs = { seed: 8, numRuns: 3_000 };
const digits = (max: number) => fc.stringMatching(new RegExp(`^\\d{1,${max}}$`));

test('what is written is read back', () => {
  const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 130n }), fc.nat({ max: 18 }), (value, decimals) => {
    assert.is(fromDecimal(toDecimal(value, decimals), decimals), value);
  });
  fc.assert(property, runs);
});

test('steps of short decimals are those of any decimals', () => {
  const whole = digits(12).map((text) => text.replace(/^0+(?=\d)/, ''));
  const decimal = fc.oneof(whole, fc.tuple(whole, digits(11)).map((parts) => parts.join('.')));
  const step = fc.oneof(
    fc.constantFrom(1n, 10n ** 2n, 10n ** 4n, 10n ** 6n, 10n ** 7n, 10n ** 8n, 5n * 10n ** 6n),
    fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  );
  const property = fc.property(decimal, step, (text, size) => {
    assert.equal(stepsOf(text, size), stepsOfAny(text, size), `${text} in steps of ${size}`);
  });
  fc.assert(property, runs);
  assert.equal(stepsOf('9999999.99999999', 1n), { ok: true, steps: 999_999_999_999_999n });
});

test.run();
