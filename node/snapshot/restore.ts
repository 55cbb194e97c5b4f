/**
 * Begins a store from a snapshot: fetches its chunks, checks the records against the root in the header,
 * and writes what an executor would have written. The store gets its name when it is whole.
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DecodeError, equalBytes, fromHex, toHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { CHAIN, type Chain } from '../../state/records/chain.ts';
import type { RawRecord } from '../../state/state.ts';
import { HASH_BYTES, NODE_BYTES, recordKey } from '../../state/tree/node.ts';
import { Trie, type Leaf } from '../../state/tree/trie.ts';
import type { Digest } from '../../state/units.ts';
import type { BlockHeader, SealedBlock } from '../chain/block.ts';
import { metaKey, recordKeyOf } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import { Store } from '../store/store.ts';
import { checkChunk, unpackChunk } from './chunk.ts';
import { holdsChunk, writeWhole } from './library.ts';
import { checkOrigin, sizeOf, SNAPSHOT_SIZE_MAX, type Expected, type Manifest } from './manifest.ts';
import { SnapshotError } from './snapshotError.ts';

export type RestoreOptions = Expected &
  Readonly<{
    manifest: Manifest;
    /** Bytes of a chunk, from whoever has it. Bounded in time by the caller; what it throws ends the restore. */
    chunk: (hash: Digest, bytesMax: number) => Promise<Uint8Array>;
    /** Of the store, which must not exist yet; `<directory>.snapshot` holds what is unfinished, and may be deleted. */
    directory: string;
    /** Records that the caller has room for [bytes]: once in memory and on disk, and compressed beside them. */
    sizeMax?: number;
    /** False: no synced writes, for tests. */
    sync?: boolean;
    onProgress?: (chunks: number, of: number) => void;
  }>;

/** The block that a store begins after: it has none up to its height. */
export type BaseBlock = Pick<SealedBlock, 'header' | 'hash' | 'signature'>;

/** Fetched at once: enough to hide the way to a peer, few enough for its limits. */
const FETCHES = 8;
/** Chunks written between two flushes: the store gathers some 8 MB. */
const CHUNKS_PER_FLUSH = 16;
const LEAF_PAGE_BYTES = NODE_BYTES * 2 ** 16;
const BASE_KEY = metaKey('base');

/** The block after whose state the store was begun, or undefined where it was begun at genesis. */
export async function readBase(store: Store): Promise<BaseBlock | undefined> {
  const stored = await store.get(BASE_KEY);
  return stored === undefined ? undefined : (unpack(stored) as BaseBlock);
}

