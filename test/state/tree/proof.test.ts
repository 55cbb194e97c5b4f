/** A proof convinces a holder of the root of the truth about one record, and of nothing else. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prove, verifyProof } from '../../../state/tree/proof.ts';
import { Trie } from '../../../state/tree/trie.ts';
import { closeKeys, fromHex, randomFrom, valueHex } from './naive.ts';
import { randomStep } from './steps.ts';

const SEED = 9_931;
const test = suite('proof');

test('every key of a random trie, present or absent, has a proof of the truth only', () => {
  const random = randomFrom(SEED);
  let absences = 0;
  for (let round = 0; round < 100; round++) {
    const { trie, records } = randomStep(random, 20);
    const strangers = closeKeys(random, 3).map((key) => ({ key: fromHex(key) }));
    for (const { key } of [...records, ...strangers]) {
      const value = trie.valueHashOf(key);
      const proof = prove(trie, key);
      assert.ok(verifyProof(trie.root, key, value, proof));
      assert.not.ok(verifyProof(trie.root, key, fromHex(valueHex(2_000)), proof));
      if (value !== null) assert.not.ok(verifyProof(trie.root, key, null, proof));
      else absences++;
      assert.not.ok(verifyProof(fromHex(valueHex(1)), key, value, proof));
    }
  }
  assert.ok(absences > 100);
});

test('an empty trie proves the absence of anything', () => {
  const key = fromHex(valueHex(1));
  const proof = prove(new Trie(), key);
  assert.ok(verifyProof(new Trie().root, key, null, proof));
  assert.not.ok(verifyProof(new Trie().root, key, key, proof));
});

test('no single flipped bit, cut or addition is accepted', () => {
  const random = randomFrom(SEED + 1);
  for (let round = 0; round < 12; round++) {
    const { trie, records } = randomStep(random, 1);
    const key = records[0]!.key;
    const value = trie.valueHashOf(key);
    const proof = prove(trie, key);
    for (let bit = 0; bit < proof.length * 8; bit++) {
      const forged = proof.slice();
      forged[bit >> 3]! ^= 0x80 >> (bit & 7);
      assert.not.ok(verifyProof(trie.root, key, value, forged), `round ${round} bit ${bit}`);
    }
    for (let length = 0; length < proof.length; length++) {
      assert.not.ok(verifyProof(trie.root, key, value, proof.subarray(0, length)));
    }
    assert.not.ok(verifyProof(trie.root, key, value, new Uint8Array([...proof, 0])));
  }
});

test('keys, values and roots of a wrong length prove nothing', () => {
  const key = fromHex(valueHex(1));
  const trie = Trie.from([{ key, valueHash: key }]);
  const proof = prove(trie, key);
  assert.ok(verifyProof(trie.root, key, key, proof));
  assert.not.ok(verifyProof(trie.root.subarray(1), key, key, proof));
  assert.not.ok(verifyProof(trie.root, key.subarray(1), key, proof));
  assert.not.ok(verifyProof(trie.root, key, key.subarray(1), proof));
});

test.run();
