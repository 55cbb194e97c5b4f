/** VaultDeposit, VaultWithdraw and SetVault: their refusals in order, and the records they write. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { TIME_BOUND } from '../../../state/constants.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { SESSION, SESSION_SCOPE, sessionIdOf } from '../../../state/records/session.ts';
import { STAKE, stakeIdOf } from '../../../state/records/stake.ts';
import { BACKSTOP_VAULT } from '../../../state/records/vault.ts';
import { setVault } from '../../../state/transactions/setVault.ts';
import { vaultDeposit } from '../../../state/transactions/vaultDeposit.ts';
import { vaultWithdraw } from '../../../state/transactions/vaultWithdraw.ts';
import { SECONDS_PER_DAY } from '../../../state/units.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, MARKS_STALE, tradedWorld, UNREALISED_PROFIT, type ActionCase } from '../../support/actions.ts';
import { dealer, plant } from '../../support/distressed.ts';
import { refusalTable, type Rule } from '../../support/refusals.ts';
import { LOCK_SECONDS, makeVaultStale, openVault, operator, sharesOf, stake, stakeBytes, unstakeBytes, VAULT, VAULT_ACCOUNT } from '../../support/vaults.ts';
import { alice, bob, BTC_PERP, carol, World } from '../../support/world.ts';

const USD = 1_000_000n;
const VAULT_NOT_FOUND: Rule<ActionCase> = ['vault_not_found', (c) => (c.fields['vault'] = VAULT + 1)];
const VAULT_STALE: Rule<ActionCase> = ['marks_stale', ({ world }) => makeVaultStale(world)];
const VAULT_INSOLVENT: Rule<ActionCase> = ['vault_insolvent', ({ world }) => world.edit(ACCOUNT, VAULT_ACCOUNT, { cash: -1_000_000n * USD })];

/* DEPOSITS */

const deposits = suite('vaultDeposit');

function depositing(): ActionCase {
  const world = tradedWorld();
  openVault(world, 0n);
  stake(world, carol, 5_000n * USD);
  return aliceActs({ vault: VAULT, amount: 1_000n * USD })(world);
}

refusalTable(deposits, vaultDeposit.refusals, depositing, actionBytes(vaultDeposit), [
  ...ENVELOPE_RULES,
  VAULT_NOT_FOUND,
  ['balance_too_low', (c) => (c.fields['amount'] = c.world.account(alice.account).cash + 1n)],
  VAULT_STALE,
  VAULT_INSOLVENT,
  ['amount_must_be_positive', (c) => (c.fields['amount'] = 0n)],
  MARKS_STALE,
  ['initial_margin_too_low', (c) => (c.fields['amount'] = c.world.account(alice.account).cash)],
  UNREALISED_PROFIT,
]);

deposits('moves cash, and writes shares, the lock and what the vault is worth this day', () => {
  const c = depositing();
  const { world } = c;
  const before = world.account(alice.account).cash;
  world.accept(actionBytes(vaultDeposit)(c));
  assert.is(before - world.account(alice.account).cash, 1_000n * USD);
  assert.is(world.account(VAULT_ACCOUNT).cash, 6_000n * USD);
  const { shares, day, dayValue } = existing(world.state, BACKSTOP_VAULT, VAULT);
  assert.equal([shares, day, dayValue], [6_000n * USD, Math.floor(world.now / SECONDS_PER_DAY), 6_000n * USD]);
  const held = existing(world.state, STAKE, stakeIdOf(VAULT, alice.account));
  assert.equal(held, { shares: 1_000n * USD, lockedUntil: world.now + Number(LOCK_SECONDS) });
  assert.equal(world.breaches(), []);
});

deposits('a further deposit locks all of the stake anew', () => {
  const c = depositing();
  const { world } = c;
  world.accept(actionBytes(vaultDeposit)(c));
  world.block(100);
  world.tick();
  world.accept(stakeBytes(world, alice, 1n));
  const { shares, lockedUntil } = existing(world.state, STAKE, stakeIdOf(VAULT, alice.account));
  assert.equal([shares, lockedUntil], [1_000n * USD + 1n, world.now + Number(LOCK_SECONDS)]);
});

deposits.run();

/* WITHDRAWALS */

const withdrawals = suite('vaultWithdraw');

/** Alice has shares for 10,000 USD, not locked any more, of a vault that is long a tenth of a BTC. */
function withdrawing(): ActionCase {
  const world = new World();
  world.tick();
  openVault(world, 0n, 0n);
  stake(world, alice, 10_000n * USD);
  plant(world, VAULT_ACCOUNT, { lots: { [BTC_PERP]: 100n } });
  return { world, signer: alice, fields: { vault: VAULT, shares: 1_000n * USD } };
}

