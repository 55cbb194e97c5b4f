/** Random posts over minutes, hours, days and years, as steps of a chain: what its twin on L1 is asked of too. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { MACRO } from '../../../state/records/macro.ts';
import { REGIME } from '../../../state/records/regime.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { WAD } from '../../../state/units.ts';
import { Q96, SERIES, macroNetwork } from '../../support/regimes.ts';
import { GENESIS_TIME, L1, PRICES, World } from '../../support/world.ts';

const SEED = 20_260_302;
const [BTC, ETH] = [1, 2] as const;
const POSTED = [0, BTC, ETH, ...Object.values(SERIES)];
const HOUR = 3_600;
const DAY = 86_400;
const LARGEST = 2n ** 62n - 1n;

type Post = Readonly<{ seconds: number; who: readonly number[]; thousandths: bigint; wild: bigint | null }>;

const seconds = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 12, arbitrary: fc.integer({ min: HOUR - 400, max: HOUR + 400 }) },
  { weight: 3, arbitrary: fc.integer({ min: 2 * HOUR, max: 30 * HOUR }) },
  { weight: 1, arbitrary: fc.constantFrom(DAY, 40 * DAY, 400 * DAY) },
);
const post: fc.Arbitrary<Post> = fc.record({
  seconds,
  who: fc.oneof(fc.constant(POSTED), fc.subarray(POSTED, { minLength: 1 })),
  thousandths: fc.bigInt({ min: 930n, max: 1_075n }),
  // Only after a gap may a price be anywhere.
  wild: fc.oneof(
    { weight: 30, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(1n, LARGEST) },
    { weight: 1, arbitrary: fc.bigInt({ min: 1n, max: LARGEST }) },
  ),
});

/** A chain with macro series, a surface of BTC, and regimes as old as `observedHours`. */
function worldOf(observedHours: number): World {
  const world = new World(GENESIS_TIME, L1, macroNetwork());
  world.tick();
  const { expiry } = existing(world.state, INSTRUMENT, 101);
  world.listOptions([100_000], expiry);
  for (const id of [0, BTC, ETH]) {
    const { longTermSum } = existing(world.state, REGIME, id);
    // The oldest has nearly filled its memory of ten years.
    const isOld = observedHours > 8_760;
    const memory = isOld ? { longTermHours: 87_590, longTermSum: 10n * longTermSum } : {};
    world.edit(REGIME, id, { observedHours, ...memory });
  }
  return world;
}

function perform(world: World, { seconds: elapsed, who, thousandths, wild }: Post): void {
  world.block(elapsed);
  const prices = who.map((id) => {
    const { indexPrice, oracleTime } = existing(world.state, UNDERLYING, id);
    const last = indexPrice === 0n ? (PRICES[id] ?? 4_000_000_000n) : indexPrice;
    const isStale = BigInt(world.now - oracleTime) > world.network.parameters.maxPriceAge;
    // The expiries of BTC are priced in marks too: its prices stay where those can be.
    if (wild !== null && isStale && id !== BTC) return [id, wild] as const;
    const next = (last * thousandths) / 1_000n;
    return [id, next < 1n ? 1n : next > LARGEST ? LARGEST : next] as const;
  });
  world.accept(world.pricesBytes(Object.fromEntries(prices)));
}

const test = suite('regime: steps');

for (const observedHours of [0, 2_500, 50_000]) {
  test(`random posts on a chain that has seen ${observedHours} hours`, () => {
    const posts = fc.sample(post, { seed: SEED + observedHours, numRuns: 160 });
    const world = worldOf(observedHours);
    for (const one of posts) {
      perform(world, one);
      for (const id of [0, BTC, ETH]) {
        const { calm, stress, nextScanRange } = existing(world.state, REGIME, id);
        const { scanFloor, scanCeiling, correlation, priceScanRange } = existing(world.state, UNDERLYING, id);
        assert.ok(calm > 0n && stress > 0n && calm + stress < Q96);
        for (const range of [nextScanRange, priceScanRange]) assert.ok(range >= scanFloor && range <= scanCeiling);
        assert.ok(correlation >= 0n && correlation <= WAD);
      }
    }
    const { equityDays, volatilityDay, dollarDay } = existing(world.state, MACRO, 0);
    assert.ok(equityDays > 3 && volatilityDay > 0 && dollarDay > 0);
    assert.ok(existing(world.state, REGIME, BTC).observedHours > observedHours + 20);
    assert.ok(world.steps.length > 320);
  });
}

test('a stormy month: exceptions, a penalty, tilted days and every branch of a day', () => {
  const world = worldOf(10_000);
  world.edit(MACRO, 0, { equityDays: 70, covariance: Q96 / 2n, equityVariance: Q96, referenceVariance: Q96 });
  for (let hour = 0; hour < 24 * 14; hour += 1) {
    world.block(HOUR);
    const night = Math.floor(hour / 24) % 2 === 0 ? 1_000n : 600n;
    const series = { 10: 4_000n + BigInt(hour), 11: 20n + BigInt(hour) / 24n, 12: 100n + BigInt(hour) / 48n };
    const scaled = Object.entries(series).map(([id, usd]) => [id, usd * 10n ** 8n]);
    const btc = (PRICES[BTC]! * night) / 1_000n;
    world.accept(world.pricesBytes({ [BTC]: btc, [ETH]: (PRICES[ETH]! * night) / 1_000n, ...Object.fromEntries(scaled) }));
  }
  const { exceptions, penalty, exceptionAfterException } = existing(world.state, REGIME, BTC);
  assert.ok(exceptions > 5 && exceptionAfterException > 3 && penalty > WAD);
});

test.run();
