/**
 * Makes snapshots of a running node: of its newest sealed block, from a view of the store, a few
 * hundred records at a time between which everything else has its turn.
 */
import { decode } from '../../state/codec/layout.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { RawRecord } from '../../state/state.ts';
import type { Digest } from '../../state/units.ts';
import type { SealedBlock } from '../chain/block.ts';
import { readBlock } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { after, blockKey, BUCKET, key, recordKeyOf } from '../store/buckets.ts';
import { unpack } from '../store/envelope.ts';
import type { Store, StoreSnapshot } from '../store/store.ts';
import type { Start } from '../chain/replayed.ts';
import { checkChunk, ChunkBuilder, packChunk, unpackChunk, type ChunkEntry } from './chunk.ts';
import { SnapshotLibrary } from './library.ts';
import type { Manifest } from './manifest.ts';
import { readBase } from './restore.ts';

export type MakerOptions = Readonly<{
  store: Store;
  /** Of the snapshots alone. */
  directory: string;
  clock: Clock;
  /** Between the beginnings of two snapshots, at least. */
  everySeconds: number;
  /** Told of a snapshot that could not be made; the next one is tried in its time. */
  onTrouble: (what: string, error: unknown) => void;
}>;
/** `written`: chunks that no snapshot before had. */
export type Made = Readonly<{ manifest: Manifest; written: number }>;

/** Chunks that are compressed or written while the next one is read: bounds memory. */
const UNDER_WAY_MAX = 4;

type Chunk = Readonly<{ entry: ChunkEntry; isNew: boolean }>;

export class SnapshotMaker {
  readonly #o: MakerOptions;
  readonly #library: SnapshotLibrary;
  #making: Promise<Made | null> | null = null;
  #dueMillis = 0;
  #isClosed = false;

  private constructor(options: MakerOptions, library: SnapshotLibrary) {
    this.#o = options;
    this.#library = library;
  }

  /** Opens what was made before, as far as it is of the chain in the store. */
  static async open(options: MakerOptions): Promise<SnapshotMaker> {
    const { store, directory } = options;
    const library = await SnapshotLibrary.open(directory, async ({ header, hash }) => {
      const block = (await readBlock(store, header.height)) ?? (await readBase(store));
      return block?.hash === hash;
    });
    return new SnapshotMaker(options, library);
  }

  /** Bytes of the newest manifest, or null where none was made yet. */
  newest(): Uint8Array | null {
    return this.#library.newest?.bytes ?? null;
  }

  /** Bytes of the newest manifest of a state at or below a height: others can ask L1 about it. */
  newestUpTo(height: number): Uint8Array | null {
    return this.#library.newestUpTo(height)?.bytes ?? null;
  }

  /** Bytes of a chunk of the newest two snapshots, or null. */
  chunk(hash: Digest): Promise<Uint8Array | null> {
    return this.#library.chunk(hash);
  }

  /** Records of the newest snapshot at or below a height, or null. @throws where a file of it is damaged */
  async startAt(height: number): Promise<Start | null> {
    const kept = this.#library.newestUpTo(height);
    if (kept === null) return null;
    const { manifest } = kept;
    const records: RawRecord[] = [];
    for (const entry of manifest.chunks) {
      const bytes = await this.#library.chunk(entry.hash);
      if (bytes === null) return null; // A newer one took its place meanwhile.
      checkChunk(entry, bytes);
      records.push(...(await unpackChunk(entry, bytes, records.at(-1) ?? null)));
    }
    return { height: manifest.header.height, records };
  }

  /**
   * A block was sealed and is durable: begins a snapshot where one is due and none is being made. While L1
   * has come to `safeHeight` and not yet to the newest one, there is no other: one that can be taken stays.
   */
  sealed(safeHeight = Infinity): void {
    const now = this.#o.clock.nowMillis();
    const newest = this.#library.newest?.manifest.header.height ?? 0;
    if (this.#making !== null || now < this.#dueMillis || newest > safeHeight) return;
    this.#dueMillis = now + 1_000 * this.#o.everySeconds;
    void this.make().catch((error: unknown) => this.#o.onTrouble('no snapshot was made', error));
  }

  /**
   * Makes one now, or waits for the one being made. Null where there is nothing to make one of: no block
   * yet, none since a restore or since the newest snapshot, or the maker was closed meanwhile.
   */
  make(): Promise<Made | null> {
    return (this.#making ??= this.#make().finally(() => {
      this.#making = null;
    }));
  }

  async #make(): Promise<Made | null> {
    const view = this.#o.store.snapshot();
    try {
      const sealed = await sealedIn(view);
      if (sealed === null || sealed.hash === this.#library.newest?.manifest.hash) return null;
      // An attempt that failed, for want of room on the disk perhaps, left what it had written.
      await this.#library.sweep();
      const chunks = await this.#chunksOf(view);
      if (chunks === null) return null;
      const manifest = { ...sealed, chunks: chunks.map(({ entry }) => entry) };
      await this.#library.addManifest(manifest);
      return { manifest, written: chunks.filter(({ isNew }) => isNew).length };
    } finally {
      await view.close();
    }
  }

  /** Null where the maker was closed before the end. */
  async #chunksOf(view: StoreSnapshot): Promise<Chunk[] | null> {
    const builder = new ChunkBuilder();
    const chunks: Promise<Chunk>[] = [];
    const begin = async (): Promise<void> => {
      const { raw, records } = builder.take();
      const chunk = this.#keep(raw, records);
      // Awaited below, some chunks later; one that fails before must not pass for forgotten.
      chunk.catch(() => undefined);
      chunks.push(chunk);
      await chunks.at(-UNDER_WAY_MAX);
    };
    const prefix = key(BUCKET.record);
    try {
      for await (const [storeKey, value] of view.range(prefix, after(prefix))) {
        if (this.#isClosed) return null;
        const record = { type: storeKey[1]!, id: storeKey.subarray(2), value };
        if (builder.endsBefore(record)) await begin();
        builder.add(record);
      }
      await begin();
      return await Promise.all(chunks);
    } finally {
      // Nothing is written once this has ended, however it did.
      await Promise.allSettled(chunks);
    }
  }

  async #keep(raw: Uint8Array, records: number): Promise<Chunk> {
    const { entry, bytes } = await packChunk(raw, records);
    return { entry, isNew: await this.#library.addChunk(entry, bytes) };
  }

  /** Ends the one being made, unfinished. The store may be closed afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#making?.catch(() => undefined);
  }
}

/** The block that the records of the view are after, or null where the store has none. */
async function sealedIn(view: StoreSnapshot): Promise<Omit<Manifest, 'chunks'> | null> {
  const bytes = await view.get(recordKeyOf(CHAIN.type, CHAIN.idBytes(0)));
  if (bytes === undefined) return null;
  const { height, domainSeparator } = decode(CHAIN.layout, bytes);
  const stored = await view.get(blockKey(height));
  if (stored === undefined) return null;
  const { header, hash, signature } = unpack(stored) as SealedBlock;
  return { domainSeparator, header, hash, signature };
}
