/** Behind the fund: deleveraging, then a loss that all withdrawals share. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { growClaim } from '../../../state/ledger/claims.ts';
import { CLAIM } from '../../../state/records/claim.ts';
import { INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { ROUND } from '../../../state/records/round.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { redeemClaim } from '../../../state/transactions/redeemClaim.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { NOBODY, startAuction } from '../../../state/transactions/startAuction.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { change, pour, round } from '../../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, person, PRICES, World } from '../../support/world.ts';

const test = suite('waterfall');
const USD = 1_000_000n;
const dora = person('dora');
const btcAt = (usd: bigint): Readonly<Record<number, bigint>> => ({ ...PRICES, 1: usd * 10n ** 8n });

/** Alice is long 1 BTC with 23,000 USD; dora, who was short it, hands on to bob (600 lots) and carol (400) at `handedOn`; it falls to 75,000. */
function insolvent(handedOn = 100_000n): World {
  const world = new World();
  world.block();
  world.deposit(alice.account, 23_000n * USD);
  for (const { account } of [bob, carol, dora]) world.deposit(account, 200_000n * USD);
  world.tick();
  assert.ok(world.tradeBetween(alice, dora, 1_000n, 1_000_000n).outcome.ok);
  for (let at = 100_000n; at >= 75_000n; at -= 1_000n) {
    world.tick(btcAt(at), 10);
    if (at !== handedOn) continue;
    assert.ok(world.tradeBetween(dora, bob, 600n, handedOn * 10n).outcome.ok);
    assert.ok(world.tradeBetween(dora, carol, 400n, handedOn * 10n).outcome.ok);
  }
  world.accept(encodeTransaction(startAuction, { account: alice.account, starter: NOBODY }));
  return world;
}

/** Ten minutes and a little, without an outage. */
function wait(world: World): void {
  for (let i = 0; i < 21; i++) world.tick(btcAt(75_000n), 30);
}

const deleverageBytes = (holders: readonly AccountId[]): Uint8Array =>
  encodeTransaction(deleverage, { account: alice.account, instrument: BTC_PERP, holders: [...holders].sort() });

test('nobody is deleveraged before the fund has offered all it may', () => {
  const world = insolvent();
  assert.is(world.refuse(deleverageBytes([bob.account])), 'deleveraging_not_due');
});

test('holders close in proportion, give up profit, and the rest is shared', () => {
  const world = insolvent();
  wait(world);
  world.accept(deleverageBytes([bob.account]));
  world.accept(deleverageBytes([carol.account]));
  world.accept(deleverageBytes([bob.account]));
  assert.is(world.instrument(BTC_PERP).status, INSTRUMENT_STATUS.deleveraging);
  assert.is(world.refuse(deleverageBytes([bob.account])), 'no_position'); // All of it: alice is the only long.
  const trade = world.tradeBetween(dora, carol, 1n, 750_000n);
  assert.not.ok(trade.outcome.ok);
  world.accept(deleverageBytes([carol.account]));
  assert.is(world.instrument(BTC_PERP).status, INSTRUMENT_STATUS.trading);
  assert.is(world.state.read(ROUND, BTC_PERP), undefined);
  assert.is(world.instrument(BTC_PERP).openInterest, 0n);
  const [ofBob, ofCarol] = [bob, carol].map(({ account }) => world.state.read(CLAIM, account)!.amount);
  assert.ok(ofBob! * 400n - ofCarol! * 600n < 1_000n && ofBob! > 0n);
  // All that alice owed was profit of the two: nothing is left to share, but a micro-dollar a lot.
  const left = world.account(alice.account).cash;
  assert.ok(left >= 0n && left <= 1_000n, `${left}`);
  assert.equal(world.breaches(), []);
});

test('a holder is paid what was recovered for it before it gives up more, and what the fund earned counts from where it did', () => {
  const world = insolvent();
  wait(world);
  for (const who of [bob, dora]) change(world, (draft) => growClaim(draft, who.account, 1_000_000_000n));
  pour(world, 'insurance', world.pool.flagged + 2_000_000_000n);
  world.accept(world.action(redeemClaim, dora, { toOwner: dora.address, toSubaccount: 0 }));
  world.accept(deleverageBytes([bob.account, carol.account]));
  pour(world, 'insurance', 100_000_000n);
  const { claimMark, claims } = world.pool;
  const { effects } = world.accept(deleverageBytes([bob.account, carol.account]));
  const paid = effects.filter((e) => e.kind === 'cash' && e.reason === 'recovery');
  assert.equal(paid.map((e) => [e.kind === 'cash' && e.account, e.kind === 'cash' && e.amount]), [[bob.account, 500_000_000n]]);
  const haircuts = effects.reduce((sum, e) => sum + (e.kind === 'deleveraged' ? e.haircut : 0n), 0n);
  assert.ok(haircuts > 0n);
  assert.equal([world.pool.claimMark, world.pool.claims], [claimMark, claims + haircuts]);
  assert.equal(world.breaches(), []);
});

test('a loss that is left is shared by one rate, whoever leaves first', () => {
  const world = insolvent(76_000n);
  wait(world);
  const bytesOf = encodeTransaction(socialize, { account: alice.account });
  assert.is(world.refuse(bytesOf), 'account_holds_assets');
  round(world, alice.account, [bob.account, carol.account]);
  assert.is(world.pool.withdrawalRate, WAD);
  const owed = -world.account(alice.account).cash;
  assert.ok(owed > 0n);
  world.accept(bytesOf);
  assert.is(world.account(alice.account).cash, 0n);
  assert.is(world.pool.deficit, owed);
  const rate = world.pool.withdrawalRate;
  assert.ok(rate < WAD && rate > (WAD * 99n) / 100n, `${rate}`);
  const paidTo = (who: typeof dora): bigint => {
    const before = world.pool.withdrawn;
    world.accept(world.action(withdraw, who, { asset: 0, amount: 10_000n * USD, recipient: who.address }));
    return world.pool.withdrawn - before;
  };
  const first = paidTo(dora);
  assert.is(first, (10_000n * USD * rate) / WAD);
  assert.is(paidTo(bob), first);
  assert.is(world.pool.withdrawalRate, rate);
  assert.is(world.pool.deficit, owed - 2n * (10_000n * USD - first));
  assert.equal(world.breaches(), []);
});

test.run();
