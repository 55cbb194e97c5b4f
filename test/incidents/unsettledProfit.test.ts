/**
 * Drift v1, May 2022, 10 to 11.75 million dollars: in the fall of LUNA profit was paid out before the losers had
 * anything to pay it with, until the collateral of everybody else was gone. Here profit is cash only once somebody has
 * taken the position over; and while what the loser owes is open, who leaves pays the same part of it as
 * who stays, but for the part of all cash that is the loser's own.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WAD } from '../../state/units.ts';
import { round, startBytes } from '../support/distressed.ts';
import { alice, bob, carol, World } from '../support/world.ts';
import { mostWithdrawn, rich, socializeBytes, trade, USD, wait, walk, withdrawBytes } from './stage.ts';

const test = suite('profit before loss');

/** Bob is long 1 BTC of alice with 23,000 USD; it falls to 70,000: she has made 30,000, he owes 7,000. */
function fallen(): World {
  const world = new World();
  world.tick();
  rich(world, [alice], 100_000n * USD);
  rich(world, [carol]);
  world.deposit(bob.account, 23_000n * USD);
  trade(world, bob, alice, 1_000n);
  walk(world, 'btc', 70_000n);
  return world;
}

test('profit of a position that nobody has taken over is not paid out', () => {
  const world = fallen();
  const { cash } = world.account(alice.account);
  assert.ok(world.margin(alice.account).equity > 129_000n * USD && cash < 100_000n * USD);
  assert.is(world.refuse(withdrawBytes(world, alice, cash + 1n)), 'balance_too_low');
  assert.ok(mostWithdrawn(world, alice) <= cash);
});

test('profit that was taken over leaves its part of the open loss behind; who stays pays the same', () => {
  const world = fallen();
  trade(world, alice, carol, 1_000n); // Alice closes, carol is short now.
  world.accept(startBytes(bob.account));
  const { flagged, insurance, cashPositive } = world.pool;
  const open = flagged - insurance;
  assert.ok(open > 6_900n * USD && open < 7_100n * USD);
  const { cash } = world.account(alice.account);
  const before = world.pool.withdrawn;
  world.accept(withdrawBytes(world, alice, cash));
  const paid = world.pool.withdrawn - before;
  assert.is(paid, cash - (cash * open + cashPositive - 1n) / cashPositive);

  wait(world, 630);
  round(world, bob.account, [carol.account]);
  world.accept(socializeBytes(bob.account));
  const [left, stayed] = [cash - paid, (cash * (WAD - world.pool.withdrawalRate)) / WAD];
  assert.ok(left > 750n * USD, 'six in a thousand of 130,000 USD');
  // Bob's own 23,000 were cash when she left, of 1,150,000 in all: by that share she left less, and no more.
  assert.ok(left <= stayed && left * 100n >= stayed * 97n, `${left}, ${stayed}`);
  assert.ok(world.pool.withdrawn <= world.pool.deposited);
  assert.equal(world.breaches(), []);
});

test.run();
