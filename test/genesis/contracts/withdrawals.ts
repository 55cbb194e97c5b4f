/**
 * Withdrawal records, the tree they stand in, and the proofs of them, computed the slow way from
 * the definition.
 */
import { concat, toHex, Writer } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import type { Hex } from 'viem';

export interface Leaf {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface WithdrawalTerms {
  readonly index: bigint;
  readonly asset: number;
  readonly amount: bigint;
  readonly recipient: Hex;
}

const EMPTY = new Uint8Array(32);
const RECORD_WITHDRAWAL = 11;

export function withdrawalLeaf({ index, asset, amount, recipient }: WithdrawalTerms): Leaf {
  const key = sha256(new Writer().u8(RECORD_WITHDRAWAL).u64(index).finish());
  const value = new Writer()
    .u16(asset)
    .u128(amount)
    .hex(recipient, 20)
    .hex(`0x${'ab'.repeat(20)}`, 20)
    .u8(3)
    .u64(77n)
    .u64(1_800_000_000n)
    .raw(new Uint8Array(20))
    .finish();
  return { key, value };
}

/** Leaves that are in the way of nothing in particular. */
export function someLeaves(count: number): Leaf[] {
  return Array.from({ length: count }, (_, index) => ({
    key: sha256(new TextEncoder().encode(`key ${index}`)),
    value: new TextEncoder().encode(`value ${index}`),
  }));
}

/** T(S, d) of the definition. */
export function treeOf(leaves: readonly Leaf[], depth = 0): Uint8Array {
  if (leaves.length === 0) return EMPTY;
  if (leaves.length === 1) return withLowBit(sha256(concat(leaves[0]!.key, sha256(leaves[0]!.value))), 1);
  const [left, right] = halves(leaves, depth);
  return withLowBit(sha256(concat(treeOf(left, depth + 1), treeOf(right, depth + 1))), 0);
}

export const rootOf = (leaves: readonly Leaf[]): Hex => toHex(treeOf(leaves));

/** The witness of one record that is read: T u16 || depth u8 || map || siblings, deepest first. */
export function proofOf(leaves: readonly Leaf[], key: Uint8Array, extraDepth = 0): Uint8Array {
  const siblings: Uint8Array[] = [];
  let rest = leaves;
  for (let depth = 0; rest.length > 1; depth++) {
    const [left, right] = halves(rest, depth);
    siblings.unshift(treeOf(bit(key, depth) === 0 ? right : left, depth + 1));
    rest = bit(key, depth) === 0 ? left : right;
  }
  for (let step = 0; step < extraDepth; step++) siblings.unshift(EMPTY);
  const map = new Uint8Array(Math.ceil(siblings.length / 8));
  siblings.forEach((sibling, step) => {
    if (sibling.some((byte) => byte !== 0)) map[step >> 3]! |= 0x80 >> (step & 7);
  });
  return new Writer()
    .u16(siblings.length)
    .u8(siblings.length)
    .raw(map)
    .raw(concat(...siblings.filter((sibling) => sibling.some((byte) => byte !== 0))))
    .finish();
}

/** Key bit `index`, 0 the most significant. */
export function bit(key: Uint8Array, index: number): number {
  return (key[index >> 3]! >> (7 - (index & 7))) & 1;
}

function halves(leaves: readonly Leaf[], depth: number): [Leaf[], Leaf[]] {
  return [
    leaves.filter(({ key }) => bit(key, depth) === 0),
    leaves.filter(({ key }) => bit(key, depth) === 1),
  ];
}

function withLowBit(digest: Uint8Array, low: 0 | 1): Uint8Array {
  const node = Uint8Array.from(digest);
  node[31] = (node[31]! & 0xfe) | low;
  return node;
}

