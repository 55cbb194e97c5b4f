/** Withdraw: its refusals in order, and what it moves. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { POOL } from '../../../state/records/pool.ts';
import { WITHDRAWAL, WITHDRAWAL_RESERVED } from '../../../state/records/withdrawal.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD } from '../../../state/units.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, MARKS_STALE, profitOfAlice, UNREALISED_PROFIT } from '../../support/actions.ts';
import { plant, pour, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, carol, World } from '../../support/world.ts';

const test = suite('withdraw');

refusalTable(
  test,
  withdraw.refusals,
  aliceActs({ asset: 0, amount: 1_000_000n, recipient: carol.address }),
  actionBytes(withdraw),
  [
    ...ENVELOPE_RULES,
    ['amount_must_be_positive', (c) => (c.fields['amount'] = 0n)],
    ['recipient_must_not_be_zero', (c) => (c.fields['recipient'] = `0x${'00'.repeat(20)}`)],
    ['asset_not_found', (c) => (c.fields['asset'] = 99)],
    ['balance_too_low', (c) => (c.fields['amount'] = c.world.account(alice.account).cash + 1n)],
    ['withdrawal_throttled', (c) => c.world.edit(POOL, 0, { flagged: 10n ** 18n })],
    ['pool_liquidity_too_low', (c) => c.world.edit(ASSET, 0, { deposited: 999_999n })],
    MARKS_STALE,
    ['initial_margin_too_low', (c) => (c.fields['amount'] = c.world.account(alice.account).cash)],
    UNREALISED_PROFIT,
  ],
);

test('pays cash out of the account, the pool and the books, and leaves a record for L1', () => {
  const world = new World();
  world.deposit(alice.account, 5_000_000n);
  const { effects } = world.accept(
    world.action(withdraw, alice, { asset: 0, amount: 2_000_000n, recipient: carol.address }),
  );
  assert.is(world.account(alice.account).cash, 3_000_000n);
  assert.is(world.pool.withdrawn, 2_000_000n);
  assert.is(existing(world.state, ASSET, 0).withdrawn, 2_000_000n);
  const { height, timestamp, withdrawalCount } = existing(world.state, CHAIN, 0);
  assert.is(withdrawalCount, 1);
  assert.equal(existing(world.state, WITHDRAWAL, 0), {
    asset: 0,
    amount: 2_000_000n,
    recipient: carol.address,
    account: alice.account,
    height,
    timestamp,
    reserved: WITHDRAWAL_RESERVED,
  });
  assert.equal(effects, [
    { kind: 'cash', account: alice.account, amount: -2_000_000n, reason: 'withdrawal' },
    { kind: 'withdrawal', index: 0, account: alice.account, asset: 0, amount: 2_000_000n },
  ]);
  assert.equal(world.breaches(), []);
});

test('pays collateral out of the account and its asset', () => {
  const world = new World();
  world.tick();
  world.deposit(alice.account, 5n, 2);
  world.accept(world.action(withdraw, alice, { asset: 2, amount: 5n, recipient: carol.address }));
  assert.equal(world.account(alice.account).collaterals, []);
  const { held, deposited, withdrawn } = existing(world.state, ASSET, 2);
  assert.equal([held, deposited, withdrawn], [0n, 5n, 5n]);
  assert.equal(world.breaches(), []);
});

test('while losses are in the open it provides for its part of them, in one withdrawal as in ten', () => {
  for (const parts of [1n, 10n]) {
    const world = new World();
    for (const { account } of [alice, bob]) world.deposit(account, 5_000_000n);
    plant(world, carol.account, {});
    pour(world, carol.account, -3_000_000n);
    world.accept(startBytes(carol.account));
    pour(world, 'insurance', 1_000_000n);
    const fields = { asset: 0, amount: 5_000_000n / parts, recipient: alice.address };
    for (let i = 0n; i < parts; i++) world.accept(world.action(withdraw, alice, fields));
    assert.equal([world.pool.withdrawn - 3_000_000n, world.pool.insurance], [4_000_000n, 2_000_000n], 'two of ten are lost');
    const { effects } = world.accept(encodeTransaction(socialize, { account: carol.account }));
    assert.equal(effects.at(-1), { kind: 'socialized', account: carol.account, fromFund: 2_000_000n, loss: 1_000_000n });
    assert.is(world.pool.withdrawalRate, (WAD * 8n) / 10n, 'who stays is paid the same');
    assert.equal(world.breaches(), []);
  }
});

test('leaves exactly initial margin at most', () => {
  const prepare = aliceActs({ asset: 0, recipient: carol.address });
  for (const excess of [0n, 1n]) {
    const c = prepare();
    const { initial, initialEquity } = c.world.margin(alice.account);
    c.fields['amount'] = initialEquity - initial + excess;
    const { outcome } = c.world.apply(actionBytes(withdraw)(c));
    assert.is(outcome.ok, excess === 0n);
  }
});

test('leaves half of an unrealised profit at most', () => {
  const prepare = aliceActs({ asset: 0, recipient: carol.address });
  for (const excess of [0n, 1n]) {
    const c = prepare();
    profitOfAlice(c.world);
    const { initial, initialEquity, freeEquity } = c.world.margin(alice.account);
    assert.is(initialEquity - freeEquity, 2_500_000n);
    c.fields['amount'] = freeEquity - initial + excess;
    const { outcome } = c.world.apply(actionBytes(withdraw)(c));
    assert.is(outcome.ok, excess === 0n);
  }
});

test.run();
