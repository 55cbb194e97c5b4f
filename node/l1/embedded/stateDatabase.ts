// Where the EVM's trie nodes and code live: written to memory while a block is built, to disk
// together with the block.
import type { BatchDBOp, DB } from '@ethereumjs/util';
import type { ChainDatabase, WriteOperation } from './database.ts';
import { stateKey } from './tables.ts';

/** Trie nodes kept in memory. 50,000 nodes of a few hundred bytes are under 30 MB. */
const NODE_CACHE_MAX = 50_000;

type StateStore = DB<string, Uint8Array>;

/**
 * Nodes are addressed by their hash and never deleted, so every past state stays readable and a
 * re-org is only a change of root.
 */
export class StateDatabase implements StateStore {
  readonly #database: ChainDatabase;
  readonly #cache = new Map<string, Uint8Array>();
  #pending = new Map<string, Uint8Array>();

  constructor(database: ChainDatabase) {
    this.#database = database;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const known = this.#pending.get(key) ?? this.#cache.get(key);
    if (known !== undefined) return known;
    const value = await this.#database.get(stateKey(key));
    if (value !== undefined) this.#remember(key, value);
    return value;
  }
  async put(key: string, value: Uint8Array): Promise<void> {
    this.#pending.set(key, value);
  }
  async del(): Promise<void> {
    // A node may be shared with an older state, so nothing is ever deleted.
  }
  async batch(operations: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === 'put') this.#pending.set(operation.key, operation.value);
    }
  }
  shallowCopy(): StateStore {
    return this;
  }
  async open(): Promise<void> {}

  /** What a block has written so far, to be stored in the same batch as the block. */
  pendingOperations(): WriteOperation[] {
    return [...this.#pending].map(([key, value]) => ({ type: 'put', key: stateKey(key), value }));
  }
  /** The block is on disk: its nodes become ordinary cached nodes. */
  settlePending(): void {
    for (const [key, value] of this.#pending) this.#remember(key, value);
    this.#pending = new Map();
  }
  /** The block was given up. */
  discardPending(): void {
    this.#pending = new Map();
  }

  #remember(key: string, value: Uint8Array): void {
    if (this.#cache.size >= NODE_CACHE_MAX) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(key, value);
  }
}

/** Reads through to `base`, keeps its own writes: what a simulated call changes dies with it. */
export class ScratchDatabase implements StateStore {
  readonly #base: StateStore;
  readonly #written = new Map<string, Uint8Array>();
  constructor(base: StateStore) {
    this.#base = base;
  }
  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#written.get(key) ?? this.#base.get(key);
  }
  async put(key: string, value: Uint8Array): Promise<void> {
    this.#written.set(key, value);
  }
  async del(): Promise<void> {}
  async batch(operations: BatchDBOp<string, Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === 'put') this.#written.set(operation.key, operation.value);
    }
  }
  shallowCopy(): StateStore {
    return this;
  }
  async open(): Promise<void> {}
}
