/**
 * Batches and inbox items as L1 has them now: deleted batches taken out, re-orgs followed. Each look
 * reads what is new, and again what a re-org may have changed.
 */
import type { Digest } from '../../state/units.ts';
import type { Deployment } from '../l1/deployment.ts';
import { readLogs, type BatchLog, type ContractLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';

/** L1 holds something the auditor can not read: not a divergence, a reason to look at the L1. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
}

/** L1 blocks that each look reads again; a deeper re-org is read from the deployment on. */
const REREAD_BLOCKS = 128;

type Block = Readonly<{ number: number; hash: Digest }>;

export class ChainView {
  readonly #provider: L1Provider;
  readonly #deployment: Deployment;
  #logs: ContractLog[] = [];
  /** What was read up to, and the block below which nothing is read again. */
  #read: Readonly<{ top: Block; floor: Block }> | null = null;
  batches: readonly BatchLog[] = [];
  /** Bytes of every inbox item. The array stays the same: a replay may hold it. */
  readonly items: Uint8Array[] = [];

  constructor(provider: L1Provider, deployment: Deployment) {
    this.#provider = provider;
    this.#deployment = deployment;
  }

  /**
   * Looks at L1. Whether anything may have changed.
   * @throws AuditError where logs are missing; another error where L1 moved meanwhile: look again
   */
  async refresh(): Promise<boolean> {
    const top = await this.#block('latest');
    if (top.hash === this.#read?.top.hash) return false;
    const from = await this.#firstToRead();
    const found = await readLogs(this.#provider, this.#deployment, from, top.number);
    const floor = await this.#block(Math.max(this.#deployment.fromBlock, top.number - REREAD_BLOCKS));
    if ((await this.#block(top.number)).hash !== top.hash) throw new Error('L1 moved while it was read');
    this.#logs = [...this.#logs.filter(({ blockNumber }) => blockNumber < from), ...found];
    this.#derive();
    this.#read = { top, floor };
    return true;
  }

  async #firstToRead(): Promise<number> {
    const { fromBlock } = this.#deployment;
    if (this.#read === null) return fromBlock;
    const { floor } = this.#read;
    return (await this.#block(floor.number)).hash === floor.hash ? floor.number : fromBlock;
  }

  #derive(): void {
    const batches: BatchLog[] = [];
    const items: Uint8Array[] = [];
    const next = (what: string, index: number, expected: number): void => {
      if (index !== expected) throw new AuditError(`L1 gave ${what} ${index} where ${expected} is next: logs are missing`);
    };
    for (const log of this.#logs) {
      if (log.kind === 'item') {
        next('inbox item', log.index, items.length);
        items.push(log.item);
      } else if (log.kind === 'deletion') batches.length = Math.min(batches.length, log.index);
      else {
        next('batch', log.index, batches.length);
        batches.push(log);
      }
    }
    this.batches = batches;
    this.items.length = 0;
    for (const item of items) this.items.push(item);
  }

  async #block(at: number | 'latest'): Promise<Block> {
    const { publicClient } = this.#provider;
    const { number, hash } = await publicClient.getBlock(
      at === 'latest' ? { blockTag: 'latest' } : { blockNumber: BigInt(at) },
    );
    return { number: Number(number), hash };
  }
}
