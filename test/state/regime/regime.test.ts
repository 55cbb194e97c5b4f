/** The regime inside the steps of a chain: what takes force when, what a step touches, gaps, leaders, macro series. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { MACRO, type Macro } from '../../../state/records/macro.ts';
import { REGIME, type Regime } from '../../../state/records/regime.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { published } from '../../../state/regime/regime.ts';
import { WAD } from '../../../state/units.ts';
import { BTC_TERMS, Feed, Q96, SERIES, asNumber, macroNetwork, regimeAt } from '../../support/regimes.ts';
import { GENESIS_TIME, L1, PRICES, World } from '../../support/world.ts';

const BTC = 1;
const ETH = 2;
const USD = 100_000_000n;

const regimeOf = (world: World, id = BTC): Regime => existing(world.state, REGIME, id);
const underlyingOf = (world: World, id = BTC): Underlying => existing(world.state, UNDERLYING, id);

/** A chain that has forgotten what genesis said. */
function warmWorld(): World {
  const world = new World();
  for (const id of [BTC, ETH]) world.edit(REGIME, id, { observedHours: 10_000 });
  world.tick();
  return world;
}

/** Posts prices scaled by `thousandths`, `seconds` later. */
function post(world: World, seconds: number, thousandths: Readonly<Record<number, bigint>>): void {
  world.block(seconds);
  const prices = Object.entries(thousandths).map(([id, of]) => [id, (PRICES[Number(id)]! * of) / 1_000n]);
  world.accept(world.pricesBytes(Object.fromEntries(prices)));
}

const inForce = (u: Underlying): unknown => ({
  priceScanRange: u.priceScanRange,
  volatilityScanUp: u.volatilityScanUp,
  volatilityScanDown: u.volatilityScanDown,
  correlation: u.correlation,
  feeMultiplier: u.feeMultiplier,
  stress: u.stress,
});

const test = suite('regime');

test('what a bar says is published, and takes force with the next bar', () => {
  const world = warmWorld();
  let range = underlyingOf(world).priceScanRange;
  for (const [hour, thousandths] of [1_000n, 1_000n, 800n, 1_000n, 800n, 1_000n].entries()) {
    const before = regimeOf(world);
    post(world, 1_800, { [BTC]: thousandths });
    assert.is(underlyingOf(world).priceScanRange, range, `hour ${hour}, within`);
    assert.is(regimeOf(world).nextScanRange, before.nextScanRange);
    post(world, 1_800, { [BTC]: thousandths });
    assert.equal(inForce(underlyingOf(world)), published(before), `hour ${hour}, its end`);
    range = underlyingOf(world).priceScanRange;
  }
  const { hour, barHours, nextScanRange } = regimeOf(world);
  assert.equal([hour - GENESIS_TIME / 3_600, barHours], [6, 1]);
  assert.ok(nextScanRange !== range, 'the model has moved');
});

test('the range rises with a storm and is not raised by its first hour alone', () => {
  const world = warmWorld();
  for (let i = 0; i < 4; i++) post(world, 3_600, { [BTC]: 1_000n });
  const calm = underlyingOf(world).priceScanRange;
  const ranges: bigint[] = [];
  for (const thousandths of [900n, 1_000n, 880n, 980n, 850n, 850n, 850n]) {
    post(world, 3_600, { [BTC]: thousandths });
    ranges.push(underlyingOf(world).priceScanRange);
  }
  assert.is(ranges[0], calm);
  assert.ok(ranges.at(-1)! > calm + calm / 4n, `${calm} to ${ranges}`);
  assert.ok(underlyingOf(world).stress > 0n);
});

test('in the first 90 days nothing of genesis is lowered, but a storm raises the range', () => {
  const world = new World();
  world.tick();
  const before = underlyingOf(world);
  for (let i = 0; i < 30; i++) post(world, 3_600, { [BTC]: 1_000n });
  assert.is(underlyingOf(world).priceScanRange, before.priceScanRange);
  assert.is(underlyingOf(world).volatilityScanUp, before.volatilityScanUp);
  assert.is(underlyingOf(world).correlation, before.correlation);
  for (let i = 0; i < 12; i++) post(world, 3_600, { [BTC]: i % 2 === 0 ? 850n : 1_000n });
  assert.ok(underlyingOf(world).priceScanRange > before.priceScanRange);
  assert.is(underlyingOf(world).feeMultiplier, WAD);
});

test('a day is tested against the range that was in force when it began', () => {
  const world = warmWorld();
  const hours = (count: number, thousandths: bigint): void => {
    for (let i = 0; i < count; i++) post(world, 3_600, { [BTC]: thousandths });
  };
  hours(24, 1_000n);
  assert.equal([regimeOf(world).observations, regimeOf(world).exceptions], [0, 0], 'the first day began late');
  const { priceScanRange } = underlyingOf(world);
  hours(12, 1_000n);
  assert.is(regimeOf(world).dayScanRange, priceScanRange);
  hours(13, 700n);
  assert.equal([regimeOf(world).observations, regimeOf(world).exceptions], [1, 1]);
  hours(24, 700n);
  const { observations, exceptions, quietAfterException, penalty } = regimeOf(world);
  assert.equal([observations, exceptions, quietAfterException, penalty], [2, 1, 1, WAD]);
});

