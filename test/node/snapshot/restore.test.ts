/** A store restored from a snapshot is the one it was made of; whatever is wrong with a snapshot is refused by name. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blockHash, signBlock, type BlockHeader } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import { ChunkBuilder, packChunk, type ChunkEntry } from '../../../node/snapshot/chunk.ts';
import { decodeManifest, encodeManifest, type Manifest } from '../../../node/snapshot/manifest.ts';
import { readBase, restoreSnapshot, type RestoreOptions } from '../../../node/snapshot/restore.ts';
import { SnapshotError } from '../../../node/snapshot/snapshotError.ts';
import { after, BUCKET, key } from '../../../node/store/buckets.ts';
import type { Store } from '../../../node/store/store.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { encode } from '../../../state/codec/layout.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { KINDS } from '../../../state/records/all.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { State, type RawRecord } from '../../../state/state.ts';
import { existing } from '../../../state/access.ts';
import type { Digest } from '../../../state/units.ts';
import { person } from '../../support/world.ts';
import {
  Chain,
  expectedOf,
  flipped,
  newDirectory,
  newestOf,
  openMaker,
  recordsOfAccounts,
  recordsOfEveryKind,
  refusal,
  sequencer,
} from './chain.ts';
import { recordsIn, served, type Fetch } from './restored.ts';

const test = suite('snapshot: restore');

type Source = Readonly<{ directory: string; chain: Chain; manifest: Manifest; fetch: Fetch }>;
/** A chain of three blocks, and a snapshot of it. */
async function source(genesis: () => readonly RawRecord[]): Promise<Source> {
  const directory = newDirectory();
  const chain = await Chain.open(join(directory, 'chain'), genesis);
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  for (const name of ['alice', 'bob', 'carol']) await chain.block(name, `${name} too`);
  await maker.make();
  return { directory, chain, manifest: newestOf(maker), fetch: served(maker) };
}
const withAccounts = await source(() => recordsOfAccounts(8_000));
test.after(() => withAccounts.chain.close());

function restore({ manifest, fetch }: Pick<Source, 'manifest' | 'fetch'>, options: Partial<RestoreOptions> = {}) {
  const directory = join(newDirectory(), 'chain');
  return restoreSnapshot({ manifest, chunk: fetch, directory, sync: false, ...expectedOf(manifest), ...options });
}

const neverGenesis = (): never => {
  throw new Error('the store has no head');
};

async function recordsOfStore(store: Store): Promise<string[]> {
  const found: string[] = [];
  const prefix = key(BUCKET.record);
  for await (const [k, v] of store.range(prefix, after(prefix))) {
    found.push(`${Buffer.from(k).toString('hex')} ${Buffer.from(v).toString('hex')}`);
  }
  return found;
}

test('a state with every kind of record: same store, same root, and the same blocks from there on', async () => {
  const { chain, manifest, fetch, directory } = await source(recordsOfEveryKind);
  const types = new Set((await recordsIn(manifest, (hash) => fetch(hash, 2 ** 20))).map(({ type }) => type));
  assert.equal(KINDS.filter(({ type }) => !types.has(type)).map(({ name }) => name), []);
  const restored = join(directory, 'restored');
  await restore({ manifest: decodeManifest(encodeManifest(manifest)), fetch }, { directory: restored });
  assert.equal(readdirSync(directory).sort(), ['chain', 'restored', 'snapshots'], 'nothing is left beside it');

  const copy = await Chain.open(restored, neverGenesis);
  const facts = ({ executor, root }: Chain) => [root, executor.sealedHash, executor.sealedHeight, executor.sequence];
  assert.equal(facts(copy), facts(chain));
  assert.equal(await recordsOfStore(copy.store), await recordsOfStore(chain.store));
  const { header, hash, signature } = (await readBlock(chain.store, chain.executor.sealedHeight))!;
  assert.equal(await readBase(copy.store), { header, hash, signature });
  assert.is(await readBase(chain.store), undefined);
  for (const names of [['dave'], ['erin', 'alice'], ['bob']]) {
    await chain.block(...names);
    await copy.block(...names);
    assert.equal(facts(copy), facts(chain));
  }
  await copy.close();
  const again = await Chain.open(restored, neverGenesis);
  assert.equal(facts(again), facts(chain));
  // A restored node makes snapshots of its own, once it has a block.
  const maker = await openMaker(again.store, join(directory, 'snapshots of the copy'));
  assert.is((await maker.make())!.manifest.header.stateRoot, chain.root);
  await again.close();
  await chain.close();
});

