/**
 * Synthetix, sKRW, June 2019: a price was the average of two feeds, and one of them was a thousand times too high.
 * Here it is a median of a quorum of signed reports, each publisher once; what they disagree on lowers confidence, and
 * a live index moves by 40 % a post at most.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { publishers, World } from '../support/world.ts';
import { indexOf, reportsBytes, UNDERLYINGS } from './stage.ts';

const test = suite('averaged feeds');
const { btc } = UNDERLYINGS;

function posted(): { world: World; index: bigint } {
  const world = new World();
  world.tick();
  world.block(1);
  return { world, index: indexOf(world, 'btc') };
}

test('one of three is a thousand times off, above or below: the index stays, confidence goes', () => {
  for (const wrong of [(x: bigint) => 1_000n * x, (x: bigint) => x / 1_000n]) {
    for (const place of [0, 1, 2]) {
      const { world, index } = posted();
      const prices = [0, 1, 2].map((i) => (i === place ? wrong(index) : index + BigInt(i)));
      world.accept(reportsBytes(world, btc, prices));
      const now = indexOf(world, 'btc');
      assert.ok(now >= index && now <= index + 2n);
      assert.ok(existing(world.state, UNDERLYING, btc).confidence < 10n ** 16n, 'below a percent: initial margin doubles');
    }
  }
});

test('of two the lower is taken, so that a thousandfold raises nothing and a thousandth is too far', () => {
  const { world, index } = posted();
  assert.is(world.refuse(reportsBytes(world, btc, [index / 1_000n, index])), 'price_jump_too_large');
  world.accept(reportsBytes(world, btc, [index, 1_000n * index]));
  assert.is(indexOf(world, 'btc'), index);
});

test('one feed is none, and one that is heard twice is one', () => {
  const { world, index } = posted();
  assert.is(world.refuse(reportsBytes(world, btc, [index])), 'too_few_publishers');
  const twice = [publishers[0]!, publishers[0]!];
  assert.is(world.refuse(reportsBytes(world, btc, [index, index], twice)), 'publisher_repeated');
});

test.run();
