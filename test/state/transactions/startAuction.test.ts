/** StartAuction: its refusals in order, who is rewarded, and which kind of auction comes next. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { marketHole } from '../../../state/liquidation/market.ts';
import { ACCOUNT, AUCTION_STATUS } from '../../../state/records/account.ts';
import { AUCTION_KIND } from '../../../state/records/auction.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { POOL } from '../../../state/records/pool.ts';
import { MARKET } from '../../../state/records/market.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { startAuction } from '../../../state/transactions/startAuction.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, change, distress, distressIn, limit, plant, plantAuction, pour, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, BTC_PERP, carol, PRICES, World } from '../../support/world.ts';

const USD = 1_000_000n;
const WBTC = 2;
const BTC = 1;
const UNKNOWN: AccountId = `0x${'ee'.repeat(21)}`;
type Case = { world: World; account: AccountId; starter: AccountId };

/** Alice is long 1 BTC and holds half a one, worth nine tenths of what she must hold. */
function prepare(share = (9n * WAD) / 10n): Case {
  const world = new World();
  world.tick();
  plant(world, alice.account, { lots: { [BTC_PERP]: 1_000n }, balances: { [WBTC]: 50_000_000n } });
  distress(world, alice.account, share);
  world.deposit(carol.account, 1_000_000n * USD);
  return { world, account: alice.account, starter: carol.account };
}
const bytesOf = ({ account, starter }: Case): Uint8Array => startBytes(account, starter);

const test = suite('startAuction');

refusalTable(test, startAuction.refusals, prepare, bytesOf, [
  ['account_not_found', (c) => (c.account = UNKNOWN)],
  ['account_not_found', (c) => (c.starter = UNKNOWN)],
  ['accounts_must_differ', (c) => (c.starter = c.account)],
  ['auctions_paused', (c) => c.world.edit(POOL, 0, { auctionPause: c.world.now + 1 })],
  ['marks_stale', (c) => c.world.block(1_000)],
  ['account_is_healthy', (c) => pour(c.world, alice.account, 1_000_000n * USD)],
  ['auction_not_open', (c) => c.world.edit(CHAIN, 0, { resumeTime: c.world.now - 299 })],
  ['account_in_auction', (c) => plantAuction(c.world, alice.account)],
  ['auctions_full', (c) => c.world.edit(POOL, 0, { auctioned: c.world.network.parameters.auctionHole })],
  ['market_auctions_full', ({ world }) => change(world, (draft) => draft.put(MARKET, BTC, { auctioned: marketHole(existing(world.state, UNDERLYING, BTC), world.network.parameters), fundDay: 0, fundLimit: 0n, fundUsed: 0n }))],
]);

test('writes what it was worth, takes its reputation, and pays the starter as much as the fund', () => {
  const c = prepare();
  const { world } = c;
  world.edit(ACCOUNT, alice.account, { score: 10n ** 12n, feesPaid: 7n, marginHeld: 9n });
  const before = distressIn(world, alice.account);
  const [paidTo, fund] = [world.account(carol.account).cash, world.pool.insurance];
  world.accept(bytesOf(c));

  const { maintenance } = before.margin;
  const reward = 2n * USD + maintenance / 1_000n;
  assert.ok(reward <= before.value / 200n, 'the case is of an account that can pay it');
  assert.is(world.account(carol.account).cash - paidTo, reward);
  assert.is(world.pool.insurance - fund, reward);
  assert.is(distressIn(world, alice.account).value, before.value - 2n * reward);
  const { score, feesPaid, marginHeld, auction } = world.account(alice.account);
  assert.equal([score, feesPaid, marginHeld, auction], [0n, 0n, 0n, AUCTION_STATUS.solvent]);
  const { liquidity, scan } = before.margin;
  assert.equal(auctionIn(world, alice.account), {
    ...{ kind: AUCTION_KIND.solvent, start: world.now, bids: 0, sold: 0n, reserved: 0n, fundLeft: 0n, market: BTC },
    ...{ value: before.value, maintenance, stepSeconds: (15n * (WAD + (liquidity * WAD) / scan)) / WAD },
  });
  assert.is(world.pool.auctioned, maintenance);
  assert.equal(world.breaches(), []);
});

test('without a starter the fund gets both parts, and of what is worth little no more than a hundredth goes', () => {
  const { world } = prepare();
  const { value } = distressIn(world, alice.account);
  pour(world, alice.account, 100n * USD - value);
  const fund = world.pool.insurance;
  world.accept(startBytes(alice.account));
  assert.is(world.pool.insurance - fund, USD, 'a hundredth of 100 USD');
});

test('an account without value pays no reward and may cost the fund its share', () => {
  const c = prepare(-WAD);
  const { world } = c;
  pour(world, 'insurance', 3_000n * USD + 1n);
  world.accept(bytesOf(c));
  assert.is(world.account(carol.account).cash, 1_000_000n * USD);
  const auction = auctionIn(world, alice.account)!;
  assert.equal([auction.kind, auction.fundLeft], [AUCTION_KIND.insolvent, 1_500n * USD]);
  assert.is(world.account(alice.account).auction, AUCTION_STATUS.insolvent);
  assert.equal(world.breaches(), []);
});

