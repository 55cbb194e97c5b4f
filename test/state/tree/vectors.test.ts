/** `vectors.json` is what its generator makes, and this verifier agrees with every line of it. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyProof } from '../../../state/tree/proof.ts';
import { inner, leaf } from '../../../state/tree/node.ts';
import { WitnessError, fold } from '../../../state/tree/witness.ts';
import { ZERO, fromHex, toHex } from './naive.ts';
import { treeVectors } from './vectors.ts';
import type { TreeVectors } from './vectors.ts';

const path = new URL('./vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as TreeVectors;
const test = suite('tree vectors');

const bytesOf = (hex: string): Uint8Array => fromHex(hex.slice(2));
const presentOf = (hex: string): Uint8Array | null => (hex === `0x${ZERO}` ? null : bytesOf(hex));
const recordsOf = (records: TreeVectors['folds'][number]['records']) =>
  records.map(({ key, before, after }) => {
    return { key: bytesOf(key), before: presentOf(before), after: presentOf(after) };
  });

test('the file is what the generator makes', () => {
  assert.equal(vectors, treeVectors());
});

test('nodes hash as written', () => {
  for (const node of vectors.nodes) {
    const [left, right] = [bytesOf(node.left), bytesOf(node.right)];
    assert.is(`0x${toHex(leaf(left, right))}`, node.leaf);
    assert.is(`0x${toHex(inner(left, right))}`, node.inner);
  }
});

test('folds end in the roots as written', () => {
  for (const { name, records, witness, pre, post } of vectors.folds) {
    const roots = fold(recordsOf(records), bytesOf(witness));
    assert.is(`0x${toHex(roots.pre)}`, pre, name);
    assert.is(`0x${toHex(roots.post)}`, post, name);
  }
});

test('forgeries are refused, or end in another root', () => {
  for (const { name, records, witness, root, isCanonicalOnly } of vectors.refused) {
    try {
      const { pre } = fold(recordsOf(records), bytesOf(witness));
      assert.is.not(`0x${toHex(pre)}`, root, name);
      assert.not.ok(isCanonicalOnly, name);
    } catch (error) {
      assert.instance(error, WitnessError, name);
    }
  }
});

test('proofs hold as written', () => {
  for (const { root, key, valueHash, proof, isValid } of vectors.proofs) {
    const value = presentOf(valueHash);
    assert.is(verifyProof(bytesOf(root), bytesOf(key), value, bytesOf(proof)), isValid);
  }
});

test.run();
