/** Chunks: records come back as they were, in order, and hostile bytes cost no more than was declared. */
import { brotliCompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkChunk,
  CHUNK_SIZE_MAX,
  ChunkBuilder,
  packChunk,
  unpackChunk,
  type ChunkEntry,
} from '../../../node/snapshot/chunk.ts';
import { Writer } from '../../../state/codec/bytes.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { KINDS } from '../../../state/records/all.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { ORDER } from '../../../state/records/order.ts';
import type { RawRecord } from '../../../state/state.ts';
import { flipped, hashOf, recordsOfAccounts, refusal } from './chain.ts';

const test = suite('snapshot: chunk');

const inOrder = (one: RawRecord, other: RawRecord): number => one.type - other.type || Buffer.compare(one.id, other.id);
const plain = (records: readonly RawRecord[]) =>
  records.map(({ type, id, value }) => [type, Buffer.from(id).toString('hex'), Buffer.from(value).toString('hex')]);

const arbitraryRecord: fc.Arbitrary<RawRecord> = fc.constantFrom(...KINDS).chain(({ type, idLength }) =>
  fc.record({
    type: fc.constant(type),
    id: fc.uint8Array({ minLength: idLength, maxLength: idLength }),
    value: fc.uint8Array({ maxLength: 500 }),
  }),
);

/** Records as the chunks that a builder makes of them. */
function rawChunks(records: readonly RawRecord[]): { raw: Uint8Array; records: number }[] {
  const builder = new ChunkBuilder();
  const chunks: { raw: Uint8Array; records: number }[] = [];
  for (const record of records) {
    if (builder.endsBefore(record)) chunks.push(builder.take());
    builder.add(record);
  }
  return [...chunks, builder.take()];
}

test('records come back as they were', async () => {
  const lists = fc.uniqueArray(arbitraryRecord, { minLength: 1, maxLength: 60, comparator: (a, b) => inOrder(a, b) === 0 });
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      const records = list.sort(inOrder);
      const [{ raw, records: count }] = rawChunks(records) as [{ raw: Uint8Array; records: number }];
      const { entry, bytes } = await packChunk(raw, count);
      checkChunk(entry, bytes);
      assert.equal(plain(await unpackChunk(entry, bytes, null)), plain(records));
    }),
    { numRuns: 50 },
  );
});

test('chunks end by what is in them: a record that comes or goes moves no more than its neighbours', () => {
  const records = recordsOfAccounts(20_000).sort(inOrder);
  const namesOf = (list: readonly RawRecord[]) => rawChunks(list).map(({ raw }) => hashOf(raw));
  const before = namesOf(records);
  assert.ok(before.length >= 6, `${before.length} chunks`);
  for (const { raw } of rawChunks(records)) assert.ok(raw.length <= CHUNK_SIZE_MAX);
  const known = new Set(before);
  for (const at of [0, 1 / 3, 0.99].map((share) => Math.floor(share * records.length))) {
    const without = namesOf(records.toSpliced(at, 1)).filter((name) => !known.has(name));
    assert.ok(without.length <= 2, `record ${at} of ${records.length} changed ${without.length} of ${before.length}`);
  }
});

test('records that fit no chunk with others', () => {
  const large = (n: number): RawRecord => ({ type: ACCOUNT.type, id: new Uint8Array(21).fill(n), value: new Uint8Array(65_535) });
  const chunks = rawChunks(Array.from({ length: 60 }, (_, n) => large(n)));
  assert.is(chunks.reduce((sum, { records }) => sum + records, 0), 60);
  for (const { raw } of chunks) assert.ok(raw.length <= CHUNK_SIZE_MAX);
});

const account = (n: number): RawRecord => ({ type: ACCOUNT.type, id: new Uint8Array(21).fill(n), value: Uint8Array.of(1, 2, n) });

test('every changed bit, cut and addition is noticed', async () => {
  const [{ raw, records }] = rawChunks([1, 2, 3].map(account)) as [{ raw: Uint8Array; records: number }];
  const { entry, bytes } = await packChunk(raw, records);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    assert.is(await refusal(() => checkChunk(entry, flipped(bytes, bit))), 'CHUNK_WRONG');
  }
  for (let length = 0; length < bytes.length; length++) {
    assert.is(await refusal(() => checkChunk(entry, bytes.subarray(0, length))), 'CHUNK_WRONG');
  }
  assert.is(await refusal(() => checkChunk(entry, Uint8Array.from([...bytes, 0]))), 'CHUNK_WRONG');
});

/** A chunk that a liar made: named by its true hash. */
function lie(raw: Uint8Array, records: number, change: Partial<ChunkEntry> = {}): readonly [ChunkEntry, Uint8Array] {
  const bytes = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  return [{ hash: hashOf(bytes), bytes: bytes.length, size: raw.length, records, ...change }, bytes];
}
const frame = ({ type, id, value }: RawRecord): Uint8Array =>
  new Writer().u8(type).u8(id.length).raw(id).u16(value.length).raw(value).finish();
const frames = (...records: readonly RawRecord[]): Uint8Array => Buffer.concat(records.map(frame));

test('what has the right name and is no list of records', async () => {
  const two = frames(account(1), account(2));
  const lies: Readonly<Record<string, readonly [ChunkEntry, Uint8Array]>> = {
    'out of order': lie(frames(account(2), account(1)), 2),
    'kinds out of order': lie(frames(account(2), { type: CHAIN.type, id: new Uint8Array(0), value: new Uint8Array(1) }), 2),
    twice: lie(frames(account(1), account(1)), 2),
    'an unknown type': lie(frames({ ...account(1), type: 99 }), 1),
    'an id too short': lie(frames({ ...account(1), id: new Uint8Array(20) }), 1),
    'an id of another kind': lie(frames({ ...account(1), type: ORDER.type }), 1),
    'fewer records than declared': lie(two, 3),
    'more records than declared': lie(two, 1),
    'a value cut short': lie(two.subarray(0, -1), 2),
    'nothing at all': lie(new Uint8Array(0), 1),
    'smaller than declared': lie(two, 2, { size: two.length + 1 }),
    'larger than declared': lie(two, 2, { size: two.length - 1 }),
    'a bomb': lie(new Uint8Array(64 * 1024 * 1024), 1, { size: 1_000 }),
    'not compressed': [{ ...lie(two, 2)[0], hash: hashOf(two), bytes: two.length }, two],
  };
  for (const [what, [entry, bytes]] of Object.entries(lies)) {
    checkChunk(entry, bytes);
    assert.is(await refusal(() => unpackChunk(entry, bytes, null)), 'CHUNK_MALFORMED', what);
  }
  const [entry, bytes] = lie(two, 2);
  assert.is((await unpackChunk(entry, bytes, account(0))).length, 2);
  for (const after of [account(1), account(2), account(3)]) {
    assert.is(await refusal(() => unpackChunk(entry, bytes, after)), 'CHUNK_MALFORMED', 'not after the chunk before');
  }
});

test('whatever the bytes are, the answer is records or CHUNK_MALFORMED', async () => {
  const base = frames(...Array.from({ length: 20 }, (_, n) => account(n)));
  await fc.assert(
    fc.asyncProperty(fc.nat(8 * base.length - 1), fc.nat(30), async (bit, records) => {
      const [entry, bytes] = lie(flipped(base, bit), records);
      const outcome = await unpackChunk(entry, bytes, null).then(
        (read) => assert.is(read.length, records),
        (error: { code: string }) => assert.is(error.code, 'CHUNK_MALFORMED'),
      );
      assert.is(outcome, undefined);
    }),
  );
});

test.run();
