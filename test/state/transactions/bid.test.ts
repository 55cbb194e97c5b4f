/** Bid: its refusals in order, and what the bidder sees before and after. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACCOUNT, MARGIN_MODE, type Position } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { AUCTION, AUCTION_KIND } from '../../../state/records/auction.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { accountHash, ANY_STATE, bid } from '../../../state/transactions/bid.ts';
import { WAD } from '../../../state/units.ts';
import { actionBytes, ENVELOPE_RULES, impoverish, type ActionCase } from '../../support/actions.ts';
import { age, auctionIn, bidBytes, distress, distressIn, dropAuction, plant, pour, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, ETH_PERP, World } from '../../support/world.ts';

const USD = 1_000_000n;
const [WBTC, ETH] = [2, 2];

/** Bob is long 1 BTC and holds half a one, in auction for a minute; alice would take a tenth of it. */
function prepare(): ActionCase {
  const world = new World();
  world.tick();
  plant(world, bob.account, { lots: { [BTC_PERP]: 1_000n }, balances: { [WBTC]: 50_000_000n } });
  distress(world, bob.account, (9n * WAD) / 10n);
  world.deposit(alice.account, 1_000_000n * USD);
  world.accept(startBytes(bob.account));
  age(world, bob.account, 60);
  const fields = { fromOwner: bob.address, fromSubaccount: 0, share: WAD / 10n, maxPrice: 2n ** 126n, expected: ANY_STATE };
  return { world, signer: alice, fields };
}

const editAlice = ({ world }: ActionCase, change: object): void => world.edit(ACCOUNT, alice.account, change);
const heldElsewhere = (count: number): Position[] =>
  Array.from({ length: count }, (_, i) => ({ instrument: ETH_PERP + i, size: 1n, quote: 0n, fundingIndex: 0n }));

const test = suite('bid');

refusalTable(test, bid.refusals, prepare, actionBytes(bid), [
  ...ENVELOPE_RULES,
  ['accounts_must_differ', (c) => (c.fields['fromOwner'] = alice.address)],
  ['bid_too_small', (c) => (c.fields['share'] = 0n)],
  ['auction_not_found', (c) => dropAuction(c.world, bob.account)],
  ['auction_changed', (c) => (c.fields['expected'] = `0x${'11'.repeat(32)}`)],
  ['marks_stale', (c) => c.world.block(1_000)],
  ['account_is_healthy', (c) => pour(c.world, bob.account, 1_000_000n * USD)],
  ['auction_not_open', (c) => c.world.edit(CHAIN, 0, { resumeTime: c.world.now - 299 })],
  ['deleveraging_is_on', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.deleveraging })],
  ['auction_over', (c) => c.world.edit(AUCTION, bob.account, { kind: AUCTION_KIND.solvent, start: 0 })],
  ['price_above_limit', (c) => (c.fields['maxPrice'] = -(2n ** 126n))],
  [
    'insurance_exhausted',
    ({ world }) => {
      world.edit(AUCTION, bob.account, { kind: AUCTION_KIND.insolvent });
      distress(world, bob.account, -WAD);
    },
  ],
  ['bid_too_small', (c) => (c.fields['share'] = 1n)],
  ['account_cap', (c) => c.world.edit(ASSET, WBTC, { accountCap: 1n })],
  ['too_many_positions', (c) => editAlice(c, { positions: heldElsewhere(32) })],
  ['isolated_needs_one_instrument', (c) => editAlice(c, { mode: MARGIN_MODE.isolated, positions: heldElsewhere(1) })],
  ['too_many_collaterals', (c) => editAlice(c, { collaterals: [3, 4, 5, 6, 7, 8, 9, 10].map((asset) => ({ asset, balance: 1n })) })],
  [
    'marks_stale',
    (c) => {
      editAlice(c, { positions: heldElsewhere(1) });
      c.world.edit(UNDERLYING, ETH, { oracleTime: 0 });
    },
  ],
  ['initial_margin_too_low', ({ world }) => impoverish(world, alice)],
]);

