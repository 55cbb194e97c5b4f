/** Deleverage: its refusals in order, and what a round writes when it begins and when it ends. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { MAX_POSITIONS } from '../../../state/constants.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { AUCTION, AUCTION_KIND } from '../../../state/records/auction.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { PART, partIdOf } from '../../../state/records/part.ts';
import { ROUND, type Round } from '../../../state/records/round.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { age, bidBytes, change, dealer, distress, distressIn, dropAuction, plant, pour, round, startBytes } from '../../support/distressed.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, person, World } from '../../support/world.ts';

const USD = 1_000_000n;
const UNKNOWN: AccountId = `0x${'ee'.repeat(21)}`;
const [first, second] = [bob.account, carol.account].sort() as [AccountId, AccountId];
const [dora, idle] = [person('dora'), person('idle')];
const FUTURE = BTC_PERP + 1;

type Case = { world: World; account: AccountId; instrument: number; holders: AccountId[] };

/** Alice is long 1,000 lots, bob and carol 500 short each; she owes half her margin, and nobody has bid for ten minutes. */
function prepare(instrument = BTC_PERP): Case {
  const world = new World();
  world.tick();
  plant(world, alice.account, { lots: { [instrument]: 1_000n } });
  for (const { account } of [bob, carol]) plant(world, account, { lots: { [instrument]: -500n } });
  for (const { account } of [bob, carol, idle]) world.deposit(account, 100_000n * USD);
  distress(world, alice.account, -WAD / 2n);
  world.accept(startBytes(alice.account));
  age(world, alice.account, 600);
  return { world, account: alice.account, instrument, holders: [first] };
}
const bytesOf = ({ account, instrument, holders }: Case): Uint8Array =>
  encodeTransaction(deleverage, { account, instrument, holders });
const roundIn = (world: World, instrument = BTC_PERP): Round | undefined => world.state.read(ROUND, instrument);

const NO_ROUND: Round = {
  ...{ account: bob.account, number: 1n, lots: 1n, openInterest: 1n, weighed: 0n, free: 0n },
  ...{ markPerLot: 0n, haircutPerLot: 0n, status: 0 },
};
const longOf = ({ world }: Case, { account }: typeof dora): AccountId[] => {
  plant(world, account, { lots: { [BTC_PERP]: 1n } });
  return [account];
};

const weighed = ({ world, instrument }: Case, holder: AccountId, round: bigint): void =>
  change(world, (draft) => draft.put(PART, partIdOf(instrument, holder), { round, free: 0n }));

const test = suite('deleverage');

refusalTable(test, deleverage.refusals, prepare, bytesOf, [
  ['deleveraging_is_on', (c) => change(c.world, (draft) => draft.put(ROUND, c.instrument, NO_ROUND))],
  ['auction_not_found', ({ world }) => dropAuction(world, alice.account)],
  ['deleveraging_not_due', ({ world }) => world.edit(AUCTION, alice.account, { kind: AUCTION_KIND.solvent })],
  ['instrument_not_found', (c) => (c.instrument = 999)],
  ['instrument_not_trading', ({ world }) => world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.settled })],
  ['no_position', ({ world }) => world.edit(ACCOUNT, alice.account, { positions: [] })],
  ['marks_stale', ({ world }) => world.block(1_000)],
  ['account_is_healthy', ({ world }) => pour(world, alice.account, 1_000_000n * USD)],
  ['deleveraging_not_due', ({ world }) => world.edit(AUCTION, alice.account, { start: world.now - 599 })],
  ['accounts_not_ascending', (c) => (c.holders = [second, first])],
  ['account_not_found', (c) => (c.holders = [UNKNOWN])],
  ['no_position', (c) => (c.holders = [idle.account])],
  ['position_not_opposite', (c) => (c.holders = longOf(c, dora))],
  ['already_deleveraged', (c) => weighed(c, first, c.world.pool.rounds + 1n)],
]);

test('who has closed, or has been weighed while others have not, takes no part again', () => {
  const c = prepare();
  const { world } = c;
  world.accept(bytesOf(c));
  assert.is(world.refuse(bytesOf(c)), 'already_deleveraged');
  world.accept(bytesOf({ ...c, holders: [second] }));
  plant(world, first, { lots: { [BTC_PERP]: -1n } }); // Or it would have no position left.
  world.accept(bytesOf(c));
  assert.is(world.refuse(bytesOf(c)), 'already_deleveraged');
});

test('what was weighed in a round that ended counts nothing in the next', () => {
  const c = prepare();
  const { world } = c;
  weighed(c, first, world.pool.rounds);
  world.accept(bytesOf(c));
  assert.equal(world.state.read(PART, partIdOf(BTC_PERP, first)), { round: 1n, free: 500n });
});

test('an expired instrument is left to its settlement', () => {
  const c = prepare(FUTURE);
  c.world.edit(INSTRUMENT, FUTURE, { expiry: c.world.now });
  assert.is(c.world.refuse(bytesOf(c)), 'instrument_not_trading');
});

