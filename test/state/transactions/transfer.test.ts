/** Transfer: its refusals in order, and what it moves. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_COLLATERALS } from '../../../state/constants.ts';
import { ACCOUNT, accountIdOf } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, impoverish, MARKS_STALE, tradedWorld, UNREALISED_PROFIT } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, carol, World, type Person } from '../../support/world.ts';

const test = suite('transfer');

const full = Array.from({ length: MAX_COLLATERALS }, (_, i) => ({ asset: 10 + i, balance: 1n }));
const prepare = aliceActs({ asset: 2, amount: 1n, toOwner: bob.address, toSubaccount: 0 });

refusalTable(
  test,
  transfer.refusals,
  () => {
    const world = tradedWorld();
    world.deposit(alice.account, 2n, 2);
    return prepare(world);
  },
  actionBytes(transfer),
  [
    ...ENVELOPE_RULES,
    ['amount_must_be_positive', (c) => (c.fields['amount'] = 0n)],
    ['accounts_must_differ', (c) => (c.fields['toOwner'] = alice.address)],
    ['asset_not_found', (c) => (c.fields['asset'] = 99)],
    ['balance_too_low', (c) => (c.fields['amount'] = 2n ** 100n)],
    ['too_many_collaterals', (c) => c.world.edit(ACCOUNT, bob.account, { collaterals: full })],
    ['account_cap', (c) => c.world.edit(ASSET, 2, { accountCap: 0n })],
    MARKS_STALE,
    [
      'initial_margin_too_low',
      (c) => {
        impoverish(c.world, alice);
        Object.assign(c.fields, { asset: 2, amount: 1n });
      },
    ],
    UNREALISED_PROFIT,
  ],
);

test('moves what the receiver may hold of an asset, and no unit more', () => {
  const world = new World();
  world.tick();
  for (const asset of [0, 2]) {
    world.deposit(alice.account, 9n, asset);
    world.deposit(bob.account, 3n, asset);
    world.edit(ASSET, asset, { accountCap: 7n });
    const give = (amount: bigint, to: Person): Uint8Array =>
      world.action(transfer, alice, { asset, amount, toOwner: to.address, toSubaccount: 0 });
    assert.is(world.refuse(give(5n, bob)), 'account_cap');
    world.accept(give(4n, bob));
    assert.is(world.refuse(give(1n, bob)), 'account_cap');
    world.accept(give(1n, carol));
  }
});

test('moves cash to an account that did not exist', () => {
  const world = new World();
  world.deposit(alice.account, 5_000_000n);
  const to = accountIdOf(carol.address, 7);
  const { effects } = world.accept(
    world.action(transfer, alice, { asset: 0, amount: 2_000_000n, toOwner: carol.address, toSubaccount: 7 }),
  );
  assert.is(world.account(alice.account).cash, 3_000_000n);
  assert.is(world.account(to).cash, 2_000_000n);
  assert.equal(effects, [
    { kind: 'cash', account: alice.account, amount: -2_000_000n, reason: 'transfer' },
    { kind: 'cash', account: to, amount: 2_000_000n, reason: 'transfer' },
  ]);
  assert.equal(world.breaches(), []);
});

test('moves collateral, also to an account that is full of assets but holds this one', () => {
  const world = new World();
  world.tick();
  world.deposit(alice.account, 5n, 2);
  world.deposit(bob.account, 1n, 2);
  world.accept(
    world.action(transfer, alice, { asset: 2, amount: 5n, toOwner: bob.address, toSubaccount: 0 }),
  );
  assert.equal(world.account(alice.account).collaterals, []);
  assert.equal(world.account(bob.account).collaterals, [{ asset: 2, balance: 6n }]);
  assert.equal(world.breaches(), []);
});

test.run();