test('the first auction starts whatever its size, the next only where there is room', () => {
  const c = prepare();
  const { world } = c;
  const second = `${alice.address}07` as AccountId;
  plant(world, second, { lots: { [BTC_PERP]: 1_000n } });
  distress(world, second, WAD / 2n);
  const [first, other] = [alice.account, second].map((id) => world.margin(id).maintenance);
  limit(world, { auctionHole: 1n });
  world.accept(startBytes(alice.account));
  limit(world, { auctionHole: first! + other! - 1n });
  assert.is(world.refuse(startBytes(second)), 'auctions_full');
  limit(world, { auctionHole: first! + other! });
  world.accept(startBytes(second));
  assert.is(world.pool.auctioned, first! + other!);
  assert.equal(world.breaches(), []);
});

test('a solvent auction whose price has run out goes on at once and without a second reward: as insolvent if it is worth little', () => {
  for (const isWorthHalf of [false, true]) {
    const c = prepare();
    const { world } = c;
    world.accept(bytesOf(c));
    const { maintenance } = world.margin(alice.account);
    const { value } = distressIn(world, alice.account);
    pour(world, alice.account, maintenance / 2n + (isWorthHalf ? 1n : 0n) - value);
    const { stepSeconds } = auctionIn(world, alice.account)!;
    const steps = 148; // .98 x .98^147 is above the floor of .05, .98 x .98^148 is not.
    age(world, alice.account, Number(stepSeconds) * steps - 1);
    assert.is(world.refuse(bytesOf(c)), 'account_in_auction');
    age(world, alice.account, 1);
    assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'auction_over');
    const paidTo = world.account(carol.account).cash;
    world.accept(bytesOf(c));
    assert.is(world.account(carol.account).cash, paidTo);
    const next = auctionIn(world, alice.account)!;
    assert.is(next.kind, isWorthHalf ? AUCTION_KIND.solvent : AUCTION_KIND.insolvent);
    assert.equal([next.start, next.maintenance], [world.now, world.pool.auctioned]);
    age(world, alice.account, isWorthHalf ? 60 : 86_400);
    assert.is(world.refuse(bytesOf(c)), 'account_in_auction', 'an insolvent auction does not run out');
    assert.equal(world.breaches(), []);
  }
});

test('where all that is left is what bids left behind, it is sold as a solvent account anew', () => {
  const c = prepare();
  const { world } = c;
  world.accept(bytesOf(c));
  world.accept(bidBytes(world, carol, alice.account, WAD / 50n));
  const { reserved } = auctionIn(world, alice.account)!;
  const { value } = distressIn(world, alice.account);
  pour(world, alice.account, reserved + 1n - value);
  assert.is(world.refuse(bytesOf(c)), 'account_in_auction', 'a micro-dollar is still for sale');
  pour(world, alice.account, -1n);
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'auction_over');
  world.accept(bytesOf(c));
  const next = auctionIn(world, alice.account)!;
  assert.equal([next.kind, next.reserved, next.value], [AUCTION_KIND.solvent, 0n, reserved]);
});

test('an insolvent account that is worth half its margin again is sold as a solvent one', () => {
  const c = prepare(-WAD);
  const { world } = c;
  world.accept(bytesOf(c));
  const { maintenance } = world.margin(alice.account);
  const { value } = distressIn(world, alice.account);
  pour(world, alice.account, maintenance / 2n - value);
  assert.is(world.refuse(bytesOf(c)), 'account_in_auction');
  pour(world, alice.account, 1n);
  world.accept(bytesOf(c));
  assert.is(auctionIn(world, alice.account)!.kind, AUCTION_KIND.solvent);
  assert.equal(world.breaches(), []);
});

test('after an outage of blocks or of a price nothing starts and nothing is sold for the time of grace', () => {
  for (const outage of ['blocks', 'prices'] as const) {
    const c = prepare();
    const { world } = c;
    world.accept(bytesOf(c));
    const second = `${alice.address}07` as AccountId;
    plant(world, second, { lots: { [BTC_PERP]: 1_000n } });
    distress(world, second, WAD / 2n);
    if (outage === 'blocks') {
      world.block(121);
      world.accept(world.pricesBytes(PRICES, world.now - 60));
    } else {
      for (const seconds of [60, 60, 1]) world.block(seconds);
      world.tick(PRICES, 0);
    }
    for (const seconds of [60, 60, 60, 60, 59]) world.tick(PRICES, seconds);
    assert.is(world.refuse(startBytes(second)), 'auction_not_open', outage);
    assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'auction_not_open', outage);
    world.tick(PRICES, 1);
    world.accept(startBytes(second));
    const { value } = distressIn(world, alice.account);
    const { effects } = world.accept(bidBytes(world, carol, alice.account, WAD / 100n));
    const { price } = effects.find((e) => e.kind === 'bid')!;
    assert.is(price, value - (value * 2n) / 100n, 'prices begin anew');
  }
});

test.run();