test('a restored node has nothing to make a snapshot of before its first block', async () => {
  const directory = join(newDirectory(), 'chain');
  await restore(withAccounts, { directory });
  const copy = await Chain.open(directory, neverGenesis);
  const maker = await openMaker(copy.store, `${directory} snapshots`);
  assert.is(await maker.make(), null);
  await copy.block('dave');
  assert.is((await maker.make())!.manifest.header.height, 4);
  await copy.close();
});

test('chunks are fetched at most eight at once, and each of them once however often it is begun', async () => {
  const { manifest, fetch } = withAccounts;
  const directory = join(newDirectory(), 'chain');
  const asked = new Map<Digest, number>();
  let underWay = 0;
  let most = 0;
  const failing = (after_: number): Fetch => async (hash, bytesMax) => {
    most = Math.max(most, ++underWay);
    try {
      const bytes = await fetch(hash, bytesMax);
      if (asked.size >= after_) throw new Error('the peer went away');
      asked.set(hash, (asked.get(hash) ?? 0) + 1);
      return bytes;
    } finally {
      underWay -= 1;
    }
  };
  const progress: number[] = [];
  for (const limit of [0, 1, 3]) {
    const error = await restore({ manifest, fetch: failing(limit) }, { directory }).catch((thrown: Error) => thrown);
    assert.match((error as Error).message, /the peer went away/);
    assert.not(existsSync(directory));
    assert.is(underWay, 0, 'nothing goes on behind a failed one');
  }
  await restore({ manifest, fetch: failing(Infinity) }, { directory, onProgress: (done) => progress.push(done) });
  assert.ok(most <= 8, `${most} at once`);
  assert.equal([...asked.values()], manifest.chunks.map(() => 1));
  assert.equal(progress, manifest.chunks.map((_, i) => i + 1));
  assert.ok(existsSync(directory));
});

test('what an earlier attempt left is used as far as it is right', async () => {
  const { manifest, fetch } = withAccounts;
  const directory = join(newDirectory(), 'chain');
  const gone: Fetch = () => Promise.reject(new Error('gone'));
  await restore({ manifest, fetch: gone }, { directory }).catch(() => undefined);
  const chunks = join(`${directory}.snapshot`, 'chunks');
  const [first, second, third] = manifest.chunks as [ChunkEntry, ChunkEntry, ChunkEntry];
  writeFileSync(join(chunks, first.hash), await fetch(first.hash, first.bytes));
  writeFileSync(join(chunks, second.hash), flipped(await fetch(second.hash, second.bytes), 99));
  writeFileSync(join(chunks, `${third.hash}.new`), new Uint8Array(9));
  writeFileSync(join(chunks, `0x${'77'.repeat(32)}`), new Uint8Array(9));
  await restore({ manifest, fetch: gone }, { directory }).catch(() => undefined);
  assert.equal(readdirSync(chunks).sort(), [first.hash, second.hash].sort(), 'of other snapshots nothing stays');
  const asked: Digest[] = [];
  const counting: Fetch = (hash, bytesMax) => {
    asked.push(hash);
    return fetch(hash, bytesMax);
  };
  await restore({ manifest, fetch: counting }, { directory });
  assert.equal(asked.sort(), manifest.chunks.slice(1).map(({ hash }) => hash).sort());
});

