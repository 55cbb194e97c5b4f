/** A batch of whole sealed blocks: as many as one payload holds, and the header that L1 checks. */
import {
  batchHash,
  decodePayload,
  decodePostBatch,
  encodePayload,
  encodePostBatch,
  MAX_PAYLOAD_BYTES,
  PAYLOAD_HEAD_BYTES,
  payloadHash,
  TABLE_ENTRY_BYTES,
  type BatchHeader,
} from '../../genesis/contracts/batch.ts';
import { equalBytes } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import type { SealedBlock } from '../chain/block.ts';
import { readBlock } from '../chain/executor.ts';
import type { Store } from '../store/store.ts';

/** What the next batch builds on: how many there are, and the last one's ends. */
export type Tip = Readonly<{ count: number; hash: Digest; root: Digest; lastHeight: number }>;

export const tipAfter = (header: BatchHeader, hash: Digest): Tip => ({
  count: Number(header.index) + 1,
  hash,
  root: header.postRoot,
  lastHeight: Number(header.lastHeight),
});

/** Bytes that a block adds to a payload. */
export const blockBytes = (block: SealedBlock): number =>
  block.transactions.reduce((sum, { bytes }) => sum + TABLE_ENTRY_BYTES + bytes.length, 0);

/** The blocks after `height` up to `last` that fit one payload; full where another did not fit. */
export async function blocksAfter(
  store: Store,
  height: number,
  last: number,
): Promise<{ blocks: SealedBlock[]; isFull: boolean; bytes: number }> {
  const blocks: SealedBlock[] = [];
  let size = PAYLOAD_HEAD_BYTES;
  for (let next = height + 1; next <= last; next++) {
    const block = await readBlock(store, next);
    if (block === undefined) break; // Sealed, but its group is not on disk yet.
    const bytes = blockBytes(block);
    if (size + bytes > MAX_PAYLOAD_BYTES) {
      if (blocks.length > 0) return { blocks, isFull: true, bytes: size };
      throw new Error(`block ${next} has ${bytes} bytes and fits no batch`);
    }
    size += bytes;
    blocks.push(block);
  }
  return { blocks, isFull: false, bytes: size };
}

export function assemble(
  tip: Tip,
  blocks: readonly SealedBlock[],
): { payload: Uint8Array; header: BatchHeader } {
  const first = blocks[0]!.header;
  const last = blocks.at(-1)!.header;
  const steps = blocks.flatMap(({ transactions }) =>
    transactions.map(({ bytes, root }) => ({ body: bytes, rootAfter: root })),
  );
  const payload = encodePayload(steps);
  const header: BatchHeader = {
    index: BigInt(tip.count),
    parentHash: tip.hash,
    preRoot: tip.root,
    postRoot: last.stateRoot,
    firstHeight: BigInt(first.height),
    lastHeight: BigInt(last.height),
    txCount: steps.length,
    firstTimestamp: BigInt(first.timestamp),
    lastTimestamp: BigInt(last.timestamp),
    anchorNumber: BigInt(last.anchorNumber),
    anchorHash: last.anchorHash,
    inboxCursor: BigInt(last.inboxCursor),
    inboxAccumulator: last.inboxAccumulator,
    parameterHash: last.parameterHash,
    payloadHash: payloadHash(payload),
    payloadBytes: payload.length,
  };
  return { payload, header };
}

/**
 * Calldata of the batch, after decoding it again as an auditor will: whatever is wrong with it is
 * better found here than on L1.
 */
export function checkedCalldata(
  header: BatchHeader,
  payload: Uint8Array,
  blocks: readonly SealedBlock[],
): Uint8Array {
  const calldata = encodePostBatch(header, payload);
  const decoded = decodePostBatch(calldata);
  const steps = decodePayload(decoded.payload);
  const transactions = blocks.flatMap((block) => block.transactions);
  const isSame =
    batchHash(decoded.header) === batchHash(header) &&
    payloadHash(decoded.payload) === header.payloadHash &&
    steps.length === transactions.length &&
    steps.every(({ body, rootAfter }, i) => {
      const { bytes, root } = transactions[i]!;
      return equalBytes(body, bytes) && equalBytes(rootAfter, root);
    });
  if (!isSame) throw new Error('the batch does not decode to its own blocks; nothing was posted');
  return calldata;
}
