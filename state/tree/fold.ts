/**
 * Recomputes the root before and after a step from its records and a witness, trusting neither.
 *
 * The caller compares `pre` with the root it holds; only then is anything proved, and `post` is
 * the next root. One pass in key order, no recursion, a stack of at most m entries: the twin of
 * the verifier on L1, check for check.
 */
import { sha256Nodes } from '../crypto/sha256.ts';
import {
  HASH_BYTES,
  LEAF_BIT,
  NODE_BYTES,
  commonPrefixBits,
  compareKeys,
  isEmpty,
  keyBit,
} from './node.ts';
import type { FoldRecord } from './witness.ts';

/** Why a witness was refused, in the order of the checks. Names are stable; append only. */
export type WitnessFault =
  | 'records_empty' // m = 0 is the caller's case: the root stays
  | 'record_malformed' // a key or value hash is not 32 bytes, or a value hash is zero
  | 'witness_truncated' // the bytes end before what they announce
  | 'keys_not_ascending' // or a key repeats
  | 'depth_too_small' // the record is not alone at its depth
  | 'steps_exhausted' // the records need more fold steps than announced
  | 'sibling_empty' // a sibling is listed that the map should have called EMPTY
  | 'leaf_beside_absence' // rule N: an opaque leaf would rise past an absent record
  | 'steps_left_over' // more fold steps announced than the records need
  | 'map_padding_not_zero'
  | 'bytes_left_over';

export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  readonly code: WitnessFault;
  constructor(code: WitnessFault) {
    super(code);
    this.code = code;
  }
}

export type Roots = Readonly<{ pre: Uint8Array; post: Uint8Array }>;

/** Reads a witness front to back. */
type Reader = { bytes: Uint8Array; steps: number; step: number; mapAt: number; siblingAt: number };

/**
 * The roots before and after. `records` are those of the step and the neighbours, ascending by key.
 * Cost: one hash for each fold step whose result differs before and after, two where it does.
 * @throws WitnessError for everything that is not exactly one witness of these records.
 */
export function fold(records: readonly FoldRecord[], witness: Uint8Array): Roots {
  const count = records.length;
  // There is something to fold.
  if (count === 0) throw new WitnessError('records_empty');
  for (const record of records) requireWellFormed(record);
  const reader = openReader(witness, count);
  const pairs = new Pairs(count);
  // Depths of the finished left subtrees on the stack, strictly increasing.
  const depths: number[] = [];

  for (let i = 0; i < count; i++) {
    const record = records[i]!;
    // Where the path of this record joins that of the next, and that of the last one on the stack.
    const next = i + 1 < count ? joinDepth(record.key, records[i + 1]!.key) : 0;
    let previous = depths.at(-1) ?? 0;
    let depth = witness[2 + i]!;
    // At its depth the record is alone.
    if (depth < next || depth < previous) throw new WitnessError('depth_too_small');
    pairs.start(record);
    for (;;) {
      const stop = previous > next ? previous : next;
      for (; depth > stop; depth--) pairs.climb(keyBit(record.key, depth - 1), reader);
      if (previous <= next) break;
      pairs.join();
      depths.pop();
      depth = previous - 1;
      previous = depths.at(-1) ?? 0;
    }
    if (next !== 0) {
      pairs.push();
      depths.push(next);
    }
  }
  requireConsumed(reader);
  return pairs.roots();
}

/** The depth of the two children in which the paths of two successive records part. */
function joinDepth(key: Uint8Array, next: Uint8Array): number {
  // Keys ascend: no key is said twice, and no record hides behind another.
  if (compareKeys(key, next) >= 0) throw new WitnessError('keys_not_ascending');
  return commonPrefixBits(key, next) + 1;
}

function requireWellFormed({ key, before, after }: FoldRecord): void {
  const isHash = (hash: Uint8Array | null): boolean =>
    // Zero is how L1 writes "absent": a present record may not look like one.
    hash === null || (hash.length === HASH_BYTES && !isEmpty(hash));
  if (key.length !== HASH_BYTES || !isHash(before) || !isHash(after)) {
    throw new WitnessError('record_malformed');
  }
}

function openReader(bytes: Uint8Array, count: number): Reader {
  if (bytes.length < 2 + count) throw new WitnessError('witness_truncated');
  const steps = (bytes[0]! << 8) | bytes[1]!;
  const mapAt = 2 + count;
  const siblingAt = mapAt + ((steps + 7) >> 3);
  if (bytes.length < siblingAt) throw new WitnessError('witness_truncated');
  return { bytes, steps, step: 0, mapAt, siblingAt };
}

/** Offset of the sibling of the next fold step, -1 if it is EMPTY. */
function nextSibling(reader: Reader): number {
  const { bytes, step } = reader;
  if (step === reader.steps) throw new WitnessError('steps_exhausted');
  reader.step++;
  if (((bytes[reader.mapAt + (step >> 3)]! << (step & 7)) & 0x80) === 0) return -1;
  const at = reader.siblingAt;
  if (bytes.length < at + HASH_BYTES) throw new WitnessError('witness_truncated');
  // One way to write a witness: what is EMPTY is not listed.
  if (isEmptyAt(bytes, at)) throw new WitnessError('sibling_empty');
  reader.siblingAt += HASH_BYTES;
  return at;
}