test('a wrong chunk is named and not kept; with right ones the same attempt goes on', async () => {
  const { manifest, fetch } = withAccounts;
  const lies: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
    'a changed bit': (bytes) => flipped(bytes, 4_321),
    cut: (bytes) => bytes.subarray(1),
    empty: () => new Uint8Array(0),
    longer: (bytes) => Buffer.concat([bytes, Uint8Array.of(0)]),
  };
  for (const [what, lie] of Object.entries(lies)) {
    const directory = join(newDirectory(), 'chain');
    const { hash: wrong } = manifest.chunks.at(-1)!;
    const lying: Fetch = async (hash, bytesMax) => {
      const bytes = await fetch(hash, bytesMax);
      return hash === wrong ? lie(bytes) : bytes;
    };
    assert.is(await refusal(() => restore({ manifest, fetch: lying }, { directory })), 'CHUNK_WRONG', what);
    assert.not(existsSync(join(`${directory}.snapshot`, 'chunks', wrong)));
    await restore({ manifest, fetch }, { directory });
    assert.ok(existsSync(directory));
  }
});

/** A snapshot that a liar with the sequencer's key made of other records or another header. */
async function forged(
  records: readonly RawRecord[],
  change: Partial<BlockHeader> = {},
  base: Manifest = withAccounts.manifest,
): Promise<Pick<Source, 'manifest' | 'fetch'>> {
  const bytesOfHash = new Map<Digest, Uint8Array>();
  const chunks: ChunkEntry[] = [];
  const builder = new ChunkBuilder();
  const end = async (): Promise<void> => {
    const { raw, records: count } = builder.take();
    const { entry, bytes } = await packChunk(raw, count);
    bytesOfHash.set(entry.hash, bytes);
    chunks.push(entry);
  };
  for (const record of records) {
    if (builder.endsBefore(record)) await end();
    builder.add(record);
  }
  await end();
  const header = { ...base.header, ...change };
  const hash = blockHash(header);
  const signature = signBlock(fromHex(base.domainSeparator), header.height, hash, sequencer.key);
  const manifest = { ...base, header, hash, signature, chunks };
  return { manifest, fetch: (name) => Promise.resolve(bytesOfHash.get(name)!) };
}

test('records that were changed, left out or added have another root', async () => {
  const { manifest, fetch } = withAccounts;
  const records = await recordsIn(manifest, (hash) => fetch(hash, 2 ** 20));
  const at = records.findIndex(({ type }) => type === ACCOUNT.type);
  const { type, id, value } = records[at]!;
  const lies: Readonly<Record<string, readonly RawRecord[]>> = {
    changed: records.with(at, { type, id, value: flipped(value, 77) }),
    'left out': records.toSpliced(at, 1),
    added: records.toSpliced(at, 0, { type, id: new Uint8Array(21), value }),
    'the chain record left out': records.filter((record) => record.type !== CHAIN.type),
    'a chain record that can not be read': records.map((r) => (r.type === CHAIN.type ? { ...r, value: new Uint8Array(3) } : r)),
  };
  for (const [what, list] of Object.entries(lies)) {
    const directory = join(newDirectory(), 'chain');
    assert.is(await refusal(async () => restore(await forged(list), { directory })), 'ROOT_WRONG', what);
    assert.equal([existsSync(directory), existsSync(`${directory}.snapshot`)], [false, false], 'nothing is left of a lie');
  }
  // Even where the signed root is that of the lie, the header must say what the state says.
  const noChain = lies['the chain record left out']!;
  const stateRoot = `0x${Buffer.from(State.from(noChain).root).toString('hex')}` as Digest;
  assert.is(await refusal(async () => restore(await forged(noChain, { stateRoot }))), 'HEADER_WRONG');
  const unreadable = lies['a chain record that can not be read']!;
  const root = `0x${Buffer.from(State.from(unreadable).root).toString('hex')}` as Digest;
  assert.is(await refusal(async () => restore(await forged(unreadable, { stateRoot: root }))), 'HEADER_WRONG');
});

