/**
 * Vectors of the tree for verifiers in any language; `vectors.json` is what this file prints.
 * To renew it: `npx tsx test/state/tree/vectors.ts > test/state/tree/vectors.json`.
 *
 * Hashes are hex with 0x; 32 zero bytes say "absent" in `before` and `after`.
 * `folds`: records with neighbours already among them, and the roots that must come out.
 * `refused`: folds that must not be accepted for `root`: refused, or ending in another `pre`. Where
 * `isCanonicalOnly` is true the claims are true and only the bytes are not the one way to write it.
 * `proofs`: proofs of one record, `isValid` or not.
 */
import { fileURLToPath } from 'node:url';
import { leaf } from '../../../state/tree/node.ts';
import { prove } from '../../../state/tree/proof.ts';
import { Trie } from '../../../state/tree/trie.ts';
import { buildWitness, fold, withNeighbours } from '../../../state/tree/witness.ts';
import type { FoldRecord } from '../../../state/tree/witness.ts';
import {
  ZERO,
  fromHex,
  naiveInner,
  naiveLeaf,
  randomFrom,
  toHex,
  valueHex,
  witnessBytes,
  witnessParts,
} from './naive.ts';
import { randomStep } from './steps.ts';

type RecordVector = { key: string; before: string; after: string };
export type TreeVectors = {
  nodes: { left: string; right: string; leaf: string; inner: string }[];
  folds: { name: string; records: RecordVector[]; witness: string; pre: string; post: string }[];
  refused: {
    name: string;
    isCanonicalOnly: boolean;
    records: RecordVector[];
    witness: string;
    root: string;
  }[];
  proofs: { root: string; key: string; valueHash: string; proof: string; isValid: boolean }[];
};

const SEED = 1_905;
const FOLDS = 48;

/** The same in every run. */
export function treeVectors(): TreeVectors {
  const random = randomFrom(SEED);
  const vectors: TreeVectors = { nodes: [], folds: [], refused: [], proofs: [] };
  for (let i = 0; i < 4; i++) {
    const [left, right] = [valueHex(i), valueHex(100 + i)];
    const hashes = { leaf: hex(naiveLeaf(left, right)), inner: hex(naiveInner(left, right)) };
    vectors.nodes.push({ left: hex(left), right: hex(right), ...hashes });
  }
  for (let i = 0; i < FOLDS; i++) {
    const { trie, records } = randomStep(random, i < 40 ? 8 : 40);
    const { bytes, neighbours } = buildWitness(trie, records);
    const listed = withNeighbours(records, neighbours);
    const { pre, post } = fold(listed, bytes);
    vectors.folds.push({
      name: `step ${i}: ${listed.length} records, ${neighbours.length} neighbours`,
      records: listed.map(recordVector),
      witness: hex(bytes),
      pre: hex(pre),
      post: hex(post),
    });
    if (i < 6) vectors.refused.push(...forgeries(`step ${i}`, listed, bytes, pre));
    if (i < 8) vectors.proofs.push(...proofsOf(trie, records[0]!.key));
  }
  vectors.refused.push(hiddenRecord());
  return vectors;
}

/** What a cheat would change first. */
function forgeries(
  name: string,
  records: FoldRecord[],
  witness: Uint8Array,
  root: Uint8Array,
): TreeVectors['refused'] {
  const { depths, siblings } = witnessParts(witness, records.length);
  const flipped = witness.slice();
  flipped[flipped.length - 1]! ^= 1;
  const first = records[0]!;
  const lie = first.before === null ? fromHex(valueHex(77)) : null;
  const cases: [string, boolean, FoldRecord[], Uint8Array][] = [
    ['a false claim', false, records.with(0, { ...first, before: lie }), witness],
    ['a byte more', true, records, new Uint8Array([...witness, 0])],
    ['a byte less', false, records, witness.subarray(0, -1)],
    ['last bit flipped', false, records, flipped],
    ['a step too many', true, records, witnessBytes(depths, [...siblings, ZERO])],
    ['a depth too small', false, records, witnessBytes(depths.with(0, 0), siblings)],
    ['a key twice', false, [first, ...records], witnessBytes([depths[0]!, ...depths], siblings)],
  ];
  return cases.flatMap(([what, isCanonicalOnly, forged, bytes]) => {
    if (what === 'a depth too small' && depths[0] === 0) return [];
    return [
      {
        name: `${name}: ${what}`,
        isCanonicalOnly,
        records: forged.map(recordVector),
        witness: hex(bytes),
        root: hex(root),
      },
    ];
  });
}

/** The attack that rule N is for: without it this fold ends in the true root. */
function hiddenRecord(): TreeVectors['refused'][number] {
  const key = fromHex('00' + valueHex(1).slice(2));
  const other = fromHex('80' + valueHex(3).slice(2));
  const valueHash = fromHex(valueHex(2));
  const trie = Trie.from([
    { key, valueHash },
    { key: other, valueHash },
  ]);
  const siblings = [toHex(leaf(key, valueHash)), toHex(leaf(other, valueHash))];
  return {
    name: 'a record hidden as an opaque leaf beside its own absence',
    isCanonicalOnly: false,
    records: [recordVector({ key, before: null, after: null })],
    witness: hex(witnessBytes([2], siblings)),
    root: hex(trie.root),
  };
}

function proofsOf(trie: Trie, key: Uint8Array): TreeVectors['proofs'] {
  const valueHash = trie.valueHashOf(key);
  const value = hex(valueHash === null ? ZERO : valueHash);
  const base = { root: hex(trie.root), key: hex(key), proof: hex(prove(trie, key)) };
  const lie = hex(valueHash === null ? valueHex(5) : ZERO);
  return [
    { ...base, valueHash: value, isValid: true },
    { ...base, valueHash: lie, isValid: false },
  ];
}

function recordVector({ key, before, after }: FoldRecord): RecordVector {
  return { key: hex(key), before: hex(before ?? ZERO), after: hex(after ?? ZERO) };
}

function hex(bytes: Uint8Array | string): string {
  return `0x${typeof bytes === 'string' ? bytes : toHex(bytes)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(treeVectors(), null, 1)}\n`);
}
