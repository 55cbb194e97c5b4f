/** What a node gives its peers: blocks with the sequencer's signature, its snapshots, the book where it has one. */
import { NO_SIGNATURE, type SealedBlock } from '../chain/block.ts';
import { readBlock, type Executor } from '../chain/executor.ts';
import type { Heads } from '../l1/heads.ts';
import type { PeerSource } from '../peers/peers.ts';
import type { SnapshotMaker } from '../snapshot/maker.ts';
import type { Store } from '../store/store.ts';

export type Served = Readonly<{
  store: Store;
  executor: Executor;
  heads: Heads;
  snapshots: SnapshotMaker | null;
  book: () => Promise<readonly Uint8Array[] | null>;
}>;

/** Until `open` it has nothing: peers may be met before there is a chain. */
export class ServedChain implements PeerSource {
  #served: Served | null = null;

  open(served: Served): void {
    this.#served = served;
  }

  head(): ReturnType<PeerSource['head']> {
    if (this.#served === null) return null;
    const { sealedHeight: height, sealedHash: hash } = this.#served.executor;
    return { height, hash };
  }

  async blocks(from: number, count: number): Promise<readonly SealedBlock[]> {
    const blocks: SealedBlock[] = [];
    if (this.#served === null) return blocks;
    const { store, executor } = this.#served;
    const to = Math.min(from + count - 1, executor.sealedHeight);
    for (let height = from; height <= to; height++) {
      const block = await readBlock(store, height);
      // A node that began with a snapshot lacks the first ones; what was derived from L1 has no signatures.
      if (block === undefined || block.signature === NO_SIGNATURE) break;
      blocks.push(block);
    }
    return blocks;
  }

  async manifest(): Promise<Uint8Array | null> {
    const { heads, snapshots } = this.#served ?? {};
    return snapshots?.newestUpTo(heads!.safe.height) ?? null;
  }

  async chunk(hash: `0x${string}`): Promise<Uint8Array | null> {
    return (await this.#served?.snapshots?.chunk(hash)) ?? null;
  }

  async book(): Promise<readonly Uint8Array[] | null> {
    return (await this.#served?.book()) ?? null;
  }
}
