/**
 * Lighter, 10 October 2025: the database of its sequencer failed for four and a half hours of a crash; nobody could
 * close or leave. Here an action that reaches the inbox on L1 is executed whether the sequencer likes it or not, and
 * when blocks come back there is time to act before anybody is liquidated.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startBytes } from '../support/distressed.ts';
import { alice, bob, carol, World, type Person } from '../support/world.ts';
import { endBytes, isSafe, rich, trade, transferBytes, usd, USD, walk, wait, withdrawBytes } from './stage.ts';

const test = suite('sequencer outage');
const DOWN_SECONDS = 16_200;

/** Alice is long 1 BTC with little to spare when blocks stop; bob has cash. */
function down(): World {
  const world = new World();
  world.tick();
  rich(world, [bob, carol]);
  world.deposit(alice.account, 23_000n * USD);
  trade(world, alice, bob, 1_000n);
  walk(world, 'btc', 95_000n);
  world.block(DOWN_SECONDS);
  return world;
}

test('cash leaves by the inbox of L1: at once without a position, with one as soon as there is a price', () => {
  const world = down();
  const out = (who: Person): Uint8Array => world.forcedBytes(withdrawBytes(world, who, 100_000n * USD), who);
  world.accept(out(carol));
  assert.is(world.account(carol.account).cash, 900_000n * USD);
  assert.is(world.refuse(out(bob)), 'marks_stale');
  world.tick(usd({ btc: 88_000n }));
  const before = world.account(bob.account).cash;
  world.accept(out(bob));
  assert.is(before - world.account(bob.account).cash, 100_000n * USD);
});

test('who is below maintenance when blocks come back has five minutes, by L1 too', () => {
  const world = down();
  world.tick(usd({ btc: 86_000n }));
  assert.not.ok(isSafe(world, alice));
  wait(world, 270);
  assert.is(world.refuse(startBytes(alice.account)), 'auction_not_open');
  world.accept(world.forcedBytes(transferBytes(world, bob, alice, 20_000n * USD), bob));
  wait(world, 30);
  assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy');
  assert.is(world.refuse(endBytes(alice.account)), 'auction_not_found');
});

test.run();
