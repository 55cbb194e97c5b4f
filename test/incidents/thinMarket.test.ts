/**
 * dYdX, YFI, 17 November 2023: one thin market fell by 43 % in an hour, and the insurance fund of all markets paid 9 million
 * dollars, two fifths of what it had, for the accounts that were long in it. Here the fund commits half of itself to a
 * market on a day; what is beyond that is closed against those who won, out of their profit, and other markets have the rest.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { MARKET } from '../../state/records/market.ts';
import type { AccountId } from '../../state/units.ts';
import { auctionIn, bidBytes, distressIn, pour, round, startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, person, SOL_PERP, World } from '../support/world.ts';
import { isSafe, rich, trade, UNDERLYINGS, USD, wait, walk } from './stage.ts';

const test = suite('thin market');
const FUND = 600_000n * USD;
/** Five wallets are long 5,000 SOL each, a million USD, against bob. */
const wallets = Array.from({ length: 5 }, (_, i) => person(`long ${i}`));

/** SOL has fallen from 200 to 90 before anybody was liquidated: each owes 100,000 USD. */
function crashed(): World {
  const world = new World();
  world.tick();
  rich(world, [bob, carol], 10_000_000n * USD);
  pour(world, 'insurance', FUND);
  for (const wallet of wallets) {
    world.deposit(wallet.account, 450_000n * USD);
    trade(world, wallet, bob, 50_000n, SOL_PERP);
  }
  walk(world, 'sol', 90n);
  for (const { account } of wallets) world.accept(startBytes(account));
  return world;
}
const granted = (world: World, id: AccountId): bigint => auctionIn(world, id)!.fundLeft;
const wantedOf = (world: World, id: AccountId): bigint => {
  const { margin, value } = distressIn(world, id);
  return 2n * (margin.maintenance - value);
};

test('the market costs the fund half, the rest is paid by who won in it, and the next market is insured', () => {
  const world = crashed();
  const owed = -distressIn(world, wallets[0]!.account).value;
  assert.ok(owed * BigInt(wallets.length) > (FUND * 4n) / 5n, 'more than four fifths of the fund, if it paid all');
  assert.equal(wallets.map(({ account }) => granted(world, account)), [FUND / 2n, 0n, 0n, 0n, 0n]);

  wait(world, 630);
  world.accept(bidBytes(world, carol, wallets[0]!.account));
  assert.is(auctionIn(world, wallets[0]!.account), undefined);
  const profit = distressIn(world, bob.account).value - 10_000_000n * USD;
  for (const { account } of wallets.slice(1)) {
    assert.is(world.refuse(bidBytes(world, carol, account)), 'insurance_exhausted');
    round(world, account, [bob.account], SOL_PERP);
    assert.ok(world.account(account).cash >= 0n, 'nothing is left to share');
  }
  assert.ok(world.pool.insurance >= FUND / 2n, `${world.pool.insurance}`);
  const lost = profit - (distressIn(world, bob.account).value - 10_000_000n * USD);
  assert.ok(lost > 4n * owed - 10_000n * USD && lost < profit, `${lost} of ${profit}`);
  const { fundLimit, fundUsed } = existing(world.state, MARKET, UNDERLYINGS.sol);
  assert.ok(fundUsed > 0n && fundUsed <= fundLimit && FUND - world.pool.insurance <= fundUsed);

  world.deposit(alice.account, 30_000n * USD);
  trade(world, alice, bob, 1_000n, BTC_PERP);
  walk(world, 'btc', 65_000n);
  assert.not(isSafe(world, alice));
  world.accept(startBytes(alice.account));
  assert.is(granted(world, alice.account), wantedOf(world, alice.account), 'all that it could need');
  wait(world, 630);
  world.accept(bidBytes(world, carol, alice.account));
  assert.ok(world.account(alice.account).cash >= 0n);
  assert.equal(world.breaches(), []);
});

test.run();
