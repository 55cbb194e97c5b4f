/** Measures the state tree: what a root after each step costs, next to the hashes it must make. */
import { createHash } from 'node:crypto';
import { sha256Nodes } from '../../state/crypto/sha256.ts';
import { Trie } from '../../state/tree/trie.ts';
import { buildWitness, fold, withNeighbours } from '../../state/tree/witness.ts';

export type BenchRow = { name: string; value: string; limit: string; budget: string };

const RECORDS = 1_000_000;
const STEPS = 3_000;

/** Cost: about six seconds and 300 MB. */
export async function benchTrie(): Promise<BenchRow[]> {
  const hash = hashNanoseconds();
  const keys = digests(RECORDS);
  const start = performance.now();
  const trie = Trie.from(leavesOf(keys));
  const buildMs = performance.now() - start;
  const rows: BenchRow[] = [
    row('trie: bulk build, 1 M records', `${buildMs.toFixed(0)} ms`, [
      `${((2.44 * RECORDS * hash.bulk) / 1e6).toFixed(0)} ms of hashing`,
      '2,000 ms',
    ]),
    row('trie: memory, 1 M records', `${(trie.memoryBytes / 1e6).toFixed(0)} MB`, [
      '156 MB of preimages',
      '200 MB',
    ]),
    commitRow(trie, keys, hash),
  ];
  for (const count of [8, 20, 50, 96]) rows.push(...witnessRows(trie, keys, count, hash));
  return rows;
}

function commitRow(trie: Trie, keys: Uint8Array, hash: HashCost): BenchRow {
  const microseconds: number[] = [];
  const values = digests(8);
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    for (let i = 0; i < 8; i++) {
      const at = ((step * 7_919 + i * 124_987) % RECORDS) * 32;
      values[0] = (step + i) & 0xff;
      trie.set(keys.subarray(at, at + 32), values.subarray(i * 32, i * 32 + 32));
    }
    trie.commit();
    microseconds.push((performance.now() - start) * 1_000);
  }
  // 8 paths of about 21 hashes that share their first three levels: about 150 hashes.
  return row('trie: 8 updates and a root, 1 M records', `${median(microseconds).toFixed(1)} us`, [
    `${((150 * hash.eight) / 1_000).toFixed(1)} us of hashing`,
    '80 us',
  ]);
}

function witnessRows(trie: Trie, keys: Uint8Array, count: number, hash: HashCost): BenchRow[] {
  const build: number[] = [];
  const verify: number[] = [];
  let bytes = 0;
  let steps = 0;
  const value = digests(1);
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: count }, (_, i) => {
      const at = ((round * 104_729 + i * 7_919) % RECORDS) * 32;
      const key = keys.slice(at, at + 32);
      // One record in ten is absent, one in six is written.
      if (i % 10 === 9) key[16]! ^= 1;
      const before = trie.valueHashOf(key);
      return { key, before, after: i % 6 === 5 ? value : before };
    });
    const start = performance.now();
    const { bytes: witness, neighbours } = buildWitness(trie, records);
    const built = performance.now();
    fold(withNeighbours(records, neighbours), witness);
    verify.push((performance.now() - built) * 1_000);
    build.push((built - start) * 1_000);
    bytes += (witness.length + 64 * neighbours.length) / 200;
    steps += ((witness[0]! << 8) | witness[1]!) / 200;
  }
  // Fewest hashes: a leaf and a join for each record, and one for each step with a sibling.
  const floor = ((steps + 2 * count) * hash.single) / 1_000;
  return [
    row(`witness: build, ${count} records`, `${median(build).toFixed(0)} us`, [
      `${bytes.toFixed(0)} bytes`,
      '-',
    ]),
    row(`witness: fold, ${count} records`, `${median(verify).toFixed(0)} us`, [
      `${floor.toFixed(0)} us of hashing`,
      '2,600 us',
    ]),
  ];
}

function row(name: string, value: string, [limit, budget]: [string, string]): BenchRow {
  return { name, value, limit, budget };
}

/** Nanoseconds for one node: alone, in a batch of eight, in bulk. */
type HashCost = { single: number; eight: number; bulk: number };

function hashNanoseconds(): HashCost {
  const measure = (batch: number): number => {
    const nodes = digests(batch * 2);
    const out = new Uint8Array(batch * 32);
    const rounds = Math.ceil(400_000 / batch);
    for (let i = 0; i < rounds >> 2; i++) sha256Nodes(nodes, out);
    const start = performance.now();
    for (let i = 0; i < rounds; i++) sha256Nodes(nodes, out);
    return ((performance.now() - start) * 1e6) / (rounds * batch);
  };
  return { single: measure(1), eight: measure(8), bulk: measure(1_024) };
}

function* leavesOf(keys: Uint8Array): Generator<{ key: Uint8Array; valueHash: Uint8Array }> {
  for (let at = 0; at < keys.length; at += 32) {
    const key = keys.subarray(at, at + 32);
    yield { key, valueHash: key };
  }
}

/** `count` digests, back to back, the same in every run. */
function digests(count: number): Uint8Array {
  const all = new Uint8Array(count * 32);
  const counter = Buffer.alloc(4);
  for (let i = 0; i < count; i++) {
    counter.writeUInt32BE(i);
    all.set(createHash('sha256').update(counter).digest(), i * 32);
  }
  return all;
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[values.length >> 1]!;
}
