/** The fit: it finds the surface that quotes came from, and whatever the quotes, its slices can be posted. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lnQ96, Q96 } from '../../../state/math/q96.ts';
import { hasButterflyArbitrage, hasCalendarArbitrage, isInRange, volatilityAt } from '../../../state/pricing/surface.ts';
import type { Term } from '../../../state/records/underlying.ts';
import { SECONDS_PER_DAY, SECONDS_PER_YEAR, WAD, type Seconds } from '../../../state/units.ts';
import { fitSurface, shapeOf, type ExpiryQuotes, type FittedSlice } from '../../../node/oracle/surfaceFit.ts';
import { volatilityOf, type Shape } from '../../../node/oracle/surfaceModel.ts';
import { VolatilityTracker } from '../../../node/oracle/volatility.ts';

const NOW: Seconds = 1_772_409_600;
const SEED = 21;
const test = suite('node/oracle/surfaceFit');

const termOf = ({ expiry, slice: [theta, skew, psi] }: Pick<FittedSlice, 'expiry' | 'slice'>): Term => ({
  ...{ expiry, forward: 10n ** 13n, theta, rho: skew - WAD, psi, volatilityTime: NOW },
});

/** Whether `postPrices` takes the slices. */
function isSound(slices: readonly FittedSlice[]): boolean {
  const terms = slices.map(termOf);
  return terms.every((term, i) => {
    const last = terms[i - 1];
    return isInRange(term) && !hasButterflyArbitrage(term) && (last === undefined || !hasCalendarArbitrage(last, term));
  });
}

const quotesOf = (expiry: Seconds, shape: Shape, strikes: readonly number[]): ExpiryQuotes => {
  const years = (expiry - NOW) / SECONDS_PER_YEAR;
  return {
    expiry,
    quotes: strikes.map((deviations) => {
      const logMoneyness = deviations * Math.sqrt(shape.theta);
      return { logMoneyness, volatility: volatilityOf(shape, years, logMoneyness) };
    }),
  };
};

test('the model in doubles is that of the protocol', () => {
  const theta = WAD / 50n;
  const term = termOf({ expiry: NOW + 40 * SECONDS_PER_DAY, slice: [theta, (7n * WAD) / 10n, WAD / 5n] });
  const shape = shapeOf([theta, (7n * WAD) / 10n, WAD / 5n]);
  for (let strike = 20n; strike <= 500n; strike += 20n) {
    const exact = Number(volatilityAt(term, lnQ96((strike * Q96) / 100n))) / 1e18;
    const twin = volatilityOf(shape, 40 / 365, Math.log(Number(strike) / 100));
    assert.ok(Math.abs(exact - twin) < 1e-12, `${strike}: ${exact}, ${twin}`);
  }
});

test('a surface is found from its own quotes', () => {
  const tracker = new VolatilityTracker();
  const strikes = Array.from({ length: 21 }, (_, i) => (i - 10) / 4);
  const lives = [1, 2, 3, 7, 14, 30, 90, 180, 360].map((days) => days * SECONDS_PER_DAY);
  const shapes = lives.map((life) => shapeOf(tracker.slice(life)));
  const fit = fitSurface(shapes.map((shape, i) => quotesOf(NOW + lives[i]!, shape, strikes)), NOW);
  assert.ok(isSound(fit));
  fit.forEach(({ slice, error, worstNear }, i) => {
    const { theta, rho, psi } = shapeOf(slice);
    assert.ok(error < 1e-4 && worstNear < 2e-4, `${i}: ${error}, ${worstNear}`);
    assert.ok(Math.abs(theta / shapes[i]!.theta - 1) < 1e-3 && Math.abs(psi / shapes[i]!.psi - 1) < 1e-2);
    assert.ok(Math.abs(rho - shapes[i]!.rho) < 1e-2);
  });
});

test('quotes with arbitrage get a surface without, as near as may be', () => {
  const strikes = [-1, -0.5, 0, 0.5, 1];
  const shape = (volatility: number, days: number): Shape => ({
    ...{ theta: (volatility ** 2 * days) / 365, rho: 0, psi: volatility * Math.sqrt(days / 365) },
  });
  // The week is worth less than the day.
  const quoted = [
    quotesOf(NOW + SECONDS_PER_DAY, shape(2, 1), strikes),
    quotesOf(NOW + 7 * SECONDS_PER_DAY, shape(0.5, 7), strikes),
  ];
  const [day, week] = fitSurface(quoted, NOW);
  assert.ok(isSound([day!, week!]));
  const [near, far] = [shapeOf(day!.slice).theta, shapeOf(week!.slice).theta];
  assert.ok(far / near < 1.001, 'they meet');
  assert.ok(near < (2 ** 2 * 1) / 365 && far > (0.5 ** 2 * 7) / 365, 'in between');
});

test('whatever is quoted, slices can be posted, and the same quotes give the same ones', () => {
  const quote = fc.record({
    logMoneyness: fc.double({ min: -3, max: 3, noNaN: true }),
    volatility: fc.double({ min: 0.001, max: 20, noNaN: true }),
  });
  const chain = fc
    .array(fc.tuple(fc.integer({ min: 60, max: 63_072_000 }), fc.array(quote, { minLength: 1, maxLength: 12 })), {
      minLength: 1,
      maxLength: 16,
    })
    .map((all) => new Map(all))
    .map((byLife) =>
      [...byLife].sort(([a], [b]) => a - b).map(([life, quotes]): ExpiryQuotes => ({ expiry: NOW + life, quotes })),
    );
  fc.assert(
    fc.property(chain, (quoted) => {
      const fit = fitSurface(quoted, NOW);
      assert.ok(isSound(fit));
      assert.equal(fitSurface(quoted, NOW), fit);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('what is no chain is refused', () => {
  const good = { logMoneyness: 0, volatility: 0.5 };
  const expiry = NOW + SECONDS_PER_DAY;
  for (const [quoted, why] of [
    [[{ expiry, quotes: [] }], /at least one quote/],
    [[{ expiry: NOW, quotes: [good] }], /expected one after/],
    [[{ expiry, quotes: [good] }, { expiry, quotes: [good] }], /expected one after/],
    [[{ expiry, quotes: [{ ...good, volatility: 0 }] }], /no quote/],
    [[{ expiry, quotes: [{ ...good, volatility: Number.NaN }] }], /no quote/],
    [[{ expiry, quotes: [{ ...good, logMoneyness: Number.POSITIVE_INFINITY }] }], /no quote/],
  ] as const) {
    assert.throws(() => fitSurface(quoted, NOW), why);
  }
  assert.equal(fitSurface([], NOW), []);
});

test.run();
