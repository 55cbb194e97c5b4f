/** The trie is T(S, 0) of its records, whatever was done to get there. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import {
  EMPTY,
  comb,
  commonPrefixBits,
  inner,
  isEmpty,
  isLeaf,
  keyBit,
  leaf,
  recordKey,
} from '../../../state/tree/node.ts';
import { Trie } from '../../../state/tree/trie.ts';
import {
  ZERO,
  closeKeys,
  fromHex,
  isOdd,
  naiveBit,
  naiveInner,
  naiveLeaf,
  naiveRoot,
  randomFrom,
  toHex,
  valueHex,
} from './naive.ts';

const SEED = 20_311;
const test = suite('trie');

const rootHex = (trie: Trie): string => toHex(trie.commit());

test('a leaf hash is odd, a branch hash even, and both match their definition', () => {
  for (let i = 0; i < 64; i++) {
    const [one, other] = [valueHex(i), valueHex(i + 1_000)];
    const leafHash = leaf(fromHex(one), fromHex(other));
    const innerHash = inner(fromHex(one), fromHex(other));
    assert.is(toHex(leafHash), naiveLeaf(one, other));
    assert.is(toHex(innerHash), naiveInner(one, other));
    assert.ok(isLeaf(leafHash) && !isLeaf(innerHash));
    assert.ok(isOdd(toHex(leafHash)) && !isOdd(toHex(innerHash)));
  }
});

test('comb lifts a lone leaf and hashes everything else', () => {
  const [one, other] = [leaf(fromHex(valueHex(1)), EMPTY), leaf(fromHex(valueHex(2)), EMPTY)];
  const branch = inner(one, other);
  assert.ok(isEmpty(comb(EMPTY, EMPTY)));
  assert.equal(comb(EMPTY, one), one);
  assert.equal(comb(one, EMPTY), one);
  assert.equal(comb(one, other), branch);
  assert.equal(comb(EMPTY, branch), inner(EMPTY, branch));
  assert.equal(comb(branch, EMPTY), inner(branch, EMPTY));
});

test('a key is the digest of the type byte and the id', () => {
  const expected = '4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a';
  assert.is(toHex(recordKey(1, new Uint8Array(0))), expected);
});

test('bits count from the most significant one', () => {
  const key = fromHex('80' + '00'.repeat(30) + '01');
  assert.is(keyBit(key, 0), 1);
  assert.is(keyBit(key, 1), 0);
  assert.is(keyBit(key, 255), 1);
  assert.is(commonPrefixBits(key, key), 256);
  assert.is(commonPrefixBits(key, fromHex('80' + '00'.repeat(31))), 255);
  assert.is(commonPrefixBits(key, fromHex(ZERO)), 0);
});

test('an empty trie has the EMPTY root, a single record is its own root', () => {
  const trie = new Trie();
  assert.equal(trie.root, EMPTY);
  trie.set(fromHex(valueHex(1)), fromHex(valueHex(2)));
  assert.is(rootHex(trie), naiveLeaf(valueHex(1), valueHex(2)));
  trie.set(fromHex(valueHex(1)), null);
  assert.equal(trie.root, EMPTY);
  assert.is(trie.size, 0);
});

test('random writes and removals equal the naive tree after every commit', () => {
  const random = randomFrom(SEED);
  for (let round = 0; round < 150; round++) {
    const keys = closeKeys(random, 2 + random(40), round % 10 === 0 ? 254 : 40);
    const trie = new Trie();
    const naive = new Map<string, string>();
    for (let step = 0; step < 60; step++) {
      const key = keys[random(keys.length)]!;
      const value = random(5) < 3 ? valueHex(random(50)) : null;
      trie.set(fromHex(key), value === null ? null : fromHex(value));
      if (value === null) naive.delete(key);
      else naive.set(key, value);
      assert.is(trie.size, naive.size);
      // Most commits cover several writes.
      if (random(3) !== 0) continue;
      assert.is(rootHex(trie), naiveRoot(naive), `seed ${SEED} round ${round} step ${step}`);
      const probe = keys[random(keys.length)]!;
      const found = trie.valueHashOf(fromHex(probe));
      assert.is(found === null ? undefined : toHex(found), naive.get(probe));
    }
  }
});

test('the order of writes does not matter, and removing what was added restores the root', () => {
  const permuted = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(permuted, fc.integer({ min: 1, max: 60 }), (seed, count) => {
      const random = randomFrom(seed);
      const keys = closeKeys(random, count + 10, 60);
      const base = keys.slice(0, count);
      const extra = keys.slice(count);
      const forward = new Trie();
      for (const key of base) forward.set(fromHex(key), fromHex(valueHex(7)));
      const root = rootHex(forward);
      const backward = new Trie();
      for (const key of [...keys].reverse()) backward.set(fromHex(key), fromHex(valueHex(7)));
      if (random(2) === 0) backward.commit();
      for (const key of extra) backward.set(fromHex(key), null);
      assert.is(rootHex(backward), root);
      const bulk = Trie.from(
        base.map((key) => ({ key: fromHex(key), valueHash: fromHex(valueHex(7)) })),
      );
      assert.is(rootHex(bulk), root);
      assert.is(bulk.size, count);
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('a bulk build takes the later of two values and can be changed afterwards', () => {
  const random = randomFrom(SEED + 1);
  const keys = closeKeys(random, 3_000, 50);
  const naive = new Map<string, string>();
  const leaves = [...keys, ...keys.slice(0, 500)].map((key, i) => {
    naive.set(key, valueHex(i));
    return { key: fromHex(key), valueHash: fromHex(valueHex(i)) };
  });
  const trie = Trie.from(leaves);
  assert.is(trie.size, 3_000);
  assert.is(rootHex(trie), naiveRoot(naive));
  for (let i = 0; i < 2_990; i++) {
    trie.set(fromHex(keys[i]!), null);
    naive.delete(keys[i]!);
  }
  assert.is(rootHex(trie), naiveRoot(naive));
});

test('removed nodes are used again: a million changes do not grow a small trie', () => {
  const random = randomFrom(SEED + 2);
  const keys = Array.from({ length: 512 }, (_, i) => fromHex(valueHex(i)));
  const value = fromHex(valueHex(1));
  const before = process.memoryUsage().arrayBuffers;
  const trie = new Trie();
  for (let i = 0; i < 1_000_000; i++) {
    trie.set(keys[random(512)]!, random(2) === 0 ? null : value);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000);
  const naive = new Map<string, string>();
  for (const key of keys) if (trie.valueHashOf(key) !== null) naive.set(toHex(key), valueHex(1));
  assert.is(trie.size, naive.size);
  assert.is(rootHex(trie), naiveRoot(naive));
});

test('removing an absent key, and writing the same value again, change nothing', () => {
  const trie = new Trie();
  for (let i = 0; i < 20; i++) trie.set(fromHex(valueHex(i)), fromHex(valueHex(i)));
  const root = rootHex(trie);
  trie.set(fromHex(valueHex(99)), null);
  trie.set(fromHex(valueHex(3)), fromHex(valueHex(3)));
  assert.is(rootHex(trie), root);
  assert.is(trie.size, 20);
});

test('naive bits agree with the bits of the trie', () => {
  const key = valueHex(5);
  for (let i = 0; i < 256; i++) assert.is(naiveBit(key, i), keyBit(fromHex(key), i));
});

test('wrong lengths and keys that only a collision could make are refused', () => {
  const trie = new Trie();
  const key = fromHex(valueHex(1));
  assert.throws(() => trie.set(key.subarray(1), key), RangeError);
  assert.throws(() => trie.set(key, key.subarray(1)), RangeError);
  const twin = key.slice();
  twin[31]! ^= 1;
  trie.set(key, key);
  const root = rootHex(trie);
  assert.throws(() => trie.set(twin, key), RangeError);
  assert.is(rootHex(trie), root);
  twin[31]! ^= 3;
  trie.set(twin, key);
  const both = new Map([
    [toHex(key), toHex(key)],
    [toHex(twin), toHex(key)],
  ]);
  assert.is(rootHex(trie), naiveRoot(both));
});

test.run();
