/**
 * Follows L1: inbox items to the sequencer once they are deep enough, posted batches to the heads.
 * Remembers the hashes it built on; where L1 disagrees with them it goes back and says so.
 */
import { existing } from '../../state/access.ts';
import { concat } from '../../state/codec/bytes.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { INBOX_KIND } from '../../state/transactions/inbox.ts';
import type { Digest } from '../../state/units.ts';
import { readBlock } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import type { Store } from '../store/store.ts';
import type { Deployment } from './deployment.ts';
import type { Heads } from './heads.ts';
import { readLogs, type BatchLog, type ContractLog } from './logs.ts';
import type { L1Provider } from './provider.ts';

export type WatcherOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  sequencer: Sequencer;
  store: Store;
  heads: Heads;
  clock: Clock;
  /** Blocks on top of an item before the sequencer takes it, and of a batch before it is safe. */
  confirmations: number;
  pollMillis: number;
  /** Told of an L1 that does not answer; the watcher tries again at the next poll. */
  onTrouble: (what: string, error: unknown) => void;
}>;
export type Reorg = Readonly<{ fromBlock: number; depth: number }>;

/** L1 blocks whose hashes are remembered: deeper re-orgs start over from the deployment. */
const RING = 512;
/** Type byte of the transaction that consumes an item of each kind. */
const CONSUMER: Readonly<Record<number, number>> = {
  [INBOX_KIND.deposit]: 2,
  [INBOX_KIND.forced]: 3,
  [INBOX_KIND.governance]: 4,
};

type Seen = { number: number; hash: Digest; logs: ContractLog[] };

export class Watcher {
  readonly #o: WatcherOptions;
  /** Blocks with our logs, and the newest one, oldest first. */
  #seen: Seen[] = [];
  #scanned: number;
  #cancel: (() => void) | null = null;
  #polling: Promise<void> | null = null;
  readonly #reorgListeners: ((reorg: Reorg) => void)[] = [];

  constructor(options: WatcherOptions) {
    this.#o = options;
    this.#scanned = options.deployment.fromBlock - 1;
  }

  start(): void {
    this.#cancel = this.#o.clock.interval(this.#o.pollMillis, () => this.poll());
  }
  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#polling;
  }
  onReorg(listener: (reorg: Reorg) => void): void {
    this.#reorgListeners.push(listener);
  }

  /** Batches on L1 now, as far as it was read, by index. */
  get batches(): readonly BatchLog[] {
    const batches: BatchLog[] = [];
    for (const { logs } of this.#seen) {
      for (const log of logs) {
        if (log.kind === 'deletion') batches.length = Math.min(batches.length, log.index);
        else if (log.kind === 'batch') batches[log.index] = log;
      }
    }
    return batches;
  }

  /** One look at L1. Never throws: trouble is reported and retried. */
  poll(): Promise<void> {
    return (this.#polling ??= this.#look()
      .catch((error: unknown) => this.#o.onTrouble('L1 can not be read', error))
      .finally(() => {
        this.#polling = null;
      }));
  }

  async #look(): Promise<void> {
    const { provider, deployment, confirmations, sequencer } = this.#o;
    const head = await provider.publicClient.getBlock({ blockTag: 'latest' });
    const number = Number(head.number);
    await this.#undoReorg(number);
    if (number > this.#scanned) {
      for (const log of await readLogs(provider, deployment, this.#scanned + 1, number)) this.#file(log);
      this.#remember({ number, hash: head.hash, logs: [] });
      this.#scanned = number;
    }
    const confirmed = number - confirmations;
    if (confirmed >= 0) {
      const anchor = await provider.publicClient.getBlock({ blockNumber: BigInt(Math.max(0, confirmed - 1)) });
      sequencer.executor.anchor = { number: Number(anchor.number), hash: anchor.hash };
    }
    this.#ingest(confirmed);
    await this.#updateHeads(confirmed, Number(head.timestamp));
  }

  #file(log: ContractLog): void {
    const last = this.#seen.at(-1);
    if (last !== undefined && last.number === log.blockNumber) last.logs.push(log);
    else this.#seen.push({ number: log.blockNumber, hash: log.blockHash, logs: [log] });
  }

  #remember(block: Seen): void {
    if (this.#seen.at(-1)?.number === block.number) return;
    this.#seen.push(block);
    // Blocks without our logs are only kept to notice re-orgs.
    const floor = block.number - RING;
    this.#seen = this.#seen.filter((s) => s.logs.length > 0 || s.number > floor);
  }

  /** Drops what was read from blocks that L1 no longer has. */
  async #undoReorg(head: number): Promise<void> {
    let dropped = 0;
    while (this.#seen.length > 0) {
      const last = this.#seen.at(-1)!;
      if (last.number <= head) {
        const now = await this.#o.provider.publicClient.getBlock({ blockNumber: BigInt(last.number) });
        if (now.hash === last.hash) break;
      }
      this.#seen.pop();
      dropped = this.#scanned - last.number + 1;
    }
    if (dropped === 0) return;
    const fromBlock = (this.#seen.at(-1)?.number ?? this.#o.deployment.fromBlock - 1) + 1;
    this.#scanned = fromBlock - 1;
    for (const listener of this.#reorgListeners) listener({ fromBlock, depth: dropped });
  }

  /** Hands over confirmed items in order: the chain's cursor says which is next. */
  #ingest(confirmed: number): void {
    const { sequencer } = this.#o;
    let next = existing(sequencer.executor.state, CHAIN, 0).inboxCursor;
    for (const { number, logs } of this.#seen) {
      if (number > confirmed) return;
      for (const log of logs) {
        if (log.kind !== 'item' || log.index !== next) continue;
        const consumer = CONSUMER[log.item[0] ?? 255];
        if (consumer === undefined) throw new Error(`inbox item ${log.index} is of an unknown kind`);
        sequencer.run(concat(Uint8Array.of(consumer), log.item.subarray(1)), true);
        next += 1;
      }
    }
  }

  async #updateHeads(confirmed: number, l1Time: number): Promise<void> {
    const { heads, store, deployment } = this.#o;
    const { batches } = this;
    const headOf = async (batch: BatchLog | undefined) => {
      if (batch === undefined) return { height: 0, sequence: 0 };
      const height = Number(batch.header.lastHeight);
      const block = await readBlock(store, height);
      const sequence = block === undefined ? 0 : block.header.firstSequence + block.transactions.length;
      return { height, sequence };
    };
    heads.set('posted', await headOf(batches.at(-1)));
    heads.set('safe', await headOf(batches.findLast((b) => b.blockNumber <= confirmed)));
    let final: BatchLog | undefined;
    for (const batch of batches) {
      const posted = await this.#timeOf(batch);
      if (posted + deployment.challengeWindow >= l1Time) break;
      final = batch;
    }
    heads.set('final', await headOf(final));
    this.finalBatch = final?.index ?? null;
  }

  /** Newest batch whose challenge window has passed, or null. */
  finalBatch: number | null = null;

  readonly #times = new Map<Digest, number>();
  async #timeOf({ blockHash }: BatchLog): Promise<number> {
    let time = this.#times.get(blockHash);
    if (time === undefined) {
      time = Number((await this.#o.provider.publicClient.getBlock({ blockHash })).timestamp);
      this.#times.set(blockHash, time);
    }
    return time;
  }
}
