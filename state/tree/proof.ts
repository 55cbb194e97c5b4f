/**
 * Proves to anyone who holds a root that one record has a value, or that there is none.
 *
 *   1            number of neighbours, 0 or 1
 *   64 each      the neighbour: key || valueHash
 *   the rest     a witness of the record and its neighbour
 *
 * It is the witness of a step that reads one record, so L1 checks both with the same code.
 */
import { HASH_BYTES, NODE_BYTES, compareKeys } from './node.ts';
import { WitnessError, fold } from './fold.ts';
import { buildWitness, withNeighbours } from './witness.ts';
import type { Leaf, Trie } from './trie.ts';

/** Proof of whatever the trie says of `key` now. Cost: one walk; hashes what is not committed. */
export function prove(trie: Trie, key: Uint8Array): Uint8Array {
  const { bytes, neighbours } = buildWitness(trie, [{ key }]);
  const witnessAt = 1 + neighbours.length * NODE_BYTES;
  const proof = new Uint8Array(witnessAt + bytes.length);
  proof[0] = neighbours.length;
  for (const neighbour of neighbours) {
    proof.set(neighbour.key, 1);
    proof.set(neighbour.valueHash, 1 + HASH_BYTES);
  }
  proof.set(bytes, witnessAt);
  return proof;
}

/**
 * Does `proof` show that in the tree of `root` the record at `key` hashes to `valueHash`, or, for
 * `null`, that there is none? Whatever the bytes, the answer is `true` only if it is so.
 */
export function verifyProof(
  root: Uint8Array,
  key: Uint8Array,
  valueHash: Uint8Array | null,
  proof: Uint8Array,
): boolean {
  const neighbourCount = proof[0];
  if (neighbourCount === undefined || neighbourCount > 1) return false;
  const witnessAt = 1 + neighbourCount * NODE_BYTES;
  if (proof.length < witnessAt || root.length !== HASH_BYTES) return false;
  const neighbours: Leaf[] = [];
  if (neighbourCount === 1) {
    neighbours.push({
      key: proof.subarray(1, 1 + HASH_BYTES),
      valueHash: proof.subarray(1 + HASH_BYTES, witnessAt),
    });
  }
  const records = withNeighbours([{ key, before: valueHash, after: valueHash }], neighbours);
  try {
    return compareKeys(fold(records, proof.subarray(witnessAt)).pre, root) === 0;
  } catch (error) {
    if (error instanceof WitnessError) return false;
    throw error;
  }
}
