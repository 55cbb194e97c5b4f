/**
 * A rollup on a test chain whose batches are real: every step is applied by `state/`, every deposit
 * goes through the Vault. Tests take honest batches from it and make them wrong.
 */
import type { Hex } from 'viem';
import {
  encodePayload,
  PAYLOAD_HEAD_BYTES,
  payloadHash,
  TABLE_ENTRY_BYTES,
  type BatchHeader,
} from '../../../genesis/contracts/batch.ts';
import {
  encodeProveFirstBlock,
  encodeProveHeader,
  encodeProveOffset,
  encodeProveStep,
} from '../../../genesis/contracts/fraudProof.ts';
import { existing } from '../../../state/access.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { decode } from '../../../state/codec/layout.ts';
import { CHAIN, type Chain } from '../../../state/records/chain.ts';
import type { State } from '../../../state/state.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { beginBlock } from '../../../state/transactions/beginBlock.ts';
import type { StepResult } from '../../../state/transition.ts';
import { recordKey } from '../../../state/tree/node.ts';
import { prove } from '../../../state/tree/proof.ts';
import { GENESIS_TIME, World as Ledger, type Person, type Step } from '../../support/world.ts';
import { blockHashOf, TestChain, type CallOptions, type Receipt } from './evm.ts';
import { deposit, newWorld, nextBatch, post, prover, sequencer, type Batch, type World } from './world.ts';

/** The chain record after a step and its proof, as L1 takes them. */
export type ChainProof = Readonly<{ chain: Uint8Array; proof: Uint8Array }>;
/** A batch, and what an auditor knows of it. */
export type ReplayedBatch = Batch & Readonly<{ steps: readonly Step[]; chains: readonly ChainProof[] }>;

/** A ledger that keeps the chain record of every step. */
class ProvingLedger extends Ledger {
  readonly chains: ChainProof[] = [];

  override apply(bytes: Uint8Array): StepResult {
    const result = super.apply(bytes);
    this.chains.push(chainProofIn(this.state));
    return result;
  }
}

export function chainProofIn(state: State): ChainProof {
  const proof = prove(state.tree, recordKey(CHAIN.type, CHAIN.idBytes(0))).subarray(1);
  return { chain: state.bytesOf(CHAIN, 0)!.slice(), proof };
}

export class Rig {
  readonly l1: World;
  readonly ledger: ProvingLedger;
  #posted = 0;

  private constructor(l1: World, ledger: ProvingLedger) {
    this.l1 = l1;
    this.ledger = ledger;
  }

  static async create(): Promise<Rig> {
    const ledger = new ProvingLedger();
    const chain = await TestChain.create();
    chain.timestamp = BigInt(GENESIS_TIME) + 600n;
    const genesisRoot = toHex(ledger.state.root);
    const { parameterHash } = existing(ledger.state, CHAIN, 0);
    return new Rig(await newWorld({}, chain, { genesisRoot, parameterHash }), ledger);
  }

  get chain(): TestChain {
    return this.l1.chain;
  }
  get record(): Chain {
    return existing(this.ledger.state, CHAIN, 0);
  }

  /** Opens a block now, anchored to the newest L1 block there can be unless told otherwise. */
  block(anchor: Partial<Pick<Chain, 'anchorNumber' | 'anchorHash'>> = {}): void {
    const { number, timestamp } = this.chain;
    this.ledger.accept(
      encodeTransaction(beginBlock, {
        height: this.record.height + 1,
        timestamp: Number(timestamp),
        anchorNumber: Number(number - 1n),
        anchorHash: blockHashOf(number - 1n),
        ...anchor,
      }),
    );
  }

  /** Pays into the Vault for `to` and consumes the item, for `credited` if it is stolen. */
  async deposit(to: Person, amount: bigint, credited = to): Promise<void> {
    await deposit(this.l1, to.address, amount);
    this.ledger.deposit(credited.account, amount);
  }

