/** Whatever bytes are offered, a fold that ends in the true root has told the truth. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { WitnessError, buildWitness, fold, withNeighbours } from '../../../state/tree/witness.ts';
import type { FoldRecord } from '../../../state/tree/witness.ts';
import { Trie } from '../../../state/tree/trie.ts';
import { inner, isLeaf, leaf } from '../../../state/tree/node.ts';
import {
  ZERO,
  fromHex,
  isOdd,
  naiveBit,
  naiveFold,
  naiveInner,
  naiveLeaf,
  naiveRoot,
  randomFrom,
  toHex,
  valueHex,
  witnessBytes,
  witnessParts,
} from './naive.ts';
import { bytesOf, hexOf, randomStep } from './steps.ts';

const SEED = 44_017;
const test = suite('forgery');

type Outcome = { pre: string; post: string } | { code: string };

/** The roots, or the code of the refusal. Any other error fails the test. */
function outcomeOf(records: readonly FoldRecord[], witness: Uint8Array): Outcome {
  try {
    const { pre, post } = fold(records, witness);
    return { pre: toHex(pre), post: toHex(post) };
  } catch (error) {
    if (error instanceof WitnessError) return { code: error.code };
    throw error;
  }
}

const reaches = (outcome: Outcome, root: string): boolean =>
  'pre' in outcome && outcome.pre === root;

test('no single flipped bit of a witness is accepted', () => {
  const random = randomFrom(SEED);
  for (let round = 0; round < 12; round++) {
    const { trie, before, records } = randomStep(random, 8);
    const { bytes, neighbours } = buildWitness(trie, records);
    const listed = withNeighbours(records, neighbours);
    const root = naiveRoot(before);
    assert.ok(reaches(outcomeOf(listed, bytes), root));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = bytes.slice();
      forged[bit >> 3]! ^= 0x80 >> (bit & 7);
      assert.not.ok(reaches(outcomeOf(listed, forged), root), `round ${round} bit ${bit}`);
    }
  }
});

test('no omitted, repeated or reordered sibling or depth is accepted', () => {
  const random = randomFrom(SEED + 1);
  for (let round = 0; round < 150; round++) {
    const { trie, before, records } = randomStep(random, 10);
    const { bytes, neighbours } = buildWitness(trie, records);
    const listed = withNeighbours(records, neighbours);
    const root = naiveRoot(before);
    const { depths, siblings } = witnessParts(bytes, listed.length);
    const offered: Uint8Array[] = [bytes.subarray(0, -1), new Uint8Array([...bytes, 0])];
    siblings.forEach((sibling, i) => {
      offered.push(witnessBytes(depths, siblings.toSpliced(i, 1)));
      offered.push(witnessBytes(depths, siblings.toSpliced(i, 0, sibling)));
      if (siblings[i + 1] === undefined || siblings[i + 1] === sibling) return;
      offered.push(witnessBytes(depths, siblings.toSpliced(i, 2, siblings[i + 1]!, sibling)));
    });
    depths.forEach((depth, i) => {
      for (const other of [depth - 1, depth + 1]) {
        if (other < 0 || other > 255) continue;
        offered.push(witnessBytes(depths.with(i, other), siblings));
      }
    });
    for (const forged of offered) {
      assert.not.ok(reaches(outcomeOf(listed, forged), root), `round ${round}`);
    }
  }
});

test('no false claim is accepted with the witness of the truth', () => {
  const random = randomFrom(SEED + 2);
  for (let round = 0; round < 400; round++) {
    const { trie, before, records } = randomStep(random, 10);
    const { bytes, neighbours } = buildWitness(trie, records);
    const listed = withNeighbours(records, neighbours);
    const root = naiveRoot(before);
    for (let i = 0; i < listed.length; i++) {
      const record = listed[i]!;
      const lies = [null, valueHex(5_000), valueHex(random(1_000))];
      for (const lie of lies) {
        if (lie === hexOf(record.before)) continue;
        const forged = listed.with(i, { ...record, before: bytesOf(lie) });
        assert.not.ok(reaches(outcomeOf(forged, bytes), root), `round ${round}`);
      }
    }
  }
});

/** Four keys in the first three bits: 000, 001, 011, 110. */
const KEYS = [0x00, 0x20, 0x60, 0xc0].map((byte, i) => {
  const key = fromHex(valueHex(i));
  key[0] = byte | (key[0]! & 0x1f);
  return toHex(key);
});

