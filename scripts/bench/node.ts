/**
 * Measures a whole node: signed orders over one WebSocket to their durable, signed acknowledgement,
 * trades, what they cost on L1, and the replay of them from L1.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Level } from 'level';
import { audit } from '../../node/auditor/auditor.ts';
import type { SealedBlock } from '../../node/chain/block.ts';
import { recover, signDigest } from '../../node/crypto/recover.ts';
import { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { trade } from '../../state/transactions/trade.ts';
import type { BenchRow } from '../bench.ts';
import { BATCH_ORDERS, BATCHED, batches, frame, load, PARTIES, PIPELINED, serveDevnet, singles, type Load, type Served } from './nodeLoad.ts';


const WARMUP_ORDERS = 4_000;
const ORDERS = 20_000;
const LATENCY_SECONDS = 4;
/** So many that the threads of the audit have started long before its end. */
const TRADES = 15_000;
const STARTS = 3;
const START_LIMIT_MS = 30_000;
/** Bytes of a transaction's entry in the payload's table: where its body is, and the root after it. */
const TABLE_ENTRY_BYTES = 36;

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const millis = (value: number): string => `${value.toFixed(1)} ms`;
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

type Limits = Readonly<{ recoveriesPerSecond: number; writeMs: number }>;

/** What the curve and the disk do by themselves. */
async function measureLimits(directory: string): Promise<Limits> {
  const { key } = PARTIES[0]!;
  const digests = Array.from({ length: 3_000 }, (_, i) => sha256(Buffer.from(`digest ${i}`)));
  const signatures = digests.map((digest) => fromHex(signDigest(digest, key)));
  const startedMs = performance.now();
  for (const [i, digest] of digests.entries()) {
    const signature = signatures[i]!;
    const s = signature.slice(32);
    const parity = s[0]! >> 7;
    s[0] = s[0]! & 127;
    if (recover(digest, signature.subarray(0, 32), s, parity as 0 | 1) === null) throw new Error('no signer');
  }
  const recoveriesPerSecond = (digests.length * 1_000) / (performance.now() - startedMs);
  const db = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' });
  await db.open();
  const writes: number[] = [];
  for (let i = 0; i < 50; i += 1) {
    const value = new Uint8Array(100_000).fill(i);
    const writeStartedMs = performance.now();
    await db.put(Uint8Array.of(i), value, { sync: true });
    writes.push(performance.now() - writeStartedMs);
  }
  await db.close();
  return { recoveriesPerSecond, writeMs: median(writes) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const PROGRAM = fileURLToPath(new URL('../../rpc/cli/tidepool.mjs', import.meta.url));
const INFO = { method: 'POST', headers: { 'content-type': 'application/json' }, body: frame(1, 'system_info', {}) };

/** Milliseconds from spawning `tidepool start` on an empty directory to its first answer. */
async function startOnce(directory: string): Promise<number> {
  const [port, l1Port] = [await freePort(), await freePort()];
  const flags = ['--data-dir', directory, '--port', `${port}`, '--l1-port', `${l1Port}`, '--log-level', 'silent'];
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, 'start', ...flags], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}`, INFO).catch(() => null);
      const elapsedMs = performance.now() - startedMs;
      if (answer?.ok === true) return elapsedMs;
      if (elapsedMs > START_LIMIT_MS || child.exitCode !== null) throw new Error('the node did not start');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

async function startRow(root: string): Promise<BenchRow> {
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i += 1) starts.push(await startOnce(join(root, `start${i}`)));
  return {
    name: 'start on an empty directory to the first JSON-RPC answer',
    value: `${(median(starts) / 1_000).toFixed(2)} s (median of ${STARTS})`,
    limit: 'deploys the contracts; the first of them bundles the program, where no start did before',
    budget: '< 3 s',
  };
}

const rateOf = (things: number, { elapsedMs, busyMs }: Load): string =>
  `${count((things * 1_000) / elapsedMs)}/s (${count((things * 1_000) / busyMs)}/s of the sequencer's core)`;

async function orderRows({ signer, port }: Served, limit: string, writeMs: number): Promise<BenchRow[]> {
  await load(port, singles(signer.resting(WARMUP_ORDERS)), WARMUP_ORDERS, PIPELINED);
  const single = await load(port, singles(signer.resting(ORDERS)), ORDERS, PIPELINED);
  const batch = await load(port, batches(signer.resting(ORDERS)), ORDERS, BATCHED);
  const perSecond = Math.floor((ORDERS * 500) / single.elapsedMs);
  const pacedOrders = Math.min(ORDERS, perSecond * LATENCY_SECONDS);
  const paced = await load(port, singles(signer.resting(pacedOrders)), pacedOrders, { window: 0, perSecond });
  const unhindered = paced.latencies.filter((_, id) => paced.met![id] === 0).sort();
  const sorted = paced.latencies.sort();
  const half = `acknowledgement at ${count(perSecond)} orders/s, open loop`;
  return [
    {
      name: 'signed orders, WebSocket to durable signed acknowledgement',
      value: rateOf(ORDERS, single),
      limit,
      budget: '>= 10,000/s',
    },
    {
      name: `the same in tx_submitBatch of ${BATCH_ORDERS}, a signature each`,
      value: rateOf(ORDERS, batch),
      limit,
      budget: '>= 50,000/s',
    },
    {
      name: half,
      value: `p50 ${millis(quantile(sorted, 0.5))}, p99 ${millis(quantile(sorted, 0.99))}`,
      limit:
        `where the machine did not stand still, as it did ${(100 * paced.stalledShare!).toFixed(1)} % of the time: ` +
        `p50 ${millis(quantile(unhindered, 0.5))}, p99 ${millis(quantile(unhindered, 0.99))}; synced write of 100 KB ${millis(writeMs)}`,
      budget: 'p50 < 3 ms, p99 < 15 ms',
    },
  ];
}

/** Bytes on L1 of one trade of one fill: its body and its entry in the table. */
function tradeBytes(blocks: readonly SealedBlock[]): number[] {
  return blocks
    .flatMap(({ transactions }) => transactions)
    .filter(({ bytes }) => bytes[0] === trade.type && decode(trade.layout, bytes.subarray(1)).fills.length === 1)
    .map(({ bytes }) => bytes.length + TABLE_ENTRY_BYTES);
}

/** Trades at full load, then their posting on L1 and their replay from there. */
async function tradeRows(served: Served, blocks: SealedBlock[], limit: string): Promise<BenchRow[]> {
  const { devnet, signer, port } = served;
  const { batcher, provider, deployment, node } = devnet;
  await devnet.flush();
  const before = { ...batcher.figures };
  blocks.length = 0;
  const traded = await load(port, singles(signer.crossing(TRADES)), 2 * TRADES, PIPELINED);
  const tradesPerSecond = (traded.trades * 1_000) / traded.elapsedMs;
  const flushStartedMs = performance.now();
  await devnet.flush();
  const flushSeconds = (performance.now() - flushStartedMs) / 1_000;
  const posted = batcher.figures.batches - before.batches;
  const gas = Number(batcher.figures.gas - before.gas);
  const bytes = batcher.figures.bytes - before.bytes;
  const sizes = tradeBytes(blocks);
  if (sizes.length !== TRADES || traded.trades !== TRADES) {
    throw new Error(`${TRADES} trades wanted, ${traded.trades} told, ${sizes.length} in blocks`);
  }
  const auditStartedMs = performance.now();
  const recovery = new SignatureRecovery(availableParallelism());
  const report = await audit(provider, deployment, node.network, undefined, recovery);
  const auditSeconds = (performance.now() - auditStartedMs) / 1_000;
  await recovery.close();
  if (report.divergence !== null) throw new Error(`the audit diverged: ${report.divergence.rule}`);
  const replayed = report.transactions / auditSeconds;
  return [
    {
      name: 'crossing orders, trades settled and acknowledged',
      value: rateOf(traded.trades, traded),
      limit: `two orders each; ${limit}`,
      budget: '-',
    },
    {
      name: 'L1 bytes of a single-fill trade of two new orders, with its root',
      value: `${count(median(sizes))} B (${count(bytes / traded.trades)} B with everything else in its batch)`,
      limit: 'two orders of 111 B, a root of 32 B',
      budget: '<= 330 B',
    },
    {
      name: 'L1 gas of posting',
      value: `${count(gas / traded.trades)} a trade, ${count(gas / posted)} a batch of ${count(traded.trades / posted)}`,
      limit: `${posted} batches in ${flushSeconds.toFixed(1)} s; calldata at most ${count((40 * bytes) / traded.trades)} a trade`,
      budget: '-',
    },
    {
      name: 'audit replay from L1, every signature and root checked',
      value: `${count(replayed)} transactions/s, ${(replayed / tradesPerSecond).toFixed(1)} x real time at full load`,
      limit: `two recoveries a trade; ${limit}`,
      budget: '>= 10 x',
    },
  ];
}

export async function benchNode(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), 'tidepool-bench-'));
  try {
    const start = await startRow(root);
    const limits = await measureLimits(join(root, 'level'));
    const limit = `native recovery ${count(limits.recoveriesPerSecond)}/s of a core`;
    const blocks: SealedBlock[] = [];
    const served = await serveDevnet(join(root, 'devnet'), (block) => blocks.push(block));
    try {
      const orders = await orderRows(served, limit, limits.writeMs);
      const trades = await tradeRows(served, blocks, limit);
      return [...orders, ...trades, start];
    } finally {
      await served.close();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
