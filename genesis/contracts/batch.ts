/**
 * The bytes of a batch as the Rollup contract takes them: header, payload and the calldata around
 * both.
 * A decoder accepts exactly what its encoder makes, whoever wrote the bytes.
 */
import { concat, fromHex, Reader, toHex, Writer } from '../../state/codec/bytes.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import type { Digest } from '../../state/units.ts';
import { FormatError, reading } from './formatError.ts';

/**
 * `BatchHeader` of IRollup.sol, with viem's types, so that it can be an argument of `postBatch` as
 * it is.
 */
export interface BatchHeader {
  readonly index: bigint;
  readonly parentHash: Digest;
  readonly preRoot: Digest;
  readonly postRoot: Digest;
  readonly firstHeight: bigint;
  readonly lastHeight: bigint;
  readonly txCount: number;
  /** [seconds] */
  readonly firstTimestamp: bigint;
  readonly lastTimestamp: bigint;
  readonly anchorNumber: bigint;
  readonly anchorHash: Digest;
  readonly inboxCursor: bigint;
  readonly inboxAccumulator: Digest;
  readonly parameterHash: Digest;
  readonly payloadHash: Digest;
  readonly payloadBytes: number;
}

/** One transaction and the state root after it. */
export interface BatchStep {
  readonly body: Uint8Array;
  readonly rootAfter: Uint8Array;
}

export const MAX_PAYLOAD_BYTES = 120_000;
export const CHUNK_BYTES = 4_096;
export const PAYLOAD_VERSION = 1;
/** version u8, txCount u32. */
export const PAYLOAD_HEAD_BYTES = 5;
/** offset u32, root 32 bytes: what a transaction adds to a payload beside its body. */
export const TABLE_ENTRY_BYTES = 36;
const WORD_BYTES = 32;
const HASH_BYTES = 32;

/** The fields in order, each one word of the ABI. */
const headerFields: readonly (readonly [keyof BatchHeader, 'u32' | 'u64' | 'bytes32'])[] = [
  ['index', 'u64'],
  ['parentHash', 'bytes32'],
  ['preRoot', 'bytes32'],
  ['postRoot', 'bytes32'],
  ['firstHeight', 'u64'],
  ['lastHeight', 'u64'],
  ['txCount', 'u32'],
  ['firstTimestamp', 'u64'],
  ['lastTimestamp', 'u64'],
  ['anchorNumber', 'u64'],
  ['anchorHash', 'bytes32'],
  ['inboxCursor', 'u64'],
  ['inboxAccumulator', 'bytes32'],
  ['parameterHash', 'bytes32'],
  ['payloadHash', 'bytes32'],
  ['payloadBytes', 'u32'],
];
export const HEADER_BYTES = headerFields.length * WORD_BYTES;

/* HEADER */

/** `abi.encode(header)`: 16 words. */
export function encodeHeader(header: BatchHeader): Uint8Array {
  const writer = new Writer();
  for (const [name, type] of headerFields) {
    const value = header[name];
    if (type === 'bytes32') writer.hex(value as Digest, WORD_BYTES);
    else if (type === 'u64') writer.raw(new Uint8Array(24)).u64(value as bigint);
    else writer.raw(new Uint8Array(28)).u32(value as number);
  }
  return writer.finish();
}

/** @throws FormatError for anything but 16 words, each within its type. */
export function decodeHeader(bytes: Uint8Array): BatchHeader {
  if (bytes.length !== HEADER_BYTES) {
    throw new FormatError('header.size', `expected ${HEADER_BYTES} bytes, received ${bytes.length}`);
  }
  const reader = new Reader(bytes);
  const header: Partial<Record<keyof BatchHeader, bigint | number | Digest>> = {};
  for (const [name, type] of headerFields) {
    if (type === 'bytes32') {
      header[name] = reader.hex(WORD_BYTES);
      continue;
    }
    const padding = reader.raw(type === 'u64' ? 24 : 28);
    if (padding.some((byte) => byte !== 0)) {
      throw new FormatError('header.range', `${name} does not fit ${type}`);
    }
    header[name] = type === 'u64' ? reader.u64() : reader.u32();
  }
  return header as unknown as BatchHeader;
}

