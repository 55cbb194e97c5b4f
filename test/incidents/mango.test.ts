/**
 * Mango, October 2022, 114 million dollars: two accounts of one person traded a perpetual with each other, he pumped
 * its token from .038 to .91, and borrowed everything against the profit. Here nobody takes out cash that is not his
 * own by now; profit of open positions counts by half at most, and at a price that follows a pump by .01 % a second.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alice, bob, carol, SOL_PERP, World } from '../support/world.ts';
import { startBytes } from '../support/distressed.ts';
import { isSafe, mostWithdrawn, rich, trade, USD, walk, withdrawBytes } from './stage.ts';

const test = suite('pump and borrow');
const BROUGHT = 200_000n * USD;

/** Alice is long 1,000 SOL of bob, both the same person with 200,000 USD each; SOL goes from 200 to 4,800. */
function pumped(): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, BROUGHT);
  rich(world, [carol], 10_000_000n * USD);
  trade(world, alice, bob, 10_000n, SOL_PERP);
  walk(world, 'sol', 4_800n, 39n);
  return world;
}

test('a profit of 4.6 million borrows nothing', () => {
  const world = pumped();
  const { equity, initialEquity, initial } = world.margin(alice.account);
  const { cash } = world.account(alice.account);
  assert.ok(equity > 4_700_000n * USD && cash < BROUGHT);
  assert.is(world.refuse(withdrawBytes(world, alice, cash + 1n)), 'balance_too_low', 'profit is not cash');
  assert.ok(initialEquity < BROUGHT + 10_000n * USD, 'the pump of minutes counts as far as the price could have followed');
  assert.ok(initial > 1_000_000n * USD, 'while margin is on the new price');
  assert.is(mostWithdrawn(world, alice), 0n);
  assert.is(world.refuse(withdrawBytes(world, alice, USD)), 'initial_margin_too_low');
});

test('the other side is for sale while it still has something, though the price jumps as far as it may', () => {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, BROUGHT);
  trade(world, alice, bob, 10_000n, SOL_PERP);
  for (const price of [278n, 325n]) {
    walk(world, 'sol', price, 39n);
    assert.ok(world.margin(bob.account).equity > 0n);
  }
  assert.not.ok(isSafe(world, bob));
  world.accept(startBytes(bob.account));
});

test.run();
