/** Bars: the average over the end of an hour, whatever the posts; gaps; what one forged post can do. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REGIME } from '../../../state/records/regime.ts';
import { BAR_WINDOW_SECONDS } from '../../../state/regime/model.ts';
import { Feed } from '../../support/regimes.ts';

const USD = 100_000_000n;
/** A whole hour. */
const START = 480_000 * 3_600;
const SEED = 42;

type Post = Readonly<{ time: number; price: bigint }>;

/** The index second by second: that of the last post at or before it. */
function averageBySecond(posts: readonly Post[], end: number): bigint {
  let sum = 0n;
  for (let second = end - BAR_WINDOW_SECONDS; second < end; second++) {
    sum += posts.findLast(({ time }) => time <= second)!.price;
  }
  return sum / BigInt(BAR_WINDOW_SECONDS);
}

const test = suite('regime: bars');

test('the first bar is the index, and no return leads to it', () => {
  const feed = new Feed();
  feed.post(START + 3_590, 100n * USD);
  feed.post(START + 3_600, 120n * USD);
  const { hour, barPrice, barReturn, observedHours } = feed.regime();
  assert.equal([hour, barPrice, barReturn, observedHours], [480_001, 100n * USD, 0n, 0]);
});

test('a bar is the time-weighted average of five minutes, its ends to the second', () => {
  const feed = new Feed();
  feed.post(START, 100n * USD);
  feed.post(START + 3_600, 100n * USD);
  // Of the window 54:59 is no part and 55:00 is; what is posted on the hour is of the next one.
  feed.post(START + 3_600 + 3_299, 1n * USD);
  feed.post(START + 3_600 + 3_300, 100n * USD);
  feed.post(START + 3_600 + 3_450, 200n * USD);
  feed.post(START + 7_200, 900n * USD);
  assert.is(feed.regime().barPrice, 150n * USD);
  assert.is(feed.regime().hour, 480_002);
});

test('any posts: the average taken second by second', () => {
  const price = fc.bigInt({ min: 1n, max: 2n ** 62n - 1n });
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_500 }), price), { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 3_599 }), (moves, offset) => {
      const feed = new Feed();
      const posts: Post[] = [];
      let time = START + offset;
      for (const [seconds, value] of moves) {
        time += seconds;
        const before = feed.regime().hour;
        feed.post(time, value);
        const { hour, barPrice } = feed.regime();
        if (hour !== before) {
          assert.is(hour, Math.floor(posts.at(-1)!.time / 3_600) + 1);
          if (before !== 0) assert.is(barPrice, averageBySecond(posts, hour * 3_600));
        }
        posts.push({ time, price: value });
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('hours without a post have no bar: the next one covers them all', () => {
  const feed = new Feed();
  feed.post(START, 100n * USD);
  feed.post(START + 3_600, 100n * USD);
  feed.post(START + 3_600 + 10 * 3_600, 110n * USD);
  // The hour of the last post has ended, at its price.
  assert.equal([feed.regime().hour, feed.regime().barHours, feed.regime().barReturn], [480_002, 1, 0n]);
  feed.post(START + 3_600 + 11 * 3_600, 110n * USD);
  assert.equal([feed.regime().hour, feed.regime().barHours], [480_012, 10]);
  assert.is(feed.regime().barPrice, 110n * USD);
});

test('only the first post of an hour and the first of its window touch the regime', () => {
  const feed = new Feed();
  const touches = (time: number): boolean => {
    feed.post(START + time, 100n * USD);
    return feed.touched.some(({ kind }) => kind === REGIME);
  };
  const times = [0, 1, 3_299, 3_300, 3_301, 3_599, 3_600, 3_601, 6_899, 6_901, 7_199, 10_800];
  assert.equal(times.filter(touches), [3_300, 3_600, 6_901, 10_800]);
});

test('a forged price moves a bar by its share of the five minutes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 10 }), (seconds, factor) => {
      const feed = new Feed();
      feed.post(START, 1_000n * USD);
      feed.post(START + 3_600, 1_000n * USD);
      feed.post(START + 7_200 - seconds, 1_000n * USD * BigInt(factor));
      feed.post(START + 7_200, 1_000n * USD);
      const moved = feed.regime().barPrice - 1_000n * USD;
      assert.is(moved, (1_000n * USD * BigInt(factor - 1) * BigInt(seconds)) / 300n);
    }),
    { seed: SEED },
  );
});

test.run();
