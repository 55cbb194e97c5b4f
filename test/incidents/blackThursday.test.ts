/**
 * Maker, 12 March 2020: with one keeper left to bid, English auctions sold collateral for nothing, 8.32 million
 * dollars of it. Here a price falls by itself and never to nothing: a bid of zero is refused as long as there is a
 * price, and a vault takes by rule long before that, at no less than 83 % of value.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WAD } from '../../state/units.ts';
import { auctionIn, bidBytes, distressIn, startBytes } from '../support/distressed.ts';
import { alice, bob, carol, World } from '../support/world.ts';
import { absorbBytes, openVault, stake } from '../support/vaults.ts';
import { rich, trade, USD, wait, walk } from './stage.ts';

const test = suite('black thursday');

/** Alice, long 1 BTC, is in auction after a fall; nobody else bids. */
function crashed(): World {
  const world = new World();
  world.tick();
  rich(world, [bob, carol]);
  world.deposit(alice.account, 23_000n * USD);
  trade(world, alice, bob, 1_000n);
  walk(world, 'btc', 88_000n);
  world.accept(startBytes(alice.account));
  return world;
}

test('a bid of nothing is refused for 37 minutes, and the last price before that is 5 % of value', () => {
  const world = crashed();
  for (let seconds = 0; seconds < 148 * 15; seconds += 30) {
    assert.is(world.refuse(bidBytes(world, carol, alice.account, WAD, { maxPrice: 0n })), 'price_above_limit');
    const { value } = distressIn(world, alice.account);
    assert.is(world.refuse(bidBytes(world, carol, alice.account, WAD, { maxPrice: value / 20n - 1n })), 'price_above_limit');
    wait(world, 30);
  }
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'auction_over');
  world.accept(startBytes(alice.account));
  assert.is(auctionIn(world, alice.account)!.start, world.now, 'and then it begins anew');
});

test('a vault takes after two minutes, and its owner keeps four fifths of what was sold', () => {
  const world = crashed();
  openVault(world, 100_000n * USD);
  stake(world, bob, 500_000n * USD);
  const before = distressIn(world, alice.account).value;
  wait(world, 120);
  const { effects } = world.accept(absorbBytes(alice.account));
  const { share, compensation, penalty } = effects.find((e) => e.kind === 'bid')!;
  assert.ok(share < WAD, 'no more than what makes her healthy');
  assert.ok((compensation + penalty) * WAD <= (before * share * 22n) / 100n, '17 % to the vault, 5 % to the fund');
  assert.is(before - distressIn(world, alice.account).value, compensation + penalty);
  assert.is(auctionIn(world, alice.account), undefined);
  assert.equal(world.breaches(), []);
});

test.run();
