/** Who may work when: requests first, then bids and the keeper in turn. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HELD_MILLIS_MAX, Pace } from '../../../node/sequencer/pace.ts';

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

test('while requests come work leaves twice the time that it took', () => {
  const clock = handClock();
  const pace = new Pace();
  pace.requested();
  const started = performance.now();
  clock.pass(5);
  pace.worked('keeper', started);
  assert.is(pace.waitMillis, 10);
  assert.not.ok(pace.mayWork('bids'));
  clock.pass(10);
  assert.ok(pace.mayWork('bids'));
  // A second without requests, and it goes on without pause.
  clock.pass(1_000);
  pace.worked('bids', performance.now() - 3);
  assert.is(pace.waitMillis, 0);
});

test('while something urgent is on its way work holds still, but not for ever', () => {
  const clock = handClock();
  const pace = new Pace();
  const piece = (): void => {
    clock.pass(1);
    pace.worked('keeper', performance.now() - 1);
  };
  piece();
  pace.urged();
  pace.urged();
  assert.not.ok(pace.mayWork('keeper'));
  pace.answered();
  clock.pass(HELD_MILLIS_MAX - 1);
  assert.not.ok(pace.mayWork('keeper'), 'one of two is not answered');
  assert.ok(pace.waitMillis > 0, 'and is asked about again');
  pace.answered();
  assert.ok(pace.mayWork('keeper'));
  // Urgent requests without end: a piece each time the longest hold is over.
  pace.urged();
  for (let i = 0; i < 3; i++) {
    piece();
    clock.pass(HELD_MILLIS_MAX - 0.5);
    assert.not.ok(pace.mayWork('keeper'));
    clock.pass(0.5);
    assert.ok(pace.mayWork('keeper'));
  }
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
  assert.is(pace.waitMillis, 2);
});

test.run();
