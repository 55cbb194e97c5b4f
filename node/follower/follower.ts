/**
 * A node that sequences nothing and trusts nobody: it executes what the sequencer says happened, compares
 * every root, and follows L1 on its own. Blocks come from peers, or from L1 alone.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePayload, payloadHash, type BatchStep } from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import type { Network } from '../../genesis/genesis.ts';
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { Address, Digest } from '../../state/units.ts';
import { payloadOf } from '../auditor/batches.ts';
import { blockSigner, NO_SIGNATURE, type SealedBlock } from '../chain/block.ts';
import { readBlock, type Executor } from '../chain/executor.ts';
import type { Deployment } from '../l1/deployment.ts';
import { Heads } from '../l1/heads.ts';
import type { L1Provider } from '../l1/provider.ts';
import { seatHolder } from '../l1/seat.ts';
import { Watcher, type PostedBatch } from '../l1/watcher.ts';
import { PeersError, type Peers, type SignedHeader } from '../peers/peers.ts';
import type { Clock } from '../ports/clock.ts';
import { Distribution, type Doubt } from '../ports/operation.ts';
import { History } from '../sequencer/history.ts';
import type { SignatureRecovery } from '../sequencer/recovery.ts';
import type { Store } from '../store/store.ts';
import { disagreementJson, ofBatch, ofWhole, type Disagreement } from './disagreement.ts';
import { Equivocations } from './equivocations.ts';
import { FollowedChain } from './followedChain.ts';
import { NextBlocks } from './nextBlocks.ts';

export type FollowerParts = Readonly<{
  /** Where divergence.json goes. */
  directory: string;
  network: Network;
  deployment: Deployment;
  provider: L1Provider;
  clock: Clock;
  store: Store;
  executor: Executor;
  recovery: SignatureRecovery;
  /** Who signs blocks, by L1; the newest first. */
  signers: readonly Address[];
  /** Null: from L1 alone. */
  peers: Peers | null;
  /** Blocks on top of a batch before it is safe. */
  confirmations: number;
  pollMillis: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

/** A block that is asked for at once. */
const RANGE = 64;
/** Behind the best that peers have by more than this is not ready [blocks]. */
const LAG_BLOCKS_MAX = 16;
/** Ends of the buckets of delays: the time of a block is in whole seconds. */
const DELAY_SECONDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 60, 600];
const DIVERGENCE_FILE = 'divergence.json';

