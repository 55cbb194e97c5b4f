/** A backstop vault: shares, and what it takes from auctions by rule. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { AUCTION } from '../../../state/records/auction.ts';
import { STAKE, stakeIdOf } from '../../../state/records/stake.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../../../state/records/vault.ts';
import { absorb } from '../../../state/transactions/absorb.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { setVault } from '../../../state/transactions/setVault.ts';
import { NOBODY, startAuction } from '../../../state/transactions/startAuction.ts';
import { vaultDeposit } from '../../../state/transactions/vaultDeposit.ts';
import { vaultWithdraw } from '../../../state/transactions/vaultWithdraw.ts';
import { WAD } from '../../../state/units.ts';
import { alice, bob, BTC_PERP, carol, person, PRICES, World } from '../../support/world.ts';

const test = suite('vault');
const USD = 1_000_000n;
const operator = person('operator');
const VAULT = 1;
const account = vaultAccountOf(VAULT);
const btcAt = (usd: bigint): Readonly<Record<number, bigint>> => ({ ...PRICES, 1: usd * 10n ** 8n });

function withVault(lossCap = 5_000n * USD): World {
  const world = new World();
  world.block();
  for (const { account: id } of [bob, carol]) world.deposit(id, 200_000n * USD);
  world.deposit(alice.account, 23_000n * USD);
  world.tick();
  world.accept(world.governanceBytes(setVault, { vault: VAULT, operator: operator.address, lossCap, lockSeconds: 60n }));
  world.accept(world.action(vaultDeposit, carol, { vault: VAULT, amount: 100_000n * USD }));
  return world;
}
const sharesOf = (world: World, who: typeof carol): bigint => world.state.read(STAKE, stakeIdOf(VAULT, who.account))?.shares ?? 0n;

/** Alice, long 1 BTC at 100,000, is in auction at 89,000 for `seconds`. */
function inAuction(world: World, seconds: number): void {
  assert.ok(world.tradeBetween(alice, bob, 1_000n, 1_000_000n).outcome.ok);
  for (let at = 98_000n; at >= 89_000n; at -= 1_000n) world.tick(btcAt(at), 10);
  world.accept(encodeTransaction(startAuction, { account: alice.account, starter: NOBODY }));
  for (let i = 0; i < seconds; i += 30) world.tick(btcAt(89_000n), 30);
}
const absorbBytes = (share = WAD): Uint8Array => encodeTransaction(absorb, { vault: VAULT, account: alice.account, share });

test('shares are worth what was paid for them, less than a dollar of dust', () => {
  const world = withVault();
  world.accept(world.action(vaultDeposit, bob, { vault: VAULT, amount: 50_000n * USD }));
  assert.is(sharesOf(world, carol), 2n * sharesOf(world, bob));
  assert.is(world.refuse(world.action(vaultWithdraw, bob, { vault: VAULT, shares: 1n * USD })), 'vault_locked');
  world.tick(PRICES, 60);
  const before = world.account(bob.account).cash;
  world.accept(world.action(vaultWithdraw, bob, { vault: VAULT, shares: sharesOf(world, bob) }));
  assert.is(world.account(bob.account).cash - before, 50_000n * USD);
  assert.is(sharesOf(world, bob), 0n);
  assert.equal(world.breaches(), []);
});

test('it takes from an auction when the price has fallen for it, and its operator may only reduce', () => {
  const world = withVault();
  inAuction(world, 0);
  assert.is(world.refuse(absorbBytes()), 'price_above_limit');
  for (let i = 0; i < 150; i += 30) world.tick(btcAt(89_000n), 30);
  world.accept(absorbBytes());
  assert.is(world.state.read(AUCTION, alice.account), undefined);
  const taken = world.account(account).positions[0]!.size;
  assert.ok(taken > 0n);
  const orderOf = (buy: boolean, lots: bigint) => ({ ...world.order({ who: { ...operator, address: account.slice(0, 42) as never }, signer: operator, lots, ticks: 890_000n, buy, reduceOnly: true }) });
  const counter = (buy: boolean, lots: bigint) => world.order({ who: bob, lots, ticks: 890_000n, buy });
  const more = world.apply(world.tradeBytes(orderOf(true, 10n), [{ maker: counter(false, 10n), lots: 10n }]));
  assert.not.ok(more.outcome.ok);
  world.accept(world.tradeBytes(orderOf(false, taken), [{ maker: counter(true, taken), lots: taken }]));
  assert.is(world.account(account).positions.length, 0);
  assert.is(world.instrument(BTC_PERP).underlying, 1);
  assert.equal(world.breaches(), []);
});

test('a vault that lost its cap of the day takes no more', () => {
  const world = withVault(0n);
  inAuction(world, 150);
  world.accept(absorbBytes(WAD / 10n));
  for (const usd of [88_000n, 87_000n, 86_000n, 85_000n, 84_000n]) world.tick(btcAt(usd), 10);
  const { dayValue } = existing(world.state, BACKSTOP_VAULT, VAULT);
  assert.ok(dayValue > 0n);
  assert.is(world.refuse(absorbBytes(WAD / 10n)), 'vault_loss_cap');
});

test.run();
