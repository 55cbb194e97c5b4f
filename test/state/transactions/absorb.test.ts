/** Absorb: its refusals in order, and the prices at which a vault takes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { max } from '../../../state/math/integer.ts';
import { ACCOUNT, MARGIN_MODE, type Position } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { AUCTION, AUCTION_KIND } from '../../../state/records/auction.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { BACKSTOP_VAULT } from '../../../state/records/vault.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { absorb } from '../../../state/transactions/absorb.ts';
import { SECONDS_PER_DAY, WAD, type AccountId } from '../../../state/units.ts';
import { impoverish } from '../../support/actions.ts';
import { age, distress, distressIn, dropAuction, plant, pour, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { absorbBytes, makeVaultStale, openVault, stake, VAULT, VAULT_ACCOUNT } from '../../support/vaults.ts';
import { bob, BTC_PERP, carol, ETH_PERP, World } from '../../support/world.ts';

const USD = 1_000_000n;
const WBTC = 2;
/** Eight steps of 15 s: .98 x .98^8 is the first price of at most .85. */
const CHEAP_SECONDS = 120;
type Case = { world: World; vault: number; account: AccountId; share: bigint };

/** Bob is long 1 BTC and holds half a one, in auction long enough for carol's vault of a million. */
function prepare(): Case {
  const world = new World();
  world.tick();
  openVault(world, 10_000_000n * USD);
  stake(world, carol, 1_000_000n * USD);
  plant(world, bob.account, { lots: { [BTC_PERP]: 1_000n }, balances: { [WBTC]: 50_000_000n } });
  distress(world, bob.account, (9n * WAD) / 10n);
  world.accept(startBytes(bob.account));
  age(world, bob.account, CHEAP_SECONDS);
  return { world, vault: VAULT, account: bob.account, share: WAD / 10n };
}
const bytesOf = ({ vault, account, share }: Case): Uint8Array => encodeTransaction(absorb, { vault, account, share });
const editVault = ({ world }: Case, fields: object): void => world.edit(ACCOUNT, VAULT_ACCOUNT, fields);
const heldElsewhere = (count: number): Position[] => Array(count).fill({ instrument: ETH_PERP, size: 1n, quote: 0n, fundingIndex: 0n });
const today = (world: World): number => Math.floor(world.now / SECONDS_PER_DAY);

const test = suite('absorb');

refusalTable(test, absorb.refusals, prepare, bytesOf, [
  ['vault_not_found', (c) => (c.vault = VAULT + 1)],
  ['accounts_must_differ', (c) => (c.account = VAULT_ACCOUNT)],
  ['bid_too_small', (c) => (c.share = 0n)],
  ['auction_not_found', ({ world }) => dropAuction(world, bob.account)],
  ['marks_stale', ({ world }) => makeVaultStale(world)],
  [
    'vault_loss_cap',
    (c) => {
      editVault(c, { positions: [], collaterals: [] }); // Nothing that could be stale.
      c.world.edit(BACKSTOP_VAULT, VAULT, { day: today(c.world), dayValue: 2n ** 100n });
    },
  ],
  ['marks_stale', ({ world }) => world.block(1_000)],
  ['account_is_healthy', ({ world }) => pour(world, bob.account, 1_000_000n * USD)],
  ['auction_not_open', ({ world }) => world.edit(CHAIN, 0, { resumeTime: world.now - 299 })],
  ['deleveraging_is_on', ({ world }) => world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.deleveraging })],
  ['auction_over', ({ world }) => world.edit(AUCTION, bob.account, { kind: AUCTION_KIND.solvent, start: 0 })],
  ['price_above_limit', ({ world }) => world.edit(AUCTION, bob.account, { start: world.now - CHEAP_SECONDS + 1 })],
  [
    'insurance_exhausted',
    ({ world }) => {
      world.edit(AUCTION, bob.account, { kind: AUCTION_KIND.insolvent, start: world.now - 300 });
      distress(world, bob.account, -WAD);
    },
  ],
  ['bid_too_small', (c) => (c.share = 1n)],
  ['account_cap', ({ world }) => world.edit(ASSET, WBTC, { accountCap: 1n })],
  ['too_many_positions', (c) => editVault(c, { positions: heldElsewhere(32) })],
  ['isolated_needs_one_instrument', (c) => editVault(c, { mode: MARGIN_MODE.isolated, positions: heldElsewhere(1) })],
  ['too_many_collaterals', (c) => editVault(c, { collaterals: Array(8).fill({ asset: 3, balance: 1n }) })],
  ['initial_margin_too_low', ({ world }) => impoverish(world, { ...carol, account: VAULT_ACCOUNT })],
]);

test('takes at the price of the auction, once that is at most 85 % of value', () => {
  const c = prepare();
  const { world } = c;
  const before = { value: distressIn(world, VAULT_ACCOUNT).value, bob: distressIn(world, bob.account).value };
  const { effects } = world.accept(bytesOf(c));
  const { bidder, price, compensation } = effects.find((e) => e.kind === 'bid')!;
  assert.is(bidder, VAULT_ACCOUNT);
  assert.ok(price <= (before.bob * 85n) / 100n && price > (before.bob * 83n) / 100n, `${price}`);
  assert.is(distressIn(world, VAULT_ACCOUNT).value - before.value, compensation);
  assert.is(existing(world.state, BACKSTOP_VAULT, VAULT).dayValue, before.value, 'what it was worth before');
  assert.equal(world.breaches(), []);
});

test('of an insolvent account it takes in the second half of the time, at whatever the fund then adds', () => {
  const c = prepare();
  const { world } = c;
  distress(world, bob.account, -WAD / 10n);
  pour(world, 'insurance', 1_000_000n * USD);
  age(world, bob.account, 86_400); // The price of the solvent auction has run out.
  world.accept(startBytes(bob.account));
  age(world, bob.account, 299);
  assert.is(world.refuse(absorbBytes(bob.account)), 'price_above_limit');
  age(world, bob.account, 1);
  const { maintenance } = world.margin(bob.account);
  const value = max(distressIn(world, bob.account).value, 0n);
  const { compensation } = world.accept(absorbBytes(bob.account)).effects.find((e) => e.kind === 'bid')!;
  assert.is(compensation, value + (maintenance - value) / 2n);
  assert.equal(world.breaches(), []);
});

test('what it may lose in a day is counted anew each day', () => {
  const c = prepare();
  const { world } = c;
  openVault(world, 0n);
  world.edit(BACKSTOP_VAULT, VAULT, { dayValue: 1_000_000n * USD + 1n });
  assert.is(world.refuse(bytesOf(c)), 'vault_loss_cap');
  world.edit(BACKSTOP_VAULT, VAULT, { day: today(world) - 1 });
  world.accept(bytesOf(c));
  const { day, dayValue } = existing(world.state, BACKSTOP_VAULT, VAULT);
  assert.equal([day, dayValue], [today(world), 1_000_000n * USD]);
});

test.run();