/**
 * Makes `directory` a store in which `Executor.open` finds the state after the block of the manifest.
 * Chunks that an earlier attempt fetched are not fetched again. Whether L1 knows that state is asked
 * of `knownOnL1`, best before. @throws SnapshotError, and what `chunk` throws
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<void> {
  const { manifest, directory, sizeMax = SNAPSHOT_SIZE_MAX } = options;
  checkOrigin(manifest, options);
  const size = sizeOf(manifest);
  if (size > sizeMax) {
    throw new SnapshotError('TOO_LARGE', `expected at most ${sizeMax} bytes of records, got ${size}; make room and allow more`);
  }
  if (existsSync(directory)) throw new RangeError(`${directory} exists: a snapshot is restored beside it, never over it`);
  const work = `${directory}.snapshot`;
  const [chunks, unfinished] = [join(work, 'chunks'), join(work, 'store')];
  await fetchAll(options, chunks);
  await rm(unfinished, { recursive: true, force: true });
  try {
    await build(options, chunks, unfinished);
  } catch (error) {
    // Every chunk is what the manifest names: it was wrong itself, and nothing of it is of use.
    if (error instanceof SnapshotError) await rm(work, { recursive: true });
    throw error;
  }
  await rm(chunks, { recursive: true });
  await rename(unfinished, directory);
  await rm(work, { recursive: true });
}

/** Brings every chunk to disk. Those of other snapshots go: what is kept is bounded by one manifest. */
async function fetchAll({ manifest, chunk, onProgress }: RestoreOptions, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const named = new Set<string>(manifest.chunks.map(({ hash }) => hash));
  for (const name of await readdir(directory)) if (!named.has(name)) rmSync(join(directory, name));
  const queue = manifest.chunks.values();
  let done = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    for (const entry of queue) {
      if (failed) return;
      const path = join(directory, entry.hash);
      if (!(await holdsChunk(path, entry))) {
        const bytes = await chunk(entry.hash, entry.bytes);
        checkChunk(entry, bytes);
        await writeWhole(path, bytes);
      }
      onProgress?.(++done, manifest.chunks.length);
    }
  };
  const workers = Array.from({ length: FETCHES }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

/** Writes the store, its head last. */
async function build({ manifest, sync }: RestoreOptions, chunks: string, directory: string): Promise<void> {
  const store = await Store.open(directory, { sync: sync ?? true });
  try {
    const leaves = new Leaves();
    let last: RawRecord | null = null;
    let chain: Uint8Array | null = null;
    for (const [i, entry] of manifest.chunks.entries()) {
      const bytes = await readFile(join(chunks, entry.hash));
      const records: RawRecord[] = await unpackChunk(entry, bytes, last);
      for (const { type, id, value } of records) {
        store.put(recordKeyOf(type, id), value);
        leaves.add(recordKey(type, id), sha256(value));
        if (type === CHAIN.type) chain = value.slice();
      }
      last = records.at(-1)!;
      if (i % CHUNKS_PER_FLUSH === CHUNKS_PER_FLUSH - 1) await store.flush();
    }
    const stateRoot = Trie.from(leaves.all()).root;
    checkState(manifest, stateRoot, chain);
    const { header, hash, signature } = manifest;
    store.put(BASE_KEY, pack({ header, hash, signature }));
    const sequence = header.firstSequence + header.transactionCount;
    store.put(metaKey('head'), pack({ hash, sequence, stateRoot }));
    await store.flush();
  } finally {
    await store.close();
  }
}

/** Leaves of the tree, packed: a snapshot may have twenty million. */
class Leaves {
  readonly #pages: Uint8Array[] = [];
  #at = LEAF_PAGE_BYTES;

  add(key: Uint8Array, valueHash: Uint8Array): void {
    if (this.#at === LEAF_PAGE_BYTES) {
      this.#pages.push(new Uint8Array(LEAF_PAGE_BYTES));
      this.#at = 0;
    }
    const page = this.#pages.at(-1)!;
    page.set(key, this.#at);
    page.set(valueHash, this.#at + HASH_BYTES);
    this.#at += NODE_BYTES;
  }

  *all(): Generator<Leaf> {
    for (const [i, page] of this.#pages.entries()) {
      const end = i === this.#pages.length - 1 ? this.#at : LEAF_PAGE_BYTES;
      for (let at = 0; at < end; at += NODE_BYTES) {
        const middle = at + HASH_BYTES;
        yield { key: page.subarray(at, middle), valueHash: page.subarray(middle, at + NODE_BYTES) };
      }
    }
  }
}

/** The records are the state that the header speaks of. @throws SnapshotError */
function checkState({ header, domainSeparator }: Manifest, root: Uint8Array, chainBytes: Uint8Array | null): void {
  if (!equalBytes(root, fromHex(header.stateRoot))) {
    throw new SnapshotError(
      'ROOT_WRONG',
      `expected records of root ${header.stateRoot} at height ${header.height}, got ${toHex(root)}; take the snapshot of another peer`,
    );
  }
  const require = (what: string, expected: unknown, got: unknown): void => {
    if (expected === got) return;
    throw new SnapshotError(
      'HEADER_WRONG',
      `expected ${what} ${String(expected)} as in the state, got ${String(got)} in the manifest; take the snapshot of another peer`,
    );
  };
  const chain = chainOf(chainBytes);
  require('domain separator', chain?.domainSeparator, domainSeparator);
  for (const fact of FACTS) require(fact, chain?.[fact], header[fact]);
}

/** Undefined where there is none that can be read. */
function chainOf(bytes: Uint8Array | null): Chain | undefined {
  try {
    return bytes === null ? undefined : decode(CHAIN.layout, bytes);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** What a header says of the state after its block. */
const FACTS = [
  'height',
  'timestamp',
  'anchorNumber',
  'anchorHash',
  'inboxCursor',
  'inboxAccumulator',
  'parameterHash',
] as const satisfies readonly (keyof BlockHeader & keyof Chain)[];
