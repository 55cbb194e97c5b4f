/**
 * Measures a follower: from a block that is sealed to the same block executed in another process, which shares
 * the cores of this machine, and how fast one that comes late executes what was sealed at full load.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FollowerNode } from '../../node/follower/followerNode.ts';
import { serveEmbeddedL1 } from '../../node/l1/embedded/server.ts';
import { TidepoolClient } from '../../rpc/client/client.ts';
import type { BenchRow } from '../bench.ts';
import { load, PIPELINED, serveDevnet, singles, type Served } from './nodeLoad.ts';

const MEETING = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], mdns: false };
const TRADES = 10_000;
const PACED_TRADES_PER_SECOND = 250;
const PACED_SECONDS = 20;
const PROGRAM = fileURLToPath(new URL('../../rpc/cli/tidepool.mjs', import.meta.url));

const failed = (what: unknown): never => {
  throw new Error(JSON.stringify(what));
};

type Running = Readonly<{ url: string; end: () => Promise<void> }>;

/** `tidepool follow` in a process of its own; resolves when it answers. */
function follow(l1: string, directory: string, peers: readonly string[]): Promise<Running> {
  const flags = ['--l1', l1, '--deployment', join(directory, 'deployment.json'), '--data-dir', join(directory, 'follower')];
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, 'follow', ...flags, '--port', '0', '--join', 'blocks', '--peers', peers.join(',')]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    void ended.then(() => reject(new Error('the follower ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
      if (msg !== 'JSON-RPC answers') return;
      const end = (): Promise<void> => {
        child.kill('SIGTERM');
        return ended;
      };
      resolve({ url: url!, end });
    });
  });
}

/** Milliseconds of each block from its seal here to its execution there, at a steady load. */
async function delays({ devnet, signer, port }: Served, sealedAt: ReadonlyMap<number, number>, directory: string): Promise<number[]> {
  const l1 = await serveEmbeddedL1({ l1: devnet.embedded!, port: 0, developmentMethods: true });
  const follower = await follow(l1.url, directory, devnet.publication.peers!.addresses);
  const client = await TidepoolClient.connect(follower.url.replace('http', 'ws'));
  const found: number[] = [];
  await client.subscribe('heads', {}, ({ kind, data }) => {
    if (kind !== 'event') return;
    const sealed = sealedAt.get((data as { height: number }).height);
    if (sealed !== undefined) found.push(performance.now() - sealed);
  });
  const trades = PACED_TRADES_PER_SECOND * PACED_SECONDS;
  const pacing = { window: 0, perSecond: 2 * PACED_TRADES_PER_SECOND };
  await load(port, singles(signer.crossing(trades)), 2 * trades, pacing);
  await client.close();
  await follower.end();
  await l1.close();
  // The first ones were caught up with.
  return found.slice(-PACED_SECONDS * 3).sort((a, b) => a - b);
}

/** Seconds that the sequencer took for its blocks, and a follower that had none of them. */
async function catchUp({ devnet, signer, port }: Served, directory: string): Promise<{ sequenced: number; followed: number; trades: number }> {
  const traded = await load(port, singles(signer.crossing(TRADES)), 2 * TRADES, PIPELINED);
  devnet.node.keeper.stop();
  await devnet.node.sequencer.seal();
  await devnet.node.sequencer.settled();
  const { node, deployment, provider } = devnet;
  const height = node.executor.sealedHeight;
  const late = await FollowerNode.open({
    ...{ directory: join(directory, 'late'), clock: node.clock, network: node.network, deployment, provider, join: 'blocks' },
    ...{ peers: { ...MEETING, bootstrap: devnet.publication.peers!.addresses }, snapshotSeconds: 3_600, confirmations: 0, pollMillis: 50 },
    onTrouble: () => undefined,
  });
  const done = new Promise<number>((resolve) => {
    late.follower.chain.onBlock(({ header }) => {
      if (header.height === height) resolve(performance.now());
    });
  });
  const began = new Promise<number>((resolve) => late.follower.chain.onBlock(() => resolve(performance.now())));
  await late.start(failed, failed);
  const followed = ((await done) - (await began)) / 1_000;
  const trades = node.executor.sequence;
  await late.close();
  return { sequenced: traded.elapsedMs / 1_000, followed, trades };
}

/** Cost: about a minute. */
export async function benchFollower(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-bench-'));
  const sealedAt = new Map<number, number>();
  const seal = (height: number): void => void sealedAt.set(height, performance.now());
  const served = await serveDevnet(directory, ({ header }) => seal(header.height), { peers: MEETING });
  try {
    const found = await delays(served, sealedAt, directory);
    const at = (share: number): string => `${found[Math.floor(found.length * share)]!.toFixed(0)} ms`;
    const { sequenced, followed, trades } = await catchUp(served, directory);
    return [
      {
        name: `block sealed to the same block executed by a follower, ${PACED_TRADES_PER_SECOND} trades/s`,
        value: `p50 ${at(0.5)}, p99 ${at(0.99)} of ${found.length} blocks`,
        limit: 'two processes on the cores of this machine',
        budget: '',
      },
      {
        name: 'follower that catches up from its peers, every root compared',
        value: `${Math.round(trades / followed).toLocaleString('en-US')} transactions/s`,
        limit: `the sequencer at full load took ${(TRADES / sequenced).toFixed(0)} trades/s`,
        budget: 'faster than real time',
      },
    ];
  } finally {
    await served.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
