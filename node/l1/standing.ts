/** Whether what this node has is what L1 was shown to be wrong. */
import { batchHash, PAYLOAD_HEAD_BYTES, type BatchHeader } from '../../genesis/contracts/batch.ts';
import type { SealedBlock } from '../chain/block.ts';
import { readBlock } from '../chain/executor.ts';
import type { Store } from '../store/store.ts';
import { assemble, blockBytes } from './assemble.ts';

/** The blocks of this node are those of a batch that was disproved: nothing may be built on them. */
export class ChainDisproved extends Error {
  override readonly name = 'ChainDisproved';
  readonly code = 'CHAIN_DISPROVED';
  constructor({ index, firstHeight, lastHeight }: BatchHeader) {
    super(
      `batch ${index} was disproved on L1, and blocks ${firstHeight} to ${lastHeight} of this node are what was in it; ` +
        'find out why, then start again with --from-l1',
    );
  }
}

/** @throws ChainDisproved where one of the disproved batches is what this node would post again */
export async function requireStanding(store: Store, disproved: readonly BatchHeader[]): Promise<void> {
  for (const header of disproved) if (await wouldPost(store, header)) throw new ChainDisproved(header);
}

async function wouldPost(store: Store, header: BatchHeader): Promise<boolean> {
  const blocks: SealedBlock[] = [];
  let bytes = PAYLOAD_HEAD_BYTES;
  for (let height = Number(header.firstHeight); height <= Number(header.lastHeight); height++) {
    const block = await readBlock(store, height);
    if (block === undefined) return false;
    bytes += blockBytes(block);
    if (bytes > header.payloadBytes) return false;
    blocks.push(block);
  }
  const { index, parentHash, preRoot, firstHeight } = header;
  const tip = { count: Number(index), hash: parentHash, root: preRoot, lastHeight: Number(firstHeight) - 1 };
  return batchHash(assemble(tip, blocks).header) === batchHash(header);
}
