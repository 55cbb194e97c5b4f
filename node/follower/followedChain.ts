/**
 * The chain of a node that sequences nothing: it executes what others say happened, a few steps per turn
 * of the event loop, and keeps a block only where every root and every fact of its header is its own.
 */
import { setImmediate } from 'node:timers/promises';
import type { BatchStep } from '../../genesis/contracts/batch.ts';
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { BrokenInvariant } from '../../state/errors.ts';
import { usdIsConserved } from '../../state/invariants.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { simulateTransaction } from '../../state/transition.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import type { Context } from '../../state/transactions/context.ts';
import { recoverSigners } from '../auditor/signaturesAhead.ts';
import { blockHash, type BlockHeader, type SealedBlock } from '../chain/block.ts';
import type { Executor } from '../chain/executor.ts';
import type { PostedBatch } from '../l1/watcher.ts';
import type { SignatureRecovery } from '../sequencer/recovery.ts';
import type { BlockListener } from '../sequencer/sequencer.ts';
import type { Store } from '../store/store.ts';
import { ofBatch, ofBlock, ofWhole, wrongHeader, wrongRoot, type Disagreement, type Source } from './disagreement.ts';

/** Steps between two turns of the event loop, ~4 ms. */
const STEPS_PER_TURN = 16;

export class FollowedChain {
  readonly executor: Executor;
  readonly #store: Store;
  readonly #recovery: SignatureRecovery;
  readonly #context: Context;
  readonly #domain: Uint8Array;
  readonly #listeners: BlockListener[] = [];

  constructor(executor: Executor, store: Store, recovery: SignatureRecovery) {
    this.executor = executor;
    this.#store = store;
    this.#recovery = recovery;
    this.#context = { recover: recovery.recover };
    this.#domain = fromHex(existing(executor.state, CHAIN, 0).domainSeparator);
  }

  /** Told of every block once it is durable. */
  onBlock(listener: BlockListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Executes the next block. Null: it is ours now, and durable. Otherwise the store still holds the chain
   * before the block, and the state stands before its first wrong transaction: nothing can follow.
   */
  async take(block: SealedBlock): Promise<Disagreement | null> {
    const { executor } = this;
    const { header } = block;
    const links: readonly (keyof BlockHeader)[] = ['height', 'parentHash', 'firstSequence'];
    const ours = { ...header, height: executor.height + 1, parentHash: executor.sealedHash, firstSequence: executor.sequence };
    if (links.some((name) => ours[name] !== header[name])) return wrongHeader(block, ours);
    const source = ofBlock(block);
    await recoverSigners(block.transactions.map(({ bytes }) => bytes), this.#domain, this.#recovery);
    for (const [i, { bytes, root }] of block.transactions.entries()) {
      if (i % STEPS_PER_TURN === STEPS_PER_TURN - 1) await setImmediate();
      const wrong = this.#step(source, i, bytes, root);
      if (wrong !== null) return wrong;
    }
    const own = executor.adopt(block);
    if (blockHash(own) !== block.hash) return wrongHeader(block, own);
    await this.#keep(block);
    return null;
  }

  /** Executes what a batch on L1 has more than this chain, in blocks without signatures. */
  async derive(batch: PostedBatch, steps: readonly BatchStep[]): Promise<Disagreement | null> {
    const { executor } = this;
    const source = ofBatch(batch);
    const first = batch.sequence - batch.header.txCount;
    const known = executor.sequence - first;
    const before = known === 0 ? batch.header.preRoot : toHex(steps[known - 1]?.rootAfter ?? new Uint8Array(32));
    const root = toHex(executor.state.root);
    if (before !== root) return ofWhole(source, executor.height, executor.sequence, 'root before the blocks we lack', root, before);
    await recoverSigners(steps.map(({ body }) => body), this.#domain, this.#recovery);
    for (const [i, { body, rootAfter }] of steps.entries()) {
      if (i < known) continue;
      if (i % STEPS_PER_TURN === STEPS_PER_TURN - 1) await setImmediate();
      const opens = body[0] === beginBlock.type && simulateTransaction(executor.state, body, this.#context).ok;
      if (opens) await this.#keepDerived();
      const wrong = this.#step(source, i, body, rootAfter);
      if (wrong !== null) return wrong;
    }
    await this.#keepDerived();
    return null;
  }

  #step(source: Source, transaction: number, body: Uint8Array, root: Uint8Array): Disagreement | null {
    const { executor } = this;
    const height = source.kind === 'block' ? source.height : executor.height;
    const place = { source, height, sequence: executor.sequence, transaction };
    return executor.follow(body, root) === null ? wrongRoot(executor.state, this.#context, place, body, root) : null;
  }

  async #keepDerived(): Promise<void> {
    const block = this.executor.seal();
    if (block !== null) await this.#keep(block);
  }

  async #keep(block: SealedBlock): Promise<void> {
    const breach = usdIsConserved(this.executor.state);
    if (breach !== null) throw new BrokenInvariant(`INV-${breach.invariant}: ${breach.detail}`);
    await this.#store.flush();
    for (const listener of this.#listeners) listener(block);
  }
}
