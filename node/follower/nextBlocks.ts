/** Blocks that were heard of before their turn: bounded, the nearest ones stay. */
import type { SealedBlock } from '../chain/block.ts';

type Heard = Readonly<{ block: SealedBlock; peer: string }>;

/** Further ahead than this a block is not kept: a range brings it when its turn comes. */
const AHEAD_MAX = 64;

export class NextBlocks {
  readonly #blocks = new Map<number, Heard>();
  #highest = 0;

  /** Highest block heard of. */
  get highest(): number {
    return this.#highest;
  }

  add(block: SealedBlock, peer: string, height: number): void {
    const ahead = block.header.height - height;
    if (ahead <= 0) return;
    this.#highest = Math.max(this.#highest, block.header.height);
    if (ahead <= AHEAD_MAX) this.#blocks.set(block.header.height, { block, peer });
  }

  /** The block of this height, and forgets those below it. */
  take(height: number): Heard | undefined {
    const heard = this.#blocks.get(height);
    for (const known of this.#blocks.keys()) if (known <= height) this.#blocks.delete(known);
    return heard;
  }
}
