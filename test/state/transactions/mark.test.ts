/** Mark: its refusals in order, and marks, risk arrays, premium and funding by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { CASH_ASSET } from '../../../state/records/asset.ts';
import { INSTRUMENT, type Instrument } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { WAD } from '../../../state/units.ts';
import { refusalTable } from '../../support/refusals.ts';
import { BTC_PERP, ETH_PERP, OPTION_EXPIRY, PRICES, VOLATILITY, World } from '../../support/world.ts';

const BTC = 1;
const BTC_FUTURE = BTC_PERP + 1;
const WETH = 1;
const WBTC = 2;

const listed = (world: World, strikes: readonly number[], expiry = OPTION_EXPIRY): ReturnType<World['listOptions']> => {
  world.tick();
  return world.listOptions(strikes, expiry);
};

type Case = { world: World; underlying: number; instruments: number[]; assets: number[]; call: number };
function prepare(): Case {
  const world = new World();
  const [call] = listed(world, [100_000])[100_000]!;
  return { world, underlying: BTC, instruments: [call], assets: [WBTC], call };
}
const withoutSlices = (world: World): void => {
  const terms = existing(world.state, UNDERLYING, BTC).terms.map((t) => ({ ...t, volatilityTime: 0 }));
  world.edit(UNDERLYING, BTC, { terms });
};

const test = suite('mark');

refusalTable(
  test,
  mark.refusals,
  prepare,
  ({ world: _, ...body }) => encodeTransaction(mark, body),
  [
    ['underlying_not_found', (c) => (c.underlying = 99)],
    ['malformed', (c) => (c.instruments = c.assets = [])],
    ['prices_stale', (c) => c.world.block(121)],
    ['instrument_not_found', (c) => (c.instruments = [999])],
    ['instrument_of_other_underlying', (c) => (c.instruments = [ETH_PERP])],
    ['instrument_expired', (c) => c.world.edit(INSTRUMENT, c.call, { expiry: c.world.now })],
    ['forward_missing', (c) => c.world.edit(UNDERLYING, BTC, { terms: [] })],
    ['volatility_missing', (c) => withoutSlices(c.world)],
    ['mark_out_of_range', (c) => c.world.edit(INSTRUMENT, c.call, { lotSize: 2n ** 50n })],
    ['malformed', (c) => (c.assets = [CASH_ASSET])],
    ['asset_not_found', (c) => (c.assets = [99])],
    ['asset_of_other_underlying', (c) => (c.assets = [WETH])],
  ],
);

const markBtc = (world: World): Instrument => {
  world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_PERP], assets: [] }));
  return world.instrument(BTC_PERP);
};

test('a settled instrument is never marked again', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, { status: 2 });
  assert.is(
    world.refuse(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_PERP], assets: [] })),
    'instrument_expired',
  );
});

test('a perpetual marks at index plus premium, a future at its forward', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, { premium: WAD / 1_000n });
  const { markPrice, markPerLot, delta, markSequence, markTime } = markBtc(world);
  assert.is(markPrice, 10_010_000_000_000n);
  assert.is(markPerLot, 100_100_000n);
  assert.is(delta, markPerLot);
  assert.is(markSequence, existing(world.state, UNDERLYING, BTC).priceSequence);
  assert.is(markTime, world.now);
  const terms = existing(world.state, UNDERLYING, BTC).terms.map((t) => ({ ...t, forward: t.forward + 5_000n }));
  world.edit(UNDERLYING, BTC, { terms });
  world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_FUTURE], assets: [] }));
  assert.is(world.instrument(BTC_FUTURE).markPrice, PRICES[BTC]! + 5_000n);
  assert.is(world.instrument(BTC_FUTURE).markPerLot, 100_000_000n, '100,000.00005 USD to the nearest');
});

test('the risk array of a linear lot: quarters of 15 %, three volatilities, then damped tails', () => {
  const { world } = prepare();
  const array = [...markBtc(world).riskArray];
  const triple = (x: number): number[] => [x, x, x];
  const quarters = [0, 3.75, -3.75, 7.5, -7.5, 11.25, -11.25, 15, -15].map((x) => x * 1_000_000);
  assert.equal(array.slice(0, 27), quarters.flatMap(triple));
  // Beyond the scan range a tail counts .77 x 15 % / |move| of itself: 11.55 % whatever the move.
  assert.equal(array.slice(27), [-1, -1, 1, 1, 1, 1, 1, 1].map((sign) => sign * 11_550_000));
});

test('funding of the elapsed time is that of the premium before it', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, { premium: WAD / 1_000n });
  world.block(60);
  world.accept(world.pricesBytes());
  const { fundingRate, fundingIndex, premium, fundingTime } = markBtc(world);
  assert.is(fundingRate, (12n * WAD) / 100_000n, '12 % an hour of 0.1 %');
  // 100 USD per lot x 1.2e-4 / hour x 1 minute = 0.0002 USD = 200e6 pico-dollars.
  assert.is(fundingIndex, 200_000_000n);
  // No trades: the premium moves towards zero by 60 / (60 + 1,800).
  assert.is(premium, WAD / 1_000n - (WAD / 1_000n * 60n) / 1_860n);
  assert.is(fundingTime, world.now);
});

test('the premium moves towards the average of the trades since the last mark', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, {
    premiumNotional: 3_000_000n,
    premiumWeighted: 6_000n, // 0.2 % on average.
  });
  world.block(200);
  world.accept(world.pricesBytes());
  const { premium, premiumNotional, premiumWeighted } = markBtc(world);
  assert.is(premium, (WAD / 500n * 200n) / 2_000n);
  assert.equal([premiumNotional, premiumWeighted], [0n, 0n]);
});

test('funding is clamped', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, { premium: -WAD / 2n });
  world.block(1);
  assert.is(markBtc(world).fundingRate, (-40n * WAD) / 10_000n);
});

test('a second mark in the same second keeps the samples of the trades between', () => {
  const { world } = prepare();
  const samples = { premiumNotional: 3_000_000n, premiumWeighted: 6_000n };
  world.edit(INSTRUMENT, BTC_PERP, samples);
  const { premiumNotional, premiumWeighted, premium, fundingIndex } = markBtc(world);
  assert.equal({ premiumNotional, premiumWeighted }, samples);
  assert.equal([premium, fundingIndex], [0n, 0n], 'no time, no change');
});

const optionOf = (world: World, id: number): Instrument => world.instrument(id);

test('a call and a put of one strike differ by a forward, in value and in every scenario', () => {
  const world = new World();
  const [call, put] = listed(world, [105_000])[105_000]!.map((id) => optionOf(world, id)) as [Instrument, Instrument];
  const forward = PRICES[BTC]!;
  assert.is(call.markPrice - put.markPrice, forward - call.strike);
  assert.is(call.delta - put.delta, 100_000_000n, 'a thousandth of a bitcoin');
  assert.equal([call.gamma, call.vega, call.theta], [put.gamma, put.vega, put.theta]);
  const future = world.instrument(BTC_FUTURE);
  call.riskArray.forEach((pnl, s) => {
    const apart = Math.abs(pnl - put.riskArray[s]! - future.riskArray[s]!);
    assert.ok(apart <= 1, `scenario ${s}: ${apart} micro-dollars from parity`);
  });
});

test('what an option gains in a scenario is what it would be worth less what it is', () => {
  const world = new World();
  const id = listed(world, [100_000])[100_000]![0];
  // A slice without a smile: the scenarios hold the volatility of a strike while the price moves.
  const markAt = (forward: bigint): Instrument => {
    const terms = existing(world.state, UNDERLYING, BTC).terms.map((t) => ({ ...t, forward, rho: 0n, psi: 1n }));
    world.edit(UNDERLYING, BTC, { terms });
    world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [id], assets: [] }));
    return optionOf(world, id);
  };
  const before = markAt(PRICES[BTC]!);
  assert.is(before.riskArray[1], 0, 'nothing moves');
  assert.ok(before.riskArray[0]! > 0 && before.riskArray[2]! < 0, 'volatility up and down');
  const { priceScanRange } = existing(world.state, UNDERLYING, BTC);
  for (const [scenario, quarters] of [[4, 1n], [7, -1n], [22, 4n], [25, -4n]] as const) {
    const after = markAt(PRICES[BTC]! + (PRICES[BTC]! * priceScanRange * quarters) / (4n * WAD));
    const gain = Number(after.markPerLot - before.markPerLot);
    assert.ok(Math.abs(gain - before.riskArray[scenario]!) <= 1, `${gain} and ${before.riskArray[scenario]}`);
  }
});

test('an option marked from an old slice has a value and is not fresh', () => {
  const world = new World();
  const id = listed(world, [100_000])[100_000]![0];
  const first = optionOf(world, id);
  world.block(1);
  const terms = existing(world.state, UNDERLYING, BTC).terms;
  world.edit(UNDERLYING, BTC, {
    terms: terms.map((t) => ({ ...t, volatilityTime: t.volatilityTime === 0 ? 0 : t.volatilityTime - 3_601 })),
    indexPrice: PRICES[BTC]! + 1n,
    priceSequence: 99n,
  });
  world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [id], assets: [] }));
  const stale = optionOf(world, id);
  assert.is.not(stale.markPrice, first.markPrice);
  assert.equal([stale.markTime, stale.markSequence], [first.markTime, first.markSequence]);
});

test('within the settlement window only the seconds to come move', () => {
  const world = new World();
  const [call, put] = listed(world, [90_000, 110_000])[90_000]!;
  world.block(OPTION_EXPIRY - 1_800 - world.now);
  world.accept(world.pricesBytes());
  world.block(1_350);
  world.accept(world.pricesBytes({ ...PRICES, [BTC]: 12_000_000_000_000n }));
  world.accept(world.markBytes(BTC));
  // Three quarters at 100,000 have passed, a quarter at 120,000 is to come: 105,000, of which 30,000 move.
  const { markPrice, delta } = optionOf(world, call);
  assert.is(markPrice, 1_500_000_000_000n);
  assert.is(delta, 30_000_000n);
  assert.is(optionOf(world, put).markPrice, 0n);
  assert.is(optionOf(world, put).markPerLot, 0n);
});

/** Marks of a call on BTC at the money, first listed when slices have this volatility [1e-2]. */
function callAt(volatility: bigint, expiry = OPTION_EXPIRY): Instrument {
  const world = new World();
  const [id] = listed(world, [100_000], expiry)[100_000]!;
  withoutSlices(world);
  world.block(1);
  world.accept(world.pricesBytes(PRICES, world.now, 2, volatility));
  world.accept(world.markBytes(BTC));
  return optionOf(world, id);
}
/** At the money the price of an option is all but proportional to its volatility. */
const shockOf = ({ riskArray, markPerLot }: Instrument): number => riskArray[0]! / Number(markPerLot);

