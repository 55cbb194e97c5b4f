/** Snapshots read without a disk, and their chunks served from memory. */
import { unpackChunk } from '../../../node/snapshot/chunk.ts';
import type { Manifest } from '../../../node/snapshot/manifest.ts';
import type { SnapshotMaker } from '../../../node/snapshot/maker.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { State, type RawRecord } from '../../../state/state.ts';
import type { Digest } from '../../../state/units.ts';

export type Fetch = (hash: Digest, bytesMax: number) => Promise<Uint8Array>;

/** Every record of a snapshot, in order. */
export async function recordsIn(
  { chunks }: Manifest,
  chunk: (hash: Digest) => Promise<Uint8Array | null>,
): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for (const entry of chunks) {
    const bytes = await chunk(entry.hash);
    if (bytes === null) throw new Error(`chunk ${entry.hash} is not there`);
    for (const record of await unpackChunk(entry, bytes, records.at(-1) ?? null)) records.push(record);
  }
  return records;
}

export const rootOf = async (manifest: Manifest, chunk: (hash: Digest) => Promise<Uint8Array | null>): Promise<Digest> =>
  toHex(State.from(await recordsIn(manifest, chunk)).root);

/** An honest peer. */
export const served =
  (maker: SnapshotMaker): Fetch =>
  async (hash, bytesMax) => {
    const bytes = await maker.chunk(hash);
    if (bytes === null || bytes.length > bytesMax) throw new Error(`chunk ${hash} was not served`);
    return bytes;
  };