/** Every step, every bit and every byte was used. */
function requireConsumed(reader: Reader): void {
  if (reader.step !== reader.steps) throw new WitnessError('steps_left_over');
  const tail = reader.steps & 7;
  if (tail !== 0) {
    const last = reader.bytes[reader.mapAt + (reader.steps >> 3)]!;
    if ((last & (0xff >> tail)) !== 0) throw new WitnessError('map_padding_not_zero');
  }
  if (reader.siblingAt !== reader.bytes.length) throw new WitnessError('bytes_left_over');
}

/**
 * The subtree being folded, as its hash before and its hash after, and the stack of finished left
 * ones. `#before` and `#after` are 64-byte nodes: the current hash waits in the half it will have.
 */
class Pairs {
  /** Left and right child before the step, and after it; 64 bytes each. */
  #before = new Uint8Array(NODE_BYTES);
  #after = new Uint8Array(NODE_BYTES);
  #pre = new Uint8Array(HASH_BYTES);
  #post = new Uint8Array(HASH_BYTES);
  /** While both are equal one hash serves for two. */
  #isSame = true;
  #stack: Uint8Array;
  #isSameOnStack: boolean[] = [];

  constructor(countMax: number) {
    this.#stack = new Uint8Array(countMax * NODE_BYTES);
  }

  /** Begins with the leaf of a record, or its absence. */
  start(record: FoldRecord): void {
    const { key, before, after } = record;
    this.#isSame =
      before === after || (before !== null && after !== null && compareKeys(before, after) === 0);
    hashLeaf(key, before, this.#before, this.#pre);
    if (!this.#isSame) hashLeaf(key, after, this.#after, this.#post);
  }

  /** One level up, with the sibling that the witness names. `bit` says on which side we are. */
  climb(bit: 0 | 1, reader: Reader): void {
    const at = nextSibling(reader);
    const isOpaqueLeaf = at >= 0 && (reader.bytes[at + HASH_BYTES - 1]! & LEAF_BIT) === 1;
    // Rule N: in `pre` no opaque leaf takes the place of its parent. It could be the very record
    // that is claimed to be absent here; an honest writer lists it as a neighbour instead.
    if (isOpaqueLeaf && isEmpty(this.#pre)) throw new WitnessError('leaf_beside_absence');
    const mine = bit * HASH_BYTES;
    const other = HASH_BYTES - mine;
    copyHash(this.#pre, 0, this.#before, mine);
    if (at < 0) this.#before.fill(0, other, other + HASH_BYTES);
    else copyHash(reader.bytes, at, this.#before, other);
    if (!this.#isSame) {
      copyHash(this.#post, 0, this.#after, mine);
      copyHash(this.#before, other, this.#after, other);
    }
    this.#combine();
  }

  /** One level up, with the left brother from the stack. */
  join(): void {
    const isSame = this.#isSameOnStack.pop()! && this.#isSame;
    const at = this.#isSameOnStack.length * NODE_BYTES;
    copyHash(this.#stack, at, this.#before, 0);
    copyHash(this.#pre, 0, this.#before, HASH_BYTES);
    if (!isSame) {
      copyHash(this.#stack, at + HASH_BYTES, this.#after, 0);
      copyHash(this.#isSame ? this.#pre : this.#post, 0, this.#after, HASH_BYTES);
    }
    this.#isSame = isSame;
    this.#combine();
  }

  push(): void {
    const at = this.#isSameOnStack.length * NODE_BYTES;
    copyHash(this.#pre, 0, this.#stack, at);
    copyHash(this.#isSame ? this.#pre : this.#post, 0, this.#stack, at + HASH_BYTES);
    this.#isSameOnStack.push(this.#isSame);
  }

  roots(): Roots {
    return { pre: this.#pre.slice(), post: (this.#isSame ? this.#pre : this.#post).slice() };
  }

  #combine(): void {
    combineNode(this.#before, this.#pre);
    if (!this.#isSame) combineNode(this.#after, this.#post);
  }
}

/** Hash of a record, EMPTY of its absence, into `out`; `node` is scratch. */
function hashLeaf(
  key: Uint8Array,
  valueHash: Uint8Array | null,
  node: Uint8Array,
  out: Uint8Array,
): void {
  if (valueHash === null) {
    out.fill(0);
    return;
  }
  copyHash(key, 0, node, 0);
  copyHash(valueHash, 0, node, HASH_BYTES);
  sha256Nodes(node, out);
  out[HASH_BYTES - 1] = out[HASH_BYTES - 1]! | LEAF_BIT;
}

/** `comb` of the two halves of `node`. */
function combineNode(node: Uint8Array, out: Uint8Array): void {
  const isLeftEmpty = isEmptyAt(node, 0);
  const isRightEmpty = isEmptyAt(node, HASH_BYTES);
  const isLeftLeaf = (node[HASH_BYTES - 1]! & LEAF_BIT) === 1;
  const isRightLeaf = (node[NODE_BYTES - 1]! & LEAF_BIT) === 1;
  if (isLeftEmpty && (isRightEmpty || isRightLeaf)) {
    copyHash(node, HASH_BYTES, out, 0);
  } else if (isRightEmpty && isLeftLeaf) {
    copyHash(node, 0, out, 0);
  } else {
    sha256Nodes(node, out);
    out[HASH_BYTES - 1] = out[HASH_BYTES - 1]! & ~LEAF_BIT;
  }
}

function copyHash(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < HASH_BYTES; i++) to[toAt + i] = from[fromAt + i]!;
}

function isEmptyAt(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (bytes[at + i] !== 0) return false;
  return true;
}
