/**
 * A part of a snapshot: records in the order of their keys, compressed. Its name is the SHA-256 of the
 * compressed bytes, so that it can be checked before anything is made of it.
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { DecodeError, Reader, toHex, Writer } from '../../state/codec/bytes.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { kindOf } from '../../state/records/all.ts';
import type { RawRecord } from '../../state/state.ts';
import type { Digest } from '../../state/units.ts';
import { SnapshotError } from './snapshotError.ts';

/** A chunk as a manifest names it. */
export type ChunkEntry = Readonly<{
  hash: Digest;
  /** Compressed, as stored and sent. */
  bytes: number;
  /** Decompressed, exactly. */
  size: number;
  records: number;
}>;

/** Decompressed; a reader holds one at a time. */
export const CHUNK_SIZE_MAX = 1024 * 1024;
/** Of a chunk of `size` bytes, compressed: what can not be compressed grows by some bytes. */
export const chunkBytesMax = (size: number): number => size + 1024;
/** Of any chunk as it is sent. */
export const CHUNK_BYTES_MAX = chunkBytesMax(CHUNK_SIZE_MAX);
/** From here on a chunk may end: with CUT_EVERY_BYTES it has 512 KiB on average. */
const CUT_FROM_BYTES = 384 * 1024;
/** Mean distance of the records after which a chunk may end. */
const CUT_EVERY_BYTES = 128 * 1024;
/** Type, length of the id, length of the value. */
const FRAME_BYTES = 1 + 1 + 2;
/** A fifth of the size at 50 MB a second; the next better one halves the speed for 1 %. */
const COMPRESSION = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 18 },
};
const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** Gathers records, which come in ascending order, and says where a chunk ends. */
export class ChunkBuilder {
  readonly #writer = new Writer();
  #size = 0;
  #records = 0;
  #mayEnd = false;

  /** Whether the chunk must end before this record. */
  endsBefore({ id, value }: RawRecord): boolean {
    return this.#mayEnd || this.#size + FRAME_BYTES + id.length + value.length > CHUNK_SIZE_MAX;
  }

  add({ type, id, value }: RawRecord): void {
    const bytes = FRAME_BYTES + id.length + value.length;
    this.#writer.u8(type).u8(id.length).raw(id).u16(value.length).raw(value);
    this.#size += bytes;
    this.#records += 1;
    this.#mayEnd = this.#size >= CUT_FROM_BYTES && isCut(id, bytes);
  }

  /** What was gathered; the builder begins anew. */
  take(): { raw: Uint8Array; records: number } {
    const taken = { raw: this.#writer.finish(), records: this.#records };
    this.#size = 0;
    this.#records = 0;
    this.#mayEnd = false;
    return taken;
  }
}

/**
 * Whether a chunk may end after a record of this id: a question of the id, so that a record that comes
 * or goes moves the ends of the chunks around it and no others. Once every CUT_EVERY_BYTES.
 */
function isCut(id: Uint8Array, bytes: number): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) < bytes * (2 ** 32 / CUT_EVERY_BYTES);
}

/** A chunk as it is stored and sent, and how a manifest names it. Compresses on another thread. */
export async function packChunk(raw: Uint8Array, records: number): Promise<{ entry: ChunkEntry; bytes: Uint8Array }> {
  const bytes = await compress(raw, COMPRESSION);
  return { entry: { hash: toHex(sha256(bytes)), bytes: bytes.length, size: raw.length, records }, bytes };
}

/** What came for a chunk is what the manifest names. @throws SnapshotError CHUNK_WRONG */
export function checkChunk({ hash, bytes: length }: ChunkEntry, bytes: Uint8Array): void {
  const isLength = bytes.length === length;
  const got = isLength ? toHex(sha256(bytes)) : `${bytes.length} bytes`;
  if (isLength && got === hash) return;
  throw new SnapshotError('CHUNK_WRONG', `expected ${length} bytes of hash ${hash}, got ${got}; ask another peer for it`);
}

/**
 * Records of a chunk, whose bytes are what the manifest names, as views into one buffer; `after` is the
 * last one of the chunk before. @throws SnapshotError CHUNK_MALFORMED
 */
export async function unpackChunk(entry: ChunkEntry, bytes: Uint8Array, after: RawRecord | null): Promise<RawRecord[]> {
  try {
    const raw = await decompress(bytes, { maxOutputLength: entry.size });
    if (raw.length !== entry.size) throw new DecodeError(`expected ${entry.size} bytes decompressed, got ${raw.length}`);
    return readRecords(raw, entry.records, after);
  } catch (error) {
    throw new SnapshotError(
      'CHUNK_MALFORMED',
      `chunk ${entry.hash}: ${(error as Error | DecodeError).message}; take another snapshot, its manifest is wrong`,
    );
  }
}

function readRecords(raw: Uint8Array, count: number, after: RawRecord | null): RawRecord[] {
  const reader = new Reader(raw);
  const view = (length: number): Uint8Array => {
    const end = reader.at + length;
    if (end > raw.length) throw new DecodeError(`expected ${length} more bytes, have ${raw.length - reader.at}`);
    const bytes = raw.subarray(reader.at, end);
    reader.at = end;
    return bytes;
  };
  const records: RawRecord[] = [];
  let last = after;
  for (let i = 0; i < count; i++) {
    const type = reader.u8();
    const id = view(reader.u8());
    const kind = kindOf(type, id);
    if (kind === undefined) throw new DecodeError(`expected a known type of record, got ${type}`);
    if (id.length !== kind.idLength) throw new DecodeError(`expected an id of ${kind.idLength} bytes, got ${id.length}`);
    const record = { type, id, value: view(reader.u16()) };
    if (last !== null && compareRecords(last, record) >= 0) {
      throw new DecodeError(`expected ascending records, got ${kind.name} ${toHex(id)} out of order`);
    }
    records.push(record);
    last = record;
  }
  reader.end();
  return records;
}

/** The order of records in a snapshot and in the store. */
const compareRecords = (one: RawRecord, other: RawRecord): number =>
  one.type - other.type || Buffer.compare(one.id, other.id);
