/** Measures snapshots of many accounts on a real database: making one beside everything else, and beginning from it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { existing } from '../../state/access.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { State, type RawRecord } from '../../state/state.ts';
import { Executor } from '../../node/chain/executor.ts';
import { addressOfKey, recover } from '../../node/crypto/recover.ts';
import { SystemClock } from '../../node/ports/clock.ts';
import { bytesOf, recordsOf, type Manifest } from '../../node/snapshot/manifest.ts';
import { SnapshotMaker } from '../../node/snapshot/maker.ts';
import { restoreSnapshot } from '../../node/snapshot/restore.ts';
import { after, BUCKET, key } from '../../node/store/buckets.ts';
import { Store } from '../../node/store/store.ts';
import { benchMarket } from './stateWorld.ts';

type BenchRow = { name: string; value: string; limit: string; budget: string };

const SIZES = [100_000, 1_000_000];
/** One account in a hundred trades, with 20 positions; the others hold two. */
const TRADERS_SHARE = 0.01;
const IDLE_POSITIONS = 2;
const KEY = sha256(new TextEncoder().encode('bench sequencer'));

/** Cost: about four minutes of processor, and 6 GB. */
export async function benchSnapshot(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const accounts of SIZES) {
    const directory = mkdtempSync(join(tmpdir(), 'tidepool-bench-'));
    try {
      rows.push(...(await benchAt(accounts, directory)));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return rows;
}

const open = (store: Store, genesis: () => readonly RawRecord[]): Promise<Executor> =>
  Executor.open(store, genesis, { recover }, KEY);
const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const records = (): RawRecord[] => {
  throw new Error('the store has no head');
};

async function benchAt(accounts: number, directory: string): Promise<BenchRow[]> {
  const chain = join(directory, 'chain');
  await build(accounts, chain);
  const store = await Store.open(chain);
  const read = await timedTurns(() => readAll(store));
  const maker = await SnapshotMaker.open({
    store,
    directory: join(directory, 'snapshots'),
    clock: new SystemClock(),
    everySeconds: 1,
    onTrouble: (what, error) => {
      throw new Error(what, { cause: error });
    },
  });
  let manifest!: Manifest;
  const make = await timedTurns(async () => {
    manifest = (await maker.make())!.manifest;
  });
  const size = manifest.chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  const restored = await restore(maker, manifest, join(directory, 'restored'));
  await store.close();
  const of = `${accounts.toLocaleString('en-US')} accounts`;
  return [
    {
      name: `snapshot: made beside a running node, ${of}`,
      value: make,
      limit: `${read}: reading the records`,
      budget: '-',
    },
    {
      name: `snapshot: its size, ${of}`,
      value: `${inMegabytes(bytesOf(manifest))} in ${manifest.chunks.length} chunks`,
      limit: `${inMegabytes(size)}: ${recordsOf(manifest).toLocaleString('en-US')} records uncompressed`,
      budget: '-',
    },
    restored(of),
  ];
}

/** A database of that many accounts and one sealed block. */
async function build(accounts: number, directory: string): Promise<void> {
  const traders = accounts * TRADERS_SHARE;
  const { state } = benchMarket(traders, accounts - traders, IDLE_POSITIONS);
  const store = await Store.open(directory, { sync: false });
  const executor = await open(store, () => [...state.all()]);
  executor.ensureOpen(executor.timestamp);
  executor.seal();
  await store.close();
}

async function restore(maker: SnapshotMaker, manifest: Manifest, directory: string): Promise<(of: string) => BenchRow> {
  const restoreMs = await timed(() =>
    restoreSnapshot({
      manifest,
      chunk: async (hash) => (await maker.chunk(hash))!,
      directory,
      domainSeparator: manifest.domainSeparator,
      signers: [addressOfKey(KEY)],
    }),
  );
  const store = await Store.open(directory);
  let executor!: Executor;
  const openMs = await timed(async () => {
    executor = await open(store, records);
  });
  if (existing(executor.state, CHAIN, 0).height !== manifest.header.height) throw new Error('another height was restored');
  const all = [...executor.state.all()];
  const stateMs = await timed(() => void State.from(all));
  await store.close();
  return (of) => ({
    name: `snapshot: restored from chunks on this machine, ${of}`,
    value: `${seconds(restoreMs)}, and ${seconds(openMs)} until the chain is open`,
    limit: `${seconds(stateMs)}: the state of records in memory`,
    budget: '-',
  });
}

async function readAll(store: Store): Promise<void> {
  const prefix = key(BUCKET.record);
  for await (const _ of store.range(prefix, after(prefix)));
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** How long it takes, and how long anything else may have waited for its turn meanwhile. */
async function timedTurns(work: () => Promise<void>): Promise<string> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ms = await timed(work);
  delay.disable();
  return `${seconds(ms)}, longest turn ${(delay.max / 1e6).toFixed(0)} ms`;
}
