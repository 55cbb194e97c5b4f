/** Every key of the database: a bucket byte, then big-endian parts. Retired bytes are never reused. */
import { putHex } from '../../state/codec/bytes.ts';
import { Slab } from '../../state/slab.ts';
import type { AccountId, Digest } from '../../state/units.ts';

export const BUCKET = {
  meta: 0x01, //          name ascii -> bytes
  record: 0x02, //        record type u8, id -> value, as of the last sealed block
  block: 0x03, //         height u64 -> sealed block
  pending: 0x04, //       sequence u64 -> transaction executed since the last sealed block
  order: 0x05, //         digest 32 -> order and its status
  accountOrder: 0x07, //  account 21, matcher sequence u64 -> digest 32
  transaction: 0x08, //   hash 32 -> height u64, index u32
  fill: 0x09, //          account 21, sequence u64, n u16 -> fill
  ledger: 0x0a, //        account 21, sequence u64, n u16 -> ledger entry
  trade: 0x0b, //         instrument u32, sequence u64, n u16 -> trade
  batch: 0x0c, //         index u64 -> posted batch (write-ahead)
  inbox: 0x0d, //         index u64 -> L1 inbox item seen, not yet consumed
  funding: 0x0e, //       instrument u32, hour u64 -> funding at its last mark
  liquidation: 0x0f, //   sequence u64, n u16 -> start, bid or end of an auction
  accountLiquidation: 0x10, // account 21, sequence u64, n u16 -> the same, of its account and of who bid
  evidence: 0x11, //      of the archive: sequence u64 -> start, bid or end of an auction with its witness
} as const;

type Part = number | `0x${string}` | { u64: number } | { u32: number } | { u16: number };

/** Keys are cut from shared buffers: the disk would have to give each small array one of its own first. */
const keys = new Slab(2 ** 13);

/** A key of the given bucket: numbers are one byte, hex is its bytes, others say their width. */
export function key(bucket: number, ...parts: readonly Part[]): Uint8Array {
  let length = 1;
  for (const part of parts) length += widthOf(part);
  const out = keys.cut(length);
  out[0] = bucket;
  let at = 1;
  for (const part of parts) {
    const width = widthOf(part);
    if (typeof part === 'string') putHex(part, out, at);
    else putNumber(valueOf(part), out, at, width);
    at += width;
  }
  return out;
}

function widthOf(part: Part): number {
  if (typeof part === 'number') return 1;
  if (typeof part === 'string') return (part.length - 2) >> 1;
  return 'u64' in part ? 8 : 'u32' in part ? 4 : 2;
}

function valueOf(part: Exclude<Part, string>): number {
  if (typeof part === 'number') return part;
  return 'u64' in part ? part.u64 : 'u32' in part ? part.u32 : part.u16;
}

function putNumber(value: number, out: Uint8Array, at: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The smallest key greater than every key that starts with `prefix`. */
export function after(prefix: Uint8Array): Uint8Array {
  const out = prefix.slice();
  for (let i = out.length - 1; i >= 0; i--) {
    if (out[i]! < 255) {
      out[i]! += 1;
      return out.subarray(0, i + 1);
    }
  }
  throw new RangeError('a key of 255s has no successor');
}

export const metaKey = (name: string): Uint8Array =>
  Uint8Array.of(BUCKET.meta, ...new TextEncoder().encode(name));
export const blockKey = (height: number): Uint8Array => key(BUCKET.block, { u64: height });
export const pendingKey = (sequence: number): Uint8Array => key(BUCKET.pending, { u64: sequence });
export const orderKey = (digest: Digest): Uint8Array => key(BUCKET.order, digest);
export const accountOrderKey = (account: AccountId, sequence: number): Uint8Array =>
  key(BUCKET.accountOrder, account, { u64: sequence });
export const transactionKey = (hash: Digest): Uint8Array => key(BUCKET.transaction, hash);
export const evidenceKey = (sequence: number): Uint8Array => key(BUCKET.evidence, { u64: sequence });
export const batchKey = (index: number): Uint8Array => key(BUCKET.batch, { u64: index });
export const inboxKey = (index: number): Uint8Array => key(BUCKET.inbox, { u64: index });
export const recordKeyOf = (type: number, id: Uint8Array): Uint8Array => {
  const out = keys.cut(2 + id.length);
  out[0] = BUCKET.record;
  out[1] = type;
  out.set(id, 2);
  return out;
};
