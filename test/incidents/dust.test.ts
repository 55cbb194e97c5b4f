/**
 * What is too small to be worth a transaction is liquidated by nobody, and debt that nobody touches adds up. Here a bid
 * takes all where it would leave less than the dust limit, what can not be cut goes whole, and who starts the auction
 * of a small account is paid out of its value, not out of a minimum that it does not have.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WAD, type AccountId } from '../../state/units.ts';
import { auctionIn, bidBytes, distress, distressIn, plant, startBytes } from '../support/distressed.ts';
import { alice, BTC_PERP, carol, World } from '../support/world.ts';
import { rich, USD } from './stage.ts';

const test = suite('dust');

/** An account of so many lots of 100 USD at nine tenths of its maintenance margin. */
function small(lots: bigint): World {
  const world = new World();
  world.tick();
  rich(world, [carol]);
  plant(world, alice.account, { lots: { [BTC_PERP]: lots } });
  distress(world, alice.account, (9n * WAD) / 10n);
  return world;
}

test('no bid leaves a position whose margin is below 25 USD', () => {
  for (const lots of [1n, 2n, 3n, 5n, 8n, 13n, 21n, 34n]) {
    const world = small(lots);
    world.accept(startBytes(alice.account));
    world.accept(bidBytes(world, carol, alice.account));
    const { maintenance } = world.margin(alice.account);
    assert.ok(maintenance === 0n || maintenance >= 24n * USD, `${lots} lots: ${maintenance}`);
    assert.is(auctionIn(world, alice.account), undefined);
    assert.equal(world.breaches(), []);
  }
});

test('one lot pays who starts a two-hundredth of what it is worth, and is gone in one bid', () => {
  const world = small(1n);
  const { value } = distressIn(world, alice.account);
  const before = world.account(carol.account).cash;
  world.accept(startBytes(alice.account, carol.account));
  assert.is(world.account(carol.account).cash - before, value / 200n);
  world.accept(bidBytes(world, carol, alice.account));
  assert.equal(world.account(alice.account).positions, []);
  assert.ok(world.account(alice.account).cash > 0n);
});

test('a thousand crumbs are as safe as a loaf: split over subaccounts the margin is no less', () => {
  const world = small(200n);
  const whole = world.margin(alice.account).maintenance;
  const parts = Array.from({ length: 20 }, (_, i) => `${alice.address}${(i + 1).toString(16).padStart(2, '0')}` as AccountId);
  const other = new World();
  other.tick();
  for (const part of parts) plant(other, part, { lots: { [BTC_PERP]: 10n } });
  assert.ok(parts.reduce((sum, id) => sum + other.margin(id).maintenance, 0n) >= whole);
});

test.run();
