/** Deposit: never refused; credited, or sent straight back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { concat, fromHex, toHex } from '../../../state/codec/bytes.ts';
import { DEPOSITED_BOUND, MAX_COLLATERALS } from '../../../state/constants.ts';
import { keccak256 } from '../../../state/crypto/keccak256.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { ASSET, ASSET_STATUS } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { POOL } from '../../../state/records/pool.ts';
import { WITHDRAWAL } from '../../../state/records/withdrawal.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deposit, NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { alice, bob, World } from '../../support/world.ts';

const test = suite('deposit');

test('has no refusals', () => assert.equal(deposit.refusals, []));

test('credits cash to a new account and counts it in pool and books', () => {
  const world = new World();
  const { effects } = world.deposit(alice.account, 1_234_567n);
  assert.equal(world.account(alice.account), { ...NEW_ACCOUNT, cash: 1_234_567n });
  assert.is(world.pool.deposited, 1_234_567n);
  assert.is(world.pool.cashPositive, 1_234_567n);
  assert.is(existing(world.state, ASSET, 0).deposited, 1_234_567n);
  assert.equal(effects, [{ kind: 'cash', account: alice.account, amount: 1_234_567n, reason: 'deposit' }]);
  assert.equal(world.breaches(), []);
});

test('repays borrowed cash first', () => {
  const world = new World();
  world.deposit(alice.account, 10n);
  world.edit(ACCOUNT, alice.account, { cash: -4n });
  world.edit(POOL, 0, { cashPositive: 0n, cashNegative: 4n, insurance: 14n });
  world.deposit(alice.account, 10n);
  const { cashPositive, cashNegative } = world.pool;
  assert.equal([world.account(alice.account).cash, cashPositive, cashNegative], [6n, 6n, 0n]);
  assert.equal(world.breaches(), []);
});

test('credits collateral, assets ascending', () => {
  const world = new World();
  world.deposit(alice.account, 7n, 2);
  world.deposit(alice.account, 5n, 1);
  world.deposit(alice.account, 1n, 2);
  assert.equal(world.account(alice.account).collaterals, [
    { asset: 1, balance: 5n },
    { asset: 2, balance: 8n },
  ]);
  assert.is(existing(world.state, ASSET, 2).held, 8n);
  assert.equal(world.breaches(), []);
});

test('extends the inbox accumulator by its item', () => {
  const world = new World();
  const before = existing(world.state, CHAIN, 0);
  const bytes = encodeTransaction(deposit, { asset: 0, account: alice.account, amount: 5n });
  world.accept(bytes);
  const item = keccak256(concat(Uint8Array.of(0), bytes.subarray(1)));
  const after = existing(world.state, CHAIN, 0);
  assert.is(after.inboxCursor, before.inboxCursor + 1);
  assert.is(after.inboxAccumulator, toHex(keccak256(concat(fromHex(before.inboxAccumulator), item))));
});

const full = Array.from({ length: MAX_COLLATERALS }, (_, i) => ({ asset: 10 + i, balance: 1n }));
/** Why the account may not hold it, and a world in which that is so. */
const sentBack: readonly [why: string, asset: number, amount: bigint, prepare: (world: World) => void][] = [
  ['asset unknown', 99, 5n, () => {}],
  ['asset withdraw-only', 2, 5n, (w) => w.edit(ASSET, 2, { status: ASSET_STATUS.withdrawOnly })],
  ['nothing deposited', 2, 0n, () => {}],
  ['above the cap', 2, 6n, (w) => w.edit(ASSET, 2, { cap: 5n })],
  [
    'above what was ever deposited',
    2,
    1n,
    (w) => w.edit(ASSET, 2, { deposited: DEPOSITED_BOUND - 1n, withdrawn: DEPOSITED_BOUND - 1n }),
  ],
  ['above the cap of an account', 2, 6n, (w) => w.edit(ASSET, 2, { accountCap: 5n })],
  ['cash above the cap of an account', 0, 5n, (w) => w.edit(ASSET, 0, { accountCap: 5n })],
  ['too many collaterals', 2, 5n, (w) => w.edit(ACCOUNT, alice.account, { collaterals: full })],
];

for (const [why, asset, amount, prepare] of sentBack) {
  test(`goes back as a withdrawal to the owner: ${why}`, () => {
    const world = new World();
    world.deposit(alice.account, 1n);
    prepare(world);
    const before = [...world.state.all()].filter(({ type }) => type === ASSET.type || type === ACCOUNT.type);
    const { effects } = world.deposit(alice.account, amount, asset);
    const after = [...world.state.all()].filter(({ type }) => type === ASSET.type || type === ACCOUNT.type);
    assert.equal(after, before, 'accounts and books stay');
    assert.equal(effects, [{ kind: 'withdrawal', index: 0, account: alice.account, asset, amount }]);
    const { account, recipient } = existing(world.state, WITHDRAWAL, 0);
    assert.equal([account, recipient], [alice.account, alice.address]);
  });
}

test('takes a deposit up to exactly the cap of the account, whatever others hold', () => {
  const world = new World();
  world.deposit(bob.account, 9n, 2);
  for (const [asset, amount] of [[2, 5n], [0, 5n]] as const) {
    world.edit(ASSET, asset, { accountCap: 7n });
    world.deposit(alice.account, 2n, asset);
    world.deposit(alice.account, amount, asset);
    world.deposit(alice.account, 1n, asset);
  }
  const { cash, collaterals } = world.account(alice.account);
  assert.equal([cash, collaterals], [7n, [{ asset: 2, balance: 7n }]]);
});

test('takes a deposit up to exactly the cap, and more of an asset the account already holds', () => {
  const world = new World();
  world.edit(ASSET, 2, { cap: 5n });
  world.deposit(alice.account, 5n, 2);
  assert.is(existing(world.state, ASSET, 2).held, 5n);
  world.edit(ASSET, 2, { cap: 6n });
  world.edit(ACCOUNT, alice.account, { collaterals: [{ asset: 2, balance: 5n }, ...full.slice(1)] });
  world.deposit(alice.account, 1n, 2);
  assert.is(world.account(alice.account).collaterals[0]!.balance, 6n);
});

test.run();
