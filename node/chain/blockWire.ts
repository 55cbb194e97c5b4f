/**
 * A sealed block as bytes for other nodes. What comes from a peer is checked as far as that needs no
 * state: sizes before anything is read, then every hash that the header names.
 */
import { DecodeError, Reader, Writer } from '../../state/codec/bytes.ts';
import { encode } from '../../state/codec/layout.ts';
import { signature } from '../../state/codec/signature.ts';
import { MAX_TRANSACTION_BYTES } from '../../state/constants.ts';
import { blockHash, headerLayout, transactionsHash, type SealedBlock, type SealedTransaction } from './block.ts';

/** Root after it, refusal code and length of a transaction. */
const FRAME_BYTES = 32 + 2 + 2;
const HEAD_BYTES = headerLayout.width! + signature.width!;
/** An executor seals at 100,000 bytes, and L1 takes no batch above 120,000. */
export const BLOCK_WIRE_BYTES_MAX = 128 * 1024;

export function encodeBlock({ header, signature: signed, transactions }: SealedBlock): Uint8Array {
  const w = new Writer();
  w.raw(encode(headerLayout, header));
  signature.write(w, signed);
  for (const { bytes, root, code } of transactions) {
    w.raw(root);
    w.u16(code);
    w.u16(bytes.length);
    w.raw(bytes);
  }
  return w.finish();
}

/** @throws DecodeError for anything that `encodeBlock` would not give, or a header that speaks of other transactions */
export function decodeBlock(bytes: Uint8Array): SealedBlock {
  if (bytes.length > BLOCK_WIRE_BYTES_MAX) {
    throw new DecodeError(`expected a block of at most ${BLOCK_WIRE_BYTES_MAX} bytes, got ${bytes.length}`);
  }
  const r = new Reader(bytes);
  const header = headerLayout.read(r);
  const signed = signature.read(r);
  const room = Math.floor((bytes.length - HEAD_BYTES) / FRAME_BYTES);
  if (header.transactionCount === 0 || header.transactionCount > room) {
    throw new DecodeError(`expected 1 to ${room} transactions in ${bytes.length} bytes, got ${header.transactionCount}`);
  }
  const transactions: SealedTransaction[] = [];
  for (let i = 0; i < header.transactionCount; i++) {
    const root = r.raw(32);
    const code = r.u16();
    const length = r.u16();
    if (length > MAX_TRANSACTION_BYTES) {
      throw new DecodeError(`expected a transaction of at most ${MAX_TRANSACTION_BYTES} bytes, got ${length}`);
    }
    transactions.push({ bytes: r.raw(length), root, code });
  }
  r.end();
  const hash = transactionsHash(transactions);
  if (hash !== header.transactionsHash) {
    throw new DecodeError(`expected transactions of hash ${header.transactionsHash}, got ${hash}`);
  }
  return { header, hash: blockHash(header), signature: signed, transactions };
}