test('the more time is left, the less volatility moves, with another power beyond thirty days', () => {
  const days = (life: number): number => life / 86_400;
  const near = callAt(VOLATILITY);
  const far = callAt(VOLATILITY, OPTION_EXPIRY + 49 * 86_400); // The last Friday of April.
  const { markTime } = near;
  const moved = (expiry: number, power: number): number => 0.45 * (30 / days(expiry - markTime)) ** power;
  assert.ok(Math.abs(shockOf(near) - moved(near.expiry, 0.3)) < 0.02, `${shockOf(near)}`);
  assert.ok(Math.abs(shockOf(far) - moved(far.expiry, 0.13)) < 0.005, `${shockOf(far)}`);
});

test('where it is low, volatility goes up to its floor at least', () => {
  // From 10 % to 40 %: three times more.
  const shock = shockOf(callAt(10n));
  assert.ok(Math.abs(shock - 3) < 0.02, `${shock}`);
});

test('an option has time value while a few dollars of its average still move', () => {
  const world = new World();
  const [call] = listed(world, [100_000])[100_000]!;
  world.block(OPTION_EXPIRY - 1_800 - world.now);
  world.accept(world.pricesBytes());
  world.block(1_790);
  world.accept(world.pricesBytes());
  world.accept(world.markBytes(BTC));
  const { markPrice, delta } = optionOf(world, call);
  assert.ok(markPrice > 0n && markPrice < 100_000_000n, `${markPrice}`);
  // Half of a lot of the 555 USD that ten seconds are of half an hour.
  assert.ok(delta > 270_000n && delta < 290_000n, `${delta}`);
});

test.run();
