/**
 * What no set of option prices may break, whatever the model: bounds, parity, and the right sign of
 * every slope. Prices are rounded down to the wei, so a slope may fail by one wei, a curvature by two.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { max } from '../../../state/math/integer.ts';
import {
  FORWARD_MAX,
  FORWARD_MIN,
  TAU_SECONDS_MAX,
  VOLATILITY_MAX,
  black76,
} from '../../../state/pricing/black76.ts';
import { WAD } from '../../../state/units.ts';
import { options, type AnyOption } from '../../support/options.ts';

const SEED = { seed: 1973, numRuns: 4_000 };
const test = suite('no arbitrage');

const valuesOf = ({ forward, strike, sigma, tau }: AnyOption) => black76(forward, strike, sigma, tau);
/** `base` more by anything from 1 to a hundredth of itself, each order of magnitude alike. */
const bumped = (base: bigint, seed: number): bigint => base + max(1n, base / 100n >> BigInt(seed));
const bump = fc.integer({ min: 0, max: 80 });
const isPrice = (x: bigint): boolean => x >= FORWARD_MIN && x <= FORWARD_MAX;

test('bounds: max(F - K, 0) <= C <= F and max(K - F, 0) <= P <= K', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { call, put } = valuesOf(option);
      const { forward, strike } = option;
      assert.ok(call >= max(forward - strike, 0n) && call <= forward);
      assert.ok(put >= max(strike - forward, 0n) && put <= strike);
    }),
    SEED,
  );
});

test('parity: C - P = F - K exactly; symmetry: C(F, K) = P(K, F) exactly', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { call, put } = valuesOf(option);
      assert.is(call - put, option.forward - option.strike);
      const mirror = valuesOf({ ...option, forward: option.strike, strike: option.forward });
      assert.is(mirror.put, call);
      assert.is(mirror.call, put);
    }),
    SEED,
  );
});

test('sensitivities: 0 <= N(d1) <= 1, gamma and vega >= 0, theta <= 0', () => {
  fc.assert(
    fc.property(options, (option) => {
      const { deltaCall, gamma, vega, theta } = valuesOf(option);
      assert.ok(deltaCall >= 0n && deltaCall <= WAD);
      assert.ok(gamma >= 0n && vega >= 0n && theta <= 0n);
    }),
    SEED,
  );
});

test('a higher strike: the call falls and the put rises, by no more than the strike', () => {
  fc.assert(
    fc.property(options, bump, (option, seed) => {
      const strike = bumped(option.strike, seed);
      fc.pre(isPrice(strike));
      const [before, after] = [valuesOf(option), valuesOf({ ...option, strike })];
      const step = strike - option.strike;
      assert.ok(after.call <= before.call + 1n && before.call - after.call <= step + 1n);
      assert.ok(after.put >= before.put - 1n && after.put - before.put <= step + 1n);
    }),
    SEED,
  );
});

test('a higher forward: the call rises and the put falls, by no more than the forward', () => {
  fc.assert(
    fc.property(options, bump, (option, seed) => {
      const forward = bumped(option.forward, seed);
      fc.pre(isPrice(forward));
      const [before, after] = [valuesOf(option), valuesOf({ ...option, forward })];
      const step = forward - option.forward;
      assert.ok(after.call >= before.call - 1n && after.call - before.call <= step + 1n);
      assert.ok(after.put <= before.put + 1n && before.put - after.put <= step + 1n);
      assert.ok(after.deltaCall >= before.deltaCall - 1n);
    }),
    SEED,
  );
});

test('more volatility or more time: both rise', () => {
  fc.assert(
    fc.property(options, bump, (option, seed) => {
      const sigma = bumped(option.sigma, seed);
      const tau = Number(bumped(BigInt(option.tau), seed));
      const before = valuesOf(option);
      for (const other of [{ ...option, sigma }, { ...option, tau }]) {
        fc.pre(other.sigma <= VOLATILITY_MAX && other.tau <= TAU_SECONDS_MAX);
        const after = valuesOf(other);
        assert.ok(after.call >= before.call - 1n && after.put >= before.put - 1n);
      }
    }),
    SEED,
  );
});

test('butterflies: C(K - d) - 2 C(K) + C(K + d) >= 0', () => {
  fc.assert(
    fc.property(options, bump, (option, seed) => {
      const wing = bumped(option.strike, seed) - option.strike;
      const [low, high] = [option.strike - wing, option.strike + wing];
      fc.pre(isPrice(low) && isPrice(high));
      const [left, middle, right] = [low, option.strike, high].map((strike) => valuesOf({ ...option, strike }));
      assert.ok(left!.call - 2n * middle!.call + right!.call >= -2n);
      assert.ok(left!.put - 2n * middle!.put + right!.put >= -2n);
    }),
    SEED,
  );
});

test.run();