/** Every hash that occurs in the tree of `records`, and EMPTY. */
function hashesIn(records: Map<string, string>): string[] {
  const found = new Set([ZERO]);
  for (let depth = 0; depth < 3; depth++) {
    for (let prefix = 0; prefix < 1 << depth; prefix++) {
      const under = [...records].filter(([key]) => fromHex(key)[0]! >> (8 - depth) === prefix);
      found.add(naiveRoot(new Map(under), depth));
    }
  }
  for (const [key, value] of records) found.add(naiveLeaf(key, value));
  return [...found];
}

/** Every list of `length` items. */
function* lists<T>(items: readonly T[], length: number): Generator<T[]> {
  if (length === 0) yield [];
  else for (const head of items) for (const tail of lists(items, length - 1)) yield [head, ...tail];
}

/** Every claim about one key, or two, with every pair of depths up to the given one. */
function* claimsAndDepths(): Generator<{ keys: string[]; depths: number[] }> {
  for (const key of KEYS) for (const depth of [0, 1, 2, 3]) yield { keys: [key], depths: [depth] };
  for (const one of KEYS) {
    for (const other of KEYS) {
      if (one >= other) continue;
      for (const depths of lists([1, 2, 3], 2)) yield { keys: [one, other], depths };
    }
  }
}

/** Steps that records at these depths need: none for the joins, one for each other level. */
function stepsOf(keys: string[], depths: number[]): number {
  if (keys.length === 1) return depths[0]!;
  let shared = 0;
  while (naiveBit(keys[0]!, shared) === naiveBit(keys[1]!, shared)) shared++;
  return depths[0]! + depths[1]! - 2 * (shared + 1) + shared;
}

test('of all witnesses of small tries none is unsound, and without rule N some would be', () => {
  let tried = 0;
  let accepted = 0;
  let unsoundWithoutRule = 0;
  for (let subset = 0; subset < 16; subset++) {
    const records = new Map(
      KEYS.flatMap((key, i) => ((subset >> i) & 1 ? [[key, valueHex(i)] as const] : [])),
    );
    const root = naiveRoot(records);
    const hashes = hashesIn(records);
    for (const { keys, depths } of claimsAndDepths()) {
      const steps = stepsOf(keys, depths);
      // Longer folds only repeat what these can say, and would take minutes.
      if (steps < 0 || steps > 3) continue;
      for (const siblings of lists(hashes, steps)) {
        const witness = witnessBytes(depths, siblings);
        for (const present of lists([false, true], keys.length)) {
          const claims = keys.map((key, i) => {
            const value = present[i] ? valueHex(KEYS.indexOf(key)) : null;
            return { key, before: value, after: value };
          });
          const isTrue = claims.every((claim) => (records.get(claim.key) ?? null) === claim.before);
          const outcome = outcomeOf(
            claims.map(({ key, before, after }) => {
              return { key: fromHex(key), before: bytesOf(before), after: bytesOf(after) };
            }),
            witness,
          );
          tried++;
          if (reaches(outcome, root)) {
            accepted++;
            assert.ok(isTrue, JSON.stringify({ subset, claims, depths, siblings }));
          } else if ('code' in outcome && outcome.code === 'leaf_beside_absence' && !isTrue) {
            if (naiveFold(claims, depths, siblings, false)?.pre === root) unsoundWithoutRule++;
          }
        }
      }
    }
  }
  assert.ok(tried > 100_000, `${tried}`);
  assert.ok(accepted > 100, `${accepted}`);
  assert.ok(unsoundWithoutRule > 20, `${unsoundWithoutRule}`);
});

test('rule N: a record cannot hide as an opaque leaf beside its own absence', () => {
  const key = fromHex('00' + valueHex(1).slice(2));
  const value = fromHex(valueHex(2));
  const other = fromHex('80' + valueHex(3).slice(2));
  const trie = Trie.from([
    { key, valueHash: value },
    { key: other, valueHash: value },
  ]);
  // One level deeper than the victim: the leaf itself poses as a sibling and rises in its place.
  const victim = toHex(leaf(key, value));
  const witness = witnessBytes([2], [victim, toHex(leaf(other, value))]);
  const claim = { key: toHex(key), before: null, after: null };
  const parts = witnessParts(witness, 1);
  assert.is(naiveFold([claim], parts.depths, parts.siblings, false)?.pre, toHex(trie.root));
  const records = [{ key, before: null, after: null }];
  assert.equal(outcomeOf(records, witness), { code: 'leaf_beside_absence' });
});

