/** Who waits for whom where a large account has no room: ten minutes each, in turns. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PassedOver, PATIENCE_SECONDS } from '../../../node/liquidation/passedOver.ts';
import { alice, bob } from '../../support/world.ts';

const test = suite('passed over');
const MINUTE = 60;

test('others go first for ten minutes, wait for ten, and go again', () => {
  const passed = new PassedOver();
  const waits: boolean[] = [];
  for (let minute = 0; minute < 40; minute++) {
    passed.forget(minute * MINUTE);
    waits.push(passed.add(alice.account, minute * MINUTE));
  }
  const ten = (value: boolean): boolean[] => new Array<boolean>(10).fill(value);
  assert.equal(waits, [...ten(false), ...ten(true), ...ten(false), ...ten(true)]);
});

test('who was started, or has not been in danger for as long, begins anew', () => {
  const passed = new PassedOver();
  passed.add(alice.account, 0);
  passed.add(bob.account, 0);
  passed.add(bob.account, PATIENCE_SECONDS - 1);
  passed.delete(alice.account);
  passed.forget(PATIENCE_SECONDS);
  assert.not(passed.add(alice.account, PATIENCE_SECONDS));
  assert.ok(passed.add(bob.account, PATIENCE_SECONDS));
  passed.forget(3 * PATIENCE_SECONDS);
  assert.not(passed.add(bob.account, 3 * PATIENCE_SECONDS));
});

test.run();