/** The vault has made 5,000 USD from the dealer that neither has realised; alice takes all that initial margin leaves. */
function profitOfVault({ world, fields }: ActionCase): void {
  for (const [account, sign] of [[VAULT_ACCOUNT, 1n], [dealer.account, -1n]] as const) {
    const [held] = world.account(account).positions;
    world.edit(ACCOUNT, account, { positions: [{ ...held!, quote: held!.quote + sign * 5_000n * USD }] });
  }
  const { initialEquity, initial } = world.margin(VAULT_ACCOUNT);
  fields['shares'] = ((initialEquity - initial) * (sharesOf(world, alice) + USD)) / (initialEquity + USD);
}

refusalTable(withdrawals, vaultWithdraw.refusals, withdrawing, actionBytes(vaultWithdraw), [
  ...ENVELOPE_RULES,
  VAULT_NOT_FOUND,
  ['balance_too_low', (c) => (c.fields['shares'] = sharesOf(c.world, alice) + 1n)],
  ['vault_locked', ({ world }) => world.edit(STAKE, stakeIdOf(VAULT, alice.account), { lockedUntil: world.now + 1 })],
  VAULT_STALE,
  VAULT_INSOLVENT,
  ['amount_must_be_positive', (c) => (c.fields['shares'] = 0n)],
  ['initial_margin_too_low', (c) => (c.fields['shares'] = sharesOf(c.world, alice))],
  ['unrealised_profit', profitOfVault],
]);

withdrawals('pays cash for shares; the last share takes the stake with it', () => {
  const c = withdrawing();
  const { world } = c;
  world.accept(actionBytes(vaultWithdraw)(c));
  assert.is(world.account(alice.account).cash, 1_000n * USD);
  assert.is(sharesOf(world, alice), 9_000n * USD);
  assert.is(existing(world.state, BACKSTOP_VAULT, VAULT).dayValue, 9_000n * USD);
  plant(world, VAULT_ACCOUNT, { lots: { [BTC_PERP]: -100n } });
  world.accept(unstakeBytes(world, alice, 9_000n * USD));
  assert.is(world.state.read(STAKE, stakeIdOf(VAULT, alice.account)), undefined);
  assert.equal([world.account(alice.account).cash, world.account(VAULT_ACCOUNT).cash], [10_000n * USD, 0n]);
  assert.equal(world.breaches(), []);
});

withdrawals('who has no stake has no share', () => {
  const { world } = withdrawing();
  world.deposit(bob.account, USD);
  assert.is(world.refuse(unstakeBytes(world, bob, 1n)), 'balance_too_low');
});

withdrawals.run();

/* TERMS */

const terms = suite('setVault');
type Terms = { world: World; lockSeconds: bigint };

refusalTable(
  terms,
  setVault.refusals,
  (): Terms => ({ world: new World(), lockSeconds: 2_592_000n }),
  ({ world, lockSeconds }) => world.governanceBytes(setVault, { vault: VAULT, operator: operator.address, lossCap: 0n, lockSeconds }),
  [['parameter_out_of_bounds', (c) => (c.lockSeconds = 2_592_001n)]],
);

terms('opens an account that nobody signs for and a session that only reduces, and hands it on', () => {
  const world = new World();
  openVault(world, 7n);
  const sessionOf = (key: typeof bob) => world.state.read(SESSION, sessionIdOf(VAULT_ACCOUNT, key.address));
  const session = { scope: SESSION_SCOPE.reduceOnly, expiry: TIME_BOUND - 1, notionalCap: 0n, markets: [] };
  assert.equal(sessionOf(operator), session);
  assert.is(world.account(VAULT_ACCOUNT).cash, 0n);
  stake(world, carol, 100n * USD);
  const before = existing(world.state, BACKSTOP_VAULT, VAULT);
  const change = { vault: VAULT, operator: bob.address, lossCap: 8n, lockSeconds: 9n };
  world.accept(world.governanceBytes(setVault, change));
  assert.equal([sessionOf(operator), sessionOf(bob)], [undefined, session]);
  const { vault: _, ...taken } = change;
  assert.equal(existing(world.state, BACKSTOP_VAULT, VAULT), { ...before, ...taken });
  world.accept(world.governanceBytes(setVault, { ...change, operator: `0x${'00'.repeat(20)}` }));
  assert.is(sessionOf(bob), undefined);
  assert.is(world.account(VAULT_ACCOUNT).cash, 100n * USD);
});

terms.run();
