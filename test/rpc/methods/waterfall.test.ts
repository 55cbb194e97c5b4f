/** Vaults and the waterfall as people see them: shares bought and sold, rounds, losses, and proofs of all of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyLiquidation } from '../../../rpc/cli/verifyLiquidation.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import { vaultAccountOf } from '../../../state/records/vault.ts';
import { setVault } from '../../../state/transactions/setVault.ts';
import { alice, bob, carol, person } from '../../support/world.ts';
import { fallenNode, type Fallen } from './fallen.ts';
import { head } from './support.ts';

const test = suite('waterfall methods');
const USD = 1_000_000n;
const dora = person('dora');
let fallen: Fallen;
test.before(async () => {
  fallen = await fallenNode();
});
test.after(() => fallen.close());

type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> => (await fallen.http.request(method, params)) as Json;
const headNow = () => ({ ...head(carol), expiry: fallen.clock.nowSeconds() + 60 });
const depositOf = (amount: string, vault = 7) => ({ type: 'vaultDeposit', vault, amount, ...headNow() }) as const;
const withdrawOf = (shares: string) => ({ type: 'vaultWithdraw', vault: 7, shares, ...headNow() }) as const;
const refusalOf = async (action: Parameters<Fallen['http']['submit']>[0]): Promise<unknown> => {
  const thrown = await fallen.http.submit(action, carol.key).catch((error: unknown) => error);
  assert.instance(thrown, RemoteError);
  return (thrown as RemoteError).data?.['name'];
};
const stakesOf = async (): Promise<Json[]> => (await ask('account_get', { owner: carol.address }))['account'].stakes;

test('shares of a vault are bought by its value, and the pool lists it', async () => {
  assert.equal((await ask('pool_get'))['vaults'], []);
  assert.is(await refusalOf(depositOf('5000')), 'VAULT_NOT_FOUND');
  fallen.govern(setVault, { vault: 7, operator: bob.address, lossCap: 2_000n * USD, lockSeconds: 100n });
  const { hash } = (await fallen.http.submit(depositOf('5000'), carol.key)) as Json;
  assert.ok(hash);
  const [vault] = (await ask('pool_get'))['vaults'];
  assert.equal([vault.vault, vault.account, vault.operator.toLowerCase()], [7, vaultAccountOf(7), bob.address]);
  assert.equal([vault.shares, vault.value, vault.equity, vault.lossCap, vault.lostToday], ['5000', '5000', '5000', '2000', '0']);
  const [stake] = await stakesOf();
  assert.equal([stake!['vault'], stake!['shares'], stake!['value']], [7, '5000', '5000']);
  const { entries } = await ask('account_ledger', { owner: carol.address });
  assert.equal([entries[0].type, entries[0].amount], ['vault', '-5000']);
});

test('they are sold once the lock is over, and tx_debug says what is signed', async () => {
  assert.is(await refusalOf(withdrawOf('1000')), 'VAULT_LOCKED');
  await fallen.moveTo(100_000, 100);
  assert.is(await refusalOf(withdrawOf('6000')), 'BALANCE_TOO_LOW');
  const envelope = await fallen.http.sign(withdrawOf('1000.5'), carol.key);
  const { primaryType, message, matches } = await ask('tx_debug', envelope);
  assert.equal([primaryType, message.vault, message.shares, matches], ['VaultWithdraw', 7, '1000500000', true]);
  await fallen.http.submit(withdrawOf('1000'), carol.key);
  assert.equal((await stakesOf()).map(({ shares, value }) => [shares, value]), [['4000', '4000']]);
});

test('flagged losses, the part of the vault, the round and the loss are in the open', async () => {
  for (let at = 98_000; at > 75_000; at -= 2_000) await fallen.quietly(at);
  await fallen.moveTo(75_000, 10);
  const { flagged, auctioned } = await ask('pool_get');
  assert.ok(Number(flagged) > 1_000 && Number(auctioned) > 5_000, `${flagged} ${auctioned}`);
  for (let minute = 0; minute < 11; minute++) await fallen.moveTo(75_000, 60);
  await fallen.node.sequencer.seal();
  const { entries } = await ask('liquidation_history', {});
  const of = (type: string): Json[] => entries.filter((entry: Json) => entry['type'] === type);
  const [start] = of('start');
  assert.equal([start!['kind'], start!['account']], ['insolvent', alice.account]);
  const [closed] = of('deleverage');
  assert.equal([closed!['account'], closed!['holder'].account, closed!['market']], [alice.account, bob.account, 'BTC-PERP']);
  assert.equal([closed!['size'], closed!['price']], ['-1', '75000']);
  const { account } = await ask('account_get', { owner: bob.address });
  assert.equal(account.claim, { owed: closed!['haircut'], due: '0' });
  assert.ok(Number(account.claim.owed) > 0);
  assert.is((await ask('pool_get'))['claims'], account.claim.owed);
  assert.equal((await ask('liquidation_history', { owner: bob.address }))['entries'].map(({ type }: Json) => type), ['deleverage']);
  assert.is((await ask('market_get', { market: 'BTC-PERP' }))['market'].status, 'trading');
});

test('who gave up profit is paid back out of what the fund earns later, and the ledger says so', async () => {
  const claimOf = async (): Promise<Json> => (await ask('account_get', { owner: bob.address }))['account'].claim;
  const redeem = () => ({ type: 'redeemClaim', toOwner: bob.address, ...headNow() }) as const;
  assert.is(await refusalOf({ ...redeem(), toOwner: dora.address }), 'CLAIM_NOT_FOUND');
  assert.is(await refusalOf(redeem()), 'NOTHING_RECOVERED');
  const { owed } = await claimOf();
  const { insurance } = await ask('pool_get');
  for (let at = 77_000; at <= 99_000; at += 2_000) await fallen.quietly(at);
  await fallen.quietly(100_000);
  fallen.fund(dora, 40_000n * USD); // Stable prices have not followed all of the way up.
  await fallen.order(bob, 'sell', '1', 100_000);
  await fallen.order(dora, 'buy', '1', 100_000);
  await fallen.fall(100_000, 70_000);
  await fallen.http.submit({ type: 'bid', fromOwner: dora.address, maxPrice: '1000000', ...headNow() }, carol.key);
  const income = Number((await ask('pool_get'))['insurance']) - Number(insurance);
  assert.ok(income > 0);
  const { due } = await claimOf();
  assert.ok(Math.abs(Number(due) - income / 2) < 1e-5, `${due} of ${income}`);
  await fallen.http.submit(redeem(), carol.key);
  const after = await claimOf();
  assert.equal(after, { owed: String(Number((Number(owed) - Number(due)).toFixed(6))), due: '0' });
  const { entries } = await ask('account_ledger', { owner: bob.address, limit: 5 });
  assert.equal([entries[0].type, entries[0].amount], ['recovery', due]);
  const { claims, recovery } = await ask('pool_get');
  assert.is(Number((Number(claims) + Number(recovery)).toFixed(6)), Number(after['owed']), 'all claims are his');
});

test('each of these steps is explained, and holds offline', async () => {
  const { entries } = await ask('liquidation_history', {});
  const steps = new Set<string>();
  for (const seq of new Set<number>(entries.map((entry: Json) => entry['seq']))) {
    const explanation = await ask('liquidation_explain', { seq });
    const failed = verifyLiquidation(explanation, {}).filter(({ ok }) => !ok);
    assert.equal(failed, [], explanation['facts'].step);
    steps.add(explanation['facts'].step);
  }
  assert.ok(steps.has('start') && steps.has('deleverage'), [...steps].join());
});

test.run();
