/** The checks themselves: each broken book is found, and by its number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clearingIsCovered, usdIsConserved } from '../../state/invariants.ts';
import { ACCOUNT, AUCTION_STATUS } from '../../state/records/account.ts';
import { ASSET } from '../../state/records/asset.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { OWNER } from '../../state/records/owner.ts';
import { POOL } from '../../state/records/pool.ts';
import { tradedWorld } from '../support/actions.ts';
import { plantAuction } from '../support/distressed.ts';
import { alice, BTC_PERP, type World } from '../support/world.ts';

const test = suite('invariants');

/** One record a unit off, and the invariants that must notice. */
const FAULTS: readonly (readonly [name: string, numbers: readonly number[], tamper: (w: World) => void])[] = [
  ['cash from nowhere', [1], (w) => w.edit(ACCOUNT, alice.account, { cash: w.account(alice.account).cash + 1n })],
  ['fees from nowhere', [1], (w) => w.edit(POOL, 0, { fees: w.pool.fees + 1n })],
  ['cash counted twice', [1, 1], (w) => w.edit(POOL, 0, { cashPositive: w.pool.cashPositive + 1n })],
  ['a debt forgotten', [1, 1], (w) => w.edit(POOL, 0, { cashNegative: w.pool.cashNegative + 1n })],
  ['a deposit not booked', [1, 2], (w) => w.edit(POOL, 0, { deposited: w.pool.deposited + 1n })],
  ['a withdrawal not booked', [2], (w) => w.edit(ASSET, 0, { withdrawn: 1n })],
  ['collateral from nowhere', [2, 2], (w) => w.edit(ACCOUNT, alice.account, { collaterals: [{ asset: 2, balance: 1n }] })],
  ['an asset held by nobody', [2], (w) => w.edit(ASSET, 2, { held: 1n })],
  ['an empty balance', [2], (w) => w.edit(ACCOUNT, alice.account, { collaterals: [{ asset: 2, balance: 0n }] })],
  ['open interest of nobody', [3], (w) => w.edit(INSTRUMENT, BTC_PERP, { openInterest: 101n })],
  ['a long without a short', [1, 13, 3, 3], (w) => w.edit(ACCOUNT, alice.account, { positions: [] })],
  ['an exposure of nobody', [13], (w) => w.edit(OWNER, alice.address, { exposures: [{ underlying: 1, units: 1n }] })],
  ['an exposure forgotten', [13], (w) => w.edit(OWNER, alice.address, { exposures: [] })],
  ['a flag without an auction', [14], (w) => w.edit(ACCOUNT, alice.account, { auction: AUCTION_STATUS.solvent })],
  ['an auction without its flag', [14], (w) => { plantAuction(w, alice.account); w.edit(ACCOUNT, alice.account, { auction: AUCTION_STATUS.none }); }],
  ['a flag of another kind', [14], (w) => { plantAuction(w, alice.account); w.edit(ACCOUNT, alice.account, { auction: AUCTION_STATUS.insolvent }); }],
  ['an auction that is not counted', [14], (w) => { plantAuction(w, alice.account, { maintenance: 5n }); w.edit(POOL, 0, { auctioned: 4n }); }],
  ['insurance below zero', [6], (w) => w.edit(POOL, 0, { insurance: -1n, fees: w.pool.fees + 1n })],
];

test('a sound world has no breach', () => {
  const world = tradedWorld();
  assert.equal(world.breaches(), []);
  assert.is(usdIsConserved(world.state), null);
  assert.is(clearingIsCovered(world.state), null);
});

for (const [name, numbers, tamper] of FAULTS) {
  test(`finds ${name}`, () => {
    const world = tradedWorld();
    tamper(world);
    assert.equal(world.breaches().map((b) => b.invariant).sort(), numbers);
  });
}

test('finds a clearing that can not pay what it owes', () => {
  const world = tradedWorld();
  world.edit(POOL, 0, { clearing: -1n, fees: world.pool.fees + 1n });
  assert.equal(world.breaches(), [], 'the dollars are all there');
  assert.is(clearingIsCovered(world.state)?.invariant, 1);
});

test.run();
