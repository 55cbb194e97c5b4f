/** InvalidateNonces: its refusals in order, and the orders it voids. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invalidateNonces } from '../../../state/transactions/invalidateNonces.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, tradedWorld } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob } from '../../support/world.ts';

const test = suite('invalidateNonces');

refusalTable(test, invalidateNonces.refusals, aliceActs({ floor: 1n }), actionBytes(invalidateNonces), [
  ...ENVELOPE_RULES,
  ['nonce_floor_must_rise', (c) => (c.fields['floor'] = 0n)],
]);

test('voids orders below the floor, and no others', () => {
  const world = tradedWorld();
  const terms = { who: alice, lots: 1n, ticks: 1_000_000n, buy: true };
  const below = world.order({ ...terms, nonce: 999n });
  const at = world.order({ ...terms, nonce: 1_000n });
  world.accept(world.action(invalidateNonces, alice, { floor: 1_000n }));
  assert.is(world.account(alice.account).orderNonceFloor, 1_000n);
  const maker = world.order({ who: bob, lots: 2n, ticks: 1_000_000n, buy: false });
  assert.is(world.refuse(world.tradeBytes(below, [{ maker, lots: 1n }])), 'order_nonce_revoked');
  world.accept(world.tradeBytes(at, [{ maker, lots: 1n }]));
});

test.run();
