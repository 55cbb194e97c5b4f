/**
 * Posts sealed blocks to L1, every one exactly once. What is posted follows from what L1 has
 * (compare-and-swap on the last batch) and from what we announced to ourselves before; so a crash, a
 * slow L1 or a re-org only ever leads to sending the same bytes again.
 */
import { parseTransaction } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { keccak256 } from 'viem/utils';
import { rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import {
  batchHash,
  MAX_PAYLOAD_BYTES,
  PAYLOAD_HEAD_BYTES,
  type BatchHeader,
} from '../../genesis/contracts/batch.ts';
import { toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import type { SealedBlock } from '../chain/block.ts';
import { readBlock } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import { assemble, blockBytes, blocksAfter, checkedCalldata, tipAfter, type Tip } from './assemble.ts';
import { BatcherError, refusedBatch } from './batcherError.ts';
import type { Deployment } from './deployment.ts';
import { freshFees, replacementFees, type Fees } from './fees.ts';
import { deleteIntent, putIntent, readIntents, type Intent } from './intents.ts';
import type { L1Provider } from './provider.ts';
import { revertReason } from './revert.ts';
import { broadcast, receiptOf, type Variant } from './variants.ts';

export type BatcherOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  store: Store;
  clock: Clock;
  privateKey: Digest;
  /** A batch is posted when its oldest block is this old, or the payload is full. */
  batchSeconds: number;
  pollMillis: number;
  /** The most a batch may offer L1 for a unit of gas [wei]: dearer, it waits. */
  maxFeePerGas?: bigint;
  /** Polls without a receipt before the fee is raised. */
  patiencePolls?: number;
  onTrouble: (what: string, error: unknown) => void;
}>;
export { BatcherError } from './batcherError.ts';
export type BatchFigures = { batches: number; bytes: number; gas: bigint; transactions: number };

const PATIENCE_POLLS_DEFAULT = 40;
/** 500 gwei: beyond any week of Ethereum so far, below what empties an account overnight. */
const MAX_FEE_PER_GAS_DEFAULT = 500n * 10n ** 9n;
/** Batches signed and not yet mined at most: what a fee rise or a re-org has to carry again. */
const IN_FLIGHT_MAX = 4;
/** A mined batch's bytes are kept for this many L1 blocks, should a re-org want them again. */
const KEPT_BLOCKS = 256;
/** Idle, the batcher still asks L1 this often whether it has what was posted. */
const IDLE_POLLS = 40;
const PAUSE_POLLS_MAX = 64;
/** Gas of a batch: 40 for each byte at the most (EIP-7623), and what checks and storage cost. */
const GAS_PER_BYTE = 40;
const GAS_FIXED = 600_000;
const GAS_MAX = 16_777_216;
/** An intent, and how it fares in this process. */
type Flight = { intent: Intent; polls: number; isSent: boolean; landedAt: number | null; isCounted: boolean };
type View = Readonly<{ number: number; baseFee: bigint; nonce: number; tip: Tip }>;

export class Batcher {
  readonly #o: BatcherOptions;
  readonly #account: ReturnType<typeof privateKeyToAccount>;
  readonly figures: BatchFigures = { batches: 0, bytes: 0, gas: 0n, transactions: 0 };
  /** Null until read from the store. By index; each builds on the one before. */
  #flights: Flight[] | null = null;
  /** Fees that a transaction replacing a void one must exceed, by nonce. */
  readonly #floors = new Map<number, Fees>();
  #sealedHeight: number;
  /** Sealed and not yet in an intent, as far as known: what makes a batch due. */
  #waiting = { since: null as number | null, bytes: PAYLOAD_HEAD_BYTES };
  /** Half the forced-inclusion delay: inbox items must not wait longer for their batch. */
  #deadlineSeconds: number | null = null;
  #mustLook = true;
  #idlePolls = 0;
  #pause = { length: 0, left: 0 };
  #cancel: (() => void) | null = null;
  #running: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(options: BatcherOptions, sealedHeight: number) {
    this.#o = options;
    this.#account = privateKeyToAccount(options.privateKey);
    this.#sealedHeight = sealedHeight;
  }

  start(): void {
    this.#cancel = this.#o.clock.interval(this.#o.pollMillis, () => this.poll());
  }
  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#running;
  }

  /** A block was sealed and is durable. */
  sealed(block: SealedBlock): void {
    this.#sealedHeight = block.header.height;
    this.#waiting.since ??= this.#o.clock.nowSeconds();
    this.#waiting.bytes += blockBytes(block);
  }

  /** L1 may have changed under what was posted: look at the next poll. */
  recheck(): void {
    this.#mustLook = true;
  }

  /** When a sealed block is due on L1. */
  get batchSeconds(): number {
    return this.#o.batchSeconds;
  }

  /** Batches announced and not yet seen on L1. */
  get inFlight(): readonly Intent[] {
    return (this.#flights ?? []).filter(({ landedAt }) => landedAt === null).map(({ intent }) => intent);
  }

  /** What the timer does. Never throws: trouble is told, and retried after a growing pause. */
  async poll(): Promise<void> {
    if (this.#isBusy) return;
    if (this.#pause.left > 0) {
      this.#pause.left -= 1;
      return;
    }
    if (!this.#hasWork()) return;
    try {
      await this.#turn(() => this.#step(false));
      this.#pause = { length: 0, left: 0 };
    } catch (error) {
      const length = Math.min(PAUSE_POLLS_MAX, Math.max(1, this.#pause.length * 2));
      this.#pause = { length, left: length };
      this.#mustLook = true;
      this.#o.onTrouble('a batch was not posted; it is tried again', error);
    }
  }

  /** Posts everything sealed so far and waits until L1 has it. @throws where L1 does not take it */
  async flush(): Promise<void> {
    const target = this.#sealedHeight;
    for (;;) {
      const height = await this.#turn(() => this.#step(true));
      if (height >= target && this.inFlight.length === 0) return;
      // What was just sent is mined at once by some L1s; otherwise it takes until a later poll.
      const again = await this.#turn(() => this.#step(true));
      if (again >= target && this.inFlight.length === 0) return;
      if (again === height) await this.#o.clock.sleep(this.#o.pollMillis);
    }
  }

  /** Everything that talks to L1 runs one after the other. */
  #turn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#running.then(async () => {
      this.#isBusy = true;
      try {
        return await work();
      } finally {
        this.#isBusy = false;
      }
    });
    this.#running = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  #hasWork(): boolean {
    if (this.#mustLook || this.inFlight.length > 0 || this.#isDue()) return true;
    this.#idlePolls += 1;
    return this.#idlePolls >= IDLE_POLLS;
  }

  #isDue(): boolean {
    const { since, bytes } = this.#waiting;
    return bytes >= MAX_PAYLOAD_BYTES || this.#isOld(since);
  }

  #isOld(since: number | null): boolean {
    const limit = Math.min(this.#o.batchSeconds, this.#deadlineSeconds ?? Infinity);
    return since !== null && this.#o.clock.nowSeconds() - since >= limit;
  }

  /** One look at L1 and what follows from it. Returns the height that L1 has. */
  async #step(force: boolean): Promise<number> {
    this.#mustLook = false;
    this.#idlePolls = 0;
    this.#flights ??= (await readIntents(this.#o.store)).map((intent) => this.#flightOf(intent));
    this.#deadlineSeconds ??= await this.#readDeadline();
    const view = await this.#view();
    await this.#reconcile(this.#flights, view);
    await this.#push(this.#flights, view);
    await this.#extend(this.#flights, view, force);
    return view.tip.lastHeight;
  }

  #flightOf(intent: Intent): Flight {
    return { intent, polls: 0, isSent: false, landedAt: null, isCounted: false };
  }

  async #readDeadline(): Promise<number> {
    const delay = await this.#o.provider.publicClient.readContract({
      address: this.#o.deployment.rollup,
      abi: rollupContract.abi,
      functionName: 'FORCED_INCLUSION_DELAY',
    });
    return Math.max(1, Math.floor(Number(delay) / 2));
  }

  /** Last batch and our next nonce, of one and the same L1 block. */
  async #view(): Promise<View> {
    const { publicClient } = this.#o.provider;
    const { number, baseFeePerGas } = await publicClient.getBlock({ blockTag: 'latest' });
    const at = { blockNumber: number } as const;
    const contract = { address: this.#o.deployment.rollup, abi: rollupContract.abi, ...at } as const;
    const [tip, count, nonce] = await Promise.all([
      publicClient.readContract({ ...contract, functionName: 'tip' }),
      publicClient.readContract({ ...contract, functionName: 'batchCount' }),
      publicClient.getTransactionCount({ address: this.#account.address, ...at }),
    ]);
    return {
      number: Number(number),
      baseFee: baseFeePerGas ?? 0n,
      nonce,
      tip: { count: Number(count), hash: tip[0], root: tip[1], lastHeight: Number(tip[2]) },
    };
  }

  /* RECONCILE: what became of the batches that were announced */

  async #reconcile(flights: Flight[], view: View): Promise<void> {
    const { tip } = view;
    // Batches name their parents: where the last one is ours, all before it are.
    const landed = flights.findIndex(({ intent }) => intent.hash === tip.hash) + 1;
    for (const flight of flights.slice(0, landed)) await this.#landed(flight, view);
    for (const flight of flights.slice(landed)) {
      if (flight.landedAt !== null) flight.isSent = false; // A re-org took it: send the same bytes.
      flight.landedAt = null;
    }
    if (landed === 0) await this.#checkTip(tip);
    const next = flights[landed]?.intent;
    if (next !== undefined) await this.#checkNext(flights, landed, next, view);
    while (flights[0] !== undefined && (flights[0].landedAt ?? view.number) + KEPT_BLOCKS < view.number) {
      deleteIntent(this.#o.store, flights.shift()!.intent);
    }
  }

  async #landed(flight: Flight, { number }: View): Promise<void> {
    flight.landedAt ??= number;
    if (flight.isCounted) return;
    flight.isCounted = true;
    const { header, variants, nonce } = flight.intent;
    this.#floors.delete(nonce);
    const receipt = await receiptOf(this.#o.provider, variants);
    this.figures.batches += 1;
    this.figures.bytes += header.payloadBytes;
    this.figures.transactions += header.txCount;
    this.figures.gas += receipt?.gasUsed ?? 0n;
  }

  /** The last batch is none of ours that we remember: it must at least be of our chain. */
  async #checkTip({ count, root, lastHeight }: Tip): Promise<void> {
    if (count === 0) return;
    const block = await readBlock(this.#o.store, lastHeight);
    if (block?.header.stateRoot === root) return;
    throw new BatcherError(
      'CHAIN_DIVERGED',
      block === undefined
        ? `L1 has batches up to block ${lastHeight}, this node only has ${this.#sealedHeight}; start again with --from-l1`
        : `L1 has root ${root} at block ${lastHeight}, this node ${block.header.stateRoot}; start again with --from-l1`,
    );
  }

  /** The oldest batch not on L1 must still be able to get there; else it is void with all after it. */
  async #checkNext(flights: Flight[], landed: number, next: Intent, { nonce, tip }: View): Promise<void> {
    const builds = Number(next.header.index) === tip.count && next.header.parentHash === tip.hash;
    if (builds && next.nonce === nonce) return;
    const receipt = next.nonce < nonce ? await receiptOf(this.#o.provider, next.variants) : null;
    for (const { intent } of flights.splice(landed)) {
      deleteIntent(this.#o.store, intent);
      this.#floors.set(intent.nonce, intent.variants.at(-1)!);
    }
    await this.#o.store.flush();
    this.#mustLook = true;
    if (receipt?.status !== 'reverted') return;
    throw new BatcherError('BATCH_REVERTED', `batch ${next.header.index} was mined and reverted; it is built anew`);
  }

  /* PUSH: what is announced reaches L1, and pays more where it waits */

  async #push(flights: readonly Flight[], view: View): Promise<void> {
    const waiting = flights.filter(({ landedAt }) => landedAt === null);
    for (const [place, flight] of waiting.entries()) {
      flight.polls += 1;
      const isLate = flight.polls > (this.#o.patiencePolls ?? PATIENCE_POLLS_DEFAULT);
      // Only the oldest holds up the others: raising their fees would gain nothing.
      if (flight.isSent && isLate && place === 0) await this.#raise(flight, view);
      else if (flight.isSent && !isLate) continue;
      await this.#broadcast(flight);
    }
  }

  async #raise(flight: Flight, view: View): Promise<void> {
    const last = flight.intent.variants.at(-1)!;
    const { data, gas } = parseTransaction(last.raw);
    const variant = await this.#sign(data!, gas!, flight.intent.nonce, await this.#fees(view, last));
    flight.intent = { ...flight.intent, variants: [...flight.intent.variants, variant] };
    putIntent(this.#o.store, flight.intent);
    await this.#o.store.flush();
  }

  async #broadcast(flight: Flight): Promise<void> {
    await broadcast(this.#o.provider, flight.intent.variants.at(-1)!);
    flight.isSent = true;
    flight.polls = 0;
  }

  /** Fees for the next blocks, and above `before` where it is to be replaced. @throws BatcherError */
  async #fees({ baseFee }: View, before: Fees | undefined): Promise<Fees> {
    const priority = await this.#o.provider.publicClient.estimateMaxPriorityFeePerGas();
    const fresh = freshFees(baseFee, priority);
    const fees = before === undefined ? fresh : replacementFees(before, fresh);
    const cap = this.#o.maxFeePerGas ?? MAX_FEE_PER_GAS_DEFAULT;
    if (fees.maxFeePerGas <= cap) return fees;
    throw new BatcherError('FEES_ABOVE_CAP', `L1 wants an offer of ${fees.maxFeePerGas} wei per gas, the cap is ${cap}`);
  }

  /* EXTEND: new batches */

  async #extend(flights: Flight[], view: View, force: boolean): Promise<void> {
    for (;;) {
      const waiting = flights.filter(({ landedAt }) => landedAt === null);
      const last = waiting.at(-1)?.intent;
      const tip = last === undefined ? view.tip : tipAfter(last.header, last.hash);
      const newest = this.#sealedHeight;
      const { blocks, isFull, bytes } = await blocksAfter(this.#o.store, tip.lastHeight, newest);
      const sealedMeanwhile = this.#sealedHeight > newest ? this.#o.clock.nowSeconds() : null;
      const since = blocks[0]?.header.timestamp ?? sealedMeanwhile;
      this.#waiting = { since, bytes: isFull ? MAX_PAYLOAD_BYTES : bytes };
      if (blocks.length === 0 || waiting.length >= IN_FLIGHT_MAX) return;
      if (!force && !isFull && !this.#isOld(since)) return;
      const { payload, header } = assemble(tip, blocks);
      const calldata = toHex(checkedCalldata(header, payload, blocks));
      await this.#announce(flights, view, header, calldata, waiting.length);
    }
  }

  /** Tries it on L1's own state, signs, writes down, sends: in this order. */
  async #announce(flights: Flight[], view: View, header: BatchHeader, data: Digest, ahead: number): Promise<void> {
    const gas = BigInt(Math.min(GAS_MAX, GAS_FIXED + GAS_PER_BYTE * (data.length / 2)));
    if (ahead === 0) await this.#rehearse(header, data, gas);
    const nonce = view.nonce + ahead;
    const variant = await this.#sign(data, gas, nonce, await this.#fees(view, this.#floors.get(nonce)));
    const flight = this.#flightOf({ header, hash: batchHash(header), nonce, variants: [variant] });
    putIntent(this.#o.store, flight.intent);
    await this.#o.store.flush();
    flights.push(flight);
    await this.#broadcast(flight);
  }

  /** A batch that L1 would refuse is not sent. @throws BatcherError with the contract's reason */
  async #rehearse({ index }: BatchHeader, data: Digest, gas: bigint): Promise<void> {
    const { provider, deployment } = this.#o;
    try {
      const account = this.#account.address;
      await provider.publicClient.call({ account, to: deployment.rollup, data, gas, blockTag: 'pending' });
    } catch (error) {
      const reason = revertReason(error);
      if (reason === null) throw error;
      throw refusedBatch(index, reason);
    }
  }

  async #sign(data: Digest, gas: bigint, nonce: number, fees: Fees): Promise<Variant> {
    const { chainId, rollup: to } = this.#o.deployment;
    const raw = await this.#account.signTransaction({ type: 'eip1559', chainId, to, data, gas, nonce, ...fees });
    return { ...fees, raw, hash: keccak256(raw) };
  }
}
