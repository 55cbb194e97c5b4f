// One ordered key-value store with atomic, synced writes: on disk through level, or in memory for
// tests.
import { Level } from 'level';
import { EmbeddedL1Error } from './errors.ts';

export type WriteOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/** Keys start with a one-byte table name; `entries` walks one table in key order. */
export type Range = { readonly from: Uint8Array; readonly to: Uint8Array };

export interface ChainDatabase {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** All of `operations` or none of them, on the disk when the promise resolves. */
  write(operations: readonly WriteOperation[]): Promise<void>;
  /** Entries with `from <= key < to`, both keys in the same table. */
  entries(range: Range): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  close(): Promise<void>;
}

class LevelDatabase implements ChainDatabase {
  readonly #level: Level<Uint8Array, Uint8Array>;
  constructor(level: Level<Uint8Array, Uint8Array>) {
    this.#level = level;
  }
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#level.get(key);
  }
  async write(operations: readonly WriteOperation[]): Promise<void> {
    await this.#level.batch([...operations], { sync: true });
  }
  async *entries(range: Range): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    yield* this.#level.iterator({ gte: range.from, lt: range.to });
  }
  async close(): Promise<void> {
    await this.#level.close();
  }
}

class MemoryDatabase implements ChainDatabase {
  /** One map for each table, so that walking a small table does not pass over the state. */
  readonly #tables = new Map<number, Map<string, Uint8Array>>();

  #table(key: Uint8Array): Map<string, Uint8Array> {
    const name = key[0] ?? 0;
    const table = this.#tables.get(name) ?? new Map<string, Uint8Array>();
    this.#tables.set(name, table);
    return table;
  }
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#table(key).get(keyText(key));
  }
  async write(operations: readonly WriteOperation[]): Promise<void> {
    for (const operation of operations) {
      const table = this.#table(operation.key);
      if (operation.type === 'del') table.delete(keyText(operation.key));
      else table.set(keyText(operation.key), operation.value.slice());
    }
  }
  async *entries(range: Range): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const [from, to] = [keyText(range.from), keyText(range.to)];
    const inside = [...this.#table(range.from)].filter(([key]) => key >= from && key < to);
    inside.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of inside) yield [Buffer.from(key, 'latin1'), value];
  }
  async close(): Promise<void> {
    this.#tables.clear();
  }
}

/** One character for each byte, so that string order is byte order. */
function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

export function openMemoryDatabase(): ChainDatabase {
  return new MemoryDatabase();
}

/** Opens or creates the database in `directory`. Throws `EmbeddedL1Error` that says what to do. */
export async function openLevelDatabase(directory: string): Promise<ChainDatabase> {
  const level = new Level<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  try {
    await level.open();
  } catch (error) {
    throw openFault(directory, error);
  }
  return new LevelDatabase(level);
}

function openFault(directory: string, error: unknown): EmbeddedL1Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: unknown }).code;
  const text = cause instanceof Error ? cause.message : String(cause);
  if (code === 'LEVEL_LOCKED') {
    const message = `L1 directory ${directory} is in use by another process`;
    return new EmbeddedL1Error('directory_in_use', message, { cause: error });
  }
  const isCorrupt = code === 'LEVEL_CORRUPTION' || /corrupt|missing files/i.test(text);
  const fault = isCorrupt ? 'database_corrupt' : 'database_failed';
  return new EmbeddedL1Error(fault, `L1 directory ${directory} cannot be opened: ${text}`, {
    cause: error,
  });
}
