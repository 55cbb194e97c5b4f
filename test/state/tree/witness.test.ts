/** A witness leads to the true roots, and the fold is the recursion it stands for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Trie } from '../../../state/tree/trie.ts';
import { buildWitness, fold, withNeighbours } from '../../../state/tree/witness.ts';
import {
  fromHex,
  naiveFold,
  naiveRoot,
  randomFrom,
  toHex,
  valueHex,
  witnessBytes,
  witnessParts,
} from './naive.ts';
import { hexOf, randomStep } from './steps.ts';

const SEED = 71_003;
const test = suite('witness');

test('the fold of a random step gives the naive roots before and after', () => {
  const random = randomFrom(SEED);
  for (let round = 0; round < 1_500; round++) {
    const { trie, before, after, records } = randomStep(random, 30);
    const { bytes, neighbours } = buildWitness(trie, records);
    const listed = withNeighbours(records, neighbours);
    const { pre, post } = fold(listed, bytes);
    const where = `seed ${SEED} round ${round}`;
    assert.is(toHex(pre), naiveRoot(before), where);
    assert.is(toHex(post), naiveRoot(after), where);
    for (const record of records) trie.set(record.key, record.after);
    assert.equal(trie.commit(), post, where);

    const claims = listed.map((record) => ({
      key: toHex(record.key),
      before: hexOf(record.before),
      after: hexOf(record.after),
    }));
    const { depths, siblings } = witnessParts(bytes, listed.length);
    const twin = naiveFold(claims, depths, siblings, true);
    assert.equal(twin, { pre: toHex(pre), post: toHex(post) }, where);
    assert.equal(witnessBytes(depths, siblings), bytes, where);
  }
});

test('neighbours are other leaves, that end the path of an absent key, in key order', () => {
  const random = randomFrom(SEED + 1);
  let seen = 0;
  for (let round = 0; round < 300; round++) {
    const { trie, before, records } = randomStep(random, 12);
    const { neighbours } = buildWitness(trie, records);
    const named = new Set(records.map((record) => toHex(record.key)));
    const keys = neighbours.map((neighbour) => toHex(neighbour.key));
    assert.equal(keys, [...new Set(keys)].sort());
    for (const neighbour of neighbours) {
      assert.is(before.get(toHex(neighbour.key)), toHex(neighbour.valueHash));
      assert.not.ok(named.has(toHex(neighbour.key)));
    }
    seen += neighbours.length;
  }
  assert.ok(seen > 100, `${seen}`);
});

test('the writer wants each key once, needs no order, and writes nothing about nothing', () => {
  const { trie, records } = randomStep(randomFrom(SEED + 2), 20);
  assert.equal(buildWitness(trie, [...records].reverse()), buildWitness(trie, records));
  assert.throws(() => buildWitness(trie, []), RangeError);
  assert.throws(() => buildWitness(trie, [records[0]!, records[0]!]), RangeError);
});

test('the first record of all, and the last, fold to and from the EMPTY root', () => {
  const trie = new Trie();
  const key = fromHex(valueHex(1));
  const value = fromHex(valueHex(2));
  const insert = fold([{ key, before: null, after: value }], buildWitness(trie, [{ key }]).bytes);
  assert.equal(insert.pre, trie.root);
  trie.set(key, value);
  assert.equal(insert.post, trie.root);
  const remove = fold([{ key, before: value, after: null }], buildWitness(trie, [{ key }]).bytes);
  assert.equal(remove, { pre: insert.post, post: insert.pre });
});

test('ninety-six records whose keys share 254 bits still have a witness', () => {
  const trie = new Trie();
  const keys = Array.from({ length: 48 }, (_, i) => {
    const key = fromHex(valueHex(i));
    key[31]! &= 0xfc;
    const twin = key.slice();
    twin[31]! |= 2;
    return [key, twin];
  }).flat();
  const value = fromHex(valueHex(9));
  for (const key of keys) trie.set(key, value);
  const records = keys.map((key) => ({ key, before: value, after: null }));
  const { bytes, neighbours } = buildWitness(trie, records);
  const { pre, post } = fold(withNeighbours(records, neighbours), bytes);
  assert.equal(pre, trie.root);
  assert.equal(toHex(post), '00'.repeat(32));
  assert.is(Math.max(...witnessParts(bytes, 96).depths), 255);
});

test.run();
