/** Fees: the base, the factors, relief for risk that left; bounds, and orders in parts. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCENARIOS } from '../../../state/constants.ts';
import { divUp, max } from '../../../state/math/integer.ts';
import { INSTRUMENT_KIND, type Instrument } from '../../../state/records/instrument.ts';
import type { Underlying } from '../../../state/records/underlying.ts';
import { concentrationAdded, concentrationOf, feeBase, feeFactor, feeOf, type FeeMarket } from '../../../state/risk/fees.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { lossesFast, lossesOf, reliefOf } from '../../../state/risk/relief.ts';
import { WAD } from '../../../state/units.ts';
import { networkAt } from '../../support/world.ts';

const SEED = { seed: 20_260_302, numRuns: 300 };
const test = suite('fees');

const USD = 1_000_000n;
const { perpetual, call, put } = INSTRUMENT_KIND;
/** 4 basis points; options at most 12 % of the premium; half off; twice at 10 % of daily volume. */
const { parameters } = networkAt(0);
const RATE = parameters.takerFee;

/** Lots of 0.001 at 100,000 USD; 20 billion dollars a day. */
const market = (kind: Instrument['kind'], change: Partial<Underlying> = {}): FeeMarket => ({
  instrument: { kind, lotSize: 100_000n } as Instrument,
  underlying: {
    ...{ indexPrice: 10n ** 13n, averageDailyVolume: 20_000n * 10n ** 12n, feeMultiplier: WAD },
    ...change,
  } as Underlying,
  parameters,
});

const BASES: readonly (readonly [what: string, kind: Instrument['kind'], lots: bigint, cost: bigint, fee: bigint])[] = [
  ['a linear instrument pays on its cost', perpetual, 10n, 1_000n * USD, 400_000n],
  ['the fraction of a micro-dollar is one', perpetual, 1n, 1n, 1n],
  ['an option pays on the notional', call, 10n, 100n * USD, 400_000n],
  ['and at most a share of the premium', put, 10n, 1n * USD, 120_000n],
  ['which is the less from 3.33 USD on', call, 10n, 3_333_333n, 400_000n],
];
for (const [what, kind, lots, cost, fee] of BASES) {
  test(what, () => {
    assert.is(feeOf(feeBase(market(kind), { lots, cost }, RATE), WAD), fee);
  });
}

const percent = (x: bigint): bigint => (x * WAD) / 100n;
const FACTORS: readonly (readonly [multiplier: bigint, relief: bigint, concentration: bigint, factor: bigint])[] = [
  [100n, 0n, 0n, 100n],
  [250n, 0n, 0n, 250n],
  [100n, 100n, 0n, 50n],
  [100n, 40n, 0n, 80n],
  [100n, 0n, 100n, 200n],
  [100n, 0n, 10n, 110n],
  [200n, 100n, 50n, 150n],
];
for (const [multiplier, relief, concentration, factor] of FACTORS) {
  test(`regime ${multiplier} %, relief ${relief} %, concentration ${concentration} %: ${factor} %`, () => {
    const at = market(perpetual, { feeMultiplier: percent(multiplier) });
    assert.is(feeFactor(at, percent(relief), percent(concentration)), percent(factor));
  });
}

test('concentration: of a tenth of daily volume, up, at most all of it', () => {
  const at = market(perpetual);
  const units = (usd: bigint): bigint => usd * 1_000n; // Of 100,000 USD.
  assert.is(concentrationOf(0n, at), 0n);
  assert.is(concentrationOf(1n, at), 500_000n, 'a thousandth of a dollar');
  assert.is(concentrationOf(units(10n ** 9n), at), WAD / 2n);
  for (const usd of [2n * 10n ** 9n, 10n ** 12n]) assert.is(concentrationOf(units(usd), at), WAD);
  assert.is(concentrationOf(1n, market(perpetual, { averageDailyVolume: 0n })), WAD, 'no volume tolerates nothing');
});