test('fixes size, price and haircut when it begins, weighs before anybody closes, and closes the market until it ends', () => {
  const c = prepare();
  const { world } = c;
  const { value } = distressIn(world, alice.account);
  const { markPerLot } = world.instrument(BTC_PERP);
  world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.reduceOnly });
  assert.equal(world.accept(bytesOf(c)).effects, []);
  const haircutPerLot = (-value + 999n) / 1_000n;
  const { reduceOnly: status } = INSTRUMENT_STATUS;
  const begun = { account: alice.account, number: 1n, lots: 1_000n, openInterest: 1_000n, markPerLot, haircutPerLot, status };
  assert.equal(roundIn(world), { ...begun, weighed: 500n, free: 500n });
  assert.equal(world.state.read(PART, partIdOf(BTC_PERP, first)), { round: 1n, free: 500n });
  assert.equal([world.pool.rounds, world.instrument(BTC_PERP).status], [1n, INSTRUMENT_STATUS.deleveraging]);
  assert.equal(world.accept(bytesOf({ ...c, holders: [second] })).effects, []);
  assert.equal(roundIn(world), { ...begun, weighed: 1_000n, free: 1_000n });

  const { effects } = world.accept(bytesOf(c));
  const named = { instrument: BTC_PERP, account: alice.account, holder: first, markPerLot };
  // Entered at the mark: without profit there is nothing to give up.
  assert.equal(effects.filter((e) => e.kind === 'deleveraged'), [{ kind: 'deleveraged', ...named, lots: -500n, haircut: 0n }]);
  assert.is(world.state.read(PART, partIdOf(BTC_PERP, first)), undefined);
  assert.is(world.account(alice.account).positions[0]!.size, 500n);
  assert.is(world.instrument(BTC_PERP).openInterest, 500n);

  c.holders = [second];
  world.accept(bytesOf(c));
  assert.equal([roundIn(world), world.instrument(BTC_PERP).status], [undefined, status]);
  assert.equal(world.account(alice.account).positions, []);
  assert.equal(world.breaches(), []);
});

test('holders that are named beyond the last lot keep what they hold', () => {
  const c = prepare();
  const { world } = c;
  plant(world, dora.account, { lots: { [BTC_PERP]: 100n } }); // With the dealer short: parts are 1,000 / 1,100, rounded up.
  round(world, alice.account, [bob.account, carol.account, dealer.account]);
  const left = [bob, carol, dealer].map(({ account }) => world.account(account).positions[0]?.size ?? 0n);
  assert.is(left.reduce((sum, size) => sum + size, 0n), -100n);
  assert.is(roundIn(world), undefined);
  assert.equal(world.breaches(), []);
});

test('lots that hedge something else in the underlying are not free, and stay while there are others', () => {
  const c = prepare();
  const { world } = c;
  // Bob's 500 short hedge 400 long of the future; dora is as long as the dealer is short, which hedges his future.
  plant(world, bob.account, { lots: { [FUTURE]: 400n } });
  plant(world, dora.account, { lots: { [BTC_PERP]: 1_000n } });
  plant(world, dealer.account, { lots: { [FUTURE]: 0n } });
  const ids = [bob.account, carol.account, dealer.account];
  c.holders = [...ids].sort() as AccountId[];
  world.accept(bytesOf(c));
  const freeOf = (id: AccountId): bigint => world.state.read(PART, partIdOf(BTC_PERP, id))!.free;
  const [perp, future] = [BTC_PERP, FUTURE].map((id) => world.instrument(id).delta) as [bigint, bigint];
  const net = 500n * perp - 400n * future;
  assert.equal(ids.map(freeOf), [net / perp, 500n, 1_000n]);
  const { free } = roundIn(world)!;
  world.accept(bytesOf(c));
  const closed = 500n + world.account(bob.account).positions.find(({ instrument }) => instrument === BTC_PERP)!.size;
  assert.ok(free >= 1_000n && closed <= net / perp && closed >= (net / perp) * 1_000n / free - 3n, `${closed}`);
});

test('a step weighs two holders of all the positions there may be, and never three', () => {
  const c = prepare();
  const { world } = c;
  const ids = [bob, carol, dora].map(({ account }) => account).sort() as AccountId[];
  plant(world, dora.account, { lots: { [BTC_PERP]: -1n } });
  const perpetual = world.instrument(ETH_PERP);
  ids.forEach((id, i) => {
    const others = Array.from({ length: MAX_POSITIONS - 1 }, (_, j) => 1_000 + i * MAX_POSITIONS + j);
    change(world, (draft) => others.forEach((other) => draft.put(INSTRUMENT, other, perpetual)));
    const held = others.map((instrument) => ({ instrument, size: 1n, quote: 0n, fundingIndex: perpetual.fundingIndex }));
    world.edit(ACCOUNT, id, { positions: [...world.account(id).positions, ...held] });
  });
  world.accept(bytesOf({ ...c, holders: [] }));
  assert.is(world.refuse(bytesOf({ ...c, holders: ids })), 'too_many_records');
  world.accept(bytesOf({ ...c, holders: ids.slice(0, 2) }));
  world.accept(bytesOf({ ...c, holders: ids.slice(2) }));
  assert.is(roundIn(world)!.weighed, roundIn(world)!.openInterest);
});

