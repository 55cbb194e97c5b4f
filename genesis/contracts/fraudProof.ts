/**
 * What FraudProof is shown: of a posted payload the chunks that a statement reads, and the calldata
 * around them. Made for payloads that are wrong, so nothing here trusts one.
 */
import { encodeFunctionData } from 'viem/utils';
import { toHex } from '../../state/codec/bytes.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import type { Digest } from '../../state/units.ts';
import { fraudProof } from './abi.ts';
import { CHUNK_BYTES, PAYLOAD_HEAD_BYTES, TABLE_ENTRY_BYTES, type BatchHeader } from './batch.ts';
import { FormatError } from './formatError.ts';

type Hex = `0x${string}`;

/** `PayloadPart` of IFraudProof.sol, with viem's types. */
export interface PayloadPart {
  readonly hashes: readonly Digest[];
  readonly indices: readonly bigint[];
  readonly chunks: readonly Hex[];
}

/** Bytes [start, end) of a payload. */
export type ByteRange = Readonly<{ start: number; end: number }>;

/** What can be wrong with a batch, by the number in `FraudProven`. */
export const STATEMENT = { step: 0, offset: 1, firstBlock: 2, header: 3 } as const;

const OFFSET_BYTES = 4;
const ROOT_BYTES = 32;

/* RANGES */

/** The roots before and after transaction `index`, the ends of its body, and the body. @throws FormatError */
export function rangesOfStep(payload: Uint8Array, index: number): ByteRange[] {
  const count = countOf(payload);
  const { start, end } = bodyRange(payload, index);
  const ranges = [offsetRange(index), rootRange(index), { start, end }];
  if (index > 0) ranges.push(rootRange(index - 1));
  if (index + 1 < count) ranges.push(offsetRange(index + 1));
  return ranges;
}

/** Where body `index` starts and where the one before it does. */
export const rangesOfOffset = (index: number): ByteRange[] =>
  index === 0 ? [offsetRange(0)] : [offsetRange(index - 1), offsetRange(index)];

/** The root after transaction 0. */
export const rangesOfFirstBlock = (): ByteRange[] => [rootRange(0)];

/** Body `index` by the payload's own table. @throws FormatError where its ends are out of order */
export function bodyRange(payload: Uint8Array, index: number): ByteRange {
  const count = countOf(payload);
  if (!(index >= 0 && index < count)) {
    throw new FormatError('payload.count', `expected a transaction below ${count}, received ${index}`);
  }
  const start = offsetOf(payload, index);
  const end = index + 1 === count ? payload.length : offsetOf(payload, index + 1);
  if (end <= start || end > payload.length) {
    throw new FormatError('payload.offset', `body ${index} starts at ${start} and ends at ${end}`);
  }
  return { start, end };
}

/** The first body that starts where `proveOffset` finds it wrong; undefined where all are in order. */
export function firstOffsetOutOfOrder(payload: Uint8Array): number | undefined {
  const count = countOf(payload);
  for (let index = 0; index < count; index++) {
    const start = offsetOf(payload, index);
    const follows = index === 0 ? start === entryAt(count) : start > offsetOf(payload, index - 1);
    if (!follows || start >= payload.length) return index;
  }
  return undefined;
}

/* PARTS */

/** The payload with the chunks that hold these bytes. */
export function partOf(payload: Uint8Array, ranges: readonly ByteRange[]): PayloadPart {
  const chunks = Array.from({ length: Math.ceil(payload.length / CHUNK_BYTES) }, (_, i) =>
    payload.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  );
  const isRead = (chunk: number): boolean =>
    ranges.some(({ start, end }) => start < (chunk + 1) * CHUNK_BYTES && end > chunk * CHUNK_BYTES);
  const read = [...chunks.keys()].filter(isRead);
  return {
    hashes: chunks.map((chunk) => toHex(keccak256(chunk))),
    indices: read.map(BigInt),
    chunks: read.map((chunk) => toHex(chunks[chunk]!)),
  };
}

/* CALLDATA */

/** @throws FormatError where the body can not be read: prove its offset instead */
export const encodeProveStep = (header: BatchHeader, payload: Uint8Array, index: number, witness: Uint8Array): Hex =>
  encodeFunctionData({
    abi: fraudProof.abi,
    functionName: 'proveStep',
    args: [header, partOf(payload, rangesOfStep(payload, index)), BigInt(index), toHex(witness)],
  });

export const encodeProveOffset = (header: BatchHeader, payload: Uint8Array, index: number): Hex =>
  encodeFunctionData({
    abi: fraudProof.abi,
    functionName: 'proveOffset',
    args: [header, partOf(payload, rangesOfOffset(index)), BigInt(index)],
  });

/** `chain` and `proof`: the chain record and its membership under the root after transaction 0. */
export const encodeProveFirstBlock = (
  header: BatchHeader,
  payload: Uint8Array,
  chain: Uint8Array,
  proof: Uint8Array,
): Hex =>
  encodeFunctionData({
    abi: fraudProof.abi,
    functionName: 'proveFirstBlock',
    args: [header, partOf(payload, rangesOfFirstBlock()), toHex(chain), toHex(proof)],
  });

/** `chain` and `proof`: the chain record and its membership under the last root. */
export const encodeProveHeader = (header: BatchHeader, chain: Uint8Array, proof: Uint8Array): Hex =>
  encodeFunctionData({
    abi: fraudProof.abi,
    functionName: 'proveHeader',
    args: [header, toHex(chain), toHex(proof)],
  });

/* THE TABLE */

const entryAt = (index: number): number => PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * index;
const offsetRange = (index: number): ByteRange => ({ start: entryAt(index), end: entryAt(index) + OFFSET_BYTES });
const rootRange = (index: number): ByteRange => ({
  start: entryAt(index) + OFFSET_BYTES,
  end: entryAt(index) + OFFSET_BYTES + ROOT_BYTES,
});

/** L1 checked that it is there. */
const viewOf = (payload: Uint8Array): DataView => new DataView(payload.buffer, payload.byteOffset, payload.length);
const countOf = (payload: Uint8Array): number => viewOf(payload).getUint32(1);
const offsetOf = (payload: Uint8Array, index: number): number => viewOf(payload).getUint32(entryAt(index));