export class Follower {
  readonly #o: FollowerParts;
  readonly chain: FollowedChain;
  readonly heads = new Heads();
  readonly watcher: Watcher;
  readonly history: History;
  readonly equivocations: Equivocations;
  readonly blockDelaySeconds = new Distribution(DELAY_SECONDS);
  readonly #domain: Uint8Array;
  readonly #next = new NextBlocks();
  /** Who signs blocks, by L1; the newest first. */
  #signers: readonly Address[];
  /** The newest batch that ends at the root that we executed. */
  #agreed: Digest | null = null;
  #disagreement: Disagreement | null = null;
  #onHalt: (disagreement: Disagreement) => void = () => undefined;
  #onFailure: (error: unknown) => void = (error) => {
    throw error;
  };
  #cancels: (() => void)[] = [];
  #isClosing = false;
  #advancing: Promise<void> | null = null;
  #mustAdvance = false;

  private constructor(parts: FollowerParts, equivocations: Equivocations) {
    const { executor, store, recovery, provider, deployment, clock, confirmations, pollMillis, onTrouble } = parts;
    this.#o = parts;
    this.equivocations = equivocations;
    this.#domain = fromHex(existing(executor.state, CHAIN, 0).domainSeparator);
    this.#signers = parts.signers;
    this.chain = new FollowedChain(executor, store, recovery);
    this.history = new History(store);
    executor.onStep((step) => this.history.record(step, executor.timestamp));
    const chain = { state: executor.state, anchored: () => undefined };
    this.watcher = new Watcher({ provider, deployment, chain, heads: this.heads, clock, confirmations, pollMillis, onTrouble });
    this.chain.onBlock(({ header }) => {
      this.#sealed(header.height, header.firstSequence + header.transactionCount);
      this.blockDelaySeconds.observe(clock.nowMillis() / 1_000 - header.timestamp);
    });
    this.#sealed(executor.sealedHeight, executor.sealedSequence);
  }

  static async open(parts: FollowerParts): Promise<Follower> {
    return new Follower(parts, await Equivocations.open(parts.store));
  }

  #sealed(height: number, sequence: number): void {
    this.heads.set('soft', { height, sequence });
  }

  get executor(): Executor {
    return this.#o.executor;
  }
  get disagreement(): Disagreement | null {
    return this.#disagreement;
  }
  /** Who signs blocks now. */
  get sequencer(): Address {
    return this.#signers[0]!;
  }

  /** Follows until closed. `onHalt` hears of the one thing that ends it; `onFailure` of a disk that does not write. */
  async start(onHalt: (disagreement: Disagreement) => void, onFailure: (error: unknown) => void): Promise<void> {
    const { peers, clock, pollMillis } = this.#o;
    this.#onHalt = onHalt;
    this.#onFailure = onFailure;
    peers?.onBlock((block, peer) => this.#heard(block, peer));
    peers?.onEquivocation((one, other) => this.#equivocated(one, other).catch(onFailure));
    await this.watcher.poll();
    this.heads.onChange(({ safety }) => {
      if (safety === 'soft') return;
      void this.#readSigner();
      this.wake();
    });
    this.watcher.onReorg(() => this.wake());
    this.watcher.start();
    this.#cancels.push(clock.interval(pollMillis, () => this.wake()));
    this.wake();
  }

  /** Why an answer of now is not to be relied on; empty: it is ours and as new as anybody's. */
  doubts(): Doubt[] {
    const doubts: Doubt[] = [];
    const { disagreement } = this;
    if (disagreement !== null) {
      const { rule, height } = disagreement;
      doubts.push({ code: 'IN_DOUBT', detail: `block ${height}: ${rule} is not ours; see ${DIVERGENCE_FILE}` });
    }
    const { lagBlocks } = this;
    if (lagBlocks > LAG_BLOCKS_MAX) doubts.push({ code: 'SYNCING', detail: `${lagBlocks} blocks behind` });
    const { peers } = this.#o;
    if (peers !== null && peers.peers().length === 0) doubts.push({ code: 'NO_PEER', detail: 'no peer is connected' });
    return doubts;
  }

  /** Blocks that somebody is known to have more than this node. */
  get lagBlocks(): number {
    return Math.max(0, this.#best() - this.executor.sealedHeight);
  }

  /** The highest block that somebody is known to have. */
  #best(): number {
    const claims = this.#o.peers?.heads().map(({ head }) => head.height) ?? [];
    return Math.max(this.#next.highest, this.heads.safe.height, ...claims);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const cancel of this.#cancels) cancel();
    await this.watcher.stop();
    await this.#advancing;
  }

  /** Goes on as far as it can. */
  wake(): void {
    this.#mustAdvance = true;
    this.#advancing ??= this.#advance()
      .catch((error: unknown) => this.#onFailure(error))
      .finally(() => {
        this.#advancing = null;
        if (this.#mustAdvance && !this.#isOver) this.wake();
      });
  }

  get #isOver(): boolean {
    return this.#isClosing || this.#disagreement !== null;
  }

  async #advance(): Promise<void> {
    while (this.#mustAdvance && !this.#isOver) {
      this.#mustAdvance = false;
      await this.#compareL1();
      while (!this.#isOver && (await this.#step())) {
        // The next one.
      }
    }
  }

  /** One block or one range further. False: nobody has more. */
  async #step(): Promise<boolean> {
    const height = this.executor.sealedHeight;
    const heard = this.#next.take(height + 1);
    if (heard !== undefined) {
      await this.#take(heard.block, heard.peer);
      return true;
    }
    if (this.#best() > height && (await this.#fetch(height + 1))) return true;
    return this.heads.safe.height > height && this.#deriveNext();
  }

  async #fetch(from: number): Promise<boolean> {
    const { peers } = this.#o;
    if (peers === null) return false;
    try {
      const { blocks, peer } = await peers.blocks(from, RANGE);
      for (const block of blocks) if (!this.#isOver) await this.#take(block, peer);
      return this.executor.sealedHeight >= from;
    } catch (error) {
      if (!(error instanceof PeersError)) throw error;
      this.#o.onTrouble('no peer gives the next blocks', error);
      return false;
    }
  }

  async #deriveNext(): Promise<boolean> {
    const { height } = this.heads.safe;
    const next = this.executor.sealedHeight + 1;
    const batch = this.watcher.batches.find(({ header }) => Number(header.lastHeight) >= next);
    if (batch === undefined || Number(batch.header.lastHeight) > height) return false;
    let payload: Uint8Array;
    try {
      payload = await payloadOf(this.#o.provider, batch);
    } catch (error) {
      this.#o.onTrouble('a batch can not be read from L1', error);
      return false;
    }
    const steps = this.#stepsOf(batch, payload);
    const wrong = Array.isArray(steps) ? await this.chain.derive(batch, steps) : steps;
    if (wrong !== null) this.#halt(wrong);
    return wrong === null;
  }

  /** What the payload holds; a disagreement where it is not the one that was posted, or none at all. */
  #stepsOf(batch: PostedBatch, payload: Uint8Array): BatchStep[] | Disagreement {
    const { sealedHeight: height, sequence } = this.executor;
    const wrong = (rule: string, expected: string, received: string): Disagreement =>
      ofWhole(ofBatch(batch), height, sequence, rule, expected, received);
    const hash = payloadHash(payload);
    if (hash !== batch.header.payloadHash) return wrong('payload hash', hash, batch.header.payloadHash);
    try {
      return decodePayload(payload);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return wrong('payload format', 'a payload that decodes', error.message);
    }
  }

  async #take(block: SealedBlock, peer: string): Promise<void> {
    if (block.header.height <= this.executor.sealedHeight) return;
    const wrong = await this.chain.take(block);
    if (wrong === null) return;
    const signer = blockSigner(this.#domain, block);
    if (signer !== null && this.#signers.includes(signer)) this.#halt(wrong);
    else this.#o.peers?.report(peer, 'invalid');
  }

  #heard(block: SealedBlock, peer: string): void {
    const { height } = block.header;
    if (height <= this.executor.sealedHeight) {
      this.#compareOld(block).catch((error: unknown) => this.#onFailure(error));
      return;
    }
    this.#next.add(block, peer, this.executor.sealedHeight);
    this.wake();
  }

  /** A block of a height that we have: the same, or proof that the sequencer signed two. */
  async #compareOld(block: SealedBlock): Promise<void> {
    const ours = await readBlock(this.#o.store, block.header.height);
    if (ours !== undefined && ours.hash !== block.hash && ours.signature !== NO_SIGNATURE) await this.#equivocated(ours, block);
  }

  async #equivocated(one: SignedHeader, other: SignedHeader): Promise<void> {
    const signers = [one, other].map((signed) => blockSigner(this.#domain, signed));
    if (signers[0] !== signers[1] || !this.#signers.includes(signers[0]!)) return;
    if (await this.equivocations.add(one, other)) {
      this.#o.onTrouble('the sequencer signed two blocks of one height', new Error(`block ${one.header.height}: ${one.hash} and ${other.hash}`));
    }
  }

  /**
   * Every batch on L1 must end at the root that we executed. Each builds on the one before: where the newest that we
   * can compare agrees, all do; where it does not, the first that parts is told.
   */
  async #compareL1(): Promise<void> {
    const ours = this.watcher.batches.filter(({ header }) => Number(header.lastHeight) <= this.executor.sealedHeight);
    const newest = ours.at(-1);
    if (newest === undefined || newest.hash === this.#agreed) return;
    if ((await this.#disagreementWith(newest)) === null) {
      this.#agreed = newest.hash;
      return;
    }
    for (const batch of ours) {
      const wrong = await this.#disagreementWith(batch);
      if (wrong !== null) return this.#halt(wrong);
    }
  }

  async #disagreementWith(batch: PostedBatch): Promise<Disagreement | null> {
    const height = Number(batch.header.lastHeight);
    const block = await readBlock(this.#o.store, height);
    if (block === undefined || block.header.stateRoot === batch.header.postRoot) return null;
    const { stateRoot, firstSequence } = block.header;
    return ofWhole(ofBatch(batch), height, firstSequence, 'root after the batch', stateRoot, batch.header.postRoot);
  }

  async #readSigner(): Promise<void> {
    const { provider, deployment, peers, onTrouble } = this.#o;
    try {
      const holder = await seatHolder(provider, deployment);
      if (holder === null || this.#signers[0] === holder) return;
      this.#signers = [holder, ...this.#signers.filter((one) => one !== holder)];
      peers?.setSigners(this.#signers);
    } catch (error) {
      onTrouble('L1 does not say who sequences', error);
    }
  }

  #halt(disagreement: Disagreement): void {
    if (this.#disagreement !== null) return;
    this.#disagreement = disagreement;
    const file = join(this.#o.directory, DIVERGENCE_FILE);
    writeFileSync(`${file}.new`, disagreementJson(disagreement));
    renameSync(`${file}.new`, file);
    this.#onHalt(disagreement);
  }
}