test('a gap of a year costs one bar and no more records than an hour', () => {
  const feed = new Feed();
  const start = 480_000 * 3_600;
  feed.post(start, 50_000n * USD);
  feed.post(start + 3_600, 50_000n * USD);
  feed.post(start + 7_200, 50_500n * USD);
  const records = feed.touched.length;
  feed.post(start + 400 * 86_400, 90_000n * USD);
  feed.post(start + 400 * 86_400 + 3_600, 90_000n * USD);
  assert.is(feed.touched.length, records + 1, 'and the macro record, at the end of a day');
  const { barHours, barReturn, observedHours, variance12, variance720 } = feed.regime();
  assert.is(barHours, 8_760, 'a year at most');
  assert.ok(Math.abs(asNumber(barReturn) - Math.log(90_000 / 50_500)) < 0.02);
  assert.ok(observedHours < 30, 'a gap teaches little');
  // All hours of the gap saw the same: the short averages have forgotten what was before.
  const perHour = asNumber(barReturn) ** 2 / 8_760;
  for (const v of [variance12, variance720]) assert.ok(Math.abs(asNumber(v) / perHour - 1) < 1e-3);
});

test('a follower learns its correlation where the leader closed the same hours', () => {
  const world = warmWorld();
  for (const thousandths of [1_010n, 990n, 1_020n, 1_000n]) post(world, 3_600, { [BTC]: thousandths, [ETH]: 2n * thousandths - 1_000n });
  const both = regimeOf(world, ETH);
  assert.ok(both.covariance > 0n && both.leaderVariance > 0n);
  const correlation = asNumber(both.covariance) / Math.sqrt(asNumber(both.ownVariance) * asNumber(both.leaderVariance));
  assert.ok(correlation > 0.99 && correlation <= 1 + 1e-9, `${correlation}`);
  for (let i = 0; i < 3; i++) post(world, 3_600, { [ETH]: 900n });
  assert.is(regimeOf(world, ETH).covariance, both.covariance, 'the leader was silent');
  assert.equal([regimeOf(world, BTC).covariance, regimeOf(world, BTC).leaderVariance], [0n, 0n], 'a leader has none');
  assert.is(underlyingOf(world, BTC).correlation, WAD);
});

test('macro series have closes instead of bars, and tilt the filter', () => {
  const world = new World(GENESIS_TIME, L1, macroNetwork());
  const macro = (): Macro => existing(world.state, MACRO, 0);
  assert.is(macro().reference, BTC);
  assert.is(world.state.read(REGIME, SERIES.equity), undefined);
  world.edit(MACRO, 0, { equityDays: 60, covariance: Q96, equityVariance: Q96, referenceVariance: Q96 });
  const closes = (equity: bigint, volatility: bigint, dollar: bigint) => ({
    [SERIES.equity]: equity * USD,
    [SERIES.volatility]: volatility * USD,
    [SERIES.dollar]: dollar * USD,
  });
  const days = [closes(4_000n, 20n, 100n), closes(3_900n, 35n, 101n), closes(3_900n, 36n, 101n)];
  for (const prices of days) {
    for (let hour = 0; hour < 24; hour += 8) {
      world.block(8 * 3_600 - (hour === 16 ? 60 : 0));
      world.accept(world.pricesBytes({ [BTC]: PRICES[BTC]!, ...prices }));
    }
    world.block(60);
  }
  assert.equal([macro().equityClose, macro().volatilityClose, macro().dollarClose], [3_900n * USD, 35n * USD, 101n * USD]);
  assert.equal([macro().equityDays, macro().volatilityDay], [61, GENESIS_TIME / 86_400 + 1]);
  assert.ok(asNumber(macro().volatilityStress) > 0.9);
  const plain = new Feed();
  plain.records.set(`${REGIME.name} ${BTC}`, regimeOf(world));
  plain.records.set(`${UNDERLYING.name} ${BTC}`, underlyingOf(world));
  world.accept(world.pricesBytes({ [BTC]: PRICES[BTC]!, ...days[2]! }));
  const tilted = regimeOf(world).stress;
  plain.post(world.now, PRICES[BTC]!);
  assert.ok(tilted > plain.regime().stress, 'more stress to come than without the macro record');
});

test('the golden rule of a step: posts within an hour read no regime', () => {
  const feed = new Feed();
  const start = 480_000 * 3_600;
  for (let i = 0; i < 100; i++) {
    feed.post(start + i * 30, 50_000n * USD);
    assert.is(feed.touched.length, 1, 'the underlying alone');
  }
  assert.equal(feed.regime(), new Feed().regime());
});

test('bounds of an underlying hold from the next bar on', () => {
  const feed = new Feed();
  const start = 480_000 * 3_600;
  feed.records.set(`${REGIME.name} ${BTC_TERMS.id}`, regimeAt(Q96 / 40_000n));
  const hour = (i: number, scanFloor: bigint, scanCeiling: bigint): bigint => {
    feed.post(start + i * 3_600, 50_000n * USD, BTC_TERMS.id, { scanFloor, scanCeiling });
    return feed.underlying().priceScanRange;
  };
  hour(0, 0n, WAD);
  hour(1, WAD / 2n, WAD);
  assert.is(feed.regime().nextScanRange, WAD / 2n);
  assert.is(hour(2, 0n, WAD / 50n), WAD / 2n);
  assert.is(hour(3, 0n, WAD), WAD / 50n);
});

test.run();
