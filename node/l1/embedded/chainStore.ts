// Blocks, receipts, logs and their indices on disk: what was written together is read together.
import { createBlockFromRLP, type Block } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { hexToBytes } from '@ethereumjs/util';
import type { Hash } from 'viem';
import type { ChainDatabase, WriteOperation } from './database.ts';
import { EmbeddedL1Error } from './errors.ts';
import * as tables from './tables.ts';
import type { FormatRecord, HeadRecord, Location, StoredReceipt } from './tables.ts';

/** A block together with what its execution found out. */
export type ExecutedBlock = { readonly block: Block; readonly receipts: readonly StoredReceipt[] };

/** Blocks kept decoded: enough for the tail that pollers ask for again and again. */
const BLOCK_CACHE_MAX = 128;
/** Hashes by number kept in memory: the 256 of BLOCKHASH with room to spare. */
const HASH_CACHE_MAX = 1_024;

/** A bounded map that forgets what was added first. */
class Recent<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #max: number;
  constructor(max: number) {
    this.#max = max;
  }
  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }
  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest);
  }
  delete(key: Key): void {
    this.#entries.delete(key);
  }
}

export class ChainStore {
  readonly database: ChainDatabase;
  readonly #common: Common;
  readonly #blocks = new Recent<string, ExecutedBlock>(BLOCK_CACHE_MAX);
  readonly #hashes = new Recent<bigint, Uint8Array>(HASH_CACHE_MAX);

  constructor(database: ChainDatabase, common: Common) {
    this.database = database;
    this.#common = common;
  }

  async readMeta<T>(name: 'format' | 'head'): Promise<T | undefined> {
    const bytes = await this.database.get(tables.metaKey(name));
    return bytes === undefined ? undefined : tables.unpack<T>(bytes);
  }

  async findByHash(hash: Uint8Array): Promise<ExecutedBlock | undefined> {
    const cacheKey = Buffer.from(hash).toString('hex');
    const known = this.#blocks.get(cacheKey);
    if (known !== undefined) return known;
    const [rlp, receipts] = await Promise.all([
      this.database.get(tables.blockKey(hash)),
      this.database.get(tables.receiptsKey(hash)),
    ]);
    if (rlp === undefined) return undefined;
    if (receipts === undefined) {
      throw new EmbeddedL1Error('database_corrupt', `block 0x${cacheKey} has no receipts`);
    }
    const block = createBlockFromRLP(rlp, { common: this.#common });
    const executed = { block, receipts: tables.unpack<readonly StoredReceipt[]>(receipts) };
    this.#blocks.set(cacheKey, executed);
    return executed;
  }

  async findHash(number: bigint): Promise<Uint8Array | undefined> {
    const known = this.#hashes.get(number);
    if (known !== undefined) return known;
    const hash = await this.database.get(tables.canonicalKey(number));
    if (hash !== undefined) this.#hashes.set(number, hash);
    return hash;
  }

  async findByNumber(number: bigint): Promise<ExecutedBlock | undefined> {
    const hash = await this.findHash(number);
    return hash === undefined ? undefined : this.findByHash(hash);
  }

  /** A block of the canonical chain that must be there. */
  async getByNumber(number: bigint): Promise<ExecutedBlock> {
    const executed = await this.findByNumber(number);
    if (executed === undefined) {
      throw new EmbeddedL1Error('database_corrupt', `block ${number} is missing`);
    }
    return executed;
  }

  async findLocation(transactionHash: Hash): Promise<Location | undefined> {
    const bytes = await this.database.get(tables.locationKey(hexToBytes(transactionHash)));
    return bytes === undefined ? undefined : tables.decodeLocation(bytes);
  }

  /** Numbers and blooms of the blocks in `first..last` that have logs at all. */
  async *blooms(first: bigint, last: bigint): AsyncIterable<readonly [bigint, Uint8Array]> {
    for await (const [key, bloom] of this.database.entries(tables.bloomRange(first, last))) {
      yield [tables.bloomNumber(key), bloom];
    }
  }

  async pendingTransactions(): Promise<readonly Uint8Array[]> {
    const raws: Uint8Array[] = [];
    for await (const [, raw] of this.database.entries(tables.pendingRange())) raws.push(raw);
    return raws;
  }

  /** Everything that makes `executed` the canonical block of its height, to write at once. */
  operationsToAppend(executed: ExecutedBlock, head: HeadRecord): WriteOperation[] {
    const { block, receipts } = executed;
    const hash = block.hash();
    const number = block.header.number;
    const operations: WriteOperation[] = [
      { type: 'put', key: tables.blockKey(hash), value: block.serialize() },
      { type: 'put', key: tables.receiptsKey(hash), value: tables.pack(receipts) },
      { type: 'put', key: tables.canonicalKey(number), value: hash },
      { type: 'put', key: tables.metaKey('head'), value: tables.pack(head) },
    ];
    receipts.forEach((receipt, index) => {
      const key = tables.locationKey(receipt.transactionHash);
      const value = tables.encodeLocation({ blockHash: hash, index });
      operations.push({ type: 'put', key, value });
      operations.push({ type: 'del', key: tables.pendingKey(receipt.transactionHash) });
    });
    if (receipts.some((receipt) => receipt.logs.length > 0)) {
      const value = block.header.logsBloom;
      operations.push({ type: 'put', key: tables.bloomKey(number), value });
    }
    return operations;
  }

  /** Everything that takes `executed` off the canonical chain; the block itself stays readable. */
  operationsToRemove(executed: ExecutedBlock): WriteOperation[] {
    const number = executed.block.header.number;
    return [
      { type: 'del', key: tables.canonicalKey(number) },
      { type: 'del', key: tables.bloomKey(number) },
      ...executed.receipts.map((receipt): WriteOperation => {
        return { type: 'del', key: tables.locationKey(receipt.transactionHash) };
      }),
    ];
  }

  /** After `operationsToAppend` are on disk. */
  remember(executed: ExecutedBlock): void {
    const hash = executed.block.hash();
    this.#blocks.set(Buffer.from(hash).toString('hex'), executed);
    this.#hashes.set(executed.block.header.number, hash);
  }
  /** After `operationsToRemove` are on disk. */
  forget(number: bigint): void {
    this.#hashes.delete(number);
  }
}

export const formatOperation = (format: FormatRecord): WriteOperation => ({
  type: 'put',
  key: tables.metaKey('format'),
  value: tables.pack(format),
});
export const headOperation = (head: HeadRecord): WriteOperation => ({
  type: 'put',
  key: tables.metaKey('head'),
  value: tables.pack(head),
});
export const pendingOperation = (hash: Hash, raw: Uint8Array): WriteOperation => ({
  type: 'put',
  key: tables.pendingKey(hexToBytes(hash)),
  value: raw,
});
export const droppedOperation = (hash: Hash): WriteOperation => ({
  type: 'del',
  key: tables.pendingKey(hexToBytes(hash)),
});
