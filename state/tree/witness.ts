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
import { EMPTY, HASH_BYTES, compareKeys, isEmpty, keyBit } from './node.ts';
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
  records: Uint8Array[];
  depths: number[];
  /** One for each fold step; EMPTY where the map says 0. */
  siblings: Uint8Array[];
  neighbours: Leaf[];
};

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
  const output: Output = { records: [], depths: [], siblings: [], neighbours: [] };
  walk(trie, ROOT_SLOT, 0, keys, output);
  if (output.siblings.length > FOLD_STEPS_MAX) throw new RangeError('the fold is too long');
  return { bytes: encode(output), neighbours: output.neighbours };
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

/** Appends what the fold will ask for below `slot`; `keys`, some and ascending, lie under it. */
function walk(trie: Trie, slot: number, depth: number, keys: Uint8Array[], output: Output): void {
  if (trie.isEmptyAt(slot)) {
    spread(depth, keys, output);
    return;
  }
  if (trie.isLeafAt(slot)) {
    spread(depth, withLeaf(trie.leafAt(slot), keys, output), output);
    return;
  }
  const [left, right] = splitAtBit(keys, depth);
  const leftSlot = trie.childSlot(slot, 0);
  const rightSlot = trie.childSlot(slot, 1);
  if (left.length > 0) walk(trie, leftSlot, depth + 1, left, output);
  if (right.length > 0) walk(trie, rightSlot, depth + 1, right, output);
  if (left.length === 0) output.siblings.push(trie.hashAt(leftSlot));
  if (right.length === 0) output.siblings.push(trie.hashAt(rightSlot));
}

/** `keys` and the key of the leaf they run into: a neighbour, unless it is one of them. */
function withLeaf(leaf: Leaf, keys: Uint8Array[], output: Output): Uint8Array[] {
  const at = keys.findIndex((key) => compareKeys(key, leaf.key) >= 0);
  if (at >= 0 && compareKeys(keys[at]!, leaf.key) === 0) return keys;
  output.neighbours.push(leaf);
  return at < 0 ? [...keys, leaf.key] : [...keys.slice(0, at), leaf.key, ...keys.slice(at)];
}

/** Nothing lies below a leaf or an empty slot: EMPTY siblings part the keys till each is alone. */
function spread(depth: number, keys: Uint8Array[], output: Output): void {
  if (keys.length === 1) {
    output.records.push(keys[0]!);
    output.depths.push(depth);
    return;
  }
  const [left, right] = splitAtBit(keys, depth);
  if (left.length > 0) spread(depth + 1, left, output);
  if (right.length > 0) spread(depth + 1, right, output);
  if (left.length === 0 || right.length === 0) output.siblings.push(EMPTY);
}

function splitAtBit(keys: Uint8Array[], depth: number): [Uint8Array[], Uint8Array[]] {
  // Two keys that differ in their last bit only: no depth below 256 parts them.
  if (depth >= HASH_BYTES * 8 - 1) throw new RangeError('two keys share their first 255 bits');
  let middle = 0;
  while (middle < keys.length && keyBit(keys[middle]!, depth) === 0) middle++;
  return [keys.slice(0, middle), keys.slice(middle)];
}

function encode(output: Output): Uint8Array {
  const siblings = output.siblings.filter((hash) => !isEmpty(hash));
  const steps = output.siblings.length;
  const depthsAt = 2;
  const mapAt = depthsAt + output.depths.length;
  const siblingsAt = mapAt + ((steps + 7) >> 3);
  const bytes = new Uint8Array(siblingsAt + siblings.length * HASH_BYTES);
  bytes[0] = steps >> 8;
  bytes[1] = steps & 0xff;
  bytes.set(output.depths, depthsAt);
  output.siblings.forEach((hash, step) => {
    if (!isEmpty(hash)) bytes[mapAt + (step >> 3)]! |= 0x80 >> (step & 7);
  });
  siblings.forEach((hash, i) => bytes.set(hash, siblingsAt + i * HASH_BYTES));
  return bytes;
}
