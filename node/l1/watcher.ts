/**
 * Follows L1: inbox items to the sequencer once they are deep enough, posted batches to the heads.
 * Remembers the hashes it built on; where L1 disagrees with them it goes back and says so.
 */
import { inbox as inboxContract } from '../../genesis/contracts/abi.ts';
import { existing, type RecordSource } from '../../state/access.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { Digest, Seconds } from '../../state/units.ts';
import type { Anchor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Deployment } from './deployment.ts';
import type { Head, Heads } from './heads.ts';
import { InboxMismatch } from './ingest.ts';
import { readLogs, type BatchLog, type ContractLog, type DeletionLog, type ItemLog } from './logs.ts';
import type { L1Provider } from './provider.ts';

/** The chain beside L1: what the watcher reads of it, and tells it. */
export interface WatchedChain {
  readonly state: RecordSource;
  /** The newest L1 block that is deep enough to build on. */
  anchored(anchor: Anchor): void;
  /** Consumes the next inbox item, which is deep enough. Absent where another node does that. */
  consume?(item: ItemLog): void;
}

export type WatcherOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  chain: WatchedChain;
  heads: Heads;
  clock: Clock;
  /** Blocks on top of an item before the chain takes it, and of a batch before it is safe. */
  confirmations: number;
  pollMillis: number;
  /** Told of an L1 that does not answer; the watcher tries again at the next poll. */
  onTrouble: (what: string, error: unknown) => void;
}>;
/** L1 took blocks away: the first of them, and how many of those that were read are gone. */
export type Reorg = Readonly<{ fromBlock: number; depth: number }>;
/** A batch on L1: its log, the time of its L1 block, and the chain's transactions up to its end. */
export type PostedBatch = BatchLog & Readonly<{ timestamp: number; sequence: number }>;

/** A deletion: its L1 block, and the batch that was disproved, the first of those that went. */
type Deletion = Readonly<{ blockNumber: number; batch: PostedBatch }>;
type L1Block = Readonly<{ number: number; hash: Digest; parentHash: Digest; timestamp: number }>;
type Known = Readonly<{ number: number; hash: Digest }>;

/** L1 blocks whose hashes are remembered: deeper re-orgs start over from the deployment. */
const RING = 512;
/** L1 blocks read in one go while catching up: bounds memory. */
const STRIDE = 20_000;
/** Polls left out after failures: doubled each time, at most this many. */
const PAUSE_POLLS_MAX = 32;
const GENESIS: Head = { height: 0, sequence: 0 };

/** L1 changed while it was being read: what was read is thrown away. */
class L1Moved extends Error {
  override readonly name = 'L1Moved';
}

export class Watcher {
  readonly #o: WatcherOptions;
  /** Blocks that were built on, oldest first; the last one is where reading goes on. */
  #ring: Known[] = [];
  readonly #batches: PostedBatch[] = [];
  /** Batches from the front that are final: a count. */
  #finals = 0;
  /** A re-org that takes a deletion away brings its batches back. */
  #deletions: Deletion[] = [];
  /** Items seen but not yet handed over, by index. */
  readonly #items = new Map<number, ItemLog>();
  /** Newest L1 block of an item that the chain has consumed. */
  #consumedBlock = -1;
  #mustCheckInbox = true;
  #pause = { length: 0, left: 0 };
  #lastLook: Seconds | null = null;
  #cancel: (() => void) | null = null;
  #polling: Promise<void> | null = null;
  readonly #reorgListeners: ((reorg: Reorg) => void)[] = [];
  readonly #deletionListeners: ((batch: PostedBatch) => void)[] = [];

  constructor(options: WatcherOptions) {
    this.#o = options;
  }

