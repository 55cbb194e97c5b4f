/** Explanations from witnesses alone: solvent and insolvent, forced from L1, and of what is no step of an auction. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recover } from '../../../node/crypto/recover.ts';
import { isExplained } from '../../../node/liquidation/explained.ts';
import { explainLiquidation, namesFrom, namesIn } from '../../../rpc/methods/explainLiquidation.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { POOL } from '../../../state/records/pool.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { ANY_STATE, bid } from '../../../state/transactions/bid.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { NOBODY, startAuction } from '../../../state/transactions/startAuction.ts';
import { WAD } from '../../../state/units.ts';
import { plant, pour } from '../../support/distressed.ts';
import { absorbBytes, openVault, stake, VAULT_ACCOUNT } from '../../support/vaults.ts';
import { alice, bob, carol, person, PRICES, World } from '../../support/world.ts';

const test = suite('explanation of liquidations');
const USD = 1_000_000n;
const dora = person('dora');
const NAMES = { market: (id: number) => `market ${id}`, underlying: (id: number) => `underlying ${id}`, asset: (id: number) => `asset ${id}` };

/** Alice is long 1 BTC at 100,000 with 23,000 USD; bob is short it; carol has a million in cash; BTC fell to `usd`. */
function fallen(usd: bigint): World {
  const world = new World();
  world.block();
  world.deposit(alice.account, 23_000n * USD);
  world.deposit(bob.account, 200_000n * USD);
  world.deposit(carol.account, 1_000_000n * USD);
  world.tick();
  assert.ok(world.tradeBetween(alice, bob, 1_000n, 1_000_000n).outcome.ok);
  const btcAt = (price: bigint) => ({ ...PRICES, 1: price * 10n ** 8n });
  for (let at = 98_000n; at > usd; at -= 2_000n) world.tick(btcAt(at), 10);
  world.tick(btcAt(usd), 10);
  return world;
}
const startBytes = encodeTransaction(startAuction, { account: alice.account, starter: NOBODY });
const bidBytes = (world: World, share: bigint): Uint8Array =>
  world.action(bid, carol, { fromOwner: alice.address, fromSubaccount: 0, share, maxPrice: 2n ** 126n, expected: ANY_STATE });

/** Applies a step that is accepted, and explains it. */
function explained(world: World, bytes: Uint8Array) {
  world.accept(bytes);
  assert.ok(isExplained(bytes));
  const { before, witness, root } = world.steps.at(-1)!;
  const again = explainLiquidation({ bytes, rootBefore: before, witness }, NAMES, { recover });
  assert.is(toHex(again.root), toHex(root));
  return again.facts;
}

test('a solvent auction from its start to its end', () => {
  const world = fallen(89_000n);
  const margin = world.margin(alice.account);
  const start = explained(world, startBytes);
  assert.is(start.step, 'start');
  assert.is(start.started?.kind, 'solvent');
  assert.is(start.started?.starter, null);
  assert.is(Number(start.before!.equity) * 1e6, Number(margin.equity));
  assert.is(Number(start.before!.maintenanceMargin) * 1e6, Number(margin.maintenance));
  assert.equal(start.before!.binding?.underlyings, ['underlying 1']);
  assert.is(start.auctionBefore, null);
  assert.is(start.auctionAfter?.maintenanceAtStart, start.before!.maintenanceMargin);

  const taken = explained(world, bidBytes(world, WAD / 10n));
  assert.is(taken.taken?.share, '0.1');
  assert.equal(taken.taken?.positions, [{ market: 'market 100', size: '0.1' }]);
  assert.is(taken.bidder?.account, carol.account);
  assert.is(taken.bidder?.before.maintenanceMargin, '0');
  assert.ok(Number(taken.bidder?.after.maintenanceMargin) > 0);
  assert.is(Number(taken.offer?.value) - Number(taken.offer?.compensation), Number(taken.offer?.price));
  assert.is(taken.auctionAfter?.bids, 1);

  world.deposit(alice.account, 30_000n * USD);
  const end = explained(world, encodeTransaction(endAuction, { account: alice.account }));
  assert.equal([end.step, end.auctionAfter, end.taken, end.bidder], ['end', null, null, null]);
  assert.ok(Number(end.before!.health) > 1);
});

test('an insolvent account is paid for by the fund', () => {
  const world = fallen(75_000n);
  world.edit(POOL, 0, { insurance: 50_000n * USD, deposited: world.pool.deposited + 50_000n * USD });
  const start = explained(world, startBytes);
  assert.is(start.started?.kind, 'insolvent');
  assert.is(start.auctionAfter?.fundLeft, '25000');
  const { wanted, market } = start.started!;
  assert.equal([wanted, start.auctionAfter?.underlying, market?.underlying], ['25000', 'underlying 1', 'underlying 1']);
  assert.equal([market?.fundLimit, market?.fundUsed], ['25000', '25000']);
  assert.equal([market?.auctionedBefore, market?.auctionedAfter], ['0', start.auctionAfter?.maintenanceAtStart]);
  assert.is(market?.auctionLimit, '100000000');
  world.tick({ ...PRICES, 1: 75_000n * 10n ** 8n }, 100);
  const { taken, offer, fund } = explained(world, bidBytes(world, WAD));
  assert.ok(Number(offer?.owed) > 0);
  const paid = Number(fund!.insuranceBefore) - Number(fund!.insuranceAfter);
  assert.ok(Math.abs(paid - Number(taken?.fromFund)) < 1e-6, `${paid} ${taken?.fromFund}`);
});

