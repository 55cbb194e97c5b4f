// The disk layout of the embedded L1: one table for each kind of record, named by the first byte
// of its key.
import { Packr } from 'msgpackr';
import type { Range } from './database.ts';

/**
 * b block hash -> block, RLP                n number u64 -> hash of the canonical block
 * r block hash -> receipts, msgpack         l number u64 -> logs bloom, only of blocks with logs
 * t transaction hash -> block hash, index   p transaction hash -> raw pending transaction
 * s node hash or code key -> state          m name -> metadata, msgpack
 */
const TABLE = {
  block: 'b',
  canonical: 'n',
  receipts: 'r',
  bloom: 'l',
  location: 't',
  pending: 'p',
  state: 's',
  meta: 'm',
};

const tableKey = (table: string, rest: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(table, 'latin1'), rest]);

function numberBytes(number: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes;
}

export const blockKey = (hash: Uint8Array): Uint8Array => tableKey(TABLE.block, hash);
export const receiptsKey = (hash: Uint8Array): Uint8Array => tableKey(TABLE.receipts, hash);
export const canonicalKey = (number: bigint): Uint8Array =>
  tableKey(TABLE.canonical, numberBytes(number));
export const bloomKey = (number: bigint): Uint8Array => tableKey(TABLE.bloom, numberBytes(number));
export const locationKey = (hash: Uint8Array): Uint8Array => tableKey(TABLE.location, hash);
export const pendingKey = (hash: Uint8Array): Uint8Array => tableKey(TABLE.pending, hash);
export const stateKey = (hex: string): Uint8Array => tableKey(TABLE.state, Buffer.from(hex, 'hex'));
export const metaKey = (name: string): Uint8Array => tableKey(TABLE.meta, Buffer.from(name));

/** The blooms of blocks `first..last`, both included. */
export const bloomRange = (first: bigint, last: bigint): Range => ({
  from: bloomKey(first),
  to: bloomKey(last + 1n),
});
export const bloomNumber = (key: Uint8Array): bigint => Buffer.from(key).readBigUInt64BE(1);
export const pendingRange = (): Range => ({
  from: Buffer.from(TABLE.pending, 'latin1'),
  to: Buffer.from([TABLE.pending.charCodeAt(0) + 1]),
});

/** Where a mined transaction is: block hash and index. */
export type Location = { readonly blockHash: Uint8Array; readonly index: number };
export function encodeLocation(location: Location): Uint8Array {
  const bytes = Buffer.alloc(36);
  bytes.set(location.blockHash, 0);
  bytes.writeUInt32BE(location.index, 32);
  return bytes;
}
export function decodeLocation(bytes: Uint8Array): Location {
  return { blockHash: bytes.slice(0, 32), index: Buffer.from(bytes).readUInt32BE(32) };
}

export type StoredLog = readonly [
  address: Uint8Array,
  topics: readonly Uint8Array[],
  data: Uint8Array,
];
/** What execution found out about a transaction; the transaction itself is in its block. */
export type StoredReceipt = {
  readonly transactionHash: Uint8Array;
  readonly sender: Uint8Array;
  readonly status: 0 | 1;
  readonly gasUsed: number;
  readonly gasUsedCumulative: number;
  /** wei, decimal: it may pass 2^53. */
  readonly gasPriceEffective: string;
  readonly contractAddress: Uint8Array | null;
  readonly bloom: Uint8Array;
  readonly logs: readonly StoredLog[];
};

/** Stored when the database is created; must match at every later opening. */
export type FormatRecord = {
  readonly version: number;
  readonly chainId: number;
  readonly genesisHash: Uint8Array;
};
/** Changes with every block, in the same batch. */
export type HeadRecord = {
  readonly hash: Uint8Array;
  /** Re-orgs so far; part of every block's extra data, so that competing blocks differ. */
  readonly forkCount: number;
  /** Seconds that the chain's clock is ahead of the real one. */
  readonly clockOffset: number;
};

const packr = new Packr({ useRecords: false, moreTypes: false });
export const pack = (record: unknown): Uint8Array => packr.pack(record);
export const unpack = <T>(bytes: Uint8Array): T => packr.unpack(bytes) as T;
