/**
 * The auditor: derives the chain from L1 alone and compares every root. It trusts nothing but the
 * network's terms and the addresses of the contracts.
 */
import { rollup as rollupContract } from '../../genesis/contracts/abi.ts';
import { decodePayload } from '../../genesis/contracts/batch.ts';
import { genesisRecords, type Network } from '../../genesis/genesis.ts';
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { BrokenInvariant } from '../../state/errors.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Digest } from '../../state/units.ts';
import { bindingOf, checkDeployment, type Deployment } from '../l1/deployment.ts';
import type { BatchLog } from '../l1/logs.ts';
import type { L1Provider } from '../l1/provider.ts';
import { SignatureRecovery } from '../sequencer/recovery.ts';
import { checkParents, payloadsOf } from './batches.ts';
import { ChainView } from './chainView.ts';
import type { Divergence } from './divergence.ts';
import { differenceOf, Replay } from './replay.ts';
import { recoverAhead } from './signaturesAhead.ts';

export { AuditError } from './chainView.ts';
export { divergenceJson, plainJson, type Difference, type Divergence } from './divergence.ts';

export type AuditReport = Readonly<{
  batches: number;
  transactions: number;
  height: number;
  root: Digest;
  refused: number;
  payloadBytes: number;
  /** Chain time covered [s]. */
  chainSeconds: number;
  divergence: Divergence | null;
}>;
/** Batches replayed, batches on L1, transactions replayed. */
export type AuditProgress = (done: number, total: number, transactions: number) => void;

/** A divergence with all that proves it: the wrong batch, and the state where the chains part. */
export type Evidence = Readonly<{
  divergence: Divergence;
  batch: BatchLog;
  payload: Uint8Array;
  /** Before the wrong transaction; after the first one, or the last one, where the header is wrong. */
  state: State;
  context: Context;
}>;

/** What advancing came to: batches taken back, since L1 no longer has them, and batches replayed. */
export type Advance = Readonly<{ undone: number; replayed: number }>;

/** Memory for taking back what is not final [bytes]; where L1 goes back further, the replay starts over. */
const UNDO_BYTES_MAX = 2 ** 29;

export class Auditor {
  readonly #provider: L1Provider;
  readonly #deployment: Deployment;
  readonly #network: Network;
  readonly #recovery: SignatureRecovery;
  readonly #view: ChainView;
  #replay: Replay;
  /** Batches that were replayed; where there is a divergence it is in the last one. */
  #replayed: BatchLog[] = [];
  #evidence: Evidence | null = null;

  private constructor(provider: L1Provider, deployment: Deployment, network: Network, recovery: SignatureRecovery) {
    this.#provider = provider;
    this.#deployment = deployment;
    this.#network = network;
    this.#recovery = recovery;
    this.#view = new ChainView(provider, deployment);
    this.#replay = this.#genesis();
  }

  /**
   * `recovery` with threads uses the other cores; the caller closes it.
   * @throws DeploymentError where the contracts are of another network
   */
  static async open(
    provider: L1Provider,
    deployment: Deployment,
    network: Network,
    recovery = new SignatureRecovery(0),
  ): Promise<Auditor> {
    await checkDeployment(provider, network, deployment);
    return new Auditor(provider, deployment, network, recovery);
  }

