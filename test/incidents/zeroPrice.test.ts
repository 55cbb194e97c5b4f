/**
 * Paradex, 19 January 2026: a migration served a BTC price of zero, everybody long was liquidated, and the chain was
 * rolled back, 650,000 dollars. Here zero is no price, a post may move a live index by 40 %, and where prices come back
 * wrong after an outage nobody is liquidated before they can be put right.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, World } from '../support/world.ts';
import { indexOf, isSafe, mostWithdrawn, PER_USD, reportsBytes, rich, trade, usd, USD, UNDERLYINGS, wait } from './stage.ts';

const test = suite('zero price');
const { btc } = UNDERLYINGS;

/** Alice is long 1 BTC of bob at 100,000. */
function open(): World {
  const world = new World();
  world.tick();
  rich(world, [alice, bob], 100_000n * USD);
  trade(world, alice, bob, 1_000n);
  world.block(1);
  return world;
}

test('zero is refused, and so is one cent', () => {
  const world = open();
  assert.is(world.refuse(reportsBytes(world, btc, [0n, 0n])), 'price_must_be_positive');
  assert.is(world.refuse(reportsBytes(world, btc, [1_000_000n, 1_000_000n])), 'price_jump_too_large');
  assert.is(world.refuse(reportsBytes(world, btc, [60_000n * PER_USD - 1n, 60_000n * PER_USD - 1n])), 'price_jump_too_large');
  world.accept(reportsBytes(world, btc, [60_000n * PER_USD, 60_000n * PER_USD]));
  assert.is(indexOf(world, 'btc'), 60_000n * PER_USD);
});

test('one cent after an outage liquidates nobody, pays out no profit, and is gone after two minutes', () => {
  const world = open();
  world.block(3_600);
  world.accept(world.pricesBytes({ ...usd({}), 1: 1_000_000n }));
  for (const market of [1, 2, 3]) world.accept(world.markBytes(market));
  assert.ok(world.instrument(BTC_PERP).markPrice < PER_USD);
  assert.not.ok(isSafe(world, alice), 'by the numbers');
  assert.is(world.refuse(startBytes(alice.account)), 'auction_not_open');
  assert.ok(world.margin(bob.account).equity > 190_000n * USD);
  assert.ok(mostWithdrawn(world, bob) <= 100_000n * USD, 'bob gets back what he brought at most');
  world.block(60);
  assert.is(world.refuse(world.pricesBytes()), 'price_jump_too_large', 'while it is fresh it stands');
  world.block(60);
  world.block(1);
  world.accept(world.pricesBytes());
  for (const market of [1, 2, 3]) world.accept(world.markBytes(market));
  assert.ok(isSafe(world, alice));
  wait(world, 300);
  assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy');
});

test.run();