test('a bidder is sure of what is for sale, and of its price', () => {
  const { world } = prepare();
  const { stepSeconds } = auctionIn(world, bob.account)!;
  assert.is(60n / stepSeconds, 4n, 'the price has fallen four times');
  const p = [1, 2, 3, 4].reduce((share) => (share * 98n * 10n ** 16n) / WAD, 98n * 10n ** 16n);
  const { value } = distressIn(world, bob.account);
  const price = value - (value * (WAD - p)) / WAD;
  const tenth = (fields: Readonly<Record<string, unknown>>): Uint8Array => bidBytes(world, alice, bob.account, WAD / 10n, fields);
  assert.is(world.refuse(tenth({ maxPrice: price - 1n })), 'price_above_limit');
  const expected = accountHash(world.account(bob.account));
  const { effects } = world.accept(tenth({ maxPrice: price, expected }));
  const sold = effects.find((e) => e.kind === 'bid')!;
  assert.equal([sold.account, sold.bidder, sold.share, sold.price], [bob.account, alice.account, WAD / 10n, price]);
  assert.is(world.refuse(tenth({ expected })), 'auction_changed');
  world.accept(tenth({ expected: accountHash(world.account(bob.account)) }));
});

test('takes a tenth of everything, pays its value less the compensation, and leaves a record of it', () => {
  const { world } = prepare();
  const before = { bob: distressIn(world, bob.account), alice: distressIn(world, alice.account), pool: world.pool };
  const { effects } = world.accept(bidBytes(world, alice, bob.account, WAD / 10n));
  const { compensation, penalty, fromFund } = effects.find((e) => e.kind === 'bid')!;
  const after = { bob: distressIn(world, bob.account), alice: distressIn(world, alice.account), pool: world.pool };

  const sizes = [bob, alice].map(({ account }) => world.account(account).positions.find((p) => p.instrument === BTC_PERP)!.size);
  assert.equal(sizes, [900n, 100n]);
  const balances = [bob, alice].map(({ account }) => world.account(account).collaterals);
  assert.equal(balances, [[{ asset: WBTC, balance: 45_000_000n }], [{ asset: WBTC, balance: 5_000_000n }]]);
  assert.is(after.alice.value - before.alice.value, compensation);
  assert.is(before.bob.value - after.bob.value, compensation + penalty);
  assert.is(after.pool.insurance - before.pool.insurance, penalty);
  assert.is(fromFund, 0n);
  const { value, maintenance } = auctionIn(world, bob.account)!;
  const taken = before.bob.value / 10n;
  assert.equal(auctionIn(world, bob.account), {
    ...{ kind: AUCTION_KIND.solvent, start: world.now - 60, stepSeconds: 15n, bids: 1, sold: WAD / 10n, fundLeft: 0n, value, maintenance, market: 1 },
    reserved: taken - compensation - penalty,
  });
  assert.equal(world.breaches(), []);
});

test('a bid that only changes sides of the market needs no cash at all', () => {
  const { world } = prepare();
  plant(world, alice.account, { lots: { [BTC_PERP]: -1_000n } });
  const short = world.margin(alice.account);
  pour(world, alice.account, short.initial - short.initialEquity);
  world.accept(bidBytes(world, alice, bob.account, WAD / 10n));
  assert.ok(world.margin(alice.account).maintenance < short.maintenance, 'netting counts');
  assert.is(world.instrument(BTC_PERP).openInterest, 900n);
  assert.equal(world.breaches(), []);
});

test('collateral that the fund can not pay for is sold for what it is worth, and what is owed stays', () => {
  for (const fund of [0n, 500n * USD]) {
    const world = new World();
    world.tick();
    plant(world, bob.account, { balances: { [WBTC]: 10_000_000n } });
    pour(world, bob.account, -11_000n * USD);
    pour(world, 'insurance', 2n * fund);
    world.deposit(alice.account, 100_000n * USD);
    world.accept(startBytes(bob.account));
    age(world, bob.account, 600);
    const before = distressIn(world, alice.account).value;
    const { effects } = world.accept(bidBytes(world, alice, bob.account));
    const { compensation, fromFund } = effects.find((e) => e.kind === 'bid')!;
    assert.equal([compensation, fromFund], [fund, fund], 'half of the fund, and less than maintenance margin');
    assert.is(distressIn(world, alice.account).value - before, compensation);
    const { cash, collaterals } = world.account(bob.account);
    assert.equal([cash, collaterals], [-1_000n * USD, []]);
    assert.equal(world.breaches(), []);
  }
});

test.run();
