/** Liquidations from their start to their end: who pays what, what is left of the account, and what its owner may do. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AUCTION_STATUS, MARGIN_MODE } from '../../../state/records/account.ts';
import { AUCTION_KIND } from '../../../state/records/auction.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { setMode } from '../../../state/transactions/setMode.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD, type AccountId, type Wad } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, dealer, distress, distressIn, limit, plant, pour, startBytes, type Holdings } from '../../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, PRICES, World } from '../../support/world.ts';

const test = suite('auction');
const USD = 1_000_000n;
const WBTC = 2;
const RICH = 1_000_000n * USD;
const ONE_BTC: Holdings = { lots: { [BTC_PERP]: 1_000n } };
const HIGH_TO_LOW = [98n, 96n, 94n, 92n, 90n, 88n, 86n, 84n, 82n, 80n, 78n, 76n, 74n];

/** Alice holds `holdings` with equity of `share` of maintenance margin; bob and carol have a million each. */
function fallen(share: Wad, holdings = ONE_BTC): World {
  const world = new World();
  world.tick();
  for (const { account } of [bob, carol]) world.deposit(account, RICH);
  plant(world, alice.account, holdings);
  distress(world, alice.account, share);
  return world;
}
const ended = encodeTransaction(endAuction, { account: alice.account });
const sold = (world: World, bytes: Uint8Array) => world.accept(bytes).effects.find((e) => e.kind === 'bid')!;

test('a market that falls: traded into, flagged, sold down to its buffer, and healthy', () => {
  const world = new World();
  world.tick();
  for (const { account } of [bob, carol]) world.deposit(account, RICH);
  world.deposit(alice.account, 23_000n * USD);
  world.accept(world.tradeBytes(
    world.order({ who: alice, lots: 1_000n, ticks: 1_000_000n, buy: true }),
    [{ maker: world.order({ who: bob, lots: 1_000n, ticks: 1_000_000n, buy: false }), lots: 1_000n }],
  ));
  assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy');
  const prices = HIGH_TO_LOW.map((percent) => (PRICES[1]! * percent) / 100n);
  while (world.margin(alice.account).equity >= world.margin(alice.account).maintenance) {
    world.tick({ ...PRICES, 1: prices.shift()! }, 10);
  }
  const before = world.margin(alice.account);
  world.accept(startBytes(alice.account, bob.account));
  world.accept(bidBytes(world, carol, alice.account));
  const { equity, maintenance } = world.margin(alice.account);
  assert.ok(equity >= maintenance && maintenance < before.maintenance);
  const target = (maintenance * (WAD + world.network.parameters.auctionBuffer)) / WAD;
  assert.ok(equity <= target + before.maintenance / 1_000n, 'a lot is a thousandth of it');
  assert.equal([auctionIn(world, alice.account), world.account(alice.account).auction], [undefined, AUCTION_STATUS.none]);
  assert.is(world.pool.auctioned, 0n);
  assert.equal(world.breaches(), []);
});

test('more is never sold than reaches the buffer, but dust goes with the rest', () => {
  const world = fallen((9n * WAD) / 10n);
  world.accept(startBytes(alice.account));
  const { share } = sold(world, bidBytes(world, carol, alice.account, WAD));
  assert.ok(share < WAD / 4n, `${share}`);
  const { maintenance } = world.margin(alice.account);

  const dusty = fallen((9n * WAD) / 10n);
  limit(dusty, { auctionDust: maintenance + 1_000n * USD });
  dusty.accept(startBytes(alice.account));
  assert.is(sold(dusty, bidBytes(dusty, carol, alice.account, WAD)).share, WAD);
  assert.equal(dusty.account(alice.account).positions, []);
  assert.ok(dusty.account(alice.account).cash > 0n, 'what bids leave behind is the owner\'s');
});

