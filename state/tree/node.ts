/**
 * The hashes of the state tree: which value stands for an empty slot, a record, and a branch.
 *
 *   T(S, d) = EMPTY                                        if S holds no record
 *           = leaf(key, valueHash)                         if S holds one
 *           = inner(T(S with bit d = 0, d + 1), T(S with bit d = 1, d + 1))  otherwise
 *
 * The state root is T(all records, 0). T of no record or of one does not depend on d.
 *
 * Why a leaf cannot pass for a branch. Both are SHA-256 of 64 bytes, so the preimages alone do not
 * tell `key || valueHash` from `left || right`. The lowest bit of the *hash* does: `leaf` sets it,
 * `inner` clears it, and a verifier only ever compares hashes that came out of one of the two. For
 * a branch to be taken as a record, one value would have to be both odd and even. What is left to
 * an attacker is a collision on the other 255 bits: 2^127.5 work. EMPTY is even, so it could only
 * be confused with a branch whose 255 bits are all zero: a preimage of zero.
 */
import { sha256, sha256Nodes } from '../crypto/sha256.ts';

/** Length of a key, a value hash and a node hash [bytes]. */
export const HASH_BYTES = 32;
/** Length of the preimage of any node: `key || valueHash` or `left || right` [bytes]. */
export const NODE_BYTES = 64;
/** The hash of a slot without records. Shared: never write to it. */
export const EMPTY: Uint8Array = new Uint8Array(HASH_BYTES);
/** The bit of the last byte of a hash that is 1 in a leaf and 0 in a branch. */
export const LEAF_BIT = 1;

const LAST = HASH_BYTES - 1;

/** Where a record lives: `sha256(typeByte || id)`. Each type has ids of one length, big-endian. */
export function recordKey(typeByte: number, id: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + id.length);
  bytes[0] = typeByte;
  bytes.set(id, 1);
  return sha256(bytes);
}

/** Hash of the record at `key` whose value bytes hash to `valueHash`. */
export function leaf(key: Uint8Array, valueHash: Uint8Array): Uint8Array {
  const out = hashPair(key, valueHash);
  out[LAST] = out[LAST]! | LEAF_BIT;
  return out;
}

/** Hash of a branch over two subtrees that hold at least two records together. */
export function inner(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = hashPair(left, right);
  out[LAST] = out[LAST]! & ~LEAF_BIT;
  return out;
}

/**
 * T of two sibling subtrees: a lone leaf rises, everything else is hashed.
 * One rule for every change: an insert that splits and a delete that collapses both follow from it.
 */
export function comb(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (isEmpty(left) && (isEmpty(right) || isLeaf(right))) return right;
  if (isEmpty(right) && isLeaf(left)) return left;
  return inner(left, right);
}

export function isEmpty(hash: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (hash[i] !== 0) return false;
  return true;
}

/** Is this hash one that only `leaf` can make? */
export function isLeaf(hash: Uint8Array): boolean {
  return (hash[LAST]! & LEAF_BIT) === 1;
}

/** Bit `index` of a key: 0 is the most significant bit of the first byte. */
export function keyBit(key: Uint8Array, index: number): 0 | 1 {
  return ((key[index >> 3]! >> (7 - (index & 7))) & 1) as 0 | 1;
}

/** How many leading bits two keys share: 256 if they are equal. */
export function commonPrefixBits(one: Uint8Array, other: Uint8Array): number {
  let byte = 0;
  while (byte < HASH_BYTES && one[byte] === other[byte]) byte++;
  if (byte === HASH_BYTES) return HASH_BYTES * 8;
  let difference = one[byte]! ^ other[byte]!;
  let bits = byte * 8;
  for (; (difference & 0x80) === 0; difference <<= 1) bits++;
  return bits;
}

/** Negative if `one` comes before `other`, 0 if they are equal, positive otherwise. */
export function compareKeys(one: Uint8Array, other: Uint8Array): number {
  for (let i = 0; i < HASH_BYTES; i++) if (one[i] !== other[i]) return one[i]! - other[i]!;
  return 0;
}

function hashPair(first: Uint8Array, second: Uint8Array): Uint8Array {
  const node = new Uint8Array(NODE_BYTES);
  node.set(first);
  node.set(second, HASH_BYTES);
  const out = new Uint8Array(HASH_BYTES);
  sha256Nodes(node, out);
  return out;
}
