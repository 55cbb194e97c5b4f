/**
 * Measures a storm to its end: a hundred thousand accounts, a fifth of them below maintenance margin after one
 * price, on a whole node behind its WebSocket. Bidders and a vault take what is auctioned, others trade, cancel
 * and top up meanwhile, each client on a thread of its own; everything shares the cores of this machine.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { SystemClock } from '../../node/ports/clock.ts';
import { SignatureRecovery } from '../../node/sequencer/recovery.ts';
import { Store } from '../../node/store/store.ts';
import { TidepoolClient } from '../../rpc/client/client.ts';
import { signAction, type SigningContext } from '../../rpc/client/signer.ts';
import { messageDigest, messageOf } from '../../rpc/methods/signing.ts';
import { action as actionSchema, type ActionInput, type Envelope } from '../../rpc/schema/tx.ts';
import { serve } from '../../rpc/server/nodeServer.ts';
import { existing } from '../../state/access.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { ACCOUNT, ownerOf } from '../../state/records/account.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { computeMargin } from '../../state/risk/margin.ts';
import { absorb } from '../../state/transactions/absorb.ts';
import type { AccountId } from '../../state/units.ts';
import type { BenchRow } from '../bench.ts';
import type { BidderFigures } from './stormBidder.ts';
import { openStorm, partyOf, type Party, type Storm } from './stormWorld.ts';

const ACCOUNTS = 100_000;
const [TRADERS, BIDDERS] = [100, 4];
/** Of ten frames eight are orders that rest, one a cancel, one a top-up that heals an account. */
const PATTERN = 10;
const PER_SECOND = 500;
/** Signed beforehand; a storm that lasts longer goes on without them. */
const SECONDS_MAX = 90;
/** Of calm, for comparison. */
const BEFORE_SECONDS = 5;
/** A lane that the connections of the flood can fill. */
const LANES = { urgent: 5_000, bid: 2_000, normal: 2_000, ahead: 1 };
const FLOOD = { connections: 2, window: 1_500, orders: 20_000 };
const WINDOW = 256;
const ORDER_LIFE_SECONDS = 3_600;
const TOP_UP = '20000';
/** Of acknowledgements at half of the load that is sustained. */
const BUDGET = 'p50 < 3 ms, p99 < 15 ms';

const millis = (value: number): string => `${value.toFixed(1)} ms`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
function quantiles(values: Iterable<number>): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return `p50 ${millis(at(0.5))}, p99 ${millis(at(0.99))} of ${sorted.length}`;
}

export async function benchStorm(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-storm-'));
  const recovery = new SignatureRecovery(undefined, LANES);
  const store = await Store.open(directory);
  const traders = Array.from({ length: TRADERS }, (_, n) => partyOf(`trader ${n}`));
  const bidders = Array.from({ length: BIDDERS }, (_, n) => partyOf(`bidder ${n}`));
  const parties = [...traders, ...bidders];
  const storm = await openStorm({ accounts: ACCOUNTS, parties, store, recovery, clock: new SystemClock() });
  const { sequencer } = storm;
  await sequencer.start((error) => {
    throw error;
  });
  storm.keeper.start();
  const server = await serve(storm.node, { host: '127.0.0.1', port: 0, rate: null });
  try {
    while (!sequencer.screen.isLoaded) await new Promise((resolve) => setImmediate(resolve));
    return await rowsOf(storm, server.port, traders, bidders);
  } finally {
    await server.close();
    storm.keeper.stop();
    await sequencer.stop();
    await store.close();
    await recovery.close();
    rmSync(directory, { recursive: true });
  }
}

