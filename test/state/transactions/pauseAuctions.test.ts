/** PauseAuctions: its refusals, and a guardian who can delay but not prevent. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AUCTION_PAUSE_REST_SECONDS, MAX_AUCTION_PAUSE_SECONDS } from '../../../state/constants.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { pauseAuctions } from '../../../state/transactions/pauseAuctions.ts';
import { WAD, type AccountId, type Seconds } from '../../../state/units.ts';
import { bidBytes, distress, plant, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, carol, World } from '../../support/world.ts';

type Case = { world: World; until: Seconds };

function prepare(): Case {
  const world = new World();
  world.tick();
  return { world, until: world.now + MAX_AUCTION_PAUSE_SECONDS };
}
const pause = (world: World, until: Seconds): Uint8Array => world.governanceBytes(pauseAuctions, { until });
const bytesOf = ({ world, until }: Case): Uint8Array => pause(world, until);

const test = suite('pauseAuctions');

refusalTable(test, pauseAuctions.refusals, prepare, bytesOf, [
  ['parameter_out_of_bounds', (c) => c.until++],
]);

test('a pause may be shortened at any time, and repeated only after a day', () => {
  const { world, until } = prepare();
  world.accept(pause(world, until));
  assert.is(world.pool.auctionPause, until);
  assert.is(world.refuse(pause(world, until + 1)), 'parameter_out_of_bounds', 'longer');
  const end = until - 100;
  world.accept(pause(world, end));
  world.block(end + AUCTION_PAUSE_REST_SECONDS - 1 - world.now);
  assert.is(world.refuse(pause(world, world.now + 1)), 'parameter_out_of_bounds', 'too soon');
  world.block(1);
  world.accept(pause(world, world.now + MAX_AUCTION_PAUSE_SECONDS));
  assert.is(world.pool.auctionPause, end + AUCTION_PAUSE_REST_SECONDS + MAX_AUCTION_PAUSE_SECONDS);
});

test('a pause that is called off was one until now: pauses can not be strung together', () => {
  const { world, until } = prepare();
  world.accept(pause(world, until));
  world.block(600);
  const end = world.now;
  world.accept(pause(world, 0));
  assert.is(world.pool.auctionPause, end);
  assert.is(world.refuse(pause(world, end + 1)), 'parameter_out_of_bounds');
  world.block(AUCTION_PAUSE_REST_SECONDS - 1);
  world.accept(pause(world, 0));
  assert.is(world.pool.auctionPause, end, 'what is over stays where it ended');
  assert.is(world.refuse(pause(world, world.now + 1)), 'parameter_out_of_bounds');
  world.block(1);
  world.accept(pause(world, world.now + MAX_AUCTION_PAUSE_SECONDS));
});

test('only starts wait: bids, top-ups, trades and ends go on', () => {
  const { world } = prepare();
  const second = `${alice.address}07` as AccountId;
  for (const account of [alice.account, second]) {
    plant(world, account, { lots: { [BTC_PERP]: 1_000n } });
    distress(world, account, WAD / 2n);
  }
  for (const { account } of [bob, carol]) world.deposit(account, 10n ** 12n);
  world.accept(startBytes(alice.account));
  world.accept(pause(world, world.now + 1));
  assert.is(world.refuse(startBytes(second)), 'auctions_paused');
  world.accept(bidBytes(world, carol, alice.account, WAD / 10n));
  assert.ok(world.tradeBetween(bob, alice, 100n, 1_000_000n).outcome.ok);
  world.deposit(alice.account, 10n ** 10n);
  world.accept(encodeTransaction(endAuction, { account: alice.account }));
  world.tick(undefined, 1);
  world.accept(startBytes(second));
});

test.run();
