/**
 * Drift, 1 April 2026, 285 million dollars: with an admin key a worthless token was listed as collateral and everything
 * was borrowed against it. Here a listing is worth nothing until its ramp begins, nobody takes out cash that is not his
 * however large his collateral, and what trades could lose against it is bounded by the caps of the asset. On L1 a
 * listing waits longer than an exit takes (test/genesis/contracts/governance.test.ts).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECONDS_PER_DAY, WAD, type Seconds } from '../../state/units.ts';
import { listAsset } from '../../state/transactions/listAsset.ts';
import { alice, bob, BTC_PERP, carol, World } from '../support/world.ts';
import { rich, USD, withdrawBytes } from './stage.ts';

const test = suite('fake collateral');
const FAKE = 4;
const ETH = 2;
const TOKEN = 10n ** 18n;
/** What an account and the pool may hold: 100 and 1,000 tokens, "worth" 4,000 USD each. */
const [ACCOUNT_CAP, CAP] = [100n * TOKEN, 1_000n * TOKEN];

function listed(rampStart: Seconds, rampEnd: Seconds): World {
  const world = new World();
  world.tick();
  rich(world, [bob, carol]);
  world.accept(
    world.governanceBytes(listAsset, {
      asset: FAKE,
      token: `0x${'fa'.repeat(20)}`,
      decimals: 18,
      underlying: ETH,
      ratio: WAD,
      baseHaircut: (8n * WAD) / 100n,
      rampStart,
      rampEnd,
      averageDailyVolume: 1_000_000n * USD,
      cap: CAP,
      accountCap: ACCOUNT_CAP,
    }),
  );
  return world;
}
const trades = (world: World): boolean => world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok;

test('before its ramp it is worth nothing, half way at most half', () => {
  const now = new World().now;
  const world = listed(now + 7 * SECONDS_PER_DAY, now + 37 * SECONDS_PER_DAY);
  world.deposit(alice.account, ACCOUNT_CAP, FAKE);
  assert.is(world.margin(alice.account).equity, 0n);
  assert.not.ok(trades(world), 'no margin for a lot');
  world.block(22 * SECONDS_PER_DAY);
  world.tick();
  const { equity } = world.margin(alice.account);
  assert.ok(equity > 0n && equity <= (400_000n * USD * 92n) / 200n + USD, `${equity}`);
});

test('and fully counted it borrows nothing: cash is cash', () => {
  const world = listed(0, 0);
  world.deposit(alice.account, ACCOUNT_CAP, FAKE);
  assert.ok(world.margin(alice.account).equity > 300_000n * USD);
  assert.is(world.refuse(withdrawBytes(world, alice, 1n)), 'balance_too_low');
});

test('what it can lose in trades is its cap, for an account and for all', () => {
  const world = listed(0, 0);
  world.deposit(alice.account, ACCOUNT_CAP, FAKE);
  const { effects } = world.deposit(alice.account, 1n, FAKE);
  assert.equal(effects.map((e) => e.kind), ['withdrawal'], 'back to L1');
  for (let i = 1; i < 10; i++) world.deposit(`${alice.address}0${i}`, ACCOUNT_CAP, FAKE);
  assert.equal(world.deposit(carol.account, 1n, FAKE).effects.map((e) => e.kind), ['withdrawal']);
  // The most that she may be long is what all she could pledge, less haircuts, is initial margin of.
  const { initialEquity } = world.margin(alice.account);
  assert.ok(initialEquity < 400_000n * USD);
  const lots = (400_000n * USD) / (100n * USD); // 400,000 USD of BTC need less than that.
  assert.ok(world.tradeBetween(alice, bob, lots, 1_000_000n, BTC_PERP).outcome.ok);
  assert.not.ok(world.tradeBetween(alice, bob, 6n * lots, 1_000_000n, BTC_PERP).outcome.ok);
  assert.equal(world.breaches(), []);
});

test.run();