test('only what a position grew by counts, at the mean of before and after', () => {
  const at = market(perpetual);
  const of = (lots: bigint): bigint => concentrationOf(lots * 100_000n, at);
  const lot = 10n ** 6n;
  assert.is(concentrationAdded(at, 8n * lot * 100_000n, 4n * lot, 4n * lot), (of(4n * lot) + of(8n * lot)) / 2n);
  assert.is(concentrationAdded(at, 8n * lot * 100_000n, 8n * lot, 2n * lot), (of(6n * lot) + of(8n * lot)) / 8n);
  for (const grown of [0n, -5n]) assert.is(concentrationAdded(at, 8n * lot, 4n, grown), 0n);
});

/* WHATEVER THE ORDER */

const share = fc.bigInt(0n, WAD);
const anyMarket = fc
  .record({
    kind: fc.constantFrom<Instrument['kind']>(0, 1, 2, 3),
    lotSize: fc.bigInt(1n, 2n ** 33n - 1n),
    indexPrice: fc.bigInt(1n, 2n ** 50n),
    averageDailyVolume: fc.bigInt(0n, 10n ** 18n),
    feeMultiplier: fc.bigInt(WAD / 2n, 5n * WAD),
    reducingDiscount: share,
    concentrationFee: fc.bigInt(0n, 5n * WAD),
    optionFeeCap: fc.bigInt(WAD / 100n, WAD),
  })
  .map(({ kind, lotSize, indexPrice, averageDailyVolume, feeMultiplier, ...some }): FeeMarket => ({
    instrument: { kind, lotSize } as Instrument,
    underlying: { indexPrice, averageDailyVolume, feeMultiplier } as Underlying,
    parameters: { ...parameters, ...some },
  }));
const rate = fc.bigInt(0n, WAD / 100n);
const lotsOf = fc.bigInt(1n, 2n ** 47n);
const costOf = fc.bigInt(1n, 2n ** 100n);

test('a fee is never negative, and never more than its rate, the regime and full concentration', () => {
  fc.assert(
    fc.property(anyMarket, lotsOf, costOf, rate, share, share, (at, lots, cost, wad, relief, concentration) => {
      const base = feeBase(at, { lots, cost }, wad);
      const fee = feeOf(base, feeFactor(at, relief, concentration));
      const { feeMultiplier } = at.underlying;
      const { reducingDiscount, concentrationFee, optionFeeCap } = at.parameters;
      assert.ok(fee >= 0n && base >= 0n);
      const highest = feeMultiplier * (WAD + concentrationFee);
      const isOption = at.instrument.kind >= call;
      const dearest = isOption ? cost * optionFeeCap : cost * wad;
      // The factor was rounded up to 1e-18: that much of a share more.
      assert.ok(fee <= divUp(dearest * (highest + WAD), WAD ** 3n), 'most');
      assert.ok(fee * WAD ** 3n >= base * feeMultiplier * (WAD - reducingDiscount), 'least');
    }),
    SEED,
  );
});

test('more relief is no dearer, more concentration no cheaper', () => {
  fc.assert(
    fc.property(anyMarket, share, share, share, share, (at, r1, r2, c1, c2) => {
      const [less, more] = r1 < r2 ? [r1, r2] : [r2, r1];
      const [low, high] = c1 < c2 ? [c1, c2] : [c2, c1];
      assert.ok(feeFactor(at, more, low) <= feeFactor(at, less, low));
      assert.ok(feeFactor(at, less, high) >= feeFactor(at, less, low));
    }),
    SEED,
  );
});

test('growing in parts, one after the other, pays no less than at once', () => {
  const parts = fc.array(fc.bigInt(1n, 2n ** 40n), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(anyMarket, parts, fc.bigInt(0n, 2n ** 70n), rate, fc.bigInt(1n, 2n ** 40n), (at, list, held, wad, price) => {
      const fee = (from: bigint, lots: bigint): bigint => {
        const units = from + lots * at.instrument.lotSize;
        const base = feeBase(at, { lots, cost: lots * price }, wad);
        return feeOf(base, feeFactor(at, 0n, concentrationAdded(at, units, lots, lots)));
      };
      let [units, sum] = [held, 0n];
      for (const lots of list) {
        sum += fee(units, lots);
        units += lots * at.instrument.lotSize;
      }
      const total = list.reduce((a, b) => a + b);
      // What the factors are rounded up by, of the whole: three times 1e-18.
      const whole = fee(held, total);
      const rounding = divUp(4n * feeBase(at, { lots: total, cost: total * price }, wad), WAD * WAD) * 30n;
      assert.ok(sum + rounding >= whole, `${sum} for the parts of ${whole}`);
    }),
    SEED,
  );
});

