/**
 * The witness of a step: what a verifier who holds only the root needs beside the step's records.
 *
 * Packed, big-endian, nothing after it:
 *
 *   2            number of fold steps, T
 *   m            depth of each record, in key order
 *   ceil(T / 8)  map: bit t, most significant first, is 1 iff the sibling of step t is not EMPTY
 *   32 each      the siblings that are not EMPTY, in the order of the steps
 *
 * A step without records (m = 0) has no witness: the root stays, and the caller skips the fold.
 * The argument why a fold that ends in the true root leaves no room for a lie is in `README.md`.
 */
import { HASH_BYTES, compareKeys, keyBit } from './node.ts';
import { ROOT_SLOT } from './trie.ts';
import type { Leaf, Trie } from './trie.ts';

export { WitnessError, fold } from './fold.ts';

/**
 * What a step says of one key: value hash before and after, `null` where there is no record.
 * Read: equal. Absence: `null`, `null`. Insert: `null`, hash. Delete: hash, `null`.
 */
export type FoldRecord = Readonly<{
  key: Uint8Array;
  before: Uint8Array | null;
  after: Uint8Array | null;
}>;

export type Witness = Readonly<{
  bytes: Uint8Array;
  /**
   * Leaves that end the path of an absent key, in key order. They are folded as unchanged records,
   * but are no data: a step must never read one, nor name a key that is also among its own.
   */
  neighbours: readonly Leaf[];
}>;

/** Most fold steps of a witness: they are counted in two bytes. 257 records of 255 levels fit. */
export const FOLD_STEPS_MAX = 65_535;

type Output = {
  depths: number[];
  /** Slot of the sibling of each fold step; NO_SLOT where it is EMPTY and the map says 0. */
  siblings: number[];
  /** Siblings that are not EMPTY. */
  present: number;
  neighbours: Leaf[];
};
const NO_SLOT = -1;

/**
 * The witness of all that is said of `records`, in any order, each key once. The trie is the one
 * *before* the step. Cost: O(m log n) slots; hashes only what was not committed yet.
 * @throws RangeError if there are no records, a key repeats, or the fold is too long.
 */
export function buildWitness(
  trie: Trie,
  records: readonly { readonly key: Uint8Array }[],
): Witness {
  const keys = records.map((record) => record.key).sort(compareKeys);
  if (keys.length === 0) throw new RangeError('a step without records has no witness');
  for (let i = 1; i < keys.length; i++) {
    if (compareKeys(keys[i - 1]!, keys[i]!) === 0) throw new RangeError('a key repeats');
  }
  trie.commit();
  const output: Output = { depths: [], siblings: [], present: 0, neighbours: [] };
  walk(trie, ROOT_SLOT, 0, keys, 0, keys.length, output);
  if (output.siblings.length > FOLD_STEPS_MAX) throw new RangeError('the fold is too long');
  return { bytes: encode(trie, output), neighbours: output.neighbours };
}

/** The input of `fold`: records of the step and neighbours, in key order. */
export function withNeighbours(
  records: readonly FoldRecord[],
  neighbours: readonly Leaf[],
): FoldRecord[] {
  const unchanged = neighbours.map(({ key, valueHash }) => {
    return { key, before: valueHash, after: valueHash };
  });
  return [...records, ...unchanged].sort((one, other) => compareKeys(one.key, other.key));
}

/** Appends what the fold will ask for below `slot`; `keys` in [from, to), some and ascending, lie under it. */
function walk(trie: Trie, slot: number, depth: number, keys: Uint8Array[], from: number, to: number, output: Output): void {
  if (trie.isEmptyAt(slot)) {
    spread(depth, keys, from, to, output);
    return;
  }
  if (trie.isLeafAt(slot)) {
    const all = withLeaf(trie, slot, keys, from, to, output);
    if (all === keys) spread(depth, keys, from, to, output);
    else spread(depth, all, 0, all.length, output);
    return;
  }
  const middle = splitAtBit(keys, depth, from, to);
  const left = trie.childSlot(slot, 0);
  const right = trie.childSlot(slot, 1);
  if (from < middle) walk(trie, left, depth + 1, keys, from, middle, output);
  if (middle < to) walk(trie, right, depth + 1, keys, middle, to, output);
  if (from === middle) sibling(trie, left, output);
  if (middle === to) sibling(trie, right, output);
}

function sibling(trie: Trie, slot: number, output: Output): void {
  const isEmpty = trie.isEmptyAt(slot);
  output.siblings.push(isEmpty ? NO_SLOT : slot);
  if (!isEmpty) output.present += 1;
}

/** The keys in [from, to) with that of the leaf they run into: a neighbour, unless it is one of them. Then `keys` itself. */
function withLeaf(trie: Trie, slot: number, keys: Uint8Array[], from: number, to: number, output: Output): Uint8Array[] {
  let at = from;
  while (at < to && trie.compareAt(slot, keys[at]!) < 0) at++;
  if (at < to && trie.compareAt(slot, keys[at]!) === 0) return keys;
  const leaf = trie.leafAt(slot);
  output.neighbours.push(leaf);
  return [...keys.slice(from, at), leaf.key, ...keys.slice(at, to)];
}

/** Nothing lies below a leaf or an empty slot: EMPTY siblings part the keys till each is alone. */
function spread(depth: number, keys: Uint8Array[], from: number, to: number, output: Output): void {
  if (to - from === 1) {
    output.depths.push(depth);
    return;
  }
  const middle = splitAtBit(keys, depth, from, to);
  if (from < middle) spread(depth + 1, keys, from, middle, output);
  if (middle < to) spread(depth + 1, keys, middle, to, output);
  if (from === middle || middle === to) output.siblings.push(NO_SLOT);
}

/** Of keys in [from, to) the first whose bit `depth` is 1. */
function splitAtBit(keys: Uint8Array[], depth: number, from: number, to: number): number {
  // Two keys that differ in their last bit only: no depth below 256 parts them.
  if (depth >= HASH_BYTES * 8 - 1) throw new RangeError('two keys share their first 255 bits');
  let middle = from;
  while (middle < to && keyBit(keys[middle]!, depth) === 0) middle++;
  return middle;
}

function encode(trie: Trie, { depths, siblings, present }: Output): Uint8Array {
  const steps = siblings.length;
  const mapAt = 2 + depths.length;
  let at = mapAt + ((steps + 7) >> 3);
  const bytes = new Uint8Array(at + present * HASH_BYTES);
  bytes[0] = steps >> 8;
  bytes[1] = steps & 0xff;
  bytes.set(depths, 2);
  for (let step = 0; step < steps; step++) {
    const slot = siblings[step]!;
    if (slot === NO_SLOT) continue;
    bytes[mapAt + (step >> 3)]! |= 0x80 >> (step & 7);
    trie.copyHash(slot, bytes, at);
    at += HASH_BYTES;
  }
  return bytes;
}
