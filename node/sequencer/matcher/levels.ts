/** The price levels of one side of a book, best first, found and changed in logarithmic time. */
import { invariant } from '../../../state/errors.ts';
import { LEVELS_PER_BLOCK_MAX } from './limits.ts';
import type { LiveOrder, Side } from './order.ts';

/** All open orders at one price, oldest first, in a list threaded through the orders. */
export class PriceLevel {
  readonly side: Side;
  readonly priceTicks: number;
  /** The price as its side sees it: larger is better. */
  readonly rank: number;
  lots = 0;
  orderCount = 0;
  head: LiveOrder | null = null;
  tail: LiveOrder | null = null;
  /** Neighbours on the same side. A removed level keeps its own, so a walk may go on from it. */
  better: PriceLevel | null = null;
  worse: PriceLevel | null = null;
  /** Is it already noted for the feed? */
  isNoted = false;

  constructor(side: Side, priceTicks: number, rank: number) {
    this.side = side;
    this.priceTicks = priceTicks;
    this.rank = rank;
  }
}

/**
 * Walking from the best price follows links. Finding a price searches blocks of levels sorted by
 * rank: two binary searches, and an insert or removal moves at most one block. The best level is
 * the last of the last block, because that is where most levels come and go.
 */
export class Levels {
  best: PriceLevel | null = null;
  readonly #side: Side;
  readonly #blocks: PriceLevel[][] = [];

  constructor(side: Side) {
    this.#side = side;
  }

  find(priceTicks: number): PriceLevel | null {
    if (this.best?.priceTicks === priceTicks) return this.best;
    const block = this.#blocks[this.#blockOf(this.#rankOf(priceTicks))];
    if (block === undefined) return null;
    const level = block[positionOf(block, this.#rankOf(priceTicks))];
    return level?.priceTicks === priceTicks ? level : null;
  }

  /** The level of this price, made if it is not there. */
  obtain(priceTicks: number): PriceLevel {
    const { best } = this;
    if (best !== null && best.priceTicks === priceTicks) return best;
    const rank = this.#rankOf(priceTicks);
    const blockIndex = this.#blockOf(rank);
    const block = this.#blocks[blockIndex];
    if (block === undefined) {
      const first = new PriceLevel(this.#side, priceTicks, rank);
      this.#blocks.push([first]);
      this.best = first;
      return first;
    }
    const position = positionOf(block, rank);
    const found = block[position];
    if (found !== undefined && found.rank === rank) return found;
    const level = new PriceLevel(this.#side, priceTicks, rank);
    // With no better level in this block, the next block begins with it.
    const better = found ?? this.#blocks[blockIndex + 1]?.[0] ?? null;
    this.#link(level, better);
    insertAt(block, position, level);
    if (block.length > LEVELS_PER_BLOCK_MAX) {
      this.#blocks.splice(blockIndex + 1, 0, block.splice(LEVELS_PER_BLOCK_MAX >>> 1));
    }
    return level;
  }

  remove(level: PriceLevel): void {
    const blockIndex = this.#blockOf(level.rank);
    const block = this.#blocks[blockIndex];
    invariant(block !== undefined, 'a level to be removed is in a block');
    const position = positionOf(block, level.rank);
    invariant(block[position] === level, 'a level to be removed is found by its price');
    removeAt(block, position);
    if (level.better === null) this.best = level.worse;
    else level.better.worse = level.worse;
    if (level.worse !== null) level.worse.better = level.better;
    this.#merge(blockIndex, block);
  }

  #rankOf(priceTicks: number): number {
    return this.#side === 'buy' ? priceTicks : -priceTicks;
  }

  /** Index of the last block that begins at or below `rank`, or 0. */
  #blockOf(rank: number): number {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (blocks[middle]![0]!.rank <= rank) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #link(level: PriceLevel, better: PriceLevel | null): void {
    const worse = better === null ? this.best : better.worse;
    level.better = better;
    level.worse = worse;
    if (better === null) this.best = level;
    else better.worse = level;
    if (worse !== null) worse.better = level;
  }

  /** Keeps blocks from becoming many and small: a small one joins the block before it. */
  #merge(blockIndex: number, block: PriceLevel[]): void {
    if (block.length >= LEVELS_PER_BLOCK_MAX >>> 3) return;
    const before = this.#blocks[blockIndex - 1];
    if (block.length > 0) {
      if (before === undefined) return;
      if (before.length + block.length > LEVELS_PER_BLOCK_MAX >>> 1) return;
      for (const level of block) before.push(level);
    }
    this.#blocks.splice(blockIndex, 1);
  }
}

/** Index of the first level whose rank is at least `rank`; the length if there is none. */
function positionOf(block: readonly PriceLevel[], rank: number): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (block[middle]!.rank < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `splice` allocates its result; these two run for every level that comes or goes. */
function insertAt(block: PriceLevel[], position: number, level: PriceLevel): void {
  block.push(level);
  for (let i = block.length - 1; i > position; i--) block[i] = block[i - 1]!;
  block[position] = level;
}

function removeAt(block: PriceLevel[], position: number): void {
  for (let i = position; i < block.length - 1; i++) block[i] = block[i + 1]!;
  block.pop();
}