test('a lot without delta hedges nothing, and of one that turns the account all are free', () => {
  for (const [delta, free] of [[0n, 500n], [1n, 500n]] as const) {
    const c = prepare();
    const { world } = c;
    plant(world, first, { lots: { [FUTURE]: 1n } });
    world.edit(INSTRUMENT, BTC_PERP, { delta });
    world.edit(INSTRUMENT, FUTURE, { delta: -1n });
    world.accept(bytesOf(c));
    assert.is(world.state.read(PART, partIdOf(BTC_PERP, first))!.free, free);
  }
});

test('nothing is sold from who holds the market while the round is on: lots could be moved past it', () => {
  const c = prepare();
  const { world } = c;
  c.holders = [];
  world.accept(bytesOf(c));
  world.deposit(dora.account, 1_000_000n * USD);
  distress(world, bob.account, WAD / 2n);
  world.accept(startBytes(bob.account));
  assert.is(world.refuse(bidBytes(world, dora, bob.account)), 'deleveraging_is_on');
  assert.is(world.refuse(bidBytes(world, dora, alice.account)), 'deleveraging_is_on');
  round(world, alice.account, [first, second]);
  assert.is(roundIn(world), undefined, 'all of the other side was there');
  assert.equal(world.breaches(), []);
});

test('a round of an account that is solvent again is over, and the step with it', () => {
  const c = prepare();
  const { world } = c;
  world.accept(bytesOf({ ...c, holders: [first, second] }));
  world.accept(bytesOf(c));
  pour(world, alice.account, 5_000n * USD - distressIn(world, alice.account).value);
  world.accept(startBytes(alice.account));
  assert.is(existing(world.state, AUCTION, alice.account).kind, AUCTION_KIND.solvent);
  c.holders = [second];
  assert.equal(world.accept(bytesOf(c)).effects, []);
  assert.equal([roundIn(world), world.instrument(BTC_PERP).status], [undefined, INSTRUMENT_STATUS.trading]);
  assert.is(world.account(second).positions[0]!.size, -500n);
});

test('a round that its instrument outlives not ends without it, settled or pruned', () => {
  for (const isPruned of [false, true]) {
    const c = prepare(FUTURE);
    const { world } = c;
    world.accept(bytesOf(c));
    world.edit(INSTRUMENT, FUTURE, { expiry: world.now, status: INSTRUMENT_STATUS.settled });
    if (isPruned) {
      change(world, (draft) => {
        draft.put(ACCOUNT, alice.account, { ...existing(draft, ACCOUNT, alice.account), positions: [] });
        draft.remove(INSTRUMENT, FUTURE);
      });
    }
    c.holders = [second];
    world.accept(bytesOf(c));
    assert.is(roundIn(world, FUTURE), undefined);
    assert.is(world.state.read(INSTRUMENT, FUTURE)?.status, isPruned ? undefined : INSTRUMENT_STATUS.settled);
  }
});

test('rounds of two markets of an account lay what it owes on them by their risk', () => {
  const c = prepare();
  const { world } = c;
  plant(world, alice.account, { lots: { [ETH_PERP]: 10_000n } });
  const { value } = distressIn(world, alice.account);
  c.holders = [];
  for (const instrument of [BTC_PERP, ETH_PERP]) world.accept(bytesOf({ ...c, instrument }));
  const [btc, eth] = [roundIn(world, BTC_PERP)!, roundIn(world, ETH_PERP)!];
  const laid = btc.haircutPerLot * 1_000n + eth.haircutPerLot * 10_000n;
  assert.ok(laid >= -value && laid <= -value + 11_000n, 'a micro-dollar a lot');
  assert.equal([btc.number, eth.number, world.pool.rounds], [1n, 2n, 2n]);
});

test('a holder of two markets closes its part once in each, in whatever order', () => {
  const c = prepare();
  const { world } = c;
  plant(world, alice.account, { lots: { [ETH_PERP]: 10_000n } });
  for (const { account } of [bob, carol]) plant(world, account, { lots: { [ETH_PERP]: -5_000n } });
  plant(world, dora.account, { lots: { [BTC_PERP]: 1_000n, [ETH_PERP]: 10_000n } }); // With the dealer short: all close a half.
  c.holders = [bob.account, carol.account, dealer.account].sort() as AccountId[];
  for (const instrument of [BTC_PERP, ETH_PERP]) world.accept(bytesOf({ ...c, instrument }));
  c.holders = [first];
  for (const instrument of [BTC_PERP, ETH_PERP]) world.accept(bytesOf({ ...c, instrument }));
  assert.is(world.refuse(bytesOf(c)), 'already_deleveraged');
});

test.run();
