/**
 * Snapshots on disk: `chunks/<hash>` and, written last, `manifests/<height>`. A file with its own name is
 * whole, whenever the process died: it was written under another one and renamed.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../state/units.ts';
import { checkChunk, type ChunkEntry } from './chunk.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';
import { SnapshotError } from './snapshotError.ts';

/** In the directory of a node. */
export const SNAPSHOT_DIRECTORY = 'snapshots';
/** Manifests kept: whoever fetches the one before the newest can end. */
const KEPT = 2;
const UNFINISHED = '.new';
const HEIGHT_DIGITS = 15;
const HASH = /^0x[0-9a-f]{64}$/;

/** Writes a file that is there whole or not at all. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}${UNFINISHED}`, bytes, { flush: true });
  await rename(`${path}${UNFINISHED}`, path);
}

/** Whether the file is there and the chunk. */
export async function holdsChunk(path: string, entry: ChunkEntry): Promise<boolean> {
  try {
    checkChunk(entry, await readFile(path));
    return true;
  } catch (error) {
    if (error instanceof SnapshotError || (error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

type Kept = Readonly<{ manifest: Manifest; bytes: Uint8Array }>;

export class SnapshotLibrary {
  readonly #chunks: string;
  readonly #manifests: string;
  /** Oldest first. */
  #kept: Kept[] = [];

  private constructor(directory: string) {
    this.#chunks = join(directory, 'chunks');
    this.#manifests = join(directory, 'manifests');
  }

  /** Opens a directory, and deletes what is of no use there: unfinished, unreadable, not `ofChain`, unnamed. */
  static async open(
    directory: string,
    ofChain: (manifest: Manifest) => Promise<boolean>,
  ): Promise<SnapshotLibrary> {
    const library = new SnapshotLibrary(directory);
    await library.#open(ofChain);
    return library;
  }

  async #open(ofChain: (manifest: Manifest) => Promise<boolean>): Promise<void> {
    await mkdir(this.#manifests, { recursive: true });
    await mkdir(this.#chunks, { recursive: true });
    const there = new Set(await readdir(this.#chunks));
    for (const name of (await readdir(this.#manifests)).sort()) {
      const path = join(this.#manifests, name);
      const kept = read(name, await readFile(path));
      const isWhole = kept?.manifest.chunks.every(({ hash }) => there.has(hash)) ?? false;
      if (kept !== null && isWhole && (await ofChain(kept.manifest))) this.#kept.push(kept);
      else await rm(path);
    }
    await this.sweep();
  }

  /** Deletes what no kept manifest names. Nothing may be written meanwhile. */
  async sweep(): Promise<void> {
    const named = new Set<string>(this.#kept.flatMap(({ manifest }) => manifest.chunks.map(({ hash }) => hash)));
    for (const name of await readdir(this.#chunks)) if (!named.has(name)) await rm(join(this.#chunks, name));
  }

  get newest(): Kept | null {
    return this.#kept.at(-1) ?? null;
  }

  /** The newest one of a state at or below a height. */
  newestUpTo(height: number): Kept | null {
    return this.#kept.findLast(({ manifest }) => manifest.header.height <= height) ?? null;
  }

  /** Bytes of a chunk that a kept manifest names, or null. `hash` may be anything a peer sends. */
  async chunk(hash: Digest): Promise<Uint8Array | null> {
    if (!HASH.test(hash)) return null;
    try {
      return await readFile(join(this.#chunks, hash));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Keeps a chunk; false where it was there. */
  async addChunk(entry: ChunkEntry, bytes: Uint8Array): Promise<boolean> {
    const path = join(this.#chunks, entry.hash);
    if (await holdsChunk(path, entry)) return false;
    await writeWhole(path, bytes);
    return true;
  }

  /** Keeps a manifest, whose chunks are there; the oldest goes, and the chunks that only it named. */
  async addManifest(manifest: Manifest): Promise<void> {
    const bytes = encodeManifest(manifest);
    await writeWhole(join(this.#manifests, nameOf(manifest)), bytes);
    this.#kept.push({ manifest, bytes });
    for (const { manifest: old } of this.#kept.splice(0, this.#kept.length - KEPT)) {
      await rm(join(this.#manifests, nameOf(old)));
    }
    await this.sweep();
  }
}

/** Names sort by height. */
const nameOf = ({ header }: Manifest): string => String(header.height).padStart(HEIGHT_DIGITS, '0');

/** A manifest under its own name, or null. */
function read(name: string, bytes: Uint8Array): Kept | null {
  try {
    const manifest = decodeManifest(bytes);
    return name === nameOf(manifest) ? { manifest, bytes } : null;
  } catch (error) {
    if (error instanceof SnapshotError) return null;
    throw error;
  }
}
