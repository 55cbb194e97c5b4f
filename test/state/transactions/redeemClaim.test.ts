/** RedeemClaim: its refusals in order, what it recovers for all, and whom it pays. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLAIM_FACTOR_START } from '../../../state/constants.ts';
import { growClaim } from '../../../state/ledger/claims.ts';
import { moveCash } from '../../../state/ledger/ledger.ts';
import { ownerOf, subaccountOf } from '../../../state/records/account.ts';
import { CLAIM, type Claim } from '../../../state/records/claim.ts';
import { POOL } from '../../../state/records/pool.ts';
import { redeemClaim } from '../../../state/transactions/redeemClaim.ts';
import type { AccountId } from '../../../state/units.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, tradedWorld, type ActionCase } from '../../support/actions.ts';
import { change, dropAuction, plantAuction, pour } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { openVault, VAULT_ACCOUNT } from '../../support/vaults.ts';
import { alice, bob, carol, World, type Person } from '../../support/world.ts';

const USD = 1_000_000n;
const test = suite('redeemClaim');

/** Bob gave up 600 USD and carol 300; the fund has 1,000 of before, and has earned so much since. */
function prepare(income = 900n * USD): ActionCase {
  const world = tradedWorld();
  world.deposit(carol.account, USD);
  pour(world, 'insurance', 1_000n * USD);
  giveUp(world, bob.account, 600n * USD);
  giveUp(world, carol.account, 300n * USD);
  pour(world, 'insurance', income);
  return aliceActs({ toOwner: bob.address, toSubaccount: 0 })(world);
}
const giveUp = (world: World, id: AccountId, amount: bigint): void => change(world, (draft) => growClaim(draft, id, amount));
const redeemBytes = (world: World, to: AccountId, who: Person = alice): Uint8Array =>
  world.action(redeemClaim, who, { toOwner: ownerOf(to), toSubaccount: subaccountOf(to) });
const claimOf = (world: World, { account }: Person): Claim | undefined => world.state.read(CLAIM, account);

refusalTable(test, redeemClaim.refusals, prepare, actionBytes(redeemClaim), [
  ...ENVELOPE_RULES,
  ['claim_not_found', (c) => (c.fields['toSubaccount'] = 1)],
  ['nothing_recovered', ({ world }) => world.edit(POOL, 0, { claimMark: world.pool.insurance - 1n })],
]);

test('half of what the fund has earned is recovered for all, and its own part paid to whom it names', () => {
  const c = prepare();
  const { world } = c;
  const before = world.account(bob.account).cash;
  const { effects } = world.accept(actionBytes(redeemClaim)(c));
  assert.equal(effects, [{ kind: 'cash', account: bob.account, amount: 300n * USD, reason: 'recovery' }]);
  assert.is(world.account(bob.account).cash - before, 300n * USD);
  const { insurance, claims, recovery, claimMark } = world.pool;
  assert.equal([insurance, claims, recovery, claimMark], [1_450n, 450n, 150n, 1_450n].map((usd) => usd * USD));
  const { claimFactor: factor } = world.pool;
  assert.equal(claimOf(world, bob), { amount: 300n * USD, factor, scale: 0 });
  assert.equal(claimOf(world, carol), { amount: 300n * USD, factor: CLAIM_FACTOR_START, scale: 0 });
  assert.equal(world.breaches(), []);
  // The same income pays once; carol's part of it waits for her.
  assert.is(world.refuse(redeemBytes(world, bob.account)), 'nothing_recovered');
  world.accept(redeemBytes(world, carol.account));
  assert.equal([world.pool.recovery, claimOf(world, carol)!.amount], [0n, 150n * USD]);
});

test('who is paid first gets no more than who is paid last', () => {
  const paid = [[bob, carol], [carol, bob]].map((order) => {
    const { world } = prepare(601n * USD + 1n);
    for (const { account } of order) world.accept(redeemBytes(world, account));
    return [bob, carol].map((who) => claimOf(world, who)!.amount);
  });
  assert.equal(paid[0], paid[1]);
});