test('a bid that was forced from L1 is explained like any other', () => {
  const world = fallen(89_000n);
  world.accept(startBytes);
  const { step, taken } = explained(world, world.forcedBytes(bidBytes(world, WAD / 10n), carol));
  assert.equal([step, taken?.share], ['bid', '0.1']);
});

test('what a vault takes is explained like a bid, at the price of the rule', () => {
  const world = fallen(89_000n);
  openVault(world, 100_000n * USD);
  stake(world, dora, 200_000n * USD);
  world.accept(startBytes);
  for (let n = 0; n < 6; n++) world.tick({ ...PRICES, 1: 89_000n * 10n ** 8n }, 60);
  const { step, bidder, taken, offer, rules } = explained(world, absorbBytes(alice.account));
  assert.equal([step, bidder?.account, taken?.wanted], ['absorb', VAULT_ACCOUNT, { share: '1', maxPrice: null }]);
  assert.ok(Number(offer?.price) <= Number(offer?.value) * Number(rules?.absorbPrice));
  assert.ok(Number(bidder?.after.maintenanceMargin) > 0);
});

test('a round names every holder with what he closed, and the loss that is left says who pays', () => {
  const world = fallen(75_000n);
  const btc = { ...PRICES, 1: 75_000n * 10n ** 8n };
  world.accept(startBytes);
  for (let n = 0; n < 21; n++) world.tick(btc, 30);
  const began = explained(world, encodeTransaction(deleverage, { account: alice.account, instrument: 100, holders: [] }));
  assert.equal([began.step, began.deleveraged?.began, began.deleveraged?.ended], ['deleverage', true, false]);
  assert.equal(began.deleveraged?.holders, []);
  assert.ok(Number(began.before?.equity) < 0 && Number(began.deleveraged?.round?.haircutPerLot) > 0);
  const { freeShare, weighed, free, position } = began.deleveraged!.round!;
  assert.equal([position, weighed, free, freeShare], ['1', '0', '0', null]);
  const named = encodeTransaction(deleverage, { account: alice.account, instrument: 100, holders: [bob.account] });
  const all = explained(world, named).deleveraged!;
  assert.equal(all.weighed.map(({ account, held, free: own }) => [account, held, own]), [[bob.account, '-1', '1']]);
  assert.equal([all.ended, all.round!.weighed, all.round!.free], [false, '1', '1']);
  assert.equal([all.round!.freeShare, all.round!.hedgedShare, all.holders], ['1', '0', []]);
  const closed = explained(world, named);
  const { holders, ended, round } = closed.deleveraged!;
  assert.ok(ended);
  assert.equal(round, all.round);
  assert.is(holders.length, 1);
  const [one] = holders;
  assert.equal([one!.account, one!.held, one!.free, one!.closed, one!.share], [bob.account, '-1', '1', '-1', '1']);
  assert.ok(Number(one!.haircut) > 0 && Number(one!.haircut) <= Number(one!.profit));
  assert.is(one!.claim, one!.haircut);
  assert.equal([closed.before, closed.rules], [null, null]);
});

test('a loss is explained by what was owed, and by who pays it', () => {
  const world = fallen(89_000n);
  plant(world, dora.account, {});
  pour(world, dora.account, -5_000n * USD);
  world.edit(POOL, 0, { insurance: 2_000n * USD, deposited: world.pool.deposited + 2_000n * USD });
  const { step, socialized } = explained(world, encodeTransaction(socialize, { account: dora.account }));
  assert.is(step, 'socialize');
  const { owed, fromFund, loss, deficitAfter, withdrawalRateAfter } = socialized!;
  assert.equal([owed, fromFund, loss, deficitAfter], ['5000', '2000', '3000', '3000']);
  assert.ok(Number(withdrawalRateAfter) < 1);
});

test('names are kept by number, and read back', () => {
  const world = fallen(89_000n);
  world.accept(startBytes);
  const kept = namesIn(world.steps.at(-1)!.witness, NAMES);
  assert.equal(kept.markets, { '100': 'market 100' });
  const names = namesFrom(kept);
  assert.equal([names.market(100), names.market(7), names.underlying(1)], ['market 100', '#7', 'underlying 1']);
});

test('another witness, another root and another step are refused', () => {
  const world = fallen(89_000n);
  world.accept(startBytes);
  const { before, witness, root } = world.steps.at(-1)!;
  const explain = (step: Partial<{ bytes: Uint8Array; rootBefore: Uint8Array; witness: Uint8Array }>) =>
    explainLiquidation({ bytes: startBytes, rootBefore: before, witness, ...step }, NAMES, { recover });
  assert.throws(() => explain({ rootBefore: root }), /another root/);
  assert.throws(() => explain({ bytes: encodeTransaction(endAuction, { account: alice.account }) }));
  const block = world.block();
  assert.ok(block.outcome.ok);
  const { bytes, before: rootBefore, witness: other } = world.steps.at(-1)!;
  assert.not(isExplained(bytes));
  assert.throws(() => explain({ bytes, rootBefore, witness: other }), /no step of an auction/);
});

test.run();
