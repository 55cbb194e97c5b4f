/**
 * The disk: one LevelDB, written in groups. What is staged together becomes durable together, in
 * one synced batch; while one batch is being written the next one gathers.
 *
 * Beside it the archive: what explains and is read by few, in a LevelDB of its own. Its keys ascend, so that nothing
 * of its bulk is ever sorted into anything. It is written before the group it was staged with, so that no kill of the
 * process takes it, but synced at most once a second, and only with more of it: a power cut may take the last second.
 */
import { join } from 'node:path';
import { Level } from 'level';
import { Distribution } from '../ports/operation.ts';

type Database = Level<Uint8Array, Uint8Array>;
/** Chained: an operation is handed over once, as bytes. An array of them costs 9 us each, this 2. */
type Group = ReturnType<Database['batch']>;
type DatabaseSnapshot = ReturnType<Database['snapshot']>;
/** Where a read looks: at what is durable now, or at a moment before. */
type At = Readonly<{ snapshot?: DatabaseSnapshot }>;
type Entry = [Uint8Array, Uint8Array];
type RangeOptions = Readonly<{ reverse?: boolean; limit?: number }>;

/** Why a database could not be opened, with a code that scripts can rely on. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: 'DATABASE_LOCKED' | 'DATABASE_DAMAGED' | 'DATABASE_OF_OTHER_NETWORK';
  constructor(code: StoreError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const CURE = 'restore it or sync again from L1';
const unreadable = (error: unknown): StoreError =>
  new StoreError('DATABASE_DAMAGED', `the database can not be read: ${(error as Error).message}; ${CURE}`);
/** Entries that a range reads at once. */
const RANGE_CHUNK = 256;

const ARCHIVE_SYNC_MILLIS = 1_000;

export type StoreOptions = Readonly<{
  /** False gives up durability across power loss for speed: replays and benches only. */
  sync?: boolean;
}>;

export class Store {
  /** Of groups, synced where the store is. */
  readonly writeSeconds = new Distribution();
  readonly #db: Database;
  readonly #archive: Database;
  readonly #sync: boolean;
  /** What is staged for the next write, in order; null where nothing is. */
  #staged: Group | null = null;
  #stagedForArchive: Group | null = null;
  #archiveSyncedMillis = 0;
  #writing: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failure: unknown;

  private constructor(db: Database, archive: Database, sync: boolean) {
    this.#db = db;
    this.#archive = archive;
    this.#sync = sync;
  }

  /** Opens or creates the database. @throws StoreError where it is locked or damaged */
  static async open(directory: string, options: StoreOptions = {}): Promise<Store> {
    const db = await opened(directory);
    try {
      return new Store(db, await opened(join(directory, 'archive')), options.sync ?? true);
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#gathering().put(key, value);
  }

  del(key: Uint8Array): void {
    this.#gathering().del(key);
  }

  #gathering(): Group {
    return (this.#staged ??= this.#db.batch());
  }

  /** Stages for the archive, with what else is staged. Keys are to ascend. */
  archive(key: Uint8Array, value: Uint8Array): void {
    this.#stagedForArchive ??= this.#archive.batch();
    this.#stagedForArchive.put(key, value);
  }

  /** @throws StoreError where a file is damaged */
  archived(key: Uint8Array): Promise<Uint8Array | undefined> {
    return readKey(this.#archive, key, {});
  }

  /**
   * Resolves when everything staged before the call is durable. Calls made while a group is being
   * written share the next one. A failed write fails every later call: nothing half-acknowledged.
   */
  flush(): Promise<void> {
    // Asked first: between the end of one write and the start of the next, the next is promised.
    if (this.#next !== null) return this.#next;
    if (this.#writing === null) return this.#write();
    this.#next = this.#writing.then(() => {
      this.#next = null;
      return this.#write();
    });
    return this.#next;
  }

  #write(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const [group, archived] = [this.#staged, this.#stagedForArchive];
    if (group === null && archived === null) return Promise.resolve();
    this.#staged = null;
    this.#stagedForArchive = null;
    const started = performance.now();
    this.#writing = this.#writeBoth(group, archived).then(
      () => {
        this.#writing = null;
        this.writeSeconds.observeSince(started);
      },
      (error: unknown) => {
        this.#failure = error;
        this.#writing = null;
        throw error;
      },
    );
    return this.#writing;
  }

  async #writeBoth(group: Group | null, archived: Group | null): Promise<void> {
    if (archived !== null) {
      const now = performance.now();
      const sync = this.#sync && now - this.#archiveSyncedMillis >= ARCHIVE_SYNC_MILLIS;
      if (sync) this.#archiveSyncedMillis = now;
      await archived.write({ sync });
    }
    if (group !== null) await group.write({ sync: this.#sync });
  }

  /** @throws StoreError where a file is damaged */
  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return readKey(this.#db, key, {});
  }

  /**
   * Values of keys in [from, to), ascending or descending, at most `limit`. Sees durable writes only.
   * @throws StoreError where a file is damaged
   */
  range(from: Uint8Array, to: Uint8Array, options: RangeOptions = {}): AsyncGenerator<Entry> {
    return readRange(this.#db, from, to, options, {});
  }

  /** What is durable now, to be read whatever is written meanwhile. The caller closes it. */
  snapshot(): StoreSnapshot {
    return new StoreSnapshot(this.#db);
  }

  async close(): Promise<void> {
    await this.flush();
    await Promise.all([this.#db.close(), this.#archive.close()]);
  }
}

async function opened(directory: string): Promise<Database> {
  const db: Database = new Level(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: true,
  });
  try {
    await db.open();
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    if (cause?.code === 'LEVEL_LOCKED') {
      throw new StoreError('DATABASE_LOCKED', `${directory} is in use by another process; stop it first`);
    }
    throw new StoreError(
      'DATABASE_DAMAGED',
      `${directory} can not be opened: ${cause?.message ?? String(error)}; ${CURE}`,
    );
  }
  return db;
}

/** The database as it was at one moment. While it is open the disk keeps what was overwritten since. */
export class StoreSnapshot {
  readonly #db: Database;
  readonly #at: At & { snapshot: DatabaseSnapshot };

  constructor(db: Database) {
    this.#db = db;
    this.#at = { snapshot: db.snapshot() };
  }

  /** @throws StoreError where a file is damaged */
  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return readKey(this.#db, key, this.#at);
  }

  /** As `Store.range`. @throws StoreError where a file is damaged */
  range(from: Uint8Array, to: Uint8Array, options: RangeOptions = {}): AsyncGenerator<Entry> {
    return readRange(this.#db, from, to, options, this.#at);
  }

  close(): Promise<void> {
    return this.#at.snapshot.close();
  }
}

async function readKey(db: Database, key: Uint8Array, at: At): Promise<Uint8Array | undefined> {
  try {
    return await db.get(key, at);
  } catch (error) {
    throw unreadable(error);
  }
}

async function* readRange(
  db: Database,
  from: Uint8Array,
  to: Uint8Array,
  { reverse = false, limit = -1 }: RangeOptions,
  at: At,
): AsyncGenerator<Entry> {
  const iterator = db.iterator({ gte: from, lt: to, reverse, limit, ...at });
  try {
    for (;;) {
      // In chunks: an await for each entry costs more than the entry.
      const entries = await iterator.nextv(RANGE_CHUNK);
      if (entries.length === 0) return;
      yield* entries;
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    await iterator.close();
  }
}
