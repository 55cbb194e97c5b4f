/** Ended orders are forgotten in the second they expire, and not before: against the plain twin. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ForgetList } from '../../../node/sequencer/forgetList.ts';
import type { Digest } from '../../../state/units.ts';

const test = suite('forget list');
const START = 1_000;

test('takes what a scan of everything would take', () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), expiry: fc.integer({ min: START - 5, max: START + 40 }) }),
    fc.record({ kind: fc.constant('take' as const), seconds: fc.nat({ max: 9 }) }),
  );
  const property = fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
    const list = new ForgetList(START);
    const kept = new Map<Digest, number>();
    let now = START;
    for (const [i, one] of operations.entries()) {
      if (one.kind === 'add') {
        list.add(`0x${i}`, one.expiry);
        kept.set(`0x${i}`, one.expiry);
        continue;
      }
      now += one.seconds;
      const due = [...kept].filter(([, expiry]) => expiry <= now).map(([digest]) => digest);
      for (const digest of due) kept.delete(digest);
      const taken = list.take(now);
      // One that had expired when it was added waits for the next second.
      const late = due.filter((digest) => !taken.includes(digest));
      for (const digest of late) kept.set(digest, now + 1);
      assert.equal([...taken].sort(), due.filter((digest) => !late.includes(digest)).sort());
    }
    assert.equal(list.take(now + 100).sort(), [...kept.keys()].sort());
  });
  fc.assert(property, { seed: 11, numRuns: 300 });
});

test.run();
