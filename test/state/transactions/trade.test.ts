/** Trade: cash, positions, open interest, fees, samples and effects of what is accepted. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toHex } from '../../../state/codec/bytes.ts';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { ORDER } from '../../../state/records/order.ts';
import { SESSION_SCOPE } from '../../../state/records/session.ts';
import { authorizeSession } from '../../../state/transactions/authorizeSession.ts';
import { decodeFlags, orderDigest, type SignedOrder } from '../../../state/transactions/order.ts';
import type { Digest } from '../../../state/units.ts';
import { tradedWorld } from '../../support/actions.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, PRICES, World, type Person } from '../../support/world.ts';

const test = suite('trade: effects');

const START = 10_000_000_000n;
/** One tick of one lot [1e-6 USD]; a lot at 100,000 USD. */
const TICK_VALUE = 100n;
const LOT = 1_000_000n * TICK_VALUE;

function funded(): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob, carol]) world.deposit(account, START);
  return world;
}
const digestOf = (world: World, order: SignedOrder): Digest =>
  toHex(
    orderDigest(world.domainSeparator, { ...order, instrument: BTC_PERP }, decodeFlags(order.flags)!),
  );
const holdingOf = (world: World, { account }: Person) => {
  const { cash, positions } = world.account(account);
  return { cash, positions: positions.map(({ size, quote }) => [size, quote]) };
};

test('opens both sides at the price of the maker, fees rounded up to the pool', () => {
  const world = funded();
  const maker = world.order({ who: bob, lots: 5n, ticks: 1_000_001n, buy: false });
  const taker = world.order({ who: alice, lots: 7n, ticks: 1_000_002n, buy: true });
  const { effects } = world.accept(world.tradeBytes(taker, [{ maker, lots: 3n }]));
  const notional = 3n * 1_000_001n * TICK_VALUE; // 300,000,300
  const [takerFee, makerFee] = [120_001n, 30_001n]; // 4 and 1 basis points of it, up.
  assert.equal(holdingOf(world, alice), { cash: START - takerFee, positions: [[3n, -notional]] });
  assert.equal(holdingOf(world, bob), { cash: START - makerFee, positions: [[-3n, notional]] });
  assert.is(world.pool.fees, takerFee + makerFee);
  assert.is(world.pool.quoteTotal, 0n);
  assert.is(world.instrument(BTC_PERP).openInterest, 3n);
  assert.equal(effects.at(-1), {
    kind: 'fill',
    instrument: BTC_PERP,
    taker: alice.account,
    maker: bob.account,
    takerOrder: digestOf(world, taker),
    makerOrder: digestOf(world, maker),
    takerBuys: true,
    lots: 3n,
    price: 10_000_010_000_000n,
    notional,
    takerFee,
    makerFee,
  });
  assert.equal(world.state.read(ORDER, digestOf(world, taker)), { filled: 3n, expiry: taker.expiry });
  assert.equal(world.state.read(ORDER, digestOf(world, maker)), { filled: 3n, expiry: maker.expiry });
  assert.equal(world.breaches(), []);
});

test('increases, reduces, closes and flips: a closed quote becomes cash', () => {
  const world = funded();
  const sizes: [bigint, bigint, bigint][] = []; // alice's size and quote, open interest
  const deal = (lots: bigint, ticks: bigint): void => {
    const [buyer, seller] = lots > 0n ? [alice, bob] : [bob, alice];
    assert.ok(world.tradeBetween(buyer, seller, lots > 0n ? lots : -lots, ticks).outcome.ok);
    const position = positionOf(world.account(alice.account), BTC_PERP);
    sizes.push([position?.size ?? 0n, position?.quote ?? 0n, world.instrument(BTC_PERP).openInterest]);
    assert.equal(world.breaches(), []);
  };
  deal(2n, 1_000_000n);
  deal(1n, 1_001_000n);
  deal(-2n, 1_002_000n);
  deal(-1n, 1_002_000n);
  assert.equal(sizes, [
    [2n, -2n * LOT, 2n],
    [3n, -3n * LOT - 1_000n * TICK_VALUE, 3n],
    [1n, -1n * LOT + 3_000n * TICK_VALUE, 1n],
    [0n, 0n, 0n],
  ]);
  const fees = START * 2n - world.account(alice.account).cash - world.account(bob.account).cash;
  assert.is(world.pool.fees, fees, 'what one won, the other lost; the rest are fees');
  deal(1n, 1_000_000n);
  deal(-3n, 1_000_000n);
  assert.equal(sizes.at(-1), [-2n, 2n * LOT, 2n]);
});