  /** Sends an action through the Inbox and consumes the item. */
  async forced(inner: Uint8Array, sender: Person): Promise<void> {
    await this.chain.call(this.l1.inbox, 'enqueueForced', [toHex(inner)], { from: sender.address });
    this.ledger.accept(this.ledger.forcedBytes(inner, sender));
  }

  /** All steps since the last batch as the next one. */
  async next(): Promise<ReplayedBatch> {
    const steps = this.ledger.steps.slice(this.#posted);
    const chains = this.ledger.chains.slice(this.#posted);
    this.#posted = this.ledger.steps.length;
    const payload = encodePayload(steps.map(({ bytes, root }) => ({ body: bytes, rootAfter: root })));
    const { header } = await nextBatch(this.l1, toHex(this.ledger.state.root), payload);
    const { height, timestamp, anchorNumber, anchorHash, inboxCursor, inboxAccumulator, parameterHash } = this.record;
    return {
      header: {
        ...header,
        lastHeight: BigInt(height),
        firstTimestamp: BigInt(decode(CHAIN.layout, chains[0]!.chain).timestamp),
        lastTimestamp: BigInt(timestamp),
        anchorNumber: BigInt(anchorNumber),
        anchorHash,
        inboxCursor: BigInt(inboxCursor),
        inboxAccumulator,
        parameterHash,
      },
      payload,
      steps,
      chains,
    };
  }

  post(batch: Batch, from = sequencer): Promise<Receipt> {
    return post(this.l1, batch, from);
  }

  async postNext(): Promise<ReplayedBatch> {
    const batch = await this.next();
    await this.post(batch);
    return batch;
  }

  count(): Promise<bigint> {
    return this.chain.read<bigint>(this.l1.rollup, 'batchCount');
  }

  /* PROOFS */

  prove(calldata: Hex, options: CallOptions = {}): Promise<Receipt> {
    return this.chain.callRaw(this.l1.fraudProof, fromHex(calldata), { from: prover, ...options });
  }

  proveStep(
    { header, payload }: Batch,
    index: number,
    { witness }: Pick<Step, 'witness'>,
    options?: CallOptions,
  ): Promise<Receipt> {
    return this.prove(encodeProveStep(header, payload, index, witness), options);
  }

  proveOffset({ header, payload }: Batch, index: number): Promise<Receipt> {
    return this.prove(encodeProveOffset(header, payload, index));
  }

  proveFirstBlock({ header, payload }: Batch, { chain, proof }: ChainProof): Promise<Receipt> {
    return this.prove(encodeProveFirstBlock(header, payload, chain, proof));
  }

  proveHeader({ header }: Batch, { chain, proof }: ChainProof): Promise<Receipt> {
    return this.prove(encodeProveHeader(header, chain, proof));
  }
}

/* WRONG BATCHES, each sealed as its poster would seal it */

export function resealed({ header }: Batch, payload: Uint8Array, change: Partial<BatchHeader> = {}): Batch {
  return {
    header: { ...header, payloadHash: payloadHash(payload), payloadBytes: payload.length, ...change },
    payload,
  };
}

const entryAt = (index: number): number => PAYLOAD_HEAD_BYTES + TABLE_ENTRY_BYTES * index;

/** With another root after transaction `index`. */
export function withRoot(batch: Batch, index: number, root: Uint8Array): Batch {
  const payload = batch.payload.slice();
  payload.set(root, entryAt(index) + 4);
  const isLast = index === batch.header.txCount - 1;
  return resealed(batch, payload, isLast ? { postRoot: toHex(root) } : {});
}

/** With one bit of that root flipped. */
export function withFlippedRoot(batch: ReplayedBatch, index: number): Batch {
  const root = batch.steps[index]!.root.slice();
  root[17]! ^= 4;
  return withRoot(batch, index, root);
}

/** With body `index` said to start elsewhere. */
export function withOffset(batch: Batch, index: number, change: (offset: number) => number): Batch {
  const payload = batch.payload.slice();
  const view = new DataView(payload.buffer);
  view.setUint32(entryAt(index), change(view.getUint32(entryAt(index))));
  return resealed(batch, payload);
}