test('a signed header that says other than its state', async () => {
  const { manifest, fetch } = withAccounts;
  const records = await recordsIn(manifest, (hash) => fetch(hash, 2 ** 20));
  const { header } = manifest;
  const other: Digest = `0x${'66'.repeat(32)}`;
  const lies: readonly Partial<BlockHeader>[] = [
    { height: header.height + 1 },
    { timestamp: header.timestamp - 1 },
    { anchorNumber: header.anchorNumber + 1 },
    { anchorHash: other },
    { inboxCursor: header.inboxCursor + 1 },
    { inboxAccumulator: other },
    { parameterHash: other },
  ];
  for (const lie of lies) {
    assert.is(await refusal(async () => restore(await forged(records, lie))), 'HEADER_WRONG', Object.keys(lie)[0]);
  }
  const chain = { ...existing(State.from(records), CHAIN, 0), domainSeparator: other };
  const moved = records.map((r) => (r.type === CHAIN.type ? { ...r, value: encode(CHAIN.layout, chain) } : r));
  const stateRoot = `0x${Buffer.from(State.from(moved).root).toString('hex')}` as Digest;
  assert.is(await refusal(async () => restore(await forged(moved, { stateRoot }))), 'HEADER_WRONG');
});

test('a chunk with its true name that is none, of every kind of damage', async () => {
  const { manifest, fetch } = withAccounts;
  const [first, second] = manifest.chunks as [ChunkEntry, ChunkEntry];
  const swapped = { ...manifest, chunks: [second, first, ...manifest.chunks.slice(2)] };
  const less = { ...manifest, chunks: manifest.chunks.with(0, { ...first, records: first.records - 1 }) };
  const smaller = { ...manifest, chunks: manifest.chunks.with(0, { ...first, size: first.size - 1 }) };
  for (const wrong of [swapped, less, smaller]) {
    assert.is(await refusal(() => restore({ manifest: wrong, fetch })), 'CHUNK_MALFORMED');
  }
  const fewer = { ...manifest, chunks: manifest.chunks.slice(0, -1) };
  assert.is(await refusal(() => restore({ manifest: fewer, fetch })), 'ROOT_WRONG');
});

test('no bit of a manifest can change unnoticed', async () => {
  const { manifest, fetch } = await source(recordsOfEveryKind);
  const bytes = encodeManifest(manifest);
  await fc.assert(
    fc.asyncProperty(fc.nat(8 * bytes.length - 1), async (bit) => {
      const lookUp: Fetch = (hash, bytesMax) =>
        fetch(hash, bytesMax).catch(() => Promise.reject(new SnapshotError('CHUNK_WRONG', 'expected it, got nothing; ask')));
      await refusal(() => restore({ manifest: decodeManifest(flipped(bytes, bit)), fetch: lookUp }, expectedOf(manifest)));
    }),
    { numRuns: 150 },
  );
});

test('what the caller has no room for, and a directory that is taken', async () => {
  const { manifest } = withAccounts;
  const never: Fetch = () => Promise.reject(new Error('fetched'));
  assert.is(await refusal(() => restore({ manifest, fetch: never }, { sizeMax: 1_000 })), 'TOO_LARGE');
  const other = expectedOf({ domainSeparator: `0x${'66'.repeat(32)}` });
  assert.is(await refusal(() => restore({ manifest, fetch: never }, other)), 'OF_OTHER_CHAIN');
  const signers = [person('mallory').address];
  assert.is(await refusal(() => restore({ manifest, fetch: never }, { signers })), 'SIGNER_WRONG');
  const directory = newDirectory();
  const taken = await restore({ manifest, fetch: never }, { directory }).catch((error: Error) => error);
  assert.match((taken as Error).message, /exists/);
});

test.run();
