/**
 * Hyperliquid, 12 March 2025, 4 million dollars: a whale with a large ETH long took out margin until the vault had to
 * take over what nobody could close at that price. Here what is large needs more margin, what is taken out leaves
 * initial margin, and a vault takes below value or not at all.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alice, bob, carol, ETH_PERP, person, World } from '../support/world.ts';
import { distressIn, startBytes } from '../support/distressed.ts';
import { absorbBytes, openVault, stake, VAULT_ACCOUNT } from '../support/vaults.ts';
import { isSafe, mostWithdrawn, rich, trade, USD, wait, walk, withdrawBytes } from './stage.ts';

const test = suite('liquidated by choice');
const dave = person('dave');
const BILLION = 1_000_000_000n * USD;
/** 100,000 ETH, the most of one order; he has two such. */
const LOTS = 10_000_000n;
const NOTIONAL = 800_000_000n * USD;

/** Alice is long 200,000 ETH of bob, a twelfth of the daily volume; carol is long one. */
function world800(): World {
  const world = new World();
  world.tick();
  rich(world, [alice, bob, carol], BILLION);
  for (const lots of [LOTS, LOTS]) trade(world, alice, bob, lots, ETH_PERP);
  trade(world, carol, bob, 100n, ETH_PERP);
  return world;
}

test('what is large keeps a fifth more margin per dollar', () => {
  const world = world800();
  const [whale, small] = [alice, carol].map(({ account }) => world.margin(account).maintenance);
  assert.ok(whale! * 4_000n * USD * 10n > small! * NOTIONAL * 12n);
});

test('who takes out all he may is still a quarter of his margin from a liquidation', () => {
  const world = world800();
  walk(world, 'eth', 4_400n);
  world.accept(withdrawBytes(world, alice, mostWithdrawn(world, alice)));
  assert.is(world.refuse(withdrawBytes(world, alice, USD)), 'unrealised_profit');
  const { equity, maintenance } = world.margin(alice.account);
  assert.ok((equity - maintenance) * 4n >= maintenance);
});

test('the vault takes a slice below value, and no more than makes him healthy', () => {
  const world = world800();
  openVault(world, BILLION);
  stake(world, dave, BILLION);
  world.accept(withdrawBytes(world, alice, mostWithdrawn(world, alice)));
  for (let usd = 3_990n; isSafe(world, alice); usd -= 10n) walk(world, 'eth', usd);
  world.accept(startBytes(alice.account));
  wait(world, 480);
  const before = distressIn(world, VAULT_ACCOUNT).value;
  const { effects } = world.accept(absorbBytes(alice.account));
  const { share, compensation } = effects.find((e) => e.kind === 'bid')!;
  assert.ok(share < 3n * 10n ** 17n, `${share}`);
  assert.is(distressIn(world, VAULT_ACCOUNT).value - before, compensation);
  assert.ok(compensation > 0n && isSafe(world, alice));
  assert.equal(world.breaches(), []);
});

test.run();
