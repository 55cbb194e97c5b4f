/**
 * dYdX, 10 October 2025, eight hours: a transfer was computed before the insurance fund had paid for it, an invariant
 * stopped the chain, and it came back with prices from before and liquidated by them, 462,000 dollars. Here each step
 * of the waterfall is whole or refused, in one order; and after an outage old prices liquidate nobody, new ones not
 * for five minutes.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WAD } from '../../state/units.ts';
import { bidBytes, distress, plant, pour, round, startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, person, World } from '../support/world.ts';
import { deleverageBytes, endBytes, rich, socializeBytes, trade, usd, USD, wait, walk } from './stage.ts';

const test = suite('halt and stale restart');
const HALT_SECONDS = 8 * 3_600;

test('prices from before a halt of eight hours liquidate nobody, and new ones wait for whoever can pay', () => {
  const world = new World();
  world.tick();
  rich(world, [bob, carol]);
  world.deposit(alice.account, 23_000n * USD);
  trade(world, alice, bob, 1_000n);
  walk(world, 'btc', 93_000n);
  world.block(HALT_SECONDS);
  assert.is(world.refuse(startBytes(alice.account)), 'marks_stale');
  world.tick(usd({ btc: 85_000n }));
  for (let seconds = 0; seconds < 300; seconds += 30) {
    assert.is(world.refuse(startBytes(alice.account)), 'auction_not_open');
    wait(world, 30);
  }
  world.deposit(alice.account, 10_000n * USD);
  assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy', 'she had the time');
});

test('an auction that ran into a halt goes on at its first price, after the grace', () => {
  const world = new World();
  world.tick();
  rich(world, [bob, carol]);
  plant(world, alice.account, { lots: { [BTC_PERP]: 1_000n } });
  distress(world, alice.account, (9n * WAD) / 10n);
  world.accept(startBytes(alice.account));
  wait(world, 600);
  world.block(HALT_SECONDS);
  world.tick();
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'auction_not_open');
  wait(world, 300);
  const { effects } = world.accept(bidBytes(world, carol, alice.account, WAD / 100n));
  const { price } = effects.find((e) => e.kind === 'bid')!;
  const { equity } = world.margin(alice.account);
  assert.ok(price * 100n > equity * 97n, `${price} of about ${equity}`);
});

test('nothing is done before its turn: bids, then the other side, then the fund, then everybody', () => {
  const world = new World();
  world.tick();
  const short = person('short');
  rich(world, [bob, carol, short]);
  world.deposit(alice.account, 21_000n * USD);
  trade(world, alice, bob, 900n);
  trade(world, bob, short, 900n);
  walk(world, 'btc', 79_000n);
  trade(world, carol, short, 100n);
  walk(world, 'btc', 70_000n);
  pour(world, 'insurance', 500n * USD);
  const loser = alice.account;
  assert.is(world.refuse(deleverageBytes(loser, [short.account])), 'auction_not_found');
  world.accept(startBytes(loser));
  assert.is(world.refuse(deleverageBytes(loser, [short.account])), 'deleveraging_not_due');
  assert.is(world.refuse(socializeBytes(loser)), 'account_holds_assets');
  wait(world, 630);
  const named = [short.account];
  round(world, loser, named);
  const owed = -world.account(loser).cash;
  if (owed > 0n) {
    world.accept(socializeBytes(loser));
    assert.is(world.pool.insurance + world.pool.deficit, owed < 500n * USD ? 500n * USD - owed : owed - 500n * USD);
  } else world.accept(endBytes(loser));
  assert.is(world.pool.flagged, 0n);
  assert.equal(world.breaches(), []);
});

test.run();