export function batchHash(header: BatchHeader): Digest {
  return toHex(keccak256(encodeHeader(header)));
}

/**
 * What batch 0 names as its parent: keccak256(abi.encode("tidepool.genesis", chainId, genesisRoot,
 * parameterHash)).
 */
export function genesisHash(chainId: number, genesisRoot: Digest, parameterHash: Digest): Digest {
  const label = new TextEncoder().encode('tidepool.genesis');
  const word = (value: number): Uint8Array =>
    new Writer().raw(new Uint8Array(24)).u64(BigInt(value)).finish();
  // A string among static words: its offset in its place, its length and padded bytes at the end.
  const encoded = concat(
    word(4 * WORD_BYTES),
    word(chainId),
    fromHex(genesisRoot),
    fromHex(parameterHash),
    word(label.length),
    label,
    new Uint8Array(WORD_BYTES - label.length),
  );
  return toHex(keccak256(encoded));
}

/* PAYLOAD */

/** How long the payload of these bodies is. */
export function payloadSize(bodies: readonly Readonly<{ length: number }>[]): number {
  return bodies.reduce(
    (size, body) => size + TABLE_ENTRY_BYTES + body.length,
    PAYLOAD_HEAD_BYTES,
  );
}

/**
 * @throws FormatError `payload.size`, `payload.count` or `payload.offset` for what L1 or a decoder
 * would refuse.
 */
export function encodePayload(steps: readonly BatchStep[]): Uint8Array {
  if (steps.length === 0) throw new FormatError('payload.count', 'expected at least 1 transaction');
  const size = payloadSize(steps.map((step) => step.body));
  checkPayloadSize(size);
  const payload = new Uint8Array(size);
  const view = new DataView(payload.buffer);
  payload[0] = PAYLOAD_VERSION;
  view.setUint32(1, steps.length);
  let entryAt = PAYLOAD_HEAD_BYTES;
  let bodyAt = PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * steps.length;
  for (const { body, rootAfter } of steps) {
    if (body.length === 0) throw new FormatError('payload.offset', 'a body has at least its type byte');
    if (rootAfter.length !== HASH_BYTES) {
      throw new FormatError('payload.size', `expected a root of 32 bytes, received ${rootAfter.length}`);
    }
    view.setUint32(entryAt, bodyAt);
    payload.set(rootAfter, entryAt + 4);
    payload.set(body, bodyAt);
    entryAt += TABLE_ENTRY_BYTES;
    bodyAt += body.length;
  }
  return payload;
}

/**
 * The steps of a payload, as views into it. @throws FormatError for bytes that no encoder makes.
 */
export function decodePayload(payload: Uint8Array): BatchStep[] {
  checkPayloadSize(payload.length);
  return reading('payload.truncated', () => {
    const reader = new Reader(payload);
    const version = reader.u8();
    if (version !== PAYLOAD_VERSION) {
      throw new FormatError('payload.version', `expected ${PAYLOAD_VERSION}, received ${version}`);
    }
    const count = reader.u32();
    if (count === 0) throw new FormatError('payload.count', 'expected at least 1 transaction');
    // Checked before the table is read, so that a count can not ask for more work than there are
    // bytes.
    const bodiesAt = PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * count;
    if (bodiesAt + count > payload.length) {
      throw new FormatError('payload.count', `${count} transactions do not fit ${payload.length} bytes`);
    }
    const steps: BatchStep[] = [];
    const offsetAt = (index: number): number =>
      index === count ? payload.length : reader.view.getUint32(PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * index);
    if (offsetAt(0) !== bodiesAt) {
      throw new FormatError('payload.offset', `expected body 0 at ${bodiesAt}, received ${offsetAt(0)}`);
    }
    for (let index = 0; index < count; index++) {
      const start = offsetAt(index);
      const end = offsetAt(index + 1);
      if (end <= start || end > payload.length) {
        throw new FormatError('payload.offset', `body ${index} starts at ${start} and ends at ${end}`);
      }
      const rootAt = PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * index + 4;
      steps.push({
        body: payload.subarray(start, end),
        rootAfter: payload.subarray(rootAt, rootAt + HASH_BYTES),
      });
    }
    return steps;
  });
}