async function rowsOf(storm: Storm, port: number, traders: readonly Party[], bidders: readonly Party[]): Promise<BenchRow[]> {
  const client = await TidepoolClient.connect(`ws://127.0.0.1:${port}`);
  const frames = new Frames(await client.signingContext(), traders, storm.poor);
  await client.close();
  const cancelled = frames.orders((PER_SECOND * SECONDS_MAX) / PATTERN);
  await Load.run(port, cancelled.map(({ frame }) => frame), { window: WINDOW, perSecond: null }).then((load) => load.ended);
  const ids = cancelled.map(({ id }) => id);
  const steady = frames.steady(ids);

  const progress = new Progress(storm);
  const bidding = new Worker(new URL('./stormBidder.mjs', import.meta.url), { workerData: { port, parties: bidders } });
  await once(bidding, 'message');
  const load = await Load.run(port, steady, { window: 0, perSecond: PER_SECOND });
  await new Promise((resolve) => setTimeout(resolve, BEFORE_SECONDS * 1_000));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  storm.fall();
  const { auctionedMs, resolvedMs, ended } = await progress.finished;
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const { latencies, met, stalledShare } = await load.stop();
  bidding.postMessage('stop');
  const [figures] = (await once(bidding, 'message')) as [BidderFigures];
  await bidding.terminate();
  requireHealthy(storm);
  const calm = PER_SECOND * BEFORE_SECONDS;
  const of = (place: number): Pick<BenchRow, 'value' | 'limit'> => ({
    value: quantiles(latencies.filter((_, id) => id >= calm && id % PATTERN === place)),
    limit:
      `where the machine did not stand still, as it did ${(100 * stalledShare).toFixed(1)} % of the time: ` +
      quantiles(latencies.filter((_, id) => id >= calm && id % PATTERN === place && met[id] === 0)) +
      `; before the fall ${quantiles(latencies.filter((_, id) => id < calm && id % PATTERN === place))}`,
  });
  const flooded = await flood(port, frames, ids.reverse());
  const count = ACCOUNTS / 1_000;
  return [
    {
      name: `storm: ${count} k accounts, ${storm.poor.length} of them below maintenance at one price, ${PER_SECOND} requests/s, until all are in auction`,
      value: `${seconds(auctionedMs)}; the longest turn ${millis(delay.max / 1e6)}`,
      limit: '-',
      budget: '-',
    },
    {
      name: 'storm: until all of them are healthy again',
      value: `${seconds(resolvedMs)}, ${((user + system) / 1e6).toFixed(1)} s of two cores with all clients; ${figures.bids} signed bids, ${ended.vault} of the vault, ${ended.topUps} topped up`,
      limit: '-',
      budget: '-',
    },
    { name: 'storm: cancels, WebSocket to durable acknowledgement', ...of(PATTERN - 2), budget: BUDGET },
    { name: 'storm: top-ups, the same', ...of(PATTERN - 1), budget: BUDGET },
    { name: 'storm: bids, the same', value: quantiles(figures.latencies), limit: '-', budget: '-' },
    flooded,
  ];
}

/** Signs what clients send, of all traders in turn. */
class Frames {
  readonly #context: SigningContext;
  readonly #traders: readonly Party[];
  readonly #poor: readonly AccountId[];
  #nonces = 0;
  #topUps = 0;

  constructor(context: SigningContext, traders: readonly Party[], poor: readonly AccountId[]) {
    this.#context = context;
    this.#traders = traders;
    this.#poor = poor;
  }

  /** Orders that rest until they are cancelled, and their ids. */
  orders(count: number): { id: string; frame: string }[] {
    return Array.from({ length: count }, (_, n) => {
      const envelope = this.#order('gtc');
      const { domainSeparator, directory } = this.#context;
      const message = messageOf(actionSchema.parse(envelope.action), directory);
      return { id: toHex(messageDigest(domainSeparator, message)), frame: frameOf(n, envelope) };
    });
  }