  start(): void {
    this.#cancel = this.#o.clock.interval(this.#o.pollMillis, () => {
      if (this.#pause.left === 0) return this.poll();
      this.#pause.left -= 1;
      return undefined;
    });
  }
  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#polling;
  }
  onReorg(listener: (reorg: Reorg) => void): void {
    this.#reorgListeners.push(listener);
  }

  /** Told of a batch that was disproved, when it and those after it are gone. */
  onDeletion(listener: (batch: PostedBatch) => void): void {
    this.#deletionListeners.push(listener);
  }

  /** Batches that were disproved on L1, in the order of their deletion. */
  get disproved(): readonly PostedBatch[] {
    return this.#deletions.map(({ batch }) => batch);
  }
  /** Batches on L1 now, as far as it was read, by index. */
  get batches(): readonly PostedBatch[] {
    return this.#batches;
  }
  /** Newest batch whose challenge window has passed, or null. */
  get finalBatch(): number | null {
    return this.#finals === 0 ? null : this.#finals - 1;
  }
  /** Newest L1 block that was read, or null. */
  get scanned(): Known | null {
    return this.#ring.at(-1) ?? null;
  }

  /** When L1 was last read to its end; null: not yet. */
  get lastLook(): Seconds | null {
    return this.#lastLook;
  }

  /** One look at L1. Never throws: trouble is reported and retried. */
  poll(): Promise<void> {
    return (this.#polling ??= this.#look()
      .then(
        () => {
          this.#lastLook = this.#o.clock.nowSeconds();
          this.#pause = { length: 0, left: 0 };
        },
        (error: unknown) => this.#troubled(error),
      )
      .finally(() => {
        this.#polling = null;
      }));
  }

  #troubled(error: unknown): void {
    // A chain that moved under the reader is no trouble: the next poll reads it again.
    if (error instanceof L1Moved) return;
    const length = Math.min(PAUSE_POLLS_MAX, Math.max(1, this.#pause.length * 2));
    this.#pause = { length, left: length };
    this.#o.onTrouble(
      error instanceof InboxMismatch ? 'the inbox on L1 is not the one this chain consumed' : 'L1 can not be read',
      error,
    );
  }

  async #look(): Promise<void> {
    const head = await this.#block('latest');
    if (head.hash === this.scanned?.hash && !this.#mustCheckInbox) return;
    const base = await this.#commonBlock(head);
    for (let from = base + 1; ; from += STRIDE) {
      const to = Math.min(head.number, from + STRIDE - 1);
      const end = to === head.number ? head : await this.#block(to);
      const found = from > to ? [] : await readLogs(this.#o.provider, this.#o.deployment, from, to);
      const times = await this.#timesOf(found);
      // Logs are asked for by number: they are of this chain only if it is still there.
      if ((await this.#block(end.number)).hash !== end.hash) throw new L1Moved();
      if (from === base + 1) this.#goBack(base);
      this.#take(found, times, end);
      if (to >= head.number) break;
    }
    await this.#follow(head);
  }

  /** Hands over what is deep enough, and moves the anchor and the heads. */
  async #follow(head: L1Block): Promise<void> {
    const { confirmations, chain } = this.#o;
    const confirmed = head.number - confirmations;
    // One below, so that a node that simulates on its newest block accepts the anchor too.
    const anchor =
      confirmed === head.number
        ? { number: head.number - 1, hash: head.parentHash }
        : await this.#block(Math.max(0, confirmed - 1));
    if (anchor.number >= 0) chain.anchored({ number: anchor.number, hash: anchor.hash });
    this.#handOver(confirmed);
    this.#moveHeads(confirmed, head.timestamp);
    if (this.#mustCheckInbox) await this.#checkInbox(head);
  }

  /** Newest remembered block that L1 still has; the block before the deployment where there is none. */
  async #commonBlock(head: L1Block): Promise<number> {
    const top = this.scanned;
    if (top !== null && head.number === top.number + 1 && head.parentHash === top.hash) return top.number;
    for (const known of this.#ring.toReversed()) {
      if (known.number > head.number) continue;
      const now = known.number === head.number ? head : await this.#block(known.number);
      if (now.hash === known.hash) return this.#beforeDeletions(known.number);
    }
    return this.#o.deployment.fromBlock - 1;
  }

  /** Going back over a deletion would bring batches back: reading starts over instead. */
  #beforeDeletions(number: number): number {
    return this.#deletions.some(({ blockNumber }) => blockNumber > number) ? this.#o.deployment.fromBlock - 1 : number;
  }

  /** Forgets everything from blocks above `base`. */
  #goBack(base: number): void {
    const top = this.scanned;
    if (top === null || top.number <= base) return;
    this.#ring = this.#ring.filter(({ number }) => number <= base);
    this.#deletions = this.#deletions.filter(({ blockNumber }) => blockNumber <= base);
    for (const [index, { blockNumber }] of this.#items) if (blockNumber > base) this.#items.delete(index);
    const kept = this.#batches.findIndex(({ blockNumber }) => blockNumber > base);
    if (kept !== -1) this.#truncate(kept);
    if (base < this.#consumedBlock) this.#mustCheckInbox = true;
    for (const listener of this.#reorgListeners) listener({ fromBlock: base + 1, depth: top.number - base });
  }

  #truncate(count: number): void {
    this.#batches.length = Math.min(this.#batches.length, count);
    this.#finals = Math.min(this.#finals, count);
  }

  #take(found: readonly ContractLog[], times: ReadonlyMap<Digest, number>, end: L1Block): void {
    const { chain } = this.#o;
    const cursor = existing(chain.state, CHAIN, 0).inboxCursor;
    for (const log of found) {
      this.#remember({ number: log.blockNumber, hash: log.blockHash });
      if (log.kind === 'item') {
        if (chain.consume !== undefined && log.index >= cursor) this.#items.set(log.index, log);
        else this.#consumedBlock = Math.max(this.#consumedBlock, log.blockNumber);
      } else if (log.kind === 'deletion') this.#delete(log);
      else {
        if (log.index !== this.#batches.length) {
          const expected = this.#batches.length;
          this.#goBack(this.#o.deployment.fromBlock - 1);
          throw new Error(`L1 gave batch ${log.index} where ${expected} is next; it is read again from the start`);
        }
        const sequence = (this.#batches.at(-1)?.sequence ?? 0) + log.header.txCount;
        this.#batches.push({ ...log, sequence, timestamp: times.get(log.blockHash)! });
      }
    }
    this.#remember(end);
  }

  #delete({ blockNumber, index }: DeletionLog): void {
    const batch = this.#batches[index];
    if (batch === undefined) return;
    this.#deletions.push({ blockNumber, batch });
    this.#truncate(index);
    for (const listener of this.#deletionListeners) listener(batch);
  }

  #remember({ number, hash }: Known): void {
    if (this.scanned !== null && this.scanned.number >= number) return;
    this.#ring.push({ number, hash });
    if (this.#ring.length > 2 * RING) this.#ring = this.#ring.slice(-RING);
  }

  /** Items in order: the chain's cursor says which is next. */
  #handOver(confirmed: number): void {
    const { chain } = this.#o;
    for (;;) {
      const next = existing(chain.state, CHAIN, 0).inboxCursor;
      const log = this.#items.get(next);
      if (log === undefined || log.blockNumber > confirmed) return;
      chain.consume?.(log);
      this.#items.delete(next);
      this.#consumedBlock = log.blockNumber;
    }
  }

  #moveHeads(confirmed: number, l1Time: number): void {
    const { heads, deployment } = this.#o;
    const headOf = (batch: PostedBatch | undefined): Head =>
      batch === undefined ? GENESIS : { height: Number(batch.header.lastHeight), sequence: batch.sequence };
    const isSafe = (batch: PostedBatch): boolean => batch.blockNumber <= confirmed;
    for (;;) {
      const next = this.#batches[this.#finals];
      if (next === undefined || !isSafe(next)) break;
      if (next.timestamp + deployment.challengeWindow >= l1Time) break;
      this.#finals += 1;
    }
    heads.set('posted', headOf(this.#batches.at(-1)));
    heads.set('safe', headOf(this.#batches.findLast(isSafe)));
    heads.set('final', headOf(this.#batches[this.#finals - 1]));
  }

  /** What the chain consumed must still be what L1 has: asked at the start and after a deep re-org. */
  async #checkInbox(head: L1Block): Promise<void> {
    const { provider, deployment, chain } = this.#o;
    const { inboxCursor, inboxAccumulator } = existing(chain.state, CHAIN, 0);
    const contract = { address: deployment.inbox, abi: inboxContract.abi, blockNumber: BigInt(head.number) } as const;
    const length = await provider.publicClient.readContract({ ...contract, functionName: 'length' });
    if (inboxCursor > Number(length)) {
      throw new InboxMismatch(`the chain consumed ${inboxCursor} items, L1 has ${length}`);
    }
    const args = [BigInt(inboxCursor)] as const;
    const onL1 = await provider.publicClient.readContract({ ...contract, functionName: 'accumulatorAt', args });
    if (onL1 !== inboxAccumulator) {
      throw new InboxMismatch(`after ${inboxCursor} items the chain has ${inboxAccumulator}, L1 ${onL1}`);
    }
    this.#mustCheckInbox = false;
  }

  /** Times of the blocks of batches; every log must be of the block that L1 has at its number. */
  async #timesOf(logs: readonly ContractLog[]): Promise<Map<Digest, number>> {
    const times = new Map<Digest, number>();
    for (const { blockNumber, blockHash } of logs) {
      if (times.has(blockHash)) continue;
      const block = await this.#block(blockNumber);
      if (block.hash !== blockHash) throw new L1Moved();
      times.set(blockHash, block.timestamp);
    }
    return times;
  }

  async #block(at: number | 'latest'): Promise<L1Block> {
    const { publicClient } = this.#o.provider;
    const block = await publicClient.getBlock(
      at === 'latest' ? { blockTag: 'latest' } : { blockNumber: BigInt(at) },
    );
    const { number, hash, parentHash, timestamp } = block;
    return { number: Number(number), hash, parentHash, timestamp: Number(timestamp) };
  }
}