test('one taker fills several makers, each at its own price', () => {
  const world = funded();
  const cheap = world.order({ who: bob, lots: 2n, ticks: 999_000n, buy: false });
  const dear = world.order({ who: carol, lots: 2n, ticks: 1_000_000n, buy: false });
  const taker = world.order({ who: alice, lots: 3n, ticks: 1_000_000n, buy: true, timeInForce: 2 });
  world.accept(
    world.tradeBytes(taker, [
      { maker: cheap, lots: 2n },
      { maker: dear, lots: 1n },
    ]),
  );
  assert.equal(holdingOf(world, alice).positions, [[3n, -(2n * 999_000n + 1_000_000n) * TICK_VALUE]]);
  assert.equal(holdingOf(world, bob).positions, [[-2n, 2n * 999_000n * TICK_VALUE]]);
  assert.equal(holdingOf(world, carol).positions, [[-1n, LOT]]);
  const again = world.order({ who: alice, lots: 1n, ticks: 1_000_000n, buy: true });
  assert.is(world.refuse(world.tradeBytes(again, [{ maker: cheap, lots: 1n }])), 'overfilled');
  world.accept(world.tradeBytes(again, [{ maker: dear, lots: 1n }]));
  assert.equal(world.breaches(), []);
});

test('fills add up over steps, to the lots that were signed for and no further', () => {
  const world = funded();
  const maker = world.order({ who: bob, lots: 100n, ticks: 1_000_000n, buy: false });
  const taker = world.order({ who: alice, lots: 10n, ticks: 1_000_000n, buy: true });
  const fill = (lots: bigint) => world.tradeBytes(taker, [{ maker, lots }]);
  for (const lots of [4n, 3n]) world.accept(fill(lots));
  assert.is(world.refuse(fill(4n)), 'overfilled');
  world.accept(fill(3n));
  assert.is(world.refuse(fill(1n)), 'overfilled');
  assert.is(world.state.read(ORDER, digestOf(world, taker))!.filled, 10n);
  assert.is(world.state.read(ORDER, digestOf(world, maker))!.filled, 10n);
});

test('to turn a long into a short of its size is not to reduce it', () => {
  const world = tradedWorld();
  const bid = world.order({ who: bob, lots: 200n, ticks: 1_000_000n, buy: true });
  const ask = { who: alice, lots: 200n, ticks: 1_000_000n, buy: false };
  const turn = (reduceOnly: boolean) =>
    world.tradeBytes(world.order({ ...ask, reduceOnly }), [{ maker: bid, lots: 200n }]);
  assert.is(world.refuse(turn(true)), 'reduce_only_would_increase');
  world.block(1_000);
  const late = world.order({ who: bob, lots: 200n, ticks: 1_000_000n, buy: true });
  assert.is(
    world.refuse(world.tradeBytes(world.order(ask), [{ maker: late, lots: 200n }])),
    'marks_stale',
  );
});

test('adds no risk while another market of the account is stale', () => {
  const world = tradedWorld();
  assert.ok(world.tradeBetween(alice, bob, 1n, 400_000n, ETH_PERP).outcome.ok);
  world.block(1_000);
  world.accept(world.pricesBytes({ 1: PRICES[1]! }));
  world.accept(world.markBytes(1));
  assert.ok(!world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok);
  world.accept(world.pricesBytes({ 2: PRICES[2]! }));
  world.accept(world.markBytes(2));
  assert.ok(world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok);
});