test('the preimage of a branch is no record, and that of a record no branch', () => {
  const random = randomFrom(SEED + 3);
  for (let i = 0; i < 200; i++) {
    const left = leaf(fromHex(valueHex(i)), fromHex(valueHex(random(1_000))));
    const right = inner(left, fromHex(valueHex(random(1_000))));
    // A branch of the tree offered as a record whose key is its left child.
    const root = naiveInner(toHex(left), toHex(right));
    const asRecord = [{ key: left, before: right, after: right }];
    assert.not.ok(reaches(outcomeOf(asRecord, witnessBytes([0], [])), root));
    assert.ok(isOdd((outcomeOf(asRecord, witnessBytes([0], [])) as { pre: string }).pre));
    // A record offered as a branch whose children are its key and its value hash.
    assert.ok(isLeaf(left) && !isLeaf(inner(fromHex(valueHex(i)), fromHex(valueHex(i)))));
  }
});

test('each way to be malformed has its code', () => {
  const key = (first: number): Uint8Array => new Uint8Array([first, ...new Uint8Array(31)]);
  const value = fromHex(valueHex(1));
  const read = (first: number): FoldRecord => ({ key: key(first), before: value, after: value });
  const odd = toHex(leaf(key(0xff), value));
  const even = toHex(inner(value, value));
  const one = [read(0)];
  const two = [read(0x00), read(0x80)];
  const absent = [{ key: key(0), before: null, after: null }];
  const table: [string, readonly FoldRecord[], Uint8Array][] = [
    ['records_empty', [], new Uint8Array(2)],
    ['record_malformed', [{ ...read(0), key: value.subarray(1) }], witnessBytes([0], [])],
    ['record_malformed', [{ ...read(0), before: value.subarray(1) }], witnessBytes([0], [])],
    ['record_malformed', [{ ...read(0), after: fromHex(ZERO) }], witnessBytes([0], [])],
    ['witness_truncated', one, new Uint8Array(0)],
    ['witness_truncated', one, new Uint8Array(2)],
    ['witness_truncated', one, new Uint8Array([0, 1, 1])],
    ['witness_truncated', one, witnessBytes([1], [even]).subarray(0, -1)],
    ['keys_not_ascending', [read(0x80), read(0x00)], witnessBytes([1, 1], [])],
    ['keys_not_ascending', [read(0x80), read(0x80)], witnessBytes([1, 1], [])],
    ['depth_too_small', two, witnessBytes([0, 1], [])],
    ['depth_too_small', two, witnessBytes([1, 0], [])],
    ['steps_exhausted', one, witnessBytes([2], [even])],
    ['sibling_empty', one, new Uint8Array([0, 1, 1, 0x80, ...fromHex(ZERO)])],
    ['leaf_beside_absence', absent, witnessBytes([1], [odd])],
    ['steps_left_over', one, witnessBytes([1], [even, even])],
    ['map_padding_not_zero', one, new Uint8Array([0, 1, 1, 0x40])],
    ['bytes_left_over', one, new Uint8Array([...witnessBytes([1], [even]), 0])],
  ];
  for (const [code, records, witness] of table) {
    assert.equal(outcomeOf(records, witness), { code }, code);
  }
  // Keys that part in the last bit only need a depth of 256, which no byte can say.
  const twin = key(0);
  twin[31] = 1;
  const twins = [read(0), { ...read(0), key: twin }];
  assert.equal(outcomeOf(twins, witnessBytes([255, 255], [])), { code: 'depth_too_small' });
});

test('random bytes are refused with a code or fold to another root', () => {
  const random = randomFrom(SEED + 4);
  const steps = Array.from({ length: 20 }, () => {
    const step = randomStep(random, 6);
    return { ...step, root: naiveRoot(step.before) };
  });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(19),
      fc.nat(7),
      (noise, which, shape) => {
        const { trie, root, records } = steps[which]!;
        const { bytes, neighbours } = buildWitness(trie, records);
        const listed = withNeighbours(records, neighbours);
        // Noise alone, or after the true head: the latter gets past the first checks.
        const kept = bytes.subarray(0, shape < 4 ? 0 : shape * 3);
        const forged = new Uint8Array([...kept, ...noise]);
        if (Buffer.compare(forged, bytes) === 0) return;
        assert.not.ok(reaches(outcomeOf(listed, forged), root));
      },
    ),
    { seed: SEED, numRuns: 3_000 },
  );
});

test.run();
