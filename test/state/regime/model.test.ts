/** The volatility model: its golden numbers, a twin in doubles, and what holds for any prices. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode } from '../../../state/codec/layout.ts';
import { REGIME, type Regime } from '../../../state/records/regime.ts';
import { HALF_LIFE, STATIONARY, decayOf } from '../../../state/regime/model.ts';
import { predicted } from '../../../state/regime/filter.ts';
import { barClosed } from '../../../state/regime/regime.ts';
import { dayVarianceOf } from '../../../state/regime/variance.ts';
import { WAD } from '../../../state/units.ts';
import { OPEN_TERMS, Q96, afterHours, asNumber, regimeAt } from '../../support/regimes.ts';
import { floatAt, floatBar } from './floatTwin.ts';

const SEED = 42;
const USD = 100_000_000n;
const START = 480_000;
const VARIANCE = Q96 / 40_000n;

/** Hourly prices of fat tails and stormy months, the same everywhere: a linear congruence. */
function* storms(): Generator<bigint> {
  let seed = 1n;
  const next = (): bigint => {
    seed = (seed * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & (2n ** 64n - 1n);
    return seed >> 33n;
  };
  let price = 50_000n * USD;
  for (let i = 1; ; i++) {
    const sum = next() + next() + next() + next();
    const storm = Math.floor(i / 960) % 3 === 2 ? 3n : 1n;
    const jump = next() % 500n === 0n ? 8n : 1n;
    price += (price * (sum - 2n ** 32n) * storm * jump) / 2n ** 32n / 60n;
    yield price;
  }
}

const test = suite('regime: model');

test('shares of an exponential average', () => {
  const known = {
    variance12: 4446735076079572624439312513n,
    variance72: 759073341523490507063875718n,
    variance720: 76236599494924941203441005n,
    variance8760: 6268790507057431501451679n,
  };
  for (const [name, share] of Object.entries(known)) {
    assert.is(decayOf(HALF_LIFE[name as keyof typeof known], 1n), share);
  }
});

test('golden numbers: price, range, volatility, stress by hour, as the prototype of the model computed them', () => {
  // hour, price [1e-8], range, volatility, probability of stress [1e-18]
  const golden = [
    [1, 4998493308221n, 101416430368107077n, 27612561274202785n, 333333333333333333n],
    [24, 5045641643243n, 92724830240338354n, 24301726891535928n, 160115950990466606n],
    [720, 5786239622541n, 77661101463946073n, 21675074491108527n, 34473137696266084n],
    [2160, 5140306305748n, 183753702435056765n, 52892436323705935n, 898909988321307615n],
    [2909, 5811212324254n, 137635624875633826n, 38188662326467476n, 82896934500155607n],
    [4800, 4663250106489n, 91484729501769273n, 23793914280000900n, 18216827167975548n],
    [9600, 6378803776148n, 115449244639886105n, 31347386482049185n, 35905363574958732n],
  ] as const;
  const prices = storms();
  let regime = regimeAt(VARIANCE, { calm: Q96 / 3n, stress: Q96 / 3n, hour: START, barPrice: 50_000n * USD, dayHour: START });
  // The prototype starts from the top of the band.
  regime = { ...regime, nextScanRange: 10n * WAD };
  for (let hour = 1, next = 0; next < golden.length; hour++) {
    regime = barClosed(regime, { hour: START + hour, price: prices.next().value! }, OPEN_TERMS);
    if (golden[next]![0] !== hour) continue;
    const { barPrice, nextScanRange, volatility, nextStress } = regime;
    assert.equal([hour, barPrice, nextScanRange, volatility, nextStress], [...golden[next]!]);
    next++;
  }
});

test('a twin in doubles agrees, over gaps and tilts too', () => {
  const prices = storms();
  let gap = 0;
  let regime = regimeAt(VARIANCE, { hour: START, barPrice: 50_000n * USD, dayHour: START, nextScanRange: 10n * WAD });
  const belief = [STATIONARY.calm, Q96 - STATIONARY.calm - STATIONARY.stress, STATIONARY.stress].map(asNumber);
  const twin = floatAt(1 / 40_000, belief as [number, number, number], 50_000);
  let worst = 0;
  for (let i = 1; i <= 6_000; i++) {
    // Every few days hours are missing, twice for weeks.
    gap = i % 97 === 0 ? 1 + ((i * 7) % 60) : 1;
    if (i === 2_000 || i === 4_500) gap = 900;
    const price = prices.next().value!;
    const tilt = i % 5 === 0 ? 0.75 : 0;
    const hour = regime.hour + gap;
    const midnights = Math.floor(hour / 24) - Math.floor(regime.hour / 24);
    regime = barClosed(regime, { hour, price }, { ...OPEN_TERMS, tilt: () => (Q96 * BigInt(tilt * 4)) / 4n });
    floatBar(twin, Number(price) / 1e8, gap, midnights, 2.8, tilt);
    const pairs = [
      [Number(regime.nextScanRange) / 1e18, twin.range],
      [Number(regime.volatility) / 1e18, twin.volatility],
      [asNumber(regime.stress), twin.belief[2]],
      [asNumber(regime.calm), twin.belief[0]],
      [asNumber(regime.longTermSum), twin.sum],
    ] as const;
    for (const [integer, float] of pairs) worst = Math.max(worst, Math.abs(integer / float - 1));
  }
  assert.ok(worst < 1e-11, `largest relative difference ${worst}`);
});

test('a forged wick of 10 % for an hour, at 3 % a day: winsorised to half of what it would do', () => {
  const variance = (9n * Q96) / 10_000n / 24n;
  const start = regimeAt(variance, { hour: START, barPrice: 10_000n * USD, dayHour: START });
  const deviation = (regime: Regime): number => Math.sqrt(asNumber(dayVarianceOf(regime)));
  const wicked = afterHours(start, [11_000n * USD, 10_000n * USD]);
  assert.ok(Math.abs(deviation(start) - 0.03) < 1e-9);
  assert.ok(Math.abs(deviation(wicked) - 0.0615) < 2e-4, `${deviation(wicked)}`);
  // The same without the bound.
  const share = [12, 72, 720].map((h) => 1 - 2 ** (-1 / h));
  const square = Math.log(1.1) ** 2;
  const plain = [0.5, 0.2, 0.15].reduce((sum, w, i) => {
    const after = (mean: number): number => mean + share[i]! * (square - mean);
    return sum + 24 * w * after(after(0.0009 / 24));
  }, 0.15 * 0.0009);
  assert.ok(Math.abs(Math.sqrt(plain) - 0.12) < 5e-3, `${Math.sqrt(plain)}`);
});

test('one bar, however wild, raises the range by a bounded factor', () => {
  const variance = (9n * Q96) / 10_000n / 24n;
  const start = afterHours(
    regimeAt(variance, { hour: START, barPrice: 10_000n * USD, dayHour: START, nextScanRange: WAD / 10n }),
    [10_000n * USD],
  );
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 62n - 1n }), (price) => {
      const before = start.nextScanRange;
      const after = afterHours(start, [price]).nextScanRange;
      assert.ok(after * 10n <= before * 14n, `${before} to ${after}`);
    }),
    { seed: SEED },
  );
});

