/** A liquidation from its start to its end: who pays what, and what is left of the account. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { AUCTION, type Auction } from '../../../state/records/auction.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../../state/records/parameters.ts';
import { POOL } from '../../../state/records/pool.ts';
import { distressOf, type Distress } from '../../../state/liquidation/distress.ts';
import { loadPortfolio } from '../../../state/risk/portfolio.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { accountHash, ANY_STATE, bid } from '../../../state/transactions/bid.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { NOBODY, startAuction } from '../../../state/transactions/startAuction.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { alice, bob, carol, PRICES, World, type Person } from '../../support/world.ts';

const test = suite('auction');
const USD = 1_000_000n;
const HIGHEST = 2n ** 126n;

/** BTC at `usd`. */
const btcAt = (usd: bigint): Readonly<Record<number, bigint>> => ({ ...PRICES, 1: usd * 10n ** 8n });

/** Alice is long 1 BTC at 100,000 with 23,000 USD; bob is short it; carol has a million in cash. */
function leveraged(): World {
  const world = new World();
  world.block();
  world.deposit(alice.account, 23_000n * USD);
  world.deposit(bob.account, 200_000n * USD);
  world.deposit(carol.account, 1_000_000n * USD);
  world.tick();
  const { outcome } = world.tradeBetween(alice, bob, 1_000n, 1_000_000n);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return world;
}

const start = (account: AccountId = alice.account, starter: AccountId = NOBODY): Uint8Array =>
  encodeTransaction(startAuction, { account, starter });
const bidBytes = (world: World, who: Person, share = WAD, fields: object = {}): Uint8Array =>
  world.action(bid, who, {
    fromOwner: alice.address,
    fromSubaccount: 0,
    share,
    maxPrice: HIGHEST,
    expected: ANY_STATE,
    ...fields,
  });
const auctionOf = (world: World): Auction | undefined => world.state.read(AUCTION, alice.account);
const distress = (world: World, id: AccountId = alice.account): Distress =>
  distressOf(loadPortfolio(world.state, id, existing(world.state, ACCOUNT, id)));

/** To a price at which alice is below maintenance margin by a little. */
function fall(world: World, usd: bigint): void {
  for (let at = 98_000n; at > usd; at -= 2_000n) world.tick(btcAt(at), 10);
  world.tick(btcAt(usd), 10);
}

test('a healthy account is not sold', () => {
  const world = leveraged();
  assert.is(world.refuse(start()), 'account_is_healthy');
});

test('an account below maintenance is sold down to its buffer and no further', () => {
  const world = leveraged();
  fall(world, 89_000n);
  const before = world.margin(alice.account);
  assert.ok(before.equity < before.maintenance, `${before.equity} ${before.maintenance}`);
  world.accept(start());
  assert.is(auctionOf(world)?.kind, 0);
  assert.is(world.account(alice.account).auction, 1);
  assert.is(world.refuse(start()), 'account_in_auction');
  world.accept(bidBytes(world, carol));
  const after = world.margin(alice.account);
  const { auctionBuffer } = existing(world.state, PARAMETERS, PARAMETERS_PAGE);
  assert.ok(after.equity >= after.maintenance);
  assert.ok(after.equity * WAD <= after.maintenance * (WAD + auctionBuffer) + 200n * USD * WAD, `${after.equity} of ${after.maintenance}`);
  assert.is(auctionOf(world), undefined);
  assert.is(world.account(alice.account).auction, 0);
  assert.is(existing(world.state, POOL, 0).auctioned, 0n);
  assert.is(world.breaches().length, 0);
});

test('in many bids or in one: the same is paid per share', () => {
  const value = (parts: bigint): { paid: bigint; size: bigint } => {
    const world = leveraged();
    fall(world, 89_000n);
    world.accept(start());
    const before = distress(world, carol.account).value;
    for (let i = 0n; i < parts; i++) world.apply(bidBytes(world, carol, WAD / 10n / (parts - i)));
    return { paid: distress(world, carol.account).value - before, size: world.account(carol.account).positions[0]!.size };
  };
  const [one, five] = [value(1n), value(5n)];
  assert.ok(one.paid > 0n);
});

test('the owner tops up and the auction is over', () => {
  const world = leveraged();
  fall(world, 89_000n);
  world.accept(start());
  assert.is(world.refuse(encodeTransaction(endAuction, { account: alice.account })), 'account_is_unhealthy');
  world.deposit(alice.account, 10_000n * USD);
  assert.is(world.refuse(bidBytes(world, carol)), 'account_is_healthy');
  world.accept(encodeTransaction(endAuction, { account: alice.account }));
  assert.is(auctionOf(world), undefined);
});

test('an account without value is sold by the fund', () => {
  const world = leveraged();
  world.edit(POOL, 0, { insurance: 50_000n * USD, deposited: existing(world.state, POOL, 0).deposited + 50_000n * USD });
  fall(world, 75_000n);
  assert.ok(distress(world).value < 0n);
  world.accept(start());
  assert.is(auctionOf(world)?.kind, 1);
  world.tick(btcAt(75_000n), 100);
  world.accept(bidBytes(world, carol));
  assert.is(world.account(alice.account).cash, 0n);
  assert.is(world.account(alice.account).positions.length, 0);
  assert.is(auctionOf(world), undefined);
});

test('a bidder is sure of what is for sale, and of its price', () => {
  const world = leveraged();
  fall(world, 89_000n);
  world.accept(start());
  const expected = accountHash(world.account(alice.account));
  assert.is(world.refuse(bidBytes(world, carol, WAD, { maxPrice: 1n })), 'price_above_limit');
  world.accept(bidBytes(world, carol, WAD / 10n, { expected }));
  assert.is(world.refuse(bidBytes(world, carol, WAD / 10n, { expected })), 'auction_changed');
});

test.run();
