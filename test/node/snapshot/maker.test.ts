/** Making snapshots on a real database, beside a chain that goes on. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VirtualClock } from '../../../node/ports/clock.ts';
import { checkChunk } from '../../../node/snapshot/chunk.ts';
import { decodeManifest, recordsOf, type Manifest } from '../../../node/snapshot/manifest.ts';
import type { SnapshotMaker } from '../../../node/snapshot/maker.ts';
import { genesisRecords } from '../../../genesis/genesis.ts';
import { GENESIS_TIME, L1, networkAt } from '../../support/world.ts';
import { Chain, flipped, hashOf, newDirectory, newestOf, openMaker, recordsOfAccounts } from './chain.ts';
import { rootOf } from './restored.ts';

const test = suite('snapshot: maker');

const small = () => genesisRecords(networkAt(GENESIS_TIME), L1);
const chunksIn = (directory: string): string[] => readdirSync(join(directory, 'chunks')).sort();
const manifestsIn = (directory: string): string[] => readdirSync(join(directory, 'manifests')).sort();
const namesOf = (...manifests: readonly Manifest[]): string[] =>
  [...new Set(manifests.flatMap(({ chunks }) => chunks.map(({ hash }) => hash)))].sort();

async function requireServed(maker: SnapshotMaker): Promise<void> {
  for (const entry of newestOf(maker).chunks) checkChunk(entry, (await maker.chunk(entry.hash))!);
}

test('there is none before the first block, and one of each newest block', async () => {
  const directory = newDirectory();
  const chain = await Chain.open(join(directory, 'chain'), small);
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  assert.is(maker.newest(), null);
  assert.is(await maker.make(), null);
  await chain.block('alice');
  const { manifest, written } = (await maker.make())!;
  assert.equal(decodeManifest(maker.newest()!), manifest);
  assert.is(manifest.header.height, 1);
  assert.is(manifest.header.stateRoot, chain.root);
  assert.is(manifest.hash, chain.executor.sealedHash);
  assert.is(manifest.domainSeparator, chain.domainSeparator);
  assert.is(recordsOf(manifest), chain.executor.state.size);
  assert.is(written, manifest.chunks.length);
  assert.is(await maker.make(), null, 'no block since');
  await requireServed(maker);
  for (const hash of ['0x', '../manifests/000000000000001', `0x${'00'.repeat(32)}`]) {
    assert.is(await maker.chunk(hash as `0x${string}`), null);
  }
  await chain.close();
});

test('chunks that did not change are not written again, the newest two snapshots stay', async () => {
  const directory = newDirectory();
  const snapshots = join(directory, 'snapshots');
  const chain = await Chain.open(join(directory, 'chain'), () => recordsOfAccounts(20_000));
  const maker = await openMaker(chain.store, snapshots);
  const manifests: Manifest[] = [];
  for (let n = 0; n < 3; n++) {
    await chain.block(`owner ${n}`);
    const { manifest, written } = (await maker.make())!;
    manifests.push(manifest);
    // The head of the store, the account and its owner; a new record may join two chunks or part one.
    assert.ok(n === 0 ? written === manifest.chunks.length : written <= 6, `${written} of ${manifest.chunks.length}`);
    assert.ok(manifest.chunks.length > 8);
    const [before, newest] = manifests.slice(-2);
    assert.equal(chunksIn(snapshots), namesOf(before!, newest ?? before!));
    assert.is(manifestsIn(snapshots).length, Math.min(2, n + 1));
  }
  const [before] = manifests.slice(-2) as [Manifest];
  for (const entry of before.chunks) checkChunk(entry, (await maker.chunk(entry.hash))!);
  await requireServed(maker);
  await chain.close();
});

test('a snapshot made while blocks are sealed is of one moment', async () => {
  const directory = newDirectory();
  const chain = await Chain.open(join(directory, 'chain'), () => recordsOfAccounts(5_000));
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  await chain.block('first');
  const { root } = chain;
  let isMade = false;
  const making = maker.make().finally(() => {
    isMade = true;
  });
  let blocks = 0;
  for (; !isMade; blocks++) await chain.block(`during ${blocks}`, 'first');
  const { manifest } = (await making)!;
  assert.ok(blocks > 3, `${blocks} blocks meanwhile`);
  assert.is(manifest.header.height, 1);
  assert.is(manifest.header.stateRoot, root);
  assert.is(await rootOf(manifest, (hash) => maker.chunk(hash)), root);
  // What is executed and not sealed is in none.
  chain.deposit('open');
  await chain.store.flush();
  const next = (await maker.make())!.manifest;
  assert.is(next.header.height, blocks + 1);
  assert.is(await rootOf(next, (hash) => maker.chunk(hash)), next.header.stateRoot);
  await chain.close();
});

test('sealed blocks begin one when it is due, one at a time', async () => {
  const directory = newDirectory();
  const clock = new VirtualClock(1_000_000);
  const chain = await Chain.open(join(directory, 'chain'), small);
  const maker = await openMaker(chain.store, join(directory, 'snapshots'), clock);
  const heights: number[] = [];
  const seal = async (): Promise<void> => {
    await chain.block('alice');
    maker.sealed();
  };
  const settle = async (): Promise<void> => {
    // Joins the one under way; of the newest block there is nothing more to make.
    await maker.make();
    heights.push(newestOf(maker).header.height);
  };
  await seal();
  const both = [maker.make(), maker.make()];
  assert.is(both[0], both[1]);
  await settle();
  await seal();
  heights.push(newestOf(maker).header.height);
  await clock.advance(59_999);
  await seal();
  heights.push(newestOf(maker).header.height);
  await clock.advance(1);
  await seal();
  await settle();
  assert.equal(heights, [1, 1, 1, 4]);
  await chain.close();
});

test('what a crash left is swept, what is whole is served again', async () => {
  const directory = newDirectory();
  const snapshots = join(directory, 'snapshots');
  const chain = await Chain.open(join(directory, 'chain'), small);
  let maker = await openMaker(chain.store, snapshots);
  for (const name of ['alice', 'bob']) {
    await chain.block(name);
    await maker.make();
  }
  const newest = maker.newest()!;
  const kept = [chunksIn(snapshots), manifestsIn(snapshots)];
  const put = (path: string, bytes: Uint8Array): void => writeFileSync(join(snapshots, path), bytes);
  const [first, second] = manifestsIn(snapshots) as [string, string];
  put('chunks/half.new', new Uint8Array(9));
  put(`chunks/0x${'77'.repeat(32)}`, new Uint8Array(9));
  put('manifests/000000000000003.new', newest);
  put('manifests/000000000000009', newest);
  put('manifests/000000000000010', newest.subarray(0, 99));
  maker = await openMaker(chain.store, snapshots);
  assert.equal([chunksIn(snapshots), manifestsIn(snapshots)], kept);
  assert.is(hashOf(maker.newest()!), hashOf(newest));
  await requireServed(maker);

  // A manifest without a chunk of its own goes, and the other one stays.
  const [older, latest] = [first, second].map((name) => decodeManifest(readFileSync(join(snapshots, 'manifests', name))));
  const own = latest!.chunks.find(({ hash }) => !older!.chunks.some((chunk) => chunk.hash === hash))!;
  rmSync(join(snapshots, 'chunks', own.hash));
  maker = await openMaker(chain.store, snapshots);
  assert.is(newestOf(maker).header.height, 1);
  assert.equal(chunksIn(snapshots), namesOf(older!));
  assert.is((await maker.make())!.manifest.header.height, 2);
  await chain.close();
});

test('a chunk that the disk lost or damaged is written again', async () => {
  const directory = newDirectory();
  const chunks = join(directory, 'snapshots', 'chunks');
  const chain = await Chain.open(join(directory, 'chain'), () => recordsOfAccounts(3_000));
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  await chain.block('alice');
  const { manifest } = (await maker.make())!;
  // The last one: a deposit changes none of what is in it.
  const { hash } = manifest.chunks.at(-1)!;
  for (const damage of [() => rmSync(join(chunks, hash)), () => writeFileSync(join(chunks, hash), flipped(readFileSync(join(chunks, hash)), 9))]) {
    damage();
    await chain.block('alice');
    assert.is((await maker.make())!.manifest.chunks.at(-1)!.hash, hash);
    await requireServed(maker);
  }
  await chain.close();
});

test('snapshots of a chain that stood there before are not served', async () => {
  const directory = newDirectory();
  const snapshots = join(directory, 'snapshots');
  for (const name of ['alice', 'bob']) {
    const chain = await Chain.open(join(directory, name), small);
    const maker = await openMaker(chain.store, snapshots);
    assert.is(maker.newest(), null);
    assert.equal(chunksIn(snapshots), []);
    await chain.block(name);
    await maker.make();
    await chain.close();
  }
});

test('closing ends one that is being made', async () => {
  const directory = newDirectory();
  const snapshots = join(directory, 'snapshots');
  const chain = await Chain.open(join(directory, 'chain'), () => recordsOfAccounts(5_000));
  const maker = await openMaker(chain.store, snapshots);
  await chain.block('alice');
  const making = maker.make();
  await maker.close();
  assert.is(await making, null);
  assert.equal(manifestsIn(snapshots), []);
  await chain.close();
  assert.ok(existsSync(snapshots));
});

test('a directory that can not be written to is trouble, not an end', async () => {
  const directory = newDirectory();
  const chain = await Chain.open(join(directory, 'chain'), small);
  const maker = await openMaker(chain.store, join(directory, 'snapshots'));
  await chain.block('alice');
  rmSync(join(directory, 'snapshots'), { recursive: true });
  const error = await maker.make().catch((thrown: unknown) => thrown as NodeJS.ErrnoException);
  assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
  assert.is(maker.newest(), null);
  // Once it can, all that is there is what the snapshot names.
  for (const part of ['manifests', 'chunks']) mkdirSync(join(directory, 'snapshots', part), { recursive: true });
  writeFileSync(join(directory, 'snapshots', 'chunks', `0x${'77'.repeat(32)}`), new Uint8Array(9));
  const { manifest } = (await maker.make())!;
  assert.equal(chunksIn(join(directory, 'snapshots')), namesOf(manifest));
  await chain.close();
});

test.run();
