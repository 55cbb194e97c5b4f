// The one writer of the embedded L1: takes transactions in, makes blocks, re-orgs; each change is
// one atomic write.
import type { Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { Caches } from '@ethereumjs/statemanager';
import { createAddressFromString } from '@ethereumjs/util';
import type { Hash } from 'viem';
import type { Clock } from '../../ports/clock.ts';
import { decodeTransaction } from './admission.ts';
import { BlockMaker } from './blockMaker.ts';
import {
  ChainStore,
  droppedOperation,
  formatOperation,
  headOperation,
  pendingOperation,
  type ExecutedBlock,
} from './chainStore.ts';
import type { ChainDatabase, WriteOperation } from './database.ts';
import { EmbeddedL1Error, refused } from './errors.ts';
import { createGenesis, openState, type GenesisAccount } from './genesis.ts';
import { Mempool, type PooledTransaction } from './mempool.ts';
import { StateDatabase } from './stateDatabase.ts';
import type { FormatRecord, HeadRecord } from './tables.ts';

const FORMAT_VERSION = 1;
/** Blocks from the head to the `safe` and the `finalized` block: Ethereum's one and two epochs. */
export const SAFE_DEPTH = 32n;
export const FINALIZED_DEPTH = 64n;
/** Seconds; the year 36812. Keeps every time within what a Date can show. */
export const TIMESTAMP_MAX = 2 ** 40;

export type ChainOptions = {
  readonly database: ChainDatabase;
  readonly common: Common;
  readonly clock: Pick<Clock, 'nowSeconds'>;
  readonly accounts: readonly GenesisAccount[];
};

/** Called after a block is on disk; `removed` are the blocks of a re-org, newest first. */
export type HeadListener = (head: Block, removed: readonly Block[]) => void;

export class Chain {
  readonly store: ChainStore;
  readonly states: StateDatabase;
  readonly common: Common;
  readonly pool = new Mempool();
  readonly #maker: BlockMaker;
  readonly #clock: Pick<Clock, 'nowSeconds'>;
  readonly #listeners = new Set<HeadListener>();
  #head: Block;
  #record: HeadRecord;
  /** Writers queue here, so that no two ever see each other's half-made block. */
  #lane: Promise<unknown> = Promise.resolve();

  private constructor(
    options: ChainOptions,
    parts: { store: ChainStore; states: StateDatabase; maker: BlockMaker },
    head: Block,
    record: HeadRecord,
  ) {
    this.store = parts.store;
    this.states = parts.states;
    this.common = options.common;
    this.#maker = parts.maker;
    this.#clock = options.clock;
    this.#head = head;
    this.#record = record;
  }

  /** Continues the chain in `database` at its head, or starts one; as quick at any height. */
  static async open(options: ChainOptions): Promise<Chain> {
    const { common, database } = options;
    const store = new ChainStore(database, common);
    const states = new StateDatabase(database);
    const format = await store.readMeta<FormatRecord>('format');
    if (format === undefined) await start(options, store, states);
    else await requireSameNetwork(options, format);

    const record = await store.readMeta<HeadRecord>('head');
    const head = record === undefined ? undefined : await store.findByHash(record.hash);
    if (record === undefined || head === undefined) {
      throw new EmbeddedL1Error('database_corrupt', 'the head block of the L1 is missing');
    }
    const state = openState(common, states, undefined, new Caches());
    const maker = await BlockMaker.open(common, state, store);
    await maker.rewind(head.block);
    const chain = new Chain(options, { store, states, maker }, head.block, record);
    for (const raw of await store.pendingTransactions()) await chain.#readmit(raw);
    return chain;
  }

  get head(): Block {
    return this.#head;
  }
  /** Seconds: what the next block would be stamped with. Never before its parent. */
  nextTimestamp(): bigint {
    const now = BigInt(this.#clock.nowSeconds() + this.#record.clockOffset);
    const parent = this.#head.header.timestamp;
    return now > parent ? now : parent;
  }
  onHead(listener: HeadListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** Resolves when every writer that has been let in so far is done. */
  async idle(): Promise<void> {
    await this.#lane;
  }

  /** Checks the transaction and stores it as pending; with `isAutomatic` it is mined at once. */
  submit(raw: Uint8Array, isAutomatic: boolean): Promise<Hash> {
    return this.#exclusive(async () => {
      const pooled = decodeTransaction(this.common, raw, this.pool.nextArrival());
      const replaced = await this.#admit(pooled);
      const operations = [pendingOperation(pooled.hash, pooled.raw)];
      if (replaced !== undefined) operations.push(droppedOperation(replaced.hash));
      await this.store.database.write(operations);
      if (isAutomatic) await this.#drain();
      return pooled.hash;
    });
  }

  /** One block of what is pending, empty or not. */
  mine(timestamp?: bigint): Promise<Block> {
    return this.#exclusive(async () => {
      const block = await this.#append(this.pool, true, timestamp);
      if (block === null) throw new Error('an empty block was allowed, yet none was made');
      return block;
    });
  }

  /**
   * Replaces the last `depth` blocks by empty ones. Their transactions are pending again, as after
   * a real re-org, unless `isDropping`; with `isAutomatic` they are mined at once.
   */
  reorg(depth: number, isDropping: boolean, isAutomatic: boolean): Promise<Block> {
    return this.#exclusive(async () => {
      const finalized = this.#head.header.number - FINALIZED_DEPTH;
      const target = this.#head.header.number - BigInt(depth);
      if (depth < 1 || target < 0n || target < finalized) {
        throw refused(`cannot re-org ${depth} blocks: block ${target} is final or does not exist`);
      }
      const removed = await this.#rewindTo(target, isDropping);
      for (let made = 0; made < depth; made++) await this.#append(null, true, undefined, removed);
      if (isAutomatic) await this.#drain();
      return this.#head;
    });
  }

  /** Moves the chain's clock against the real one, from the next block on. */
  moveClock(change: { bySeconds: number } | { toTimestamp: number }): Promise<number> {
    return this.#exclusive(async () => {
      const now = this.#clock.nowSeconds();
      const clockOffset =
        'bySeconds' in change
          ? this.#record.clockOffset + change.bySeconds
          : change.toTimestamp - now;
      const next = now + clockOffset;
      if (BigInt(next) < this.#head.header.timestamp || next > TIMESTAMP_MAX) {
        const range = `${this.#head.header.timestamp} to ${TIMESTAMP_MAX}`;
        throw refused(`timestamp ${next} is out of range: expected ${range}`);
      }
      const record = { ...this.#record, clockOffset };
      await this.store.database.write([headOperation(record)]);
      this.#record = record;
      return clockOffset;
    });
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lane.then(work);
    this.#lane = result.catch(() => {});
    return result;
  }

  async #admit(pooled: PooledTransaction): Promise<PooledTransaction | undefined> {
    const state = openState(this.common, this.states, this.#head.header.stateRoot);
    const account = await state.getAccount(createAddressFromString(pooled.sender));
    const balance = account?.balance ?? 0n;
    const cost = pooled.costMax + this.pool.committed(pooled.sender, pooled.nonce);
    if (balance < cost) {
      const shown = `balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`;
      throw refused(`insufficient funds for gas * price + value: ${shown}`);
    }
    return this.pool.add(pooled, account?.nonce ?? 0n);
  }

  /** A transaction that was pending before a restart or a re-org, if it can still be mined. */
  async #readmit(raw: Uint8Array): Promise<void> {
    try {
      await this.#admit(decodeTransaction(this.common, raw, this.pool.nextArrival()));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'L1RpcError') throw error;
    }
  }

  async #drain(): Promise<void> {
    while ((await this.#append(this.pool, false)) !== null);
  }

  async #append(
    pool: Mempool | null,
    isEmptyAllowed: boolean,
    timestamp = this.nextTimestamp(),
    removed: readonly Block[] = [],
  ): Promise<Block | null> {
    const { forkCount } = this.#record;
    try {
      const made = await this.#maker.make(
        this.#head,
        pool,
        { timestamp, forkCount },
        isEmptyAllowed,
      );
      const { executed, dropped } = made;
      const removals = dropped.map((pooled) => droppedOperation(pooled.hash));
      for (const pooled of dropped) this.pool.remove(pooled.hash);
      if (executed === null) {
        this.states.discardPending();
        if (removals.length > 0) await this.store.database.write(removals);
        return null;
      }
      const record = { ...this.#record, hash: executed.block.hash() };
      await this.store.database.write([
        ...this.states.pendingOperations(),
        ...this.store.operationsToAppend(executed, record),
        ...removals,
      ]);
      await this.#settle(executed, record, removed);
      return executed.block;
    } catch (error) {
      await this.#maker.rewind(this.#head);
      this.states.discardPending();
      throw error;
    }
  }

  /** The block is on disk: everything in memory follows. */
  async #settle(
    executed: ExecutedBlock,
    record: HeadRecord,
    removed: readonly Block[],
  ): Promise<void> {
    this.states.settlePending();
    this.store.remember(executed);
    this.#head = executed.block;
    this.#record = record;
    const stale: WriteOperation[] = [];
    for (const sender of this.pool.senders()) {
      const nonce = await this.#maker.nonceOf(sender);
      for (const pooled of this.pool.removeBelow(sender, nonce)) {
        stale.push(droppedOperation(pooled.hash));
      }
    }
    if (stale.length > 0) await this.store.database.write(stale);
    for (const listener of this.#listeners) listener(this.#head, removed);
  }

  async #rewindTo(target: bigint, isDropping: boolean): Promise<readonly Block[]> {
    const removed: ExecutedBlock[] = [];
    for (let number = this.#head.header.number; number > target; number -= 1n) {
      removed.push(await this.store.getByNumber(number));
    }
    const { block } = await this.store.getByNumber(target);
    const forkCount = this.#record.forkCount + 1;
    const record = { ...this.#record, hash: block.hash(), forkCount };
    const again = isDropping ? [] : removed.toReversed().flatMap((one) => one.block.transactions);
    await this.store.database.write([
      ...removed.flatMap((executed) => this.store.operationsToRemove(executed)),
      ...again.map((transaction): WriteOperation => {
        const hash = `0x${Buffer.from(transaction.hash()).toString('hex')}` as const;
        return pendingOperation(hash, transaction.serialize());
      }),
      headOperation(record),
    ]);
    for (const executed of removed) this.store.forget(executed.block.header.number);
    await this.#maker.rewind(block);
    this.#head = block;
    this.#record = record;
    for (const transaction of again) await this.#readmit(transaction.serialize());
    return removed.map((executed) => executed.block);
  }
}

async function start(options: ChainOptions, store: ChainStore, states: StateDatabase) {
  const timestamp = BigInt(options.clock.nowSeconds());
  const block = await createGenesis(options.common, states, options.accounts, timestamp);
  const chainId = Number(options.common.chainId());
  const genesisHash = block.hash();
  await store.database.write([
    ...states.pendingOperations(),
    ...store.operationsToAppend(
      { block, receipts: [] },
      { hash: genesisHash, forkCount: 0, clockOffset: 0 },
    ),
    formatOperation({ version: FORMAT_VERSION, chainId, genesisHash }),
  ]);
  states.settlePending();
}

async function requireSameNetwork(options: ChainOptions, format: FormatRecord): Promise<void> {
  const chainId = Number(options.common.chainId());
  if (format.version !== FORMAT_VERSION) {
    const message = `L1 data has format ${format.version}, this program reads ${FORMAT_VERSION}`;
    throw new EmbeddedL1Error('wrong_network', message);
  }
  if (format.chainId !== chainId) {
    const message = `L1 data is of chain ${format.chainId}, expected chain ${chainId}`;
    throw new EmbeddedL1Error('wrong_network', message);
  }
}