  #genesis(): Replay {
    const state = genesisState(this.#network, this.#deployment);
    const context = { recover: this.#recovery.recover };
    return new Replay(state, this.#view.items, (body) => applyTransaction(state, body, context));
  }

  get divergence(): Divergence | null {
    return this.#replay.divergence;
  }
  /** What the divergence is proved with, or null. */
  get evidence(): Evidence | null {
    return this.#evidence;
  }

  /**
   * Looks at L1, goes back where L1 did, and replays what is new, up to the first divergence.
   * @throws AuditError where L1 shows what can not be
   */
  async advance(onProgress: AuditProgress = () => undefined): Promise<Advance> {
    if (await this.#view.refresh()) checkParents(this.#view.batches, this.#network, this.#deployment);
    const { batches } = this.#view;
    const undone = this.#goBack(batches);
    const kept = this.#replayed.length;
    if (this.divergence !== null || kept === batches.length) return { undone, replayed: 0 };
    const finals = await this.#finals();
    const domain = fromHex(existing(this.#replay.state, CHAIN, 0).domainSeparator);
    const ready = (payload: Uint8Array): Promise<void> => recoverAhead(payload, domain, this.#recovery);
    for await (const [batch, payload] of payloadsOf(this.#provider, batches.slice(kept), ready)) {
      await this.#replayBatch(batch, payload, batch.index === batches.length - 1);
      onProgress(batch.index + 1, batches.length, this.#replay.counts.transactions);
      if (this.divergence !== null) {
        this.#evidence = this.#gather(this.divergence, batch, payload);
        break;
      }
      this.#replay.forget(finals, UNDO_BYTES_MAX);
    }
    return { undone, replayed: this.#replayed.length - kept };
  }

  /** The next batch, whole or not at all. */
  async #replayBatch(batch: BatchLog, payload: Uint8Array, isLast: boolean): Promise<void> {
    try {
      await this.#replay.batch(batch.index, batch.header, payload, isLast);
    } catch (error) {
      this.#replay.undo();
      throw error;
    }
    this.#replayed.push(batch);
  }

  /** How many batches can not be deleted any more. */
  async #finals(): Promise<number> {
    const [exists, index] = await this.#provider.publicClient.readContract({
      address: this.#deployment.rollup,
      abi: rollupContract.abi,
      functionName: 'finalizedBatch',
    });
    return exists ? Number(index) + 1 : 0;
  }

  /** Takes back the batches that L1 no longer has. Returns how many. */
  #goBack(batches: readonly BatchLog[]): number {
    const parts = this.#replayed.findIndex(({ hash }, i) => hash !== batches[i]?.hash);
    if (parts < 0) return 0;
    const undone = this.#replayed.length - parts;
    this.#evidence = null;
    if (undone > this.#replay.undoable) this.#startOver();
    while (this.#replayed.length > parts) {
      const { index, header } = this.#replayed.pop()!;
      this.#replay.undo();
      const root = toHex(this.#replay.state.root);
      if (root === header.preRoot) continue;
      this.#startOver();
      throw new BrokenInvariant(`taking batch ${index} back leads to ${root}, not to ${header.preRoot}`);
    }
    return undone;
  }

  #startOver(): void {
    this.#replay = this.#genesis();
    this.#replayed = [];
  }

  #gather(divergence: Divergence, batch: BatchLog, payload: Uint8Array): Evidence {
    const { transaction } = divergence;
    const context = { recover: this.#recovery.recover };
    const state = transaction === null ? this.#replay.state : this.#replay.rewindTo(transaction, payload);
    return { divergence, batch, payload, state, context };
  }

  report(): AuditReport {
    const { state, counts } = this.#replay;
    const chain = existing(state, CHAIN, 0);
    return {
      ...counts,
      height: chain.height,
      root: toHex(state.root),
      chainSeconds: chain.timestamp - this.#network.time,
      divergence: this.#explained(),
    };
  }

  /** The divergence with the state difference of the step where the chains part. */
  #explained(): Divergence | null {
    if (this.#evidence === null) return null;
    const { divergence, payload, state, context } = this.#evidence;
    if (divergence.transaction === null) return divergence;
    const { body } = decodePayload(payload)[divergence.transaction]!;
    return { ...divergence, difference: differenceOf(state, body, context) };
  }
}

/**
 * Replays the whole chain from L1. Stops at the first divergence.
 * @throws AuditError, or DeploymentError where the contracts are of another network
 */
export async function audit(
  provider: L1Provider,
  deployment: Deployment,
  network: Network,
  onProgress: AuditProgress = () => undefined,
  recovery?: SignatureRecovery,
): Promise<AuditReport> {
  const auditor = await Auditor.open(provider, deployment, network, recovery);
  await auditor.advance(onProgress);
  return auditor.report();
}

const genesisState = (network: Network, deployment: Deployment): State =>
  State.from(genesisRecords(network, bindingOf(deployment)));
