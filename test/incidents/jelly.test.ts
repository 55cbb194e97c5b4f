/**
 * Hyperliquid, JELLY, 26 March 2025: a short of 4 million dollars in a small coin was left to the vault, its price was
 * pumped, and validators settled it at .0095 of their own choice with the vault 12 to 13.5 million down. Here a vault
 * that has lost its cap of the day takes no more; what is left is closed against the other side at the mark, and no
 * transaction sets a price but that of a quorum of publishers.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { AUCTION_KIND } from '../../state/records/auction.ts';
import { BACKSTOP_VAULT } from '../../state/records/vault.ts';
import { GOVERNANCE_ACTIONS } from '../../state/transactions/governance.ts';
import { auctionIn, distressIn, round, startBytes } from '../support/distressed.ts';
import { absorbBytes, openVault, stake, VAULT, VAULT_ACCOUNT } from '../support/vaults.ts';
import { alice, bob, carol, SOL_PERP, World } from '../support/world.ts';
import { isSafe, rich, socializeBytes, trade, USD, wait, walk } from './stage.ts';

const test = suite('pumped against the vault');
const LOSS_CAP = 20_000n * USD;
const valueOfVault = (world: World): bigint => distressIn(world, VAULT_ACCOUNT).value;
const lossOfDay = (world: World): bigint => existing(world.state, BACKSTOP_VAULT, VAULT).dayValue - valueOfVault(world);

/** Alice is short 10,000 SOL, 2 million USD, to bob; the vault has taken a part of it when it reaches its cap. */
function dumped(): World {
  const world = new World();
  world.tick();
  rich(world, [bob, carol], 5_000_000n * USD);
  world.deposit(alice.account, 800_000n * USD);
  openVault(world, LOSS_CAP);
  stake(world, carol, 1_000_000n * USD);
  trade(world, bob, alice, 100_000n, SOL_PERP);
  for (let usd = 201n; isSafe(world, alice); usd++) walk(world, 'sol', usd);
  world.accept(startBytes(alice.account));
  wait(world, 150);
  world.accept(absorbBytes(alice.account));
  return world;
}

test('the vault takes till its cap, then the other side closes what is left, at the mark', () => {
  const world = dumped();
  const taken = -world.account(VAULT_ACCOUNT).positions[0]!.size;
  assert.ok(taken > 0n && taken < 50_000n, `${taken}`);
  for (let usd = 250n; lossOfDay(world) <= LOSS_CAP || isSafe(world, alice); usd++) walk(world, 'sol', usd);
  world.accept(startBytes(alice.account));
  wait(world, 150);
  assert.is(world.refuse(absorbBytes(alice.account)), 'vault_loss_cap');

  walk(world, 'sol', 400n);
  const beyond = valueOfVault(world);
  world.accept(startBytes(alice.account));
  assert.is(auctionIn(world, alice.account)!.kind, AUCTION_KIND.insolvent);
  wait(world, 630);
  assert.is(world.refuse(absorbBytes(alice.account)), 'vault_loss_cap', 'nor at the price of an insolvent account');
  const { effects } = round(world, alice.account, [bob.account], SOL_PERP);
  const closed = effects.filter((e) => e.kind === 'deleveraged');
  const { markPerLot } = world.instrument(SOL_PERP);
  assert.equal(closed.map((e) => [e.holder, e.markPerLot]), [[bob.account, markPerLot]]);
  assert.equal(world.account(alice.account).positions, []);
  assert.ok(world.account(alice.account).cash >= 0n, 'out of the profit of who pumped');
  assert.is(world.refuse(socializeBytes(alice.account)), 'account_is_healthy', 'nothing is left to share');
  // What the vault lost beyond its cap it lost on what it had taken before.
  assert.is(-world.account(VAULT_ACCOUNT).positions[0]!.size, taken);
  assert.ok(valueOfVault(world) >= beyond);
  assert.equal(world.breaches(), []);
});

test('nobody has the power to settle at a price of his own', () => {
  const names = GOVERNANCE_ACTIONS.map(({ name }) => name).sort();
  const known = ['listAsset', 'listInstrument', 'pauseAuctions', 'setAsset', 'setInstrument', 'setParameters', 'setUnderlying', 'setVault'];
  assert.equal(names, known, 'a new power is judged here');
  const world = dumped();
  const before = world.instrument(SOL_PERP).markPrice;
  const fields = { instrument: SOL_PERP, status: 1 as const, openInterestCap: 0n, maxOrderLots: 1n };
  world.accept(world.governanceBytes(GOVERNANCE_ACTIONS.find(({ name }) => name === 'setInstrument')!, fields as never));
  assert.is(world.instrument(SOL_PERP).markPrice, before);
});

test.run();