test('once all is recovered nothing is left of any claim, and a new one is of a new scale', () => {
  const { world } = prepare(5_000n * USD);
  world.accept(redeemBytes(world, bob.account));
  assert.is(claimOf(world, bob), undefined);
  const { claims, recovery, claimScale, claimStart, insurance } = world.pool;
  assert.equal([claims, recovery, claimScale, claimStart, insurance], [0n, 300n * USD, 1, 1, 5_100n * USD]);
  pour(world, 'insurance', 7n * USD);
  giveUp(world, bob.account, 9n * USD);
  assert.equal(claimOf(world, bob), { amount: 9n * USD, factor: CLAIM_FACTOR_START, scale: 1 });
  assert.is(world.pool.claimMark, 5_107n * USD, 'what was earned while there was no claim is the fund\'s alone');
  assert.is(world.refuse(redeemBytes(world, bob.account)), 'nothing_recovered');
  world.accept(redeemBytes(world, carol.account));
  assert.equal([claimOf(world, carol), world.pool.recovery], [undefined, 0n]);
  assert.equal(world.breaches(), []);
});

test('claims that have shrunk to next to nothing, twice, are of a new scale, and old ones keep what rounding leaves', () => {
  const { world } = prepare(0n);
  for (const [scale, who] of [[0, bob], [1, carol]] as const) {
    giveUp(world, who.account, 2n ** 50n);
    const { claims, claimMark, insurance } = world.pool;
    pour(world, 'insurance', claimMark + 2n * (claims - 1n) - insurance);
    world.accept(redeemBytes(world, who.account));
    assert.equal([world.pool.claims, world.pool.claimScale], [1n, scale]);
    assert.equal(world.breaches(), []);
  }
  assert.equal([claimOf(world, bob)!.scale, claimOf(world, carol)!.scale], [0, 1]);
  assert.is(world.refuse(redeemBytes(world, bob.account)), 'nothing_recovered');
  pour(world, 'insurance', 1_000n * USD);
  world.accept(redeemBytes(world, bob.account));
  assert.equal([claimOf(world, bob), world.pool.claims], [undefined, 0n]);
  assert.equal(world.breaches(), []);
});

test('a claim that grows is paid first what has been recovered of it', () => {
  const { world } = prepare();
  world.accept(redeemBytes(world, bob.account));
  const before = world.account(carol.account).cash;
  giveUp(world, carol.account, 50n * USD);
  assert.is(world.account(carol.account).cash - before, 150n * USD);
  assert.equal([claimOf(world, carol)!.amount, world.pool.claims, world.pool.recovery], [200n * USD, 500n * USD, 0n]);
  assert.equal(world.breaches(), []);
});

test('a fund that has paid first grows back to where it was, but for claims that arise when it is low', () => {
  const { world } = prepare(0n);
  change(world, (draft) => moveCash(draft, 'insurance', alice.account, 800n * USD, 'insurance'));
  pour(world, 'insurance', 700n * USD);
  assert.is(world.refuse(redeemBytes(world, bob.account)), 'nothing_recovered');
  change(world, (draft) => moveCash(draft, 'insurance', alice.account, 700n * USD, 'insurance'));
  giveUp(world, carol.account, USD);
  assert.is(world.pool.claimMark, 200n * USD);
  pour(world, 'insurance', 90n * USD);
  world.accept(redeemBytes(world, bob.account));
  assert.is(world.pool.claims, 901n * USD - 45n * USD);
});

test('what losses in the open will take of the fund is no income, until it is known that they do not', () => {
  const { world } = prepare(600n * USD);
  plantAuction(world, alice.account, { kind: 1, value: -500n * USD });
  world.accept(redeemBytes(world, bob.account));
  const { flagged, recovery, claims, claimMark, insurance } = world.pool;
  assert.equal([flagged, 900n * USD - claims, insurance - claimMark], [500n * USD, 50n * USD, 500n * USD]);
  assert.is(recovery, 50n * USD - 33_333_333n);
  assert.is(world.refuse(redeemBytes(world, bob.account)), 'nothing_recovered');
  dropAuction(world, alice.account);
  world.edit(POOL, 0, { flagged: 0n });
  world.accept(redeemBytes(world, bob.account));
  assert.is(900n * USD - world.pool.claims, 300n * USD);
});

test('anybody asks for a vault, whose account nobody signs for; and from L1', () => {
  const { world } = prepare();
  openVault(world, 0n);
  giveUp(world, VAULT_ACCOUNT, 100n * USD);
  world.accept(world.forcedBytes(redeemBytes(world, VAULT_ACCOUNT, carol)));
  assert.is(world.account(VAULT_ACCOUNT).cash, 45n * USD - 1n, 'rounded down');
  assert.equal(world.breaches(), []);
});

test.run();
