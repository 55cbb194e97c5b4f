/**
 * A whole node and a client that loads it: orders are signed beforehand, and sent over one WebSocket from a
 * thread of its own; everything shares the cores of this machine.
 */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { SealedBlock } from '../../node/chain/block.ts';
import { addressOfKey } from '../../node/crypto/recover.ts';
import { Devnet, type DevnetOptions } from '../../node/devnet.ts';
import { SystemClock } from '../../node/ports/clock.ts';
import { TidepoolClient } from '../../rpc/client/client.ts';
import { signAction, type SigningContext } from '../../rpc/client/signer.ts';
import { viewOf } from '../../rpc/devnetView.ts';
import type { Envelope } from '../../rpc/schema/tx.ts';
import { serve } from '../../rpc/server/nodeServer.ts';
import { existing } from '../../state/access.ts';
import { sha256 } from '../../state/crypto/sha256.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import type { Address } from '../../state/units.ts';
import { fund } from '../replay/funding.ts';

const ACCOUNTS = 100;
const DEPOSIT = 10_000_000n * 10n ** 6n;
const BTC_PERP = 100;
/** Ticks of BTC-PERP in one USD. */
const TICKS_PER_USD = 10n;
const SIZE = '0.001';
const ORDER_LIFE_SECONDS = 86_400;
const WINDOW = 256;
export const BATCH_ORDERS = 20;
const BATCH_WINDOW = 32;

const failed = (error: unknown): never => {
  throw error;
};

type Party = Readonly<{ key: Uint8Array; owner: Address }>;
export const PARTIES: readonly Party[] = Array.from({ length: ACCOUNTS }, (_, i) => {
  const key = sha256(Buffer.from(`bench party ${i}`));
  return { key, owner: addressOfKey(key) };
});

/** Signs orders of all parties in turn. */
export class Signer {
  readonly #context: SigningContext;
  readonly #market: string;
  readonly #markTicks: () => bigint;
  #nonces = 0;

  constructor(context: SigningContext, market: string, markTicks: () => bigint) {
    this.#context = context;
    this.#market = market;
    this.#markTicks = markTicks;
  }

  #order(side: 'buy' | 'sell', ticks: bigint): Envelope {
    const { key, owner } = PARTIES[this.#nonces % ACCOUNTS]!;
    this.#nonces += 1;
    return signAction(
      this.#context,
      {
        type: 'order',
        owner,
        nonce: String(this.#nonces),
        expiry: Math.floor(Date.now() / 1_000) + ORDER_LIFE_SECONDS,
        market: this.#market,
        side,
        size: SIZE,
        price: `${ticks / TICKS_PER_USD}.${ticks % TICKS_PER_USD}`,
      },
      key,
    );
  }

  /** Orders on both sides of the book and far apart: they rest. */
  resting(total: number): Envelope[] {
    const mark = this.#markTicks();
    return Array.from({ length: total }, (_, i) => {
      const away = BigInt(i % 500);
      return i % 2 === 0 ? this.#order('buy', mark / 2n + away) : this.#order('sell', (mark * 3n) / 2n + away);
    });
  }

  /** A sale at the mark and a purchase by somebody else that takes it, `trades` times. */
  crossing(trades: number): Envelope[] {
    const mark = this.#markTicks();
    return Array.from({ length: 2 * trades }, (_, i) => this.#order(i % 2 === 0 ? 'sell' : 'buy', mark));
  }
}

export const frame = (id: number, method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });
export const singles = (envelopes: readonly Envelope[]): string[] =>
  envelopes.map((envelope, id) => frame(id, 'tx_submit', envelope));
export const batches = (envelopes: readonly Envelope[]): string[] =>
  Array.from({ length: envelopes.length / BATCH_ORDERS }, (_, id) =>
    frame(id, 'tx_submitBatch', { actions: envelopes.slice(id * BATCH_ORDERS, (id + 1) * BATCH_ORDERS) }),
  );

type Pacing = Readonly<{ window: number; perSecond: number | null }>;
type Answers = Readonly<{
  elapsedMs: number;
  acknowledged: number;
  trades: number;
  firstError: string | null;
  latencies: Float64Array;
  /** Of a paced load: 1 for what was on its way while the machine itself stood still, and for what share of the time it did. */
  met?: Uint8Array;
  stalledShare?: number;
}>;
export type Load = Answers & Readonly<{ busyMs: number }>;

/** Sends frames from another thread, and empties the list. @throws where one of the orders was not acknowledged */
export async function load(port: number, frames: string[], orders: number, pacing: Pacing): Promise<Load> {
  const workerData = { port, frames, ...pacing };
  const worker = new Worker(new URL('./loadClient.mjs', import.meta.url), { workerData });
  // The thread has its copy; this one would only be walked by the collector while the node works.
  frames.length = 0;
  await once(worker, 'message');
  const before = performance.eventLoopUtilization();
  worker.postMessage('go');
  const [answers] = (await once(worker, 'message')) as [Answers];
  const { active: busyMs } = performance.eventLoopUtilization(before);
  await worker.terminate();
  if (answers.acknowledged !== orders) {
    throw new Error(`${answers.acknowledged} of ${orders} orders acknowledged: ${answers.firstError}`);
  }
  return { ...answers, busyMs };
}

export const PIPELINED: Pacing = { window: WINDOW, perSecond: null };
export const BATCHED: Pacing = { window: BATCH_WINDOW, perSecond: null };

export type Served = Readonly<{ devnet: Devnet; signer: Signer; port: number; close: () => Promise<void> }>;

/** A node with funded parties and no batcher: what is posted is posted when it is asked for. */
export async function serveDevnet(directory: string, onBlock: (block: SealedBlock) => void, more: Partial<DevnetOptions> = {}): Promise<Served> {
  const devnet = await Devnet.open({
    directory,
    clock: new SystemClock(),
    l1: 'embedded',
    seed: 'bench',
    priceSeconds: 1,
    batchSeconds: 3_600,
    ...more,
  });
  const { node, provider, deployment, watcher } = devnet;
  node.sequencer.onBlock(onBlock);
  const deposits = [{ asset: 0, amount: DEPOSIT }];
  await fund(provider, deployment, PARTIES.map(({ owner }) => ({ owner, deposits })));
  await node.start(failed);
  await devnet.publication.begin();
  await watcher.poll();
  await watcher.poll();
  const server = await serve(viewOf(devnet), { host: '127.0.0.1', port: 0, rate: null });
  const client = await TidepoolClient.connect(`ws://127.0.0.1:${server.port}`);
  const context = await client.signingContext();
  await client.close();
  const { symbol } = node.network.instruments.find(({ instrument }) => instrument === BTC_PERP)!;
  const signer = new Signer(context, symbol, () => {
    const { markPrice, tickSize } = existing(node.executor.state, INSTRUMENT, BTC_PERP);
    return markPrice / tickSize;
  });
  const close = async (): Promise<void> => {
    await server.close();
    await devnet.close();
  };
  return { devnet, signer, port: server.port, close };
}
