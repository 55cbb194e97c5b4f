/**
 * Binance, 10 October 2025, 283 million dollars paid back: staked ETH and a synthetic dollar were marked at their own
 * thin books, there down to .65, while they could be redeemed at par. Here what can be redeemed is its ratio times the
 * index of what it redeems to; an index is a median over publishers, and what they disagree on raises initial margin,
 * not maintenance.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { PUBLISHERS, PUBLISHERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { setParameters } from '../../state/transactions/setParameters.ts';
import { WAD } from '../../state/units.ts';
import { startBytes } from '../support/distressed.ts';
import { alice, bob, ETH_PERP, World } from '../support/world.ts';
import { indexOf, markBytes, PER_USD, reportsBytes, rich, trade, USD, UNDERLYINGS } from './stage.ts';

const test = suite('thin book');
const WSTETH = 3;
const TEN = 10n * 10n ** 18n;

/** Alice pledges ten staked ETH, 49,200 USD of redemption, for a long of 20 ETH; three publishers of three are asked. */
function pledged(): World {
  const world = new World();
  world.tick();
  rich(world, [bob]);
  const publishers = { ...existing(world.state, PUBLISHERS, PUBLISHERS_PAGE), threshold: 3 };
  world.accept(world.governanceBytes(setParameters, { parameters: world.network.parameters, publishers }));
  world.deposit(alice.account, TEN, WSTETH);
  trade(world, alice, bob, 2_000n, ETH_PERP);
  return world;
}

test('staked ETH is worth what it redeems to: no price of its own is an input', () => {
  const world = pledged();
  const { equity } = world.margin(alice.account);
  const redeemed = 49_200n * USD;
  assert.ok(equity * 100n > redeemed * 80n && equity < redeemed, `${equity}: less its haircut`);
  world.block(1);
  assert.is(world.refuse(reportsBytes(world, 4, [2_600n * PER_USD, 2_600n * PER_USD, 2_600n * PER_USD])), 'underlying_not_found');
});

test('a publisher that reads one book at .65 moves no index, and liquidates nobody', () => {
  const world = pledged();
  const before = world.margin(alice.account);
  world.block(1);
  const index = indexOf(world, 'eth');
  world.accept(reportsBytes(world, UNDERLYINGS.eth, [(index * 65n) / 100n, index, index]));
  world.accept(markBytes(world, UNDERLYINGS.eth));
  assert.is(indexOf(world, 'eth'), index);
  assert.is(existing(world.state, UNDERLYING, UNDERLYINGS.eth).confidence, (WAD * 65n) / 100n);
  const after = world.margin(alice.account);
  assert.ok(after.equity >= before.equity - USD && after.maintenance <= before.maintenance + USD);
  assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy');
  assert.ok(after.initial > before.initial + 20_000n * USD, 'but nobody opens or takes out at a price in doubt');
});

test.run();
