/** One instrument's open orders by price and time, with its depth and its changes for feeds. */
import { invariant } from '../../../state/errors.ts';
import { Levels, type PriceLevel } from './levels.ts';
import type { LiveOrder, Side } from './order.ts';

export type DepthLevel = Readonly<{ priceTicks: number; lots: number; orders: number }>;

/** The book down to some depth. It includes every change up to `sequence`. */
export type Depth = Readonly<{
  sequence: number;
  bids: readonly DepthLevel[];
  asks: readonly DepthLevel[];
}>;

/** What a level holds now: absolute, so applying it twice does no harm. Zero lots: it is gone. */
export type LevelChange = Readonly<{
  side: Side;
  priceTicks: number;
  lots: number;
  orders: number;
}>;

/** Applied to the book at any sequence from `previousSequence` on, gives the book at `sequence`. */
export type BookDelta = Readonly<{
  previousSequence: number;
  sequence: number;
  changes: readonly LevelChange[];
}>;

export class Book {
  readonly instrument: number;
  readonly bids = new Levels('buy');
  readonly asks = new Levels('sell');
  orderCount = 0;
  /** Counts every change of a level since this book was made (or restored). */
  sequence = 0;
  #isWatched = false;
  #drainedSequence = 0;
  #noted: PriceLevel[] = [];

  constructor(instrument: number) {
    this.instrument = instrument;
  }

  levels(side: Side): Levels {
    return side === 'buy' ? this.bids : this.asks;
  }

  /** Behind every order of its price. */
  add(order: LiveOrder): void {
    const level = this.levels(order.side).obtain(order.priceTicks);
    order.level = level;
    order.previousInLevel = level.tail;
    if (level.tail === null) level.head = order;
    else level.tail.nextInLevel = order;
    level.tail = order;
    level.lots += order.remainingLots;
    level.orderCount += 1;
    this.orderCount += 1;
    this.#note(level);
  }

  remove(order: LiveOrder): void {
    const { level, previousInLevel, nextInLevel } = order;
    invariant(level !== null, 'an order to be removed is in the book');
    if (previousInLevel === null) level.head = nextInLevel;
    else previousInLevel.nextInLevel = nextInLevel;
    if (nextInLevel === null) level.tail = previousInLevel;
    else nextInLevel.previousInLevel = previousInLevel;
    order.level = order.previousInLevel = order.nextInLevel = null;
    level.lots -= order.remainingLots;
    level.orderCount -= 1;
    this.orderCount -= 1;
    if (level.orderCount === 0) this.levels(order.side).remove(level);
    this.#note(level);
  }

  /** Takes `lots` off an order; it keeps its place in time. */
  reduce(order: LiveOrder, lots: number): void {
    const { level } = order;
    invariant(level !== null && lots < order.remainingLots, 'a reduced order stays in the book');
    order.remainingLots -= lots;
    level.lots -= lots;
    this.#note(level);
  }

  /** Puts `fresh` exactly where `old` was. Same side and price; the caller checked it. */
  swap(old: LiveOrder, fresh: LiveOrder): void {
    const { level, previousInLevel, nextInLevel } = old;
    invariant(level !== null, 'an order to be swapped is in the book');
    fresh.level = level;
    fresh.previousInLevel = previousInLevel;
    fresh.nextInLevel = nextInLevel;
    if (previousInLevel === null) level.head = fresh;
    else previousInLevel.nextInLevel = fresh;
    if (nextInLevel === null) level.tail = fresh;
    else nextInLevel.previousInLevel = fresh;
    old.level = old.previousInLevel = old.nextInLevel = null;
    level.lots += fresh.remainingLots - old.remainingLots;
    this.#note(level);
  }

  /** Cost: `depth` levels of each side. */
  depth(depth: number): Depth {
    const bids = topOf(this.bids, depth);
    return { sequence: this.sequence, bids, asks: topOf(this.asks, depth) };
  }

  /** Starts or stops keeping changes for `drain`. Off by default: unread changes would pile up. */
  watch(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return;
    this.drain();
    this.#isWatched = isWatched;
  }

  /** The changes since the last drain, one per level, oldest touched level first. */
  drain(): BookDelta {
    const changes = new Map<number, LevelChange>();
    for (const { side, priceTicks, rank } of this.#noted) {
      // A price that emptied and came back was noted twice; what counts is what it holds now.
      const level = this.levels(side).find(priceTicks);
      const lots = level?.lots ?? 0;
      changes.set(rank, { side, priceTicks, lots, orders: level?.orderCount ?? 0 });
    }
    for (const level of this.#noted) level.isNoted = false;
    this.#noted = [];
    const previousSequence = this.#drainedSequence;
    this.#drainedSequence = this.sequence;
    return { previousSequence, sequence: this.sequence, changes: [...changes.values()] };
  }

  #note(level: PriceLevel): void {
    this.sequence += 1;
    if (!this.#isWatched || level.isNoted) return;
    level.isNoted = true;
    this.#noted.push(level);
  }
}

function topOf(levels: Levels, depth: number): DepthLevel[] {
  const top: DepthLevel[] = [];
  for (let level = levels.best; level !== null && top.length < depth; level = level.worse) {
    top.push({ priceTicks: level.priceTicks, lots: level.lots, orders: level.orderCount });
  }
  return top;
}
