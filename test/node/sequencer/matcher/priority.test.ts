/** Whoever offers the better price, or the same price earlier, trades first; levels stay sorted. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Book } from '../../../../node/sequencer/matcher/book.ts';
import { Matcher } from '../../../../node/sequencer/matcher/matcher.ts';
import { LiveOrder, type Order } from '../../../../node/sequencer/matcher/order.ts';
import { isBefore, order, World } from './world.ts';

const SEED = 88;
const test = suite('matcher: priority');

const plain = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  lots: fc.integer({ min: 1, max: 9 }),
  priceTicks: fc.integer({ min: 1, max: 9 }),
  timeInForce: fc.constantFrom('gtc' as const, 'gtc' as const, 'ioc' as const),
});

test('no fill passes over an order with priority', () => {
  const property = fc.property(fc.array(plain, { maxLength: 80, size: 'max' }), (inputs) => {
    const matcher = new Matcher(new World());
    inputs.forEach((input, i) => {
      const open = new Map(matcher.openOrders().map((o) => [o.id, o]));
      // Every order has its own account: self-trade prevention has no part in this.
      for (const event of matcher.place(order(`${i}`, { ...input, account: `${i}` }), 0)) {
        if (event.type !== 'filled') continue;
        const maker = open.get(event.maker)!;
        const passedOver = [...open.values()].filter(
          (o) => o.side === maker.side && o.id !== maker.id && isBefore(o, maker),
        );
        assert.equal(passedOver, []);
        assert.is(event.priceTicks, maker.priceTicks);
        if (event.makerRemainingLots === 0) open.delete(event.maker);
      }
    });
  });
  fc.assert(property, { seed: SEED, numRuns: 300 });
});

/** Prices by the hundred, so that the blocks of levels split and join again. */
test('levels stay sorted and linked while a wide book grows and shrinks', () => {
  const step = fc.record({
    priceTicks: fc.integer({ min: 1, max: 3_000 }),
    isRemoval: fc.boolean(),
    pick: fc.nat(),
  });
  const steps = fc.array(step, { minLength: 1_500, maxLength: 3_000, size: 'max' });
  const sides = fc.constantFrom('buy' as const, 'sell' as const);
  const property = fc.property(steps, sides, (all, side) => {
    const book = new Book(1);
    const open: LiveOrder[] = [];
    // Grows to over a thousand levels, then shrinks to a few: blocks split, then join.
    const grow = all.length * 0.55;
    all.forEach(({ priceTicks, isRemoval, pick }, i) => {
      if (open.length > 0 && (i > grow ? pick % 64 !== 0 : isRemoval && pick % 16 === 0)) {
        book.remove(open.splice(pick % open.length, 1)[0]!);
      } else {
        const added = new LiveOrder(order(`${i}`, { side, priceTicks }), i, 1 + (pick % 5));
        book.add(added);
        open.push(added);
      }
      if (i % 97 === 0 || i === all.length - 1) checkBook(book, side, open);
    });
  });
  fc.assert(property, { seed: SEED, numRuns: 8 });
});

function checkBook(book: Book, side: 'buy' | 'sell', open: readonly LiveOrder[]): void {
  const want = [...open].sort((a, b) => (isBefore(a, b) ? -1 : 1)).map((o) => o.id);
  const got: Order[] = [];
  let better = null;
  for (let level = book.levels(side).best; level !== null; level = level.worse) {
    assert.is(level.better, better);
    assert.is(book.levels(side).find(level.priceTicks), level);
    better = level;
    let lots = 0;
    let count = 0;
    for (let o = level.head; o !== null; o = o.nextInLevel) {
      got.push(o);
      lots += o.remainingLots;
      count += 1;
    }
    assert.equal([level.lots, level.orderCount], [lots, count]);
  }
  assert.equal(got.map((o) => o.id), want);
  assert.is(book.orderCount, open.length);
  assert.is(book.levels(side).find(3_001), null);
}

test.run();
