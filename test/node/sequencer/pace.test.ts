/** Who may work when: requests first, then bids and the keeper in turn. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pace } from '../../../node/sequencer/pace.ts';

/** `performance.now()` by hand. */
function handClock(): { pass: (millis: number) => void } {
  let now = 1_000_000;
  performance.now = () => now;
  return { pass: (millis) => void (now += millis) };
}
const { now } = performance;
test.after.each(() => {
  performance.now = now;
});

test('without requests nobody waits', () => {
  const clock = handClock();
  const pace = new Pace();
  for (let i = 0; i < 3; i++) {
    assert.ok(pace.mayWork('keeper'));
    const started = performance.now();
    clock.pass(5);
    pace.worked('keeper', started);
    assert.is(pace.waitMillis, 0);
  }
});

test('while requests come work leaves as much time as it took', () => {
  const clock = handClock();
  const pace = new Pace();
  pace.requested();
  const started = performance.now();
  clock.pass(5);
  pace.worked('keeper', started);
  assert.is(pace.waitMillis, 5);
  assert.not.ok(pace.mayWork('bids'));
  clock.pass(5);
  assert.ok(pace.mayWork('bids'));
  // A second without requests, and it goes on without pause.
  clock.pass(1_000);
  pace.worked('bids', performance.now() - 3);
  assert.is(pace.waitMillis, 0);
});

test('bids and the keeper take turns, and who has ended holds nobody up', () => {
  handClock();
  const pace = new Pace();
  pace.worked('keeper', performance.now());
  assert.ok(pace.mayWork('bids'));
  pace.worked('bids', performance.now());
  assert.ok(pace.mayWork('keeper'));
  pace.worked('keeper', performance.now());
  pace.worked('bids', performance.now());
  // The keeper asks while a bid has the turn after it: then it is the keeper's.
  pace.requested();
  pace.worked('bids', performance.now() - 1);
  assert.not.ok(pace.mayWork('keeper'));
  assert.not.ok(pace.mayWork('bids'));
  pace.ended('keeper');
  assert.is(pace.waitMillis, 1);
});

test.run();