  steady(ids: readonly string[]): string[] {
    return Array.from({ length: ids.length * PATTERN }, (_, n) => {
      const place = n % PATTERN;
      if (place < PATTERN - 2) return frameOf(n, this.#order('ioc'));
      return frameOf(n, place === PATTERN - 2 ? this.#cancel(ids, (n - place) / PATTERN) : this.#topUp());
    });
  }

  /** Cancels and top-ups in turn. */
  urgent(ids: readonly string[]): string[] {
    return Array.from({ length: 2 * ids.length }, (_, n) => frameOf(n, n % 2 === 0 ? this.#cancel(ids, n / 2) : this.#topUp()));
  }

  taking(count: number): string[] {
    return Array.from({ length: count }, (_, n) => frameOf(n, this.#order('ioc')));
  }

  #order(timeInForce: 'gtc' | 'ioc'): Envelope {
    return this.#sign(this.#nonces, { type: 'order', market: 'BTC-PERP', side: 'buy', size: '0.001', price: '50000', timeInForce });
  }

  /** By the trader whose order it is: they were signed first, one by each in turn. */
  #cancel(ids: readonly string[], n: number): Envelope {
    return this.#sign(n, { type: 'cancel', order: ids[n]! });
  }

  #topUp(): Envelope {
    const toOwner = ownerOf(this.#poor[this.#poor.length - 1 - (this.#topUps++ % this.#poor.length)]!);
    return this.#sign(this.#nonces, { type: 'transfer', asset: 'USDC', amount: TOP_UP, toOwner });
  }

  #sign(turn: number, fields: DistributiveOmit<ActionInput, 'owner' | 'nonce' | 'expiry'>): Envelope {
    const { key, owner } = this.#traders[turn % this.#traders.length]!;
    const head = { owner, nonce: String(++this.#nonces), expiry: Math.floor(Date.now() / 1_000) + ORDER_LIFE_SECONDS };
    return signAction(this.#context, { ...fields, ...head } as ActionInput, key);
  }
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const frameOf = (id: number, envelope: Envelope): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tx_submit', params: envelope });

type Pacing = Readonly<{ window: number; perSecond: number | null }>;
type Answers = Readonly<{
  elapsedMs: number;
  acknowledged: number;
  firstError: string | null;
  latencies: Float64Array;
  /** 1 for what was on its way while the machine itself stood still, or all but. */
  met: Uint8Array;
  /** Of the time. */
  stalledShare: number;
}>;

/** One client on a thread of its own. */
class Load {
  readonly #worker: Worker;
  /** What came back, once all did. */
  readonly ended: Promise<Answers>;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.ended = once(worker, 'message').then(async ([answers]) => {
      await worker.terminate();
      return answers as Answers;
    });
    worker.postMessage('go');
  }

  static async run(port: number, frames: readonly string[], pacing: Pacing): Promise<Load> {
    const worker = new Worker(new URL('./loadClient.mjs', import.meta.url), { workerData: { port, frames, ...pacing } });
    await once(worker, 'message');
    return new Load(worker);
  }

  /** Sends nothing more. */
  stop(): Promise<Answers> {
    this.#worker.postMessage('stop');
    return this.ended;
  }
}

type Ended = { vault: number; topUps: number };
type Milestones = Readonly<{ auctionedMs: number; resolvedMs: number; ended: Ended }>;

/** Follows those who fall, from the first price after the fall. */
class Progress {
  readonly finished: Promise<Milestones>;

  constructor({ node: { executor }, poor }: Storm) {
    const left = new Set(poor);
    const running = new Set<AccountId>();
    const before = existing(executor.state, UNDERLYING, 1).indexPrice;
    const ended: Ended = { vault: 0, topUps: 0 };
    let [startMs, auctionedMs] = [0, 0];
    this.finished = new Promise((resolve) => {
      executor.onStep(({ bytes, effects }) => {
        const isFallen = startMs !== 0 || existing(executor.state, UNDERLYING, 1).indexPrice !== before;
        if (isFallen && startMs === 0) startMs = performance.now();
        if (bytes[0] === absorb.type) ended.vault += 1;
        for (const effect of effects) {
          if (effect.kind === 'auctionStarted') {
            left.delete(effect.account);
            running.add(effect.account);
          } else if (effect.kind === 'auctionEnded') running.delete(effect.account);
          else if (effect.kind === 'cash' && effect.reason === 'transfer' && effect.amount > 0n) {
            if (left.delete(effect.account) || running.has(effect.account)) ended.topUps += 1;
          }
        }
        if (left.size > 0) return;
        auctionedMs ||= performance.now() - startMs;
        if (running.size === 0) resolve({ auctionedMs, resolvedMs: performance.now() - startMs, ended });
      });
    });
  }
}

/** @throws where somebody who fell is below maintenance margin */
function requireHealthy({ node, poor }: Storm): void {
  const { state } = node.executor;
  for (const id of poor) {
    const { equity, maintenance } = computeMargin(state, id, existing(state, ACCOUNT, id));
    if (equity < maintenance) throw new Error(`${id} is below maintenance margin`);
  }
}

/** Cancels and top-ups while orders fill their lane. */
async function flood(port: number, frames: Frames, ids: readonly string[]): Promise<BenchRow> {
  const pacing = { window: FLOOD.window, perSecond: null };
  const urgent = frames.urgent(ids.slice(0, 1_000));
  const floods = await Promise.all(
    Array.from({ length: FLOOD.connections }, () => Load.run(port, frames.taking(FLOOD.orders), pacing)),
  );
  const load = await Load.run(port, urgent, { window: 0, perSecond: PER_SECOND / 5 });
  const answers = await Promise.all(floods.map(({ ended }) => ended));
  const { latencies } = await load.stop();
  const sum = (of: (one: Answers) => number): number => answers.reduce((total, one) => total + of(one), 0);
  const taken = sum(({ acknowledged }) => acknowledged);
  return {
    name: 'storm: cancels and top-ups while the lane of orders is full',
    value: `${quantiles(latencies)}; of ${FLOOD.connections * FLOOD.orders} orders ${taken} were taken`,
    limit: '-',
    budget: '-',
  };
}
