/**
 * What a snapshot is of, and the list of its chunks: canonical bytes, small enough for one message.
 *
 *     version u16 | domain separator 32 | block header | block signature 64 | chunks u32 |
 *     chunks x (hash 32 | bytes u32 | size u32 | records u32)
 */
import { DecodeError, fromHex, Reader, Writer } from '../../state/codec/bytes.ts';
import { bytes32, encode } from '../../state/codec/layout.ts';
import { signature, type CompactSignature } from '../../state/codec/signature.ts';
import type { Address, Digest } from '../../state/units.ts';
import { blockHash, blockSigner, headerLayout, type BlockHeader } from '../chain/block.ts';
import { CHUNK_SIZE_MAX, chunkBytesMax, type ChunkEntry } from './chunk.ts';
import { SnapshotError } from './snapshotError.ts';

export type Manifest = Readonly<{
  /** Names the chain: L1 chain id and Rollup address are in it. */
  domainSeparator: Digest;
  /** Of the block that the state is after. Its transactions are no part of a snapshot. */
  header: BlockHeader;
  hash: Digest;
  signature: CompactSignature;
  chunks: readonly ChunkEntry[];
}>;

const VERSION = 1;
const CHUNKS_MAX = 16_384;
/** Records that all chunks may have together [bytes]: what CHUNKS_MAX hold of average size. */
export const SNAPSHOT_SIZE_MAX = 8 * 2 ** 30;
/** The tree in memory takes 27 million. */
const RECORDS_MAX = 25_000_000;
const ENTRY_BYTES = 32 + 3 * 4;
const HEAD_BYTES = 2 + 32 + headerLayout.width! + signature.width! + 4;
export const MANIFEST_BYTES_MAX = HEAD_BYTES + CHUNKS_MAX * ENTRY_BYTES;

const sum = (chunks: readonly ChunkEntry[], of: 'bytes' | 'size' | 'records'): number =>
  chunks.reduce((total, chunk) => total + chunk[of], 0);
/** Bytes to fetch. */
export const bytesOf = ({ chunks }: Manifest): number => sum(chunks, 'bytes');
/** Bytes of the records, uncompressed. */
export const sizeOf = ({ chunks }: Manifest): number => sum(chunks, 'size');
export const recordsOf = ({ chunks }: Manifest): number => sum(chunks, 'records');

export function encodeManifest({ domainSeparator, header, signature: signed, chunks }: Manifest): Uint8Array {
  const w = new Writer();
  w.u16(VERSION).hex(domainSeparator, 32).raw(encode(headerLayout, header));
  signature.write(w, signed);
  w.u32(chunks.length);
  for (const { hash, bytes, size, records } of chunks) w.hex(hash, 32).u32(bytes).u32(size).u32(records);
  return w.finish();
}

/** @throws SnapshotError TOO_LARGE, or MANIFEST_MALFORMED for anything that `encodeManifest` would not give */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw new SnapshotError(
      'TOO_LARGE',
      `expected a manifest of at most ${MANIFEST_BYTES_MAX} bytes, got ${bytes.length}; ask another peer`,
    );
  }
  try {
    return read(new Reader(bytes));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new SnapshotError('MANIFEST_MALFORMED', `the manifest has ${bytes.length} bytes and ${error.message}; ask another peer`);
  }
}

function read(r: Reader): Manifest {
  const version = r.u16();
  if (version !== VERSION) throw new DecodeError(`expected version ${VERSION}, got ${version}`);
  const domainSeparator = bytes32.read(r);
  const header = headerLayout.read(r);
  const signed = signature.read(r);
  const count = r.u32();
  const length = HEAD_BYTES + count * ENTRY_BYTES;
  if (count === 0 || r.bytes.length !== length) {
    throw new DecodeError(`expected ${length} bytes for ${count} chunks, at least one, got ${r.bytes.length}`);
  }
  const chunks = Array.from({ length: count }, () => readEntry(r));
  if (new Set(chunks.map(({ hash }) => hash)).size !== count) throw new DecodeError('expected each chunk once');
  const manifest = { domainSeparator, header, hash: blockHash(header), signature: signed, chunks };
  // Zeros compress to nothing: what a snapshot takes is bounded by what it will be, not by what is fetched.
  const [size, records] = [sizeOf(manifest), recordsOf(manifest)];
  if (size > SNAPSHOT_SIZE_MAX || records > RECORDS_MAX) {
    throw new DecodeError(`expected at most ${RECORDS_MAX} records in ${SNAPSHOT_SIZE_MAX} bytes, got ${records} in ${size}`);
  }
  return manifest;
}

function readEntry(r: Reader): ChunkEntry {
  const entry = { hash: bytes32.read(r), bytes: r.u32(), size: r.u32(), records: r.u32() };
  const within = (value: number, most: number): boolean => value >= 1 && value <= most;
  const { bytes, size, records } = entry;
  // A record has its type, two lengths and not less.
  if (within(size, CHUNK_SIZE_MAX) && within(bytes, chunkBytesMax(size)) && within(records, size >> 2)) return entry;
  throw new DecodeError(`expected a chunk within its limits, got ${records} records, ${size} bytes, ${bytes} compressed`);
}

/** What a reader knows of the chain before it has any of it. */
export type Expected = Readonly<{ domainSeparator: Digest; signers: readonly Address[] }>;

/** The manifest is of this chain and somebody who may signed its block. @throws SnapshotError */
export function checkOrigin(manifest: Manifest, { domainSeparator, signers }: Expected): void {
  if (manifest.domainSeparator !== domainSeparator) {
    throw new SnapshotError(
      'OF_OTHER_CHAIN',
      `expected a snapshot of chain ${domainSeparator}, got ${manifest.domainSeparator}; ask a peer of this network`,
    );
  }
  const signer = blockSigner(fromHex(domainSeparator), manifest);
  if (signer === null || !signers.includes(signer)) {
    throw new SnapshotError(
      'SIGNER_WRONG',
      `expected block ${manifest.header.height} signed by ${signers.join(' or ')}, got ${signer ?? 'no signature'}; ask another peer`,
    );
  }
}
