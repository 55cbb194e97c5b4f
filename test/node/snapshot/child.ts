/**
 * A process made to be killed. On `go` it makes snapshots of a chain that grows, for ever, or restores
 * a store from the newest one, once; it says what it found and what it has done.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { checkChunk } from '../../../node/snapshot/chunk.ts';
import { decodeManifest } from '../../../node/snapshot/manifest.ts';
import type { SnapshotMaker } from '../../../node/snapshot/maker.ts';
import { restoreSnapshot } from '../../../node/snapshot/restore.ts';
import { Chain, expectedOf, openMaker, recordsOfAccounts } from './chain.ts';
import { served } from './restored.ts';

const [task, directory, target] = process.argv.slice(2) as [string, string, string];
const say = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);

/** Height of the newest snapshot, each of whose chunks must be there; 0 where there is none. */
async function checkNewest(maker: SnapshotMaker): Promise<number> {
  const bytes = maker.newest();
  if (bytes === null) return 0;
  const manifest = decodeManifest(bytes);
  for (const entry of manifest.chunks) checkChunk(entry, (await maker.chunk(entry.hash)) ?? new Uint8Array(0));
  return manifest.header.height;
}

say({ kind: 'loaded' });
await new Promise<void>((resolve) => createInterface({ input: process.stdin }).once('line', () => resolve()));
const chain = await Chain.open(join(directory, 'chain'), () => recordsOfAccounts(8_000));
const maker = await openMaker(chain.store, join(directory, 'snapshots'));
say({ kind: 'ready', height: await checkNewest(maker) });
if (task === 'make') {
  for (let n = 0; ; n++) {
    await chain.block(`owner ${n}`);
    say({ kind: 'step' });
    say({ kind: 'done', height: (await maker.make())!.manifest.header.height });
  }
}
const manifest = decodeManifest(maker.newest()!);
await restoreSnapshot({
  manifest,
  chunk: served(maker),
  directory: target,
  ...expectedOf(manifest),
  onProgress: () => say({ kind: 'step' }),
});
say({ kind: 'done', height: manifest.header.height });
process.exit(0);
