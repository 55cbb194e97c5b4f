/**
 * After a loss whoever leaves first is paid whole and whoever leaves last is not, so that everybody runs: pools and
 * lenders have ended so, and closed their doors to end it. Here the loss is in the rate of all withdrawals from the
 * moment it is flagged, the doors stay open, and waiting costs nothing; what comes in later raises the rate for all.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WAD } from '../../state/units.ts';
import { plant, pour, startBytes } from '../support/distressed.ts';
import { person, World, type Person } from '../support/world.ts';
import { rich, socializeBytes, transferBytes, USD, withdrawBytes } from './stage.ts';

const test = suite('bank run');
const savers = Array.from({ length: 5 }, (_, i) => person(`saver ${i}`));
const [loser, other] = [person('loser'), person('other')];

/** Five savers with 100,000 USD each; an account that has nothing owes 50,000, the fund has 10,000. */
function flagged(): World {
  const world = new World();
  world.tick();
  rich(world, savers, 100_000n * USD);
  pour(world, 'insurance', 10_000n * USD);
  plant(world, loser.account, {});
  pour(world, loser.account, -50_000n * USD);
  world.accept(startBytes(loser.account));
  return world;
}

/** What L1 is to pay him when he takes out all, in so many parts. */
function leave(world: World, who: Person, parts = 1n): bigint {
  const { cash } = world.account(who.account);
  const before = world.pool.withdrawn;
  for (let i = 0n; i < parts; i++) world.accept(withdrawBytes(world, who, cash / parts));
  return world.pool.withdrawn - before;
}

test('the first second, the last hour, in one part or in fifty, through a friend: 92,000 of 100,000', () => {
  const world = flagged();
  assert.is(leave(world, savers[0]!), 92_000n * USD);
  assert.is(leave(world, savers[1]!, 50n), 92_000n * USD);
  rich(world, [other], 0n);
  plant(world, other.account, {});
  world.accept(transferBytes(world, savers[2]!, other, 100_000n * USD));
  assert.is(leave(world, other), 92_000n * USD);
  world.accept(socializeBytes(loser.account));
  assert.is(world.pool.withdrawalRate, (92n * WAD) / 100n);
  for (const saver of savers.slice(3)) assert.is(leave(world, saver), 92_000n * USD);
  assert.equal([world.pool.deficit, world.pool.insurance, world.pool.cashPositive], [0n, 0n, 0n]);
  assert.equal(world.breaches(), []);
});

test('who waits for a penalty that comes in is paid more, in proportion', () => {
  const world = flagged();
  world.accept(socializeBytes(loser.account));
  assert.is(leave(world, savers[0]!), 92_000n * USD);
  const { deficit } = world.pool;
  pour(world, 'insurance', deficit / 2n);
  assert.is(world.pool.withdrawalRate, (96n * WAD) / 100n);
  assert.is(leave(world, savers[1]!), 96_000n * USD);
  pour(world, 'insurance', world.pool.deficit);
  assert.is(leave(world, savers[2]!), 100_000n * USD);
  assert.equal(world.breaches(), []);
});

test('only where nothing is left nobody is paid, and nobody loses his claim by asking', () => {
  const world = flagged();
  pour(world, loser.account, -1_000_000n * USD);
  world.accept(socializeBytes(loser.account));
  assert.is(world.pool.withdrawalRate, 0n);
  assert.is(world.refuse(withdrawBytes(world, savers[0]!, USD)), 'withdrawal_throttled');
  assert.is(world.account(savers[0]!.account).cash, 100_000n * USD);
});

test.run();
