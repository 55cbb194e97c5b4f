/**
 * The chain of a node that begins with nothing but L1: every batch there is checked as an auditor
 * does and written to a store as if this node had sequenced it. Blocks, roots and histories are those
 * of whoever did; the signatures of the blocks are our own, for we vouch for what we derived.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { genesisRecords, type Network } from '../../genesis/genesis.ts';
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { AuditProgress } from '../auditor/auditor.ts';
import { checkParents, payloadsOf } from '../auditor/batches.ts';
import { ChainView } from '../auditor/chainView.ts';
import { Replay } from '../auditor/replay.ts';
import { recoverAhead } from '../auditor/signaturesAhead.ts';
import { Executor } from '../chain/executor.ts';
import { History } from '../sequencer/history.ts';
import { SignatureRecovery } from '../sequencer/recovery.ts';
import { Store } from '../store/store.ts';
import { bindingOf, type Deployment } from './deployment.ts';
import type { BatchLog } from './logs.ts';
import type { L1Provider } from './provider.ts';

export type DerivationOptions = Readonly<{
  provider: L1Provider;
  deployment: Deployment;
  network: Network;
  /** Of the node: the chain it has is set aside, never deleted. */
  directory: string;
  /** Signs the derived blocks. */
  key: Uint8Array;
  recoveryWorkers?: number;
  /** False: no synced writes, for tests. */
  sync?: boolean;
  onProgress?: AuditProgress;
}>;

/** Why no chain can be derived, or no longer from where it stands. */
export class DerivationError extends Error {
  override readonly name = 'DerivationError';
  readonly code: 'BATCH_IS_WRONG' | 'L1_WENT_BACK';
  constructor(code: DerivationError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Names in a node's directory: the chain it runs, one being derived, and one that is whole. */
const CHAIN_DIRECTORY = 'chain';
const UNFINISHED = 'chain.new';
const DERIVED = 'chain.derived';

/** Where a node's chain is; finishes what a crash left of the exchange of one for another. */
export function chainDirectory(directory: string): string {
  const [chain, derived] = [join(directory, CHAIN_DIRECTORY), join(directory, DERIVED)];
  if (!existsSync(derived)) return chain;
  if (existsSync(chain)) renameSync(chain, asideOf(chain));
  renameSync(derived, chain);
  return chain;
}

function asideOf(chain: string): string {
  for (let n = 1; ; n++) {
    const aside = `${chain}.aside-${n}`;
    if (!existsSync(aside)) return aside;
  }
}

export class DerivedChain {
  readonly #o: DerivationOptions;
  readonly #recovery: SignatureRecovery;
  readonly #view: ChainView;
  readonly #store: Store;
  readonly #executor: Executor;
  readonly #replay: Replay;
  /** Hashes of the batches that are in the store. */
  readonly #derived: BatchLog['hash'][] = [];
  /** A batch was begun and not ended: the store holds part of it. */
  #isBroken = false;

  private constructor(options: DerivationOptions, recovery: SignatureRecovery, store: Store, executor: Executor) {
    const { provider, deployment } = options;
    this.#o = options;
    this.#recovery = recovery;
    this.#view = new ChainView(provider, deployment);
    this.#store = store;
    this.#executor = executor;
    this.#replay = new Replay(executor.state, this.#view.items, (body) => executor.derive(body));
    const history = new History(store);
    executor.onStep((step) => history.record(step, executor.timestamp));
  }

  /** Begins a chain at its genesis; one that a crash left unfinished is thrown away. */
  static async begin(options: DerivationOptions): Promise<DerivedChain> {
    const { network, deployment, key } = options;
    const directory = join(options.directory, UNFINISHED);
    chainDirectory(options.directory);
    rmSync(directory, { recursive: true, force: true });
    const recovery = new SignatureRecovery(options.recoveryWorkers);
    const store = await Store.open(directory, { sync: options.sync ?? true });
    const genesis = () => genesisRecords(network, bindingOf(deployment));
    const executor = await Executor.open(store, genesis, { recover: recovery.recover }, key);
    return new DerivedChain(options, recovery, store, executor);
  }

  get height(): number {
    return this.#executor.sealedHeight;
  }
  get batches(): number {
    return this.#derived.length;
  }
  /** Nothing can be added any more: begin anew. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Takes what L1 has more than before. @throws DerivationError, AuditError */
  async follow(): Promise<void> {
    const { provider, deployment, network, onProgress } = this.#o;
    await this.#view.refresh();
    const { batches } = this.#view;
    checkParents(batches, network, deployment);
    if (this.#derived.some((hash, i) => hash !== batches[i]?.hash)) {
      this.#isBroken = true;
      throw new DerivationError('L1_WENT_BACK', 'L1 took batches back that were derived; start again');
    }
    const domain = fromHex(existing(this.#executor.state, CHAIN, 0).domainSeparator);
    const ready = (payload: Uint8Array): Promise<void> => recoverAhead(payload, domain, this.#recovery);
    for await (const [batch, payload] of payloadsOf(provider, batches.slice(this.#derived.length), ready)) {
      await this.#append(batch, payload, batches.length);
      onProgress?.(batch.index + 1, batches.length, this.#replay.counts.transactions);
    }
  }

  async #append({ index, hash, header }: BatchLog, payload: Uint8Array, count: number): Promise<void> {
    this.#isBroken = true;
    await this.#replay.batch(index, header, payload, index === count - 1);
    const { divergence } = this.#replay;
    if (divergence !== null) {
      throw new DerivationError(
        'BATCH_IS_WRONG',
        `batch ${index} on L1 is wrong (${divergence.rule}): nothing can be built on it; disprove it first: tidepool audit --prove`,
      );
    }
    this.#executor.seal();
    this.#replay.forget(index + 1, 0);
    await this.#store.flush();
    this.#derived.push(hash);
    this.#isBroken = false;
  }

  /** Makes it the chain of the node; what was there stands aside. Returns its directory. */
  async finish(): Promise<string> {
    await this.close();
    const { directory } = this.#o;
    renameSync(join(directory, UNFINISHED), join(directory, DERIVED));
    return chainDirectory(directory);
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#recovery.close();
  }
}
