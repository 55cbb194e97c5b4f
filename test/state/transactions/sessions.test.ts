/** AuthorizeSession and RevokeSession: their refusals in order, and the delegations they leave. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SESSION, SESSION_SCOPE, sessionIdOf } from '../../../state/records/session.ts';
import { authorizeSession } from '../../../state/transactions/authorizeSession.ts';
import { revokeSession } from '../../../state/transactions/revokeSession.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, tradedWorld } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, BTC_PERP, carol, ETH_PERP, GENESIS_TIME } from '../../support/world.ts';

const terms = {
  key: carol.address,
  scope: SESSION_SCOPE.trade,
  sessionExpiry: GENESIS_TIME + 86_400,
  notionalCap: 5_000_000n,
  markets: [BTC_PERP, ETH_PERP],
};
const id = sessionIdOf(alice.account, carol.address);

const authorize = suite('authorizeSession');

refusalTable(authorize, authorizeSession.refusals, aliceActs(terms), actionBytes(authorizeSession), [
  ...ENVELOPE_RULES,
  ['session_key_must_differ', (c) => (c.fields['key'] = alice.address)],
  ['session_expiry_in_past', (c) => (c.fields['sessionExpiry'] = c.world.now)],
]);

authorize('writes the delegation; a later one replaces it', () => {
  const world = tradedWorld();
  const { key, sessionExpiry: expiry, ...rest } = terms;
  world.accept(world.action(authorizeSession, alice, terms));
  assert.equal(world.state.read(SESSION, id), { ...rest, expiry });
  world.accept(world.action(authorizeSession, alice, { ...terms, key, markets: [], notionalCap: 0n }));
  assert.equal(world.state.read(SESSION, id), { ...rest, expiry, markets: [], notionalCap: 0n });
});

authorize.run();

const revoke = suite('revokeSession');
const withSession = () => {
  const world = tradedWorld();
  world.accept(world.action(authorizeSession, alice, terms));
  return world;
};

refusalTable(
  revoke,
  revokeSession.refusals,
  () => aliceActs({ key: carol.address })(withSession()),
  actionBytes(revokeSession),
  [...ENVELOPE_RULES, ['session_not_found', (c) => (c.fields['key'] = alice.address)]],
);

revoke('removes the delegation', () => {
  const world = withSession();
  world.accept(world.action(revokeSession, alice, { key: carol.address }));
  assert.is(world.state.read(SESSION, id), undefined);
});

revoke.run();
