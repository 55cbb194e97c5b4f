/** EndAuction: its refusals in order, and an account that is out of auction. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AUCTION_STATUS } from '../../../state/records/account.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { WAD } from '../../../state/units.ts';
import { auctionIn, distress, dropAuction, plant, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, BTC_PERP, World } from '../../support/world.ts';

type Case = { world: World };

/** Alice was put in auction, and her equity is her maintenance margin again. */
function prepare(): Case {
  const world = new World();
  world.tick();
  plant(world, alice.account, { lots: { [BTC_PERP]: -70n } });
  distress(world, alice.account, WAD / 2n);
  world.accept(startBytes(alice.account));
  distress(world, alice.account, WAD);
  return { world };
}
const bytesOf = (): Uint8Array => encodeTransaction(endAuction, { account: alice.account });

const test = suite('endAuction');

refusalTable(test, endAuction.refusals, prepare, bytesOf, [
  ['auction_not_found', ({ world }) => dropAuction(world, alice.account)],
  ['marks_stale', ({ world }) => world.block(1_000)],
  ['account_is_unhealthy', ({ world }) => distress(world, alice.account, WAD - 1n)],
]);

test('takes the account off the market; its owner may be liquidated again', () => {
  const { world } = prepare();
  assert.ok(world.pool.auctioned > 0n);
  const { effects } = world.accept(bytesOf());
  assert.equal(effects, [{ kind: 'auctionEnded', account: alice.account }]);
  assert.equal([auctionIn(world, alice.account), world.account(alice.account).auction], [undefined, AUCTION_STATUS.none]);
  assert.is(world.pool.auctioned, 0n);
  assert.equal(world.breaches(), []);
  distress(world, alice.account, WAD / 2n);
  world.accept(startBytes(alice.account));
});

test.run();