/* RELIEF */

const holding = (riskArray: readonly number[], size: bigint, underlying = 1) => ({
  position: { instrument: 0, size, quote: 0n, fundingIndex: 0n },
  instrument: { underlying, riskArray: Float64Array.from(riskArray) } as unknown as Instrument,
  underlying: {} as Underlying,
});
const portfolio = (...holdings: readonly ReturnType<typeof holding>[]): Portfolio =>
  ({ holdings }) as unknown as Portfolio;
/** Loses 30 a lot where the price falls, 20 where it rises. */
const LINEAR = Array.from({ length: SCENARIOS }, (_, s) => (s % 2 === 0 ? -30 : 20));
const FLOOR = LINEAR.map((x) => Math.max(x, -10));
const market1 = holding(LINEAR, 0n).instrument;

const RELIEFS: readonly (readonly [what: string, held: readonly ReturnType<typeof holding>[], lots: bigint, relief: bigint])[] = [
  ['closing a long', [], -10n, 100n],
  ['closing a short', [], 10n, 100n],
  ['half of a long', [holding(LINEAR, 5n)], -5n, 100n],
  ['opening', [holding(LINEAR, 10n)], 10n, 0n],
  ['adding', [holding(LINEAR, 30n)], 10n, 0n],
  ['a perfect hedge in another market', [holding(LINEAR, -10n), holding(LINEAR, 10n)], -10n, 100n],
  ['a hedge of twice the size', [holding(LINEAR, -20n), holding(LINEAR, 10n)], -20n, 16n],
  ['a long turned into a smaller short', [holding(LINEAR, -6n)], -16n, 37n],
  ['a long turned into a short that loses as much', [holding(LINEAR, -15n)], -25n, 0n],
  ['a hedge of what is mostly insured', [holding(LINEAR, -10n), holding(FLOOR, 10n)], -10n, 33n],
  ['another underlying', [holding(LINEAR, -10n), holding(LINEAR, 10n, 2)], -10n, 0n],
];
for (const [what, held, lots, relief] of RELIEFS) {
  test(`relief of ${what}: ${relief} %`, () => {
    assert.is((reliefOf(portfolio(...held), market1, lots) * 100n) / WAD, relief);
  });
}

const loss = fc.integer({ min: -(10 ** 6), max: 10 ** 6 });
const lossOrHuge = fc.oneof({ weight: 30, arbitrary: loss }, fc.integer({ min: -(2 ** 52), max: 2 ** 52 }));
const size = fc.oneof({ weight: 30, arbitrary: fc.bigInt(-(10n ** 6n), 10n ** 6n) }, fc.bigInt(-(2n ** 62n), 2n ** 62n));
const array = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: SCENARIOS, maxLength: SCENARIOS });
const anyHoldings = fc.array(
  fc.tuple(fc.oneof(array(loss), array(lossOrHuge)), size, fc.integer({ min: 1, max: 2 })).map(([risk, lots, of]) => holding(risk, lots, of)),
  { maxLength: 6 },
);

test('losses in doubles = losses in big integers; relief is a share, none where the loss grew', () => {
  let fast = 0;
  fc.assert(
    fc.property(anyHoldings, array(loss), size, (held, traded, lots) => {
      const after = portfolio(...held);
      const { instrument } = holding(traded, 0n);
      const plain = lossesOf(after, instrument, lots);
      const quick = lossesFast(after, instrument, lots);
      if (quick !== undefined) {
        fast++;
        assert.equal(quick, plain);
      }
      const relief = reliefOf(after, instrument, lots);
      assert.ok(relief >= 0n && relief <= WAD, `${relief}`);
      assert.is(relief > 0n, plain.before > plain.after && max(plain.before - plain.after, 0n) * WAD >= plain.gone);
    }),
    { ...SEED, numRuns: 1_000 },
  );
  assert.ok(fast > 100 && fast < 1_000, `${fast} of them fast`);
});

test.run();
