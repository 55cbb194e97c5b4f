/** Socialize: its refusals in order, and who pays what an empty account owes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { auctionIn, plant, pour, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, World } from '../../support/world.ts';

const USD = 1_000_000n;
type Case = { world: World; account: AccountId };

/** Alice owes 1,000 USD and has nothing else; the fund has 300, bob 10,000. */
function prepare(): Case {
  const world = new World();
  world.tick();
  plant(world, alice.account, {});
  pour(world, alice.account, -1_000n * USD);
  pour(world, 'insurance', 300n * USD);
  world.deposit(bob.account, 10_000n * USD);
  return { world, account: alice.account };
}
const bytesOf = ({ account }: Case): Uint8Array => encodeTransaction(socialize, { account });

const test = suite('socialize');

refusalTable(test, socialize.refusals, prepare, bytesOf, [
  ['account_not_found', (c) => (c.account = `0x${'ee'.repeat(21)}`)],
  ['account_holds_assets', ({ world }) => plant(world, alice.account, { lots: { [BTC_PERP]: 1n } })],
  ['account_is_healthy', ({ world }) => pour(world, alice.account, 1_000n * USD)],
]);

test('collateral is an asset too', () => {
  const c = prepare();
  plant(c.world, alice.account, { balances: { 2: 1n } });
  assert.is(c.world.refuse(bytesOf(c)), 'account_holds_assets');
});

test('the fund pays all it has, the rest is shared, and the auction ends', () => {
  for (const isInAuction of [false, true]) {
    const c = prepare();
    const { world } = c;
    if (isInAuction) world.accept(startBytes(alice.account));
    const { effects } = world.accept(bytesOf(c));
    assert.equal(effects.at(-1), { kind: 'socialized', account: alice.account, fromFund: 300n * USD, loss: 700n * USD });
    const { insurance, deficit, withdrawalRate, flagged, auctioned } = world.pool;
    assert.equal([insurance, deficit, withdrawalRate], [0n, 700n * USD, (WAD * 93n) / 100n]);
    assert.equal([flagged, auctioned, auctionIn(world, alice.account)], [0n, 0n, undefined]);
    assert.equal([world.account(alice.account).cash, world.account(alice.account).auction], [0n, 0]);
    assert.equal(world.breaches(), []);
    assert.is(world.refuse(bytesOf(c)), 'account_is_healthy', 'once');
  }
});

test('a fund that suffices pays alone', () => {
  const c = prepare();
  pour(c.world, 'insurance', 700n * USD + 1n);
  c.world.accept(bytesOf(c));
  const { insurance, deficit, withdrawalRate } = c.world.pool;
  assert.equal([insurance, deficit, withdrawalRate], [1n, 0n, WAD]);
});

test('what is lost is at most everything', () => {
  const c = prepare();
  pour(c.world, alice.account, -1_000_000n * USD);
  c.world.accept(bytesOf(c));
  assert.is(c.world.pool.withdrawalRate, 0n);
});

test.run();
