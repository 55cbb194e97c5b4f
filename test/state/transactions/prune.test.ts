/** Prune: its refusals in order, and that forgetting changes nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INSTRUMENT_RETENTION_SECONDS, MAX_PRUNES_PER_STEP } from '../../../state/constants.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { ORDER } from '../../../state/records/order.ts';
import { SESSION, SESSION_SCOPE, sessionIdOf } from '../../../state/records/session.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { authorizeSession } from '../../../state/transactions/authorizeSession.ts';
import { prune } from '../../../state/transactions/prune.ts';
import { tradedWorld } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, carol, World } from '../../support/world.ts';

const BTC_FUTURE = BTC_PERP + 1;
type Hex = `0x${string}`;
type Case = { world: World; orders: Hex[]; sessions: Hex[]; instruments: number[] };

/** Two filled orders and a session, all expired. */
function prepare(): Case {
  const world = tradedWorld();
  const session = { key: carol.address, scope: SESSION_SCOPE.trade, notionalCap: 0n, markets: [] };
  world.accept(world.action(authorizeSession, alice, { ...session, sessionExpiry: world.now + 60 }));
  world.edit(CHAIN, 0, { timestamp: world.now + 3_600 });
  // Settled, closed and as old as it has to be.
  world.edit(INSTRUMENT, BTC_FUTURE, { status: 2, expiry: world.now - INSTRUMENT_RETENTION_SECONDS });
  const sessions = [sessionIdOf(alice.account, carol.address)];
  return { world, orders: [...world.state.idsOf(ORDER)] as Hex[], sessions, instruments: [BTC_FUTURE] };
}
const UNKNOWN: Hex = `0x${'12'.repeat(32)}`;
const bytesOf = ({ orders, sessions, instruments }: Case): Uint8Array =>
  encodeTransaction(prune, { orders, sessions, instruments });

const test = suite('prune');

refusalTable(test, prune.refusals, prepare, bytesOf, [
  ['malformed', (c) => Object.assign(c, { orders: [], sessions: [], instruments: [] })],
  ['malformed', (c) => (c.orders = new Array<Hex>(MAX_PRUNES_PER_STEP).fill(UNKNOWN))],
  ['record_not_found', (c) => (c.orders = [UNKNOWN])],
  ['not_prunable', (c) => c.world.edit(ORDER, c.orders[0]!, { expiry: c.world.now + 1 })],
  ['not_prunable', (c) => c.world.edit(SESSION, c.sessions[0]!, { expiry: c.world.now + 1 })],
  ['record_not_found', (c) => (c.instruments = [999])],
  ['not_prunable', (c) => c.world.edit(INSTRUMENT, BTC_FUTURE, { status: 0 })],
  ['not_prunable', (c) => c.world.edit(INSTRUMENT, BTC_FUTURE, { openInterest: 1n })],
  ['not_prunable', (c) => c.world.edit(INSTRUMENT, BTC_FUTURE, { expiry: c.world.now - INSTRUMENT_RETENTION_SECONDS + 1 })],
]);

test('deletes exactly what it names, once', () => {
  const c = prepare();
  const twice = [c.orders[0]!, c.orders[0]!];
  assert.is(c.world.refuse(bytesOf({ ...c, orders: twice })), 'record_not_found');
  const size = c.world.state.size;
  c.world.accept(bytesOf(c));
  assert.is(c.world.state.size, size - 4);
  assert.equal([...c.world.state.idsOf(ORDER)], []);
  assert.equal([...c.world.state.idsOf(SESSION)], []);
});

test('a forgotten order is still expired: it can not fill again', () => {
  const world = tradedWorld();
  const order = { lots: 2n, ticks: 1_000_000n, expiry: world.now + 10 };
  const taker = world.order({ ...order, who: alice, buy: true });
  const maker = world.order({ ...order, who: bob, buy: false });
  const bytes = world.tradeBytes(taker, [{ maker, lots: 1n }]);
  world.accept(bytes);
  world.tick(undefined, 10);
  const expired = [...world.state.idsOf(ORDER)].filter((id) => world.state.read(ORDER, id)!.expiry <= world.now);
  assert.is(expired.length, 2);
  world.accept(encodeTransaction(prune, { orders: expired as Hex[], sessions: [], instruments: [] }));
  assert.is(world.refuse(bytes), 'order_expired');
});

test.run();