test('no move at all: variances sink, the range keeps its floor', () => {
  const regime = afterHours(regimeAt(VARIANCE), new Array<bigint>(3_000).fill(USD));
  assert.ok(regime.variance12 < 2n ** 32n);
  const longTerm = Math.sqrt(24 * asNumber(regime.longTermSum / BigInt(regime.longTermHours)));
  const range = Number(regime.nextScanRange) / 1e18;
  assert.ok(range >= 0.6 * 2.8 * longTerm - 1e-12 && range <= 1.25 * 2.8 * longTerm, `${range}`);
});

test('stationary probabilities are where the transitions leave them', () => {
  const next = predicted(STATIONARY, 0n, 1);
  assert.ok(Math.abs(asNumber(next.calm - STATIONARY.calm)) < 1e-4);
  assert.ok(Math.abs(asNumber(next.stress - STATIONARY.stress)) < 1e-4);
});

test('tilted transitions find stress sooner, and stay probabilities', () => {
  const probability = fc.bigInt({ min: 0n, max: Q96 });
  fc.assert(
    fc.property(probability, probability, probability, fc.integer({ min: 1, max: 400 }), (a, b, tilt, days) => {
      const [calm, rest] = a < b ? [a, Q96 - b] : [b, Q96 - a];
      const belief = { calm, stress: rest };
      const plain = predicted(belief, 0n, days);
      const tilted = predicted(belief, tilt, days);
      for (const { calm: c, stress: s } of [plain, tilted]) assert.ok(c > 0n && s > 0n && c + s < Q96);
      assert.ok(tilted.stress >= plain.stress - 64n);
    }),
    { seed: SEED },
  );
});

test('any prices and gaps: ranges within their bounds, probabilities of one sum, fields of their widths', () => {
  const price = fc.oneof(
    fc.bigInt({ min: 1n, max: 2n ** 62n - 1n }),
    fc.constantFrom(1n, 2n ** 62n - 1n, 50_000n * USD),
  );
  const gap = fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: 100 }) },
    fc.integer({ min: 101, max: 1_000_000 }),
  );
  const bars = fc.array(fc.tuple(price, gap), { minLength: 1, maxLength: 60 });
  const bound = fc.bigInt({ min: 0n, max: WAD });
  fc.assert(
    fc.property(bars, bound, bound, fc.boolean(), (moves, a, b, isNew) => {
      const [scanFloor, scanCeiling] = a < b ? [a, b] : [b, a];
      const underlying = { ...OPEN_TERMS.underlying, scanFloor, scanCeiling };
      let regime = regimeAt(VARIANCE, isNew ? { observedHours: 0, priorScanRange: scanFloor } : {});
      let hour = START;
      for (const [value, hours] of moves) {
        hour += hours;
        regime = barClosed(regime, { hour, price: value }, { ...OPEN_TERMS, underlying });
        assert.ok(regime.nextScanRange >= scanFloor && regime.nextScanRange <= scanCeiling);
        assert.ok(regime.calm > 0n && regime.stress > 0n && regime.calm + regime.stress < Q96);
        for (const v of [regime.variance12, regime.variance72, regime.variance720, regime.variance8760]) {
          assert.ok(v >= 0n && v < 2n ** 108n);
        }
        const { nextVolatilityUp: up, nextVolatilityDown: down, nextFeeMultiplier: fee } = regime;
        if (!isNew) assert.ok(up >= WAD / 4n && up <= (55n * WAD) / 100n && down >= (15n * WAD) / 100n - 1n);
        assert.ok(fee >= (8n * WAD) / 10n && fee <= 3n * WAD);
        // The encoder refuses what does not fit its field.
        assert.equal(decode(REGIME.layout, encode(REGIME.layout, regime)), regime);
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
});

test.run();