test('what can not be cut is sold by the lot', () => {
  for (const lots of [1n, 2n, 5n]) {
    const world = fallen((99n * WAD) / 100n, { lots: { [ETH_PERP]: lots, [BTC_PERP]: -1n } });
    limit(world, { auctionDust: 0n });
    world.accept(startBytes(alice.account));
    world.accept(bidBytes(world, carol, alice.account, WAD));
    const left = world.account(alice.account).positions.find((p) => p.instrument === ETH_PERP)?.size ?? 0n;
    assert.is(left, lots - 1n, 'a lot of the largest position and no second one');
    assert.equal(world.breaches(), []);
  }
});

test('a share smaller than a lot takes none, and of collateral alone a unit', () => {
  const world = fallen((9n * WAD) / 10n);
  world.accept(startBytes(alice.account));
  assert.is(world.refuse(bidBytes(world, carol, alice.account, WAD / 1_000n - 1n)), 'bid_too_small');
  const { share } = sold(world, bidBytes(world, carol, alice.account, (2n * WAD) / 1_000n - 1n));
  assert.is(share, WAD / 1_000n, 'one lot is paid for, not nearly two');
  assert.is(world.account(carol.account).positions[0]!.size, 1n);

  const pledged = fallen(WAD / 2n, { balances: { [WBTC]: 10n ** 8n } });
  pledged.accept(startBytes(alice.account));
  assert.is(pledged.refuse(bidBytes(pledged, carol, alice.account, WAD / 10n ** 8n - 1n)), 'bid_too_small');
  assert.is(sold(pledged, bidBytes(pledged, carol, alice.account, WAD / 10n ** 8n)).share, WAD / 10n ** 8n);
  assert.equal(pledged.account(carol.account).collaterals, [{ asset: WBTC, balance: 1n }]);
});

test('the owner may top up, be given to, and trade down, and nobody may bid once the account is healthy', () => {
  const world = fallen((8n * WAD) / 10n);
  world.accept(startBytes(alice.account));
  assert.is(world.refuse(ended), 'account_is_unhealthy');
  world.deposit(alice.account, 100n * USD);
  const gift = { asset: 0, amount: 100n * USD, toOwner: alice.address, toSubaccount: 0 };
  world.accept(world.action(transfer, carol, gift));
  const { maintenance } = world.margin(alice.account);
  assert.ok(world.tradeBetween(bob, alice, 100n, 1_000_000n).outcome.ok, 'a tenth is sold at the mark');
  assert.ok(world.margin(alice.account).maintenance < maintenance);
  assert.ok(!world.tradeBetween(alice, bob, 10n, 1_000_000n).outcome.ok, 'but no more is bought');
  const out = { asset: 0, amount: 1n, recipient: alice.address };
  assert.is(world.refuse(world.action(withdraw, alice, out)), 'initial_margin_too_low');
  assert.is(world.refuse(world.action(setMode, alice, { mode: MARGIN_MODE.cross })), 'initial_margin_too_low');
  distress(world, alice.account, WAD);
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'account_is_healthy');
  world.accept(ended);
  assert.equal(world.breaches(), []);
});

test('an account without value is sold whole: the fund pays what it owes, and the bidder for the risk as time passes', () => {
  const world = fallen(-WAD / 2n);
  pour(world, 'insurance', 100_000n * USD);
  const { value, margin } = distressIn(world, alice.account);
  world.accept(startBytes(alice.account));
  assert.is(auctionIn(world, alice.account)!.kind, AUCTION_KIND.insolvent);
  age(world, alice.account, 300);
  const before = { carol: distressIn(world, carol.account).value, fund: world.pool.insurance };
  const { fromFund, compensation, penalty } = sold(world, bidBytes(world, carol, alice.account));
  assert.is(compensation, margin.maintenance / 2n);
  assert.equal([fromFund, penalty], [compensation - value, 0n]);
  assert.is(distressIn(world, carol.account).value - before.carol, compensation);
  assert.is(before.fund - world.pool.insurance, fromFund);
  const { cash, positions, auction } = world.account(alice.account);
  assert.equal([cash, positions, auction], [0n, [], AUCTION_STATUS.none]);
  assert.equal(world.breaches(), []);
});

