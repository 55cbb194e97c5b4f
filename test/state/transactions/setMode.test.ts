/** SetMode: its refusals in order, and the rules that follow from the mode. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACCOUNT, MARGIN_MODE } from '../../../state/records/account.ts';
import { setMode } from '../../../state/transactions/setMode.ts';
import { actionBytes, aliceActs, ENVELOPE_RULES, impoverish, MARKS_STALE, tradedWorld } from '../../support/actions.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, ETH_PERP } from '../../support/world.ts';

const test = suite('setMode');

refusalTable(test, setMode.refusals, aliceActs({ mode: MARGIN_MODE.isolated }), actionBytes(setMode), [
  ...ENVELOPE_RULES,
  ['mode_invalid', (c) => (c.fields['mode'] = 3)],
  [
    'isolated_needs_one_instrument',
    (c) => {
      // Prices may be stale by now: the second position is written, not traded.
      const { positions } = c.world.account(alice.account);
      const second = { ...positions[0]!, instrument: ETH_PERP, size: 1n, quote: 0n };
      c.world.edit(ACCOUNT, alice.account, { positions: [...positions, second] });
    },
  ],
  MARKS_STALE,
  ['initial_margin_too_low', (c) => impoverish(c.world, alice)],
]);

test('portfolio margin forgives hedged risk, cross margin does not', () => {
  const world = tradedWorld();
  assert.ok(world.tradeBetween(bob, alice, 250n, 400_000n, ETH_PERP).outcome.ok);
  const portfolio = world.margin(alice.account).maintenance;
  world.accept(world.action(setMode, alice, { mode: MARGIN_MODE.cross }));
  assert.is(world.account(alice.account).mode, MARGIN_MODE.cross);
  assert.ok(world.margin(alice.account).maintenance > portfolio);
});

test.run();
