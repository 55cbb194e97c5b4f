// Virtual time fires timers in order and waits for each; the system clock keeps the same promises.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Clock } from '../../../node/ports/clock.ts';
import { SystemClock, VirtualClock } from '../../../node/ports/clock.ts';

const test = suite('node/ports/clock');

test('timers fire by due time, then in the order they were set', async () => {
  const clock = new VirtualClock(1_000_000);
  const fired: string[] = [];
  clock.setTimer(30, () => void fired.push(`c@${clock.nowMillis()}`));
  clock.setTimer(10, () => void fired.push(`a@${clock.nowMillis()}`));
  clock.setTimer(10, () => void fired.push(`b@${clock.nowMillis()}`));
  clock.setTimer(31, () => void fired.push('late'));
  await clock.advance(30);
  assert.equal(fired, ['a@1000010', 'b@1000010', 'c@1000030']);
  assert.is(clock.nowMillis(), 1_000_030);
  assert.is(clock.nowSeconds(), 1000);
  assert.is(clock.nextDueMillis(), 1_000_031);
});

test('a promise is awaited before time moves on, and timers set on the way fire too', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  clock.setTimer(5, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`first@${clock.nowMillis()}`);
    clock.setTimer(2, () => void log.push(`nested@${clock.nowMillis()}`));
  });
  clock.setTimer(6, () => void log.push(`second@${clock.nowMillis()}`));
  await clock.advanceTo(10);
  assert.equal(log, ['first@5', 'second@6', 'nested@7']);
});

test('a sleeper runs on before the next timer fires', async () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const sleeper = clock.sleep(5).then(async () => {
    await null;
    log.push(`woke@${clock.nowMillis()}`);
  });
  clock.setTimer(6, () => void log.push('timer'));
  await clock.advance(6);
  await sleeper;
  assert.equal(log, ['woke@5', 'timer']);
});

test('cancelled timers never fire, even when cancelled in their own instant', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const cancelEarly = clock.setTimer(5, () => void fired++);
  cancelEarly();
  cancelEarly();
  let cancelSecond = (): void => {};
  clock.setTimer(7, () => cancelSecond());
  cancelSecond = clock.setTimer(7, () => void fired++);
  assert.is(clock.pendingTimers, 2);
  await clock.advance(100);
  assert.is(fired, 0);
  assert.is(clock.pendingTimers, 0);
  assert.is(clock.nextDueMillis(), null);
});

test('an interval keeps its grid until cancelled', async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const cancel = clock.interval(10, () => {
    times.push(clock.nowMillis());
    if (times.length === 4) cancel();
  });
  await clock.advance(25);
  await clock.advance(100);
  assert.equal(times, [10, 20, 30, 40]);
});

test('one thousand timers set in a scrambled order fire sorted', async () => {
  const clock = new VirtualClock(0, async () => {});
  const times: number[] = [];
  for (let i = 0; i < 1000; i++)
    clock.setTimer((i * 617) % 1000, () => void times.push(clock.nowMillis()));
  await clock.advance(1000);
  assert.equal(
    times,
    Array.from({ length: 1000 }, (_, i) => i),
  );
});

test('a callback that throws stops time at its instant; the rest stay set', async () => {
  const clock = new VirtualClock();
  let isFired = false;
  clock.setTimer(3, () => {
    throw new Error('broken');
  });
  clock.setTimer(4, () => void (isFired = true));
  let message = '';
  await clock.advance(10).catch((error: Error) => void (message = error.message));
  assert.is(message, 'broken');
  assert.is(clock.nowMillis(), 3);
  await clock.advance(1);
  assert.ok(isFired);
});

test('time never goes back and is never turned from two places', async () => {
  const clock = new VirtualClock(100);
  let message = '';
  await clock.advanceTo(99).catch((error: Error) => void (message = error.message));
  assert.match(message, 'cannot go');
  clock.setTimer(1, () => clock.advance(1));
  await clock.advance(2).catch((error: Error) => void (message = error.message));
  assert.match(message, 'while advancing');
  assert.throws(() => clock.setTimer(-1, () => {}), /setTimer/);
  assert.throws(() => clock.interval(0, () => {}), /interval/);
});

test('the system clock fires, repeats and cancels', async () => {
  const clock: Clock = new SystemClock();
  const before = clock.nowMillis();
  await clock.sleep(2);
  // `setTimeout` may fire up to a millisecond early.
  assert.ok(clock.nowMillis() - before >= 1);
  let calls = 0;
  await new Promise<void>((resolve) => {
    const cancel = clock.interval(1, async () => {
      if (++calls < 3) return;
      cancel();
      resolve();
    });
  });
  assert.is(calls, 3);
  const cancel = clock.setTimer(1, () => void calls++);
  cancel();
  // Set later for the same delay, so it fires after the cancelled one would have.
  await clock.sleep(1);
  assert.is(calls, 3);
});

test.run();