test('one account costs the fund no more than its share: what it can not pay is not sold', () => {
  const world = fallen(-WAD);
  const { value } = distressIn(world, alice.account);
  pour(world, 'insurance', -value);
  world.accept(startBytes(alice.account));
  const { fundLeft } = auctionIn(world, alice.account)!;
  assert.is(fundLeft, -value / 2n);
  const { share } = sold(world, bidBytes(world, carol, alice.account));
  assert.ok(share > (499n * WAD) / 1_000n && share <= WAD / 2n, 'half of what it owes, half of it sold');
  const left = auctionIn(world, alice.account)!;
  assert.is(left.fundLeft, 0n);
  assert.is(fundLeft - left.fundLeft, -value - world.pool.insurance);
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'insurance_exhausted');
  pour(world, 'insurance', RICH);
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'insurance_exhausted', 'nor of what the fund gets later');
  assert.equal(world.breaches(), []);
});

test('a fund that others have emptied pays nothing', () => {
  const world = fallen(-WAD);
  pour(world, 'insurance', 50_000n * USD);
  world.accept(startBytes(alice.account));
  pour(world, 'insurance', -50_000n * USD);
  assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'insurance_exhausted');
});

test('bidders of the other side end where the market is smaller', () => {
  const world = fallen((9n * WAD) / 10n);
  world.accept(startBytes(alice.account));
  plant(world, bob.account, { lots: { [BTC_PERP]: -400n } });
  pour(world, dealer.account, RICH);
  const { openInterest } = world.instrument(BTC_PERP);
  world.accept(bidBytes(world, bob, alice.account, WAD / 10n));
  assert.is(world.account(bob.account).positions[0]!.size, -300n);
  assert.is(world.instrument(BTC_PERP).openInterest, openInterest - 100n);
  assert.equal(world.breaches(), []);
});

test('funding is settled on both sides before a lot moves', () => {
  const world = fallen((9n * WAD) / 10n);
  const { fundingIndex } = world.instrument(BTC_PERP);
  world.edit(INSTRUMENT, BTC_PERP, { fundingIndex: fundingIndex + 5n * 10n ** 6n }); // Longs owe 5 micro-dollars a lot.
  plant(world, bob.account, { lots: { [BTC_PERP]: 7n } });
  world.edit(INSTRUMENT, BTC_PERP, { fundingIndex: fundingIndex + 6n * 10n ** 6n });
  const owed = distressIn(world, alice.account);
  world.accept(startBytes(alice.account));
  const before = { alice: distressIn(world, alice.account).value, bob: distressIn(world, bob.account).value };
  const { effects } = world.accept(bidBytes(world, bob, alice.account, WAD / 10n));
  const funding = effects.filter((e) => e.kind === 'cash' && e.reason === 'funding');
  assert.equal(funding.map((e) => (e as { amount: bigint }).amount), [-6_000n, -7n]);
  const { compensation, penalty } = effects.find((e) => e.kind === 'bid')!;
  assert.is(before.alice - distressIn(world, alice.account).value, compensation + penalty);
  assert.is(distressIn(world, bob.account).value - before.bob, compensation);
  assert.ok(owed.value > 0n);
  assert.equal(world.breaches(), []);
});

test('an account in auction may bid for another, if it then has its initial margin', () => {
  const world = fallen((9n * WAD) / 10n);
  const second = `${alice.address}07` as AccountId;
  plant(world, second, { lots: { [BTC_PERP]: -1_000n } });
  distress(world, second, (9n * WAD) / 10n);
  for (const account of [alice.account, second]) world.accept(startBytes(account));
  const bytes = bidBytes(world, alice, second, WAD / 5n);
  assert.is(world.refuse(bytes), 'initial_margin_too_low', 'netting a fifth is not enough');
  pour(world, alice.account, 20_000n * USD);
  world.accept(bidBytes(world, alice, second, WAD / 5n));
  assert.is(world.account(alice.account).auction, AUCTION_STATUS.solvent, 'until somebody ends it');
  world.accept(ended);
  assert.equal(world.breaches(), []);
});

test.run();