/** keccak256 over the keccak256 of each 4,096-byte chunk. */
export function payloadHash(payload: Uint8Array): Digest {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += CHUNK_BYTES) {
    hashes.push(keccak256(payload.subarray(at, at + CHUNK_BYTES)));
  }
  return toHex(keccak256(concat(...hashes)));
}

/* CALLDATA */

/** First four bytes of keccak256 of the signature of `postBatch`. */
const postBatchSelector = keccak256(
  new TextEncoder().encode(
    'postBatch((uint64,bytes32,bytes32,bytes32,uint64,uint64,uint32,uint64,uint64,uint64,bytes32,uint64,' +
      'bytes32,bytes32,bytes32,uint32),bytes)',
  ),
).slice(0, 4);
const PAYLOAD_OFFSET_AT = 4 + HEADER_BYTES;
const PAYLOAD_LENGTH_AT = PAYLOAD_OFFSET_AT + WORD_BYTES;
/** Where the payload starts in the calldata of every posted batch. */
export const PAYLOAD_AT = PAYLOAD_LENGTH_AT + WORD_BYTES;

/** Calldata of `postBatch`. */
export function encodePostBatch(header: BatchHeader, payload: Uint8Array): Uint8Array {
  const calldata = new Uint8Array(PAYLOAD_AT + paddedLength(payload.length));
  const view = new DataView(calldata.buffer);
  calldata.set(postBatchSelector);
  calldata.set(encodeHeader(header), 4);
  view.setUint32(PAYLOAD_LENGTH_AT - 4, HEADER_BYTES + WORD_BYTES);
  view.setUint32(PAYLOAD_AT - 4, payload.length);
  calldata.set(payload, PAYLOAD_AT);
  return calldata;
}

/**
 * Header and payload of a transaction that posted a batch. The contract takes one encoding only, so
 * whatever it accepted can be read here; compare `batchHash` with the event's. The padding after
 * the payload is not looked at.
 * @throws FormatError
 */
export function decodePostBatch(calldata: Uint8Array): { header: BatchHeader; payload: Uint8Array } {
  if (calldata.length < PAYLOAD_AT) {
    throw new FormatError('calldata.shape', `expected ${PAYLOAD_AT} bytes or more, received ${calldata.length}`);
  }
  if (postBatchSelector.some((byte, at) => calldata[at] !== byte)) {
    throw new FormatError('calldata.selector', `not postBatch: ${toHex(calldata.subarray(0, 4))}`);
  }
  const offset = smallWord(calldata, PAYLOAD_OFFSET_AT);
  const length = smallWord(calldata, PAYLOAD_LENGTH_AT);
  if (offset !== HEADER_BYTES + WORD_BYTES || calldata.length !== PAYLOAD_AT + paddedLength(length)) {
    throw new FormatError(
      'calldata.shape',
      `payload of ${length} bytes at ${offset} in calldata of ${calldata.length}`,
    );
  }
  return {
    header: decodeHeader(calldata.subarray(4, PAYLOAD_OFFSET_AT)),
    payload: calldata.subarray(PAYLOAD_AT, PAYLOAD_AT + length),
  };
}

function checkPayloadSize(size: number): void {
  if (size > MAX_PAYLOAD_BYTES) {
    throw new FormatError('payload.size', `expected at most ${MAX_PAYLOAD_BYTES} bytes, received ${size}`);
  }
}

/** A word that holds a length or an offset: anything of 2^32 or more is no calldata of ours. */
function smallWord(calldata: Uint8Array, at: number): number {
  if (calldata.subarray(at, at + 28).some((byte) => byte !== 0)) {
    throw new FormatError('calldata.shape', `the word at ${at} does not fit 32 bits`);
  }
  return new Reader(calldata, at + 28).u32();
}

function paddedLength(length: number): number {
  return Math.ceil(length / WORD_BYTES) * WORD_BYTES;
}
