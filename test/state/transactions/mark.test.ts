/** Mark: its refusals in order, and marks, risk arrays, premium and funding by hand. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { INSTRUMENT, type Instrument } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { mark } from '../../../state/transactions/mark.ts';
import { WAD } from '../../../state/units.ts';
import { refusalTable } from '../../support/refusals.ts';
import { BTC_PERP, ETH_PERP, PRICES, World } from '../../support/world.ts';

const BTC = 1;
const BTC_FUTURE = BTC_PERP + 1;

type Case = { world: World; underlying: number; instruments: number[] };
function prepare(): Case {
  const world = new World();
  world.tick();
  return { world, underlying: BTC, instruments: [BTC_FUTURE] };
}

const test = suite('mark');

refusalTable(
  test,
  mark.refusals,
  prepare,
  ({ underlying, instruments }) => encodeTransaction(mark, { underlying, instruments }),
  [
    ['underlying_not_found', (c) => (c.underlying = 99)],
    ['malformed', (c) => (c.instruments = [])],
    ['prices_stale', (c) => c.world.block(121)],
    ['instrument_not_found', (c) => (c.instruments = [999])],
    ['instrument_of_other_underlying', (c) => (c.instruments = [ETH_PERP])],
    ['instrument_expired', (c) => c.world.edit(INSTRUMENT, BTC_FUTURE, { expiry: c.world.now })],
    ['forward_missing', (c) => c.world.edit(UNDERLYING, BTC, { terms: [] })],
    ['mark_out_of_range', (c) => c.world.edit(INSTRUMENT, BTC_FUTURE, { lotSize: 2n ** 50n })],
  ],
);

const markBtc = (world: World): Instrument => {
  world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_PERP] }));
  return world.instrument(BTC_PERP);
};

test('a settled instrument is never marked again', () => {
  const { world } = prepare();
  world.edit(INSTRUMENT, BTC_PERP, { status: 2 });
  assert.is(
    world.refuse(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_PERP] })),
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
  world.accept(encodeTransaction(mark, { underlying: BTC, instruments: [BTC_FUTURE] }));
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

test.run();
