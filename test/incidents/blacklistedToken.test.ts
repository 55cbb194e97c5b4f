/**
 * A token that refuses a holder, or all, can block whoever must be paid in it on the way: liquidations that push tokens
 * have failed so. Here a liquidation moves balances inside the state and calls no token; only who withdraws on L1 meets
 * it, alone (test/genesis/contracts/tokens.test.ts).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { ASSET } from '../../state/records/asset.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { WITHDRAWAL } from '../../state/records/withdrawal.ts';
import { WAD } from '../../state/units.ts';
import { bidBytes, distress, plant, startBytes } from '../support/distressed.ts';
import { alice, BTC_PERP, bob, carol, World } from '../support/world.ts';
import { rich, USD, withdrawBytes } from './stage.ts';

const test = suite('blacklisted token');
const WBTC = 2;

test('pledged tokens change hands in a liquidation without a payment of L1', () => {
  const world = new World();
  world.tick();
  rich(world, [carol]);
  plant(world, alice.account, { lots: { [BTC_PERP]: 5_000n }, balances: { [WBTC]: 10n ** 8n } });
  distress(world, alice.account, WAD / 2n);
  world.accept(startBytes(alice.account));
  const before = existing(world.state, ASSET, WBTC);
  const { effects } = world.accept(bidBytes(world, carol, alice.account));
  assert.ok(world.account(carol.account).collaterals[0]!.balance > 0n);
  const after = existing(world.state, ASSET, WBTC);
  assert.equal([after.deposited, after.withdrawn, after.held], [before.deposited, before.withdrawn, before.held]);
  assert.equal(effects.filter((e) => e.kind === 'withdrawal'), []);
  assert.is(existing(world.state, CHAIN, 0).withdrawalCount, 0);
});

test('a withdrawal is a record of its own: who can not be paid on L1 holds up nobody', () => {
  const world = new World();
  world.tick();
  for (const who of [bob, carol]) world.deposit(who.account, 5n, WBTC);
  for (const who of [bob, carol]) world.accept(withdrawBytes(world, who, 5n, WBTC));
  const records = [0, 1].map((i) => existing(world.state, WITHDRAWAL, i));
  assert.equal(records.map(({ recipient, amount }) => [recipient, amount]), [bob, carol].map(({ address }) => [address, 5n]));
  rich(world, [bob], USD);
  world.accept(withdrawBytes(world, bob, USD));
  assert.equal(world.breaches(), []);
});

test.run();
