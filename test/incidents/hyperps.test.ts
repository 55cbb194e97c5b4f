/**
 * Hyperliquid, XPL, August 2025: a market before its coin had no price but its own, and who bought it up liquidated
 * the other side. Here a market has an index from outside or does not trade; its own trades weigh within 1 % of that,
 * over half an hour, and are refused beyond 10 % of the mark.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alice, BTC_PERP, bob, carol, World } from '../support/world.ts';
import { indexOf, isSafe, rich, trade, USD, wait } from './stage.ts';

const test = suite('self-referential mark');

test('a market without an index does not trade', () => {
  const world = new World();
  rich(world, [alice, bob]);
  const { outcome } = world.tradeBetween(alice, bob, 1n, 1_000_000n);
  assert.equal(outcome.ok ? 'accepted' : outcome.code, 89, 'prices_stale');
});

test('who trades with himself at the top of the band for an hour liquidates nobody who has 1 % to spare', () => {
  const world = new World();
  world.tick();
  rich(world, [alice, bob], 10_000_000n * USD);
  world.deposit(carol.account, 23_000n * USD);
  trade(world, alice, carol, 1_000n);
  const before = world.margin(carol.account);
  for (let i = 0; i < 12; i++) {
    const top = (world.instrument(BTC_PERP).markPrice * 110n) / 100n;
    assert.throws(() => trade(world, alice, bob, 10_000n, BTC_PERP, top + 10_000_000n), 'refused 72');
    trade(world, alice, bob, 10_000n, BTC_PERP, top);
    wait(world, 300);
  }
  const index = indexOf(world, 'btc');
  const { markPrice } = world.instrument(BTC_PERP);
  assert.ok(markPrice * 100n <= index * 101n);
  const after = world.margin(carol.account);
  assert.ok(before.equity - after.equity <= 1_000n * USD, '1 % of 100,000 USD, and funding is in her favour');
  assert.ok(isSafe(world, carol));
});

test.run();