test('a sell takes bids, and a session trades for its owner within its scope', () => {
  const world = funded();
  assert.ok(world.tradeBetween(alice, bob, 5n, 1_000_000n).outcome.ok);
  world.accept(
    world.action(authorizeSession, alice, {
      key: carol.address,
      scope: SESSION_SCOPE.reduceOnly,
      sessionExpiry: world.now + 60,
      notionalCap: 2n * LOT,
      markets: [BTC_PERP],
    }),
  );
  const bid = world.order({ who: bob, lots: 3n, ticks: 1_000_000n, buy: true });
  const reduce = { who: alice, signer: carol, ticks: 999_999n, buy: false, reduceOnly: true };
  const large = world.order({ ...reduce, lots: 3n });
  assert.is(world.refuse(world.tradeBytes(large, [{ maker: bid, lots: 1n }])), 'session_notional_cap');
  world.accept(world.tradeBytes(world.order({ ...reduce, lots: 2n }), [{ maker: bid, lots: 2n }]));
  assert.is(positionOf(world.account(alice.account), BTC_PERP)!.size, 3n);
});

test('samples the premium of each trade against the index, clamped', () => {
  const world = funded();
  const sample = (ticks: bigint): readonly [bigint, bigint] => {
    world.edit(INSTRUMENT, BTC_PERP, { premiumNotional: 0n, premiumWeighted: 0n });
    assert.ok(world.tradeBetween(alice, bob, 1n, ticks).outcome.ok);
    const { premiumNotional, premiumWeighted } = world.instrument(BTC_PERP);
    return [premiumNotional, premiumWeighted];
  };
  assert.equal(sample(1_001_000n), [100_100_000n, 100_100n]); // +0.1 %
  assert.equal(sample(999_000n), [99_900_000n, -99_900n]); // -0.1 %
  assert.equal(sample(1_050_000n), [105_000_000n, 1_050_000n]); // +5 %, counts as 1 %
});

test('settles funding before it changes the position', () => {
  const world = tradedWorld();
  const { fundingIndex } = world.instrument(BTC_PERP);
  world.edit(INSTRUMENT, BTC_PERP, { fundingIndex: fundingIndex + 1_500_001n }); // 1.500001 per lot
  const before = world.account(alice.account).cash;
  const { effects } = world.tradeBetween(alice, bob, 1n, 1_000_000n);
  const funding = effects.filter((e) => e.kind === 'cash' && e.reason === 'funding');
  assert.equal(funding, [
    { kind: 'cash', account: alice.account, amount: -151n, reason: 'funding' },
    { kind: 'cash', account: bob.account, amount: 150n, reason: 'funding' },
  ]);
  assert.is(world.pool.clearing, 1n);
  assert.is(world.account(alice.account).cash, before - 151n - 40_001n, 'a fee of 4 basis points, a whisker for size, up');
});

test('reduces at stale prices, and below initial margin when that is no riskier', () => {
  const world = tradedWorld();
  world.block(1_000);
  assert.ok(world.tradeBetween(bob, alice, 10n, 1_000_000n).outcome.ok, 'exits need no fresh prices');
  assert.ok(!world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok);
  world.tick();
  const { cash } = world.account(alice.account);
  const drained = cash - 500_000_000n; // 500 USD left for 9,000 USD of BTC: 1,800 are needed.
  world.edit(ACCOUNT, alice.account, { cash: cash - drained });
  world.edit(ACCOUNT, bob.account, { cash: world.account(bob.account).cash + drained });
  assert.ok(!world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok, 'adds risk');
  assert.ok(world.tradeBetween(bob, alice, 10n, 1_000_000n).outcome.ok, 'reduces it');
  assert.ok(!world.tradeBetween(bob, alice, 1n, 910_000n).outcome.ok, 'reduces, but loses more');
});

test('trades nothing before the first mark', () => {
  const world = new World();
  for (const { account } of [alice, bob]) world.deposit(account, START);
  world.accept(world.pricesBytes(PRICES));
  assert.is(world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok, false);
});

test.run();
