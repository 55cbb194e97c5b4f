/**
 * Hyperliquid and others, 10 October 2025: 2.1 billion dollars of winning positions were closed in twelve minutes by
 * rank, the largest profits first and whole, which stripped hedges, and more was closed than had to be. Here all
 * holders close the same share of what hedges nothing at one price, and hedges only where that is not enough.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abs } from '../../state/math/integer.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { CLAIM } from '../../state/records/claim.ts';
import { distressIn, round, startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, person, World, type Person } from '../support/world.ts';
import { rich, trade, USD, wait, walk } from './stage.ts';

const test = suite('deleveraging by rank');
const [dora, hedger] = [person('dora'), person('hedger')];
const FUTURE = BTC_PERP + 1;
const lotsOf = (world: World, { account }: Person, instrument = BTC_PERP): bigint =>
  positionOf(world.account(account), instrument)?.size ?? 0n;

/**
 * Alice is long 1,000 lots and insolvent at 75,000. Short are bob (1,000 at 100,000, highly leveraged), a hedger
 * (1,000 at 100,000, long as much of the future) and dora (2,000 at 76,000, rich); carol is long the rest. Some may
 * be long as much of the future too.
 */
function insolvent(alsoHedged: readonly Person[] = []): World {
  const world = new World();
  world.tick();
  rich(world, [carol, dora]);
  for (const { account } of [bob, hedger]) world.deposit(account, 40_000n * USD);
  world.deposit(alice.account, 23_000n * USD);
  trade(world, alice, bob, 1_000n);
  trade(world, carol, hedger, 1_000n);
  trade(world, hedger, carol, 1_000n, FUTURE);
  walk(world, 'btc', 76_000n);
  trade(world, carol, dora, 2_000n);
  for (const who of alsoHedged) trade(world, who, carol, -lotsOf(world, who), FUTURE);
  walk(world, 'btc', 75_000n);
  world.accept(startBytes(alice.account));
  wait(world, 630);
  return world;
}

test('whatever their profit and leverage, all close a third of what hedges nothing; a hedge stays whole', () => {
  const world = insolvent();
  const holders = [bob, hedger, dora];
  const owed = -distressIn(world, alice.account).value;
  assert.ok(owed > 1_900n * USD);
  const before = holders.map(({ account }) => world.margin(account).equity);
  round(world, alice.account, holders.map(({ account }) => account));
  const [ofBob, ofHedger, ofDora] = holders.map((who) => lotsOf(world, who)) as [bigint, bigint, bigint];
  assert.is(ofBob + ofDora, -2_000n);
  assert.ok(ofBob >= -667n && ofBob <= -666n && ofHedger >= -1_000n && ofHedger <= -999n, `${ofBob} ${ofHedger}`);
  assert.is(lotsOf(world, hedger, FUTURE), 1_000n);
  assert.is(lotsOf(world, alice), 0n, 'all of it, and nothing beyond');

  const haircuts = holders.map(({ account }) => world.state.read(CLAIM, account)?.amount ?? 0n);
  haircuts.forEach((haircut, i) => assert.is(before[i]! - world.margin(holders[i]!.account).equity, haircut));
  assert.is(haircuts[1], 0n);
  // Two dollars a lot are owed; dora has made one, and gives up that.
  assert.ok(haircuts[2]! > 0n && haircuts[2]! <= 667n * USD);
  assert.ok(haircuts.reduce((sum, h) => sum + h, 0n) <= owed + 1_000n, 'no more than was owed, and a micro-dollar a lot');
  assert.equal(world.breaches(), []);
});

test('where all that is left hedges something, all hedges lose the same quarter', () => {
  const world = insolvent([bob, dora]);
  const holders = [bob, hedger, dora];
  round(world, alice.account, holders.map(({ account }) => account));
  const left = holders.map((who) => -lotsOf(world, who));
  left.forEach((lots, i) => assert.ok(abs(lots - [750n, 750n, 1_500n][i]!) <= 3n, `${left}`));
  assert.is(left.reduce((sum, lots) => sum + lots, 0n), 3_000n);
  assert.equal(world.breaches(), []);
});

test.run();
