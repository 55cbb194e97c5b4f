/**
 * The head of the chain: executes transactions as they come, keeps the open block, seals it, or follows
 * the blocks of who does. What it stages in the store makes a restart end at the same root.
 */
import { pack, unpack } from '../store/envelope.ts';
import { existing } from '../../state/access.ts';
import { equalBytes, fromHex, toHex } from '../../state/codec/bytes.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { usdIsConserved } from '../../state/invariants.ts';
import { BrokenInvariant } from '../../state/errors.ts';
import { KIND_BOUND, KINDS } from '../../state/records/all.ts';
import { CHAIN } from '../../state/records/chain.ts';
import type { RecordId } from '../../state/records/kind.ts';
import { State, type RawRecord } from '../../state/state.ts';
import { applyTransaction, simulateTransaction, type StepResult } from '../../state/transition.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Digest, Seconds } from '../../state/units.ts';
import { isExplained } from '../liquidation/explained.ts';
import { Distribution } from '../ports/operation.ts';
import { after, blockKey, BUCKET, key, metaKey, pendingKey, recordKeyOf, transactionKey } from '../store/buckets.ts';
import { StoreError, type Store } from '../store/store.ts';
import {
  blockHash,
  genesisBlockHash,
  NO_SIGNATURE,
  signBlock,
  transactionHash,
  transactionsHash,
  type BlockHeader,
  type SealedBlock,
  type SealedTransaction,
} from './block.ts';
import { Journal } from './journal.ts';

/** `rootBefore`: of steps that are explained later, which have their witness too. */
export type Executed = StepResult & Readonly<{ bytes: Uint8Array; sequence: number; height: number; rootBefore?: Uint8Array }>;
/** Told of every step, in order, before it is durable. */
export type StepListener = (step: Executed) => void;
/** Newest L1 block the node vouches for. */
export type Anchor = Readonly<{ number: number; hash: Digest }>;

type Head = { hash: Digest; sequence: number };

/** More in one block than this and it is sealed at once: bounds what a crash replays. */
const BLOCK_TRANSACTIONS_MAX = 2_000;
/** A block fits one batch with room to spare (L1 takes payloads of 120,000 bytes). */
const BLOCK_BYTES_MAX = 100_000;
/** Beside its body a transaction costs a batch an offset and a root. */
const TRANSACTION_FRAME_BYTES = 36;

const noChanges = () => Array.from({ length: KIND_BOUND }, () => new Map<RecordId, Uint8Array | null>());

export class Executor {
  readonly state: State;
  readonly sealSeconds = new Distribution();
  readonly #store: Store;
  readonly #context: Context;
  /** Null: this node signs nothing. */
  readonly #key: Uint8Array | null;
  readonly #listeners: StepListener[] = [];
  #head: Head;
  #open: SealedTransaction[] = [];
  #openBytes = 0;
  #onOverflow: ((block: SealedBlock) => void) | null = null;
  /** Values of records changed since the last sealed block, by kind and id; null: deleted. */
  #dirty = noChanges();
  anchor: Anchor | null = null;

  private constructor(state: State, store: Store, context: Context, key: Uint8Array | null, head: Head) {
    this.state = state;
    this.#store = store;
    this.#context = context;
    this.#key = key;
    this.#head = head;
  }

  /**
   * Opens the chain of `genesis` in the store: from its records and the transactions after them, or
   * new. @throws StoreError where the store holds another chain or does not match its own header
   */
  static async open(
    store: Store,
    genesis: () => readonly RawRecord[],
    context: Context,
    key: Uint8Array | null,
  ): Promise<Executor> {
    const stored = await store.get(metaKey('head'));
    if (stored === undefined) return Executor.#create(store, genesis(), context, key);
    const head = unpack(stored) as Head & { stateRoot: Uint8Array };
    const state = State.from(await readRecords(store));
    if (!equalBytes(state.root, head.stateRoot)) {
      throw new StoreError(
        'DATABASE_DAMAGED',
        `records hash to ${toHex(state.root)}, the last header says ${toHex(head.stateRoot)}; sync again from L1`,
      );
    }
    const executor = new Executor(state, store, context, key, { hash: head.hash, sequence: head.sequence });
    await executor.#replayPending();
    return executor;
  }

  static async #create(
    store: Store,
    records: readonly RawRecord[],
    context: Context,
    key: Uint8Array | null,
  ): Promise<Executor> {
    const state = State.from(records);
    const { domainSeparator } = existing(state, CHAIN, 0);
    const head = { hash: genesisBlockHash(state.root, domainSeparator), sequence: 0 };
    for (const { type, id, value } of records) store.put(recordKeyOf(type, id), value);
    store.put(metaKey('genesisRoot'), state.root.slice());
    store.put(metaKey('head'), pack({ ...head, stateRoot: state.root }));
    await store.flush();
    return new Executor(state, store, context, key, head);
  }

  /** Transactions that were durable but not yet in a sealed block: applied again, same roots. */
  async #replayPending(): Promise<void> {
    const prefix = key(BUCKET.pending);
    for await (const [, value] of this.#store.range(prefix, after(prefix))) {
      const { bytes, root } = unpack(value) as SealedTransaction;
      const result = applyTransaction(this.state, bytes, this.#context);
      if (!equalBytes(result.root, root)) {
        throw new StoreError('DATABASE_DAMAGED', 'a journaled transaction gives another root; sync again from L1');
      }
      this.#remember(bytes, result);
    }
  }

  onStep(listener: StepListener): void {
    this.#listeners.push(listener);
  }

  /** Who publishes a block that is sealed because the next transaction would not fit into it. */
  onOverflow(publish: (block: SealedBlock) => void): void {
    this.#onOverflow = publish;
  }

  get height(): number {
    return existing(this.state, CHAIN, 0).height;
  }
  get timestamp(): Seconds {
    return existing(this.state, CHAIN, 0).timestamp;
  }
  /** Transactions executed since genesis. */
  get sequence(): number {
    return this.#head.sequence + this.#open.length;
  }
  /** Height of the last sealed block: an open one is above it. */
  get sealedHeight(): number {
    return this.#open.length > 0 ? this.height - 1 : this.height;
  }
  get sealedSequence(): number {
    return this.#head.sequence;
  }
  get sealedHash(): Digest {
    return this.#head.hash;
  }
  get openTransactions(): number {
    return this.#open.length;
  }
  get isFull(): boolean {
    return this.#open.length >= BLOCK_TRANSACTIONS_MAX;
  }

  /** Opens a block at `now` unless one is open: time enters the state here. */
  ensureOpen(now: Seconds): void {
    if (this.#open.length > 0) return;
    const chain = existing(this.state, CHAIN, 0);
    const anchor =
      this.anchor !== null && this.anchor.number >= chain.anchorNumber
        ? this.anchor
        : { number: chain.anchorNumber, hash: chain.anchorHash };
    const opened = this.#run(
      encodeTransaction(beginBlock, {
        height: chain.height + 1,
        timestamp: Math.max(now, chain.timestamp),
        anchorNumber: anchor.number,
        anchorHash: anchor.hash,
      }),
      true,
    );
    if (!opened.outcome.ok) throw new BrokenInvariant('our own block opens');
  }

  /**
   * Executes a transaction into the open block. A refused one leaves no trace unless `keepRefused`
   * (inbox items are consumed by their refusal). The caller opened the block and flushes the store.
   */
  execute(bytes: Uint8Array, keepRefused = false): Executed {
    if (this.#openBytes + TRANSACTION_FRAME_BYTES + bytes.length > BLOCK_BYTES_MAX) this.#overflow();
    const result = this.#run(bytes, keepRefused);
    if (result.outcome.ok || keepRefused) {
      const breach = usdIsConserved(this.state);
      if (breach !== null) throw new BrokenInvariant(`INV-${breach.invariant}: ${breach.detail}`);
    }
    return result;
  }

  /**
   * Executes a transaction that L1 has, whoever sequenced it: where it opens a block, the one before is
   * sealed. The caller seals the last one, and flushes the store.
   */
  derive(bytes: Uint8Array): Executed {
    const opens = bytes[0] === beginBlock.type && simulateTransaction(this.state, bytes, this.#context).ok;
    if (opens) this.seal();
    return this.#run(bytes, true);
  }

  /**
   * Executes the next transaction of a block that another node sealed. Null: it leads to another root
   * than `root`, and nothing has changed. Nothing is journaled, for the block is on the network.
   */
  follow(bytes: Uint8Array, root: Uint8Array): Executed | null {
    const { step, result } = this.#apply(bytes);
    if (!equalBytes(result.root, root)) {
      const journal = new Journal();
      journal.record(result.changes);
      journal.undo(this.state);
      return null;
    }
    this.#remember(bytes, result);
    for (const listener of this.#listeners) listener(step);
    return step;
  }

  /**
   * Stages the block whose transactions were followed, with its signature. Returns its header as it
   * follows from what was executed: where that is another than the block's, nothing is staged.
   */
  adopt({ hash, signature }: SealedBlock): BlockHeader {
    const header = this.#header();
    if (blockHash(header) === hash) this.#close(header, hash, signature);
    return header;
  }

  /** Seals the open block and goes on in a new one of the same time. */
  #overflow(): void {
    const time = this.timestamp;
    const block = this.seal();
    this.ensureOpen(time);
    if (block !== null) this.#onOverflow?.(block);
  }

  #run(bytes: Uint8Array, keepRefused: boolean): Executed {
    const { step, result } = this.#apply(bytes);
    if (!result.outcome.ok && !keepRefused) return step;
    this.#store.put(
      pendingKey(step.sequence),
      pack({ bytes, root: result.root, code: result.outcome.ok ? 0 : result.outcome.code }),
    );
    this.#remember(bytes, result);
    for (const listener of this.#listeners) listener(step);
    return step;
  }

  #apply(bytes: Uint8Array): { step: Executed; result: StepResult } {
    const witness = isExplained(bytes);
    const before = witness ? { rootBefore: this.state.root.slice() } : {};
    const result = applyTransaction(this.state, bytes, this.#context, { witness });
    return { step: { bytes, sequence: this.sequence, height: this.height, ...result, ...before }, result };
  }

  #remember(bytes: Uint8Array, result: StepResult): void {
    this.#open.push({ bytes, root: result.root, code: result.outcome.ok ? 0 : result.outcome.code });
    this.#openBytes += TRANSACTION_FRAME_BYTES + bytes.length;
    for (const { kind, id, value } of result.changes) this.#dirty[kind.type]!.set(id, value);
  }

  /**
   * Seals the open block and stages it with every record it changed. The caller publishes it only
   * after the flush. Null where no block is open.
   */
  seal(): SealedBlock | null {
    if (this.#open.length === 0) return null;
    const started = performance.now();
    const header = this.#header();
    const hash = blockHash(header);
    const domain = fromHex(existing(this.state, CHAIN, 0).domainSeparator);
    const signature = this.#key === null ? NO_SIGNATURE : signBlock(domain, header.height, hash, this.#key);
    const block = this.#close(header, hash, signature);
    this.sealSeconds.observeSince(started);
    return block;
  }

  /** Of the open block as it is. */
  #header(): BlockHeader {
    const chain = existing(this.state, CHAIN, 0);
    return {
      height: chain.height,
      timestamp: chain.timestamp,
      parentHash: this.#head.hash,
      anchorNumber: chain.anchorNumber,
      anchorHash: chain.anchorHash,
      inboxCursor: chain.inboxCursor,
      inboxAccumulator: chain.inboxAccumulator,
      parameterHash: chain.parameterHash,
      firstSequence: this.#head.sequence,
      transactionCount: this.#open.length,
      transactionsHash: transactionsHash(this.#open),
      stateRoot: toHex(this.state.root),
    };
  }

  #close(header: BlockHeader, hash: Digest, signature: CompactSignature): SealedBlock {
    const block: SealedBlock = { header, hash, signature, transactions: this.#open };
    this.#stage(block);
    this.#open = [];
    this.#openBytes = 0;
    this.#head = { hash, sequence: header.firstSequence + header.transactionCount };
    return block;
  }

  #stage({ header, hash, signature, transactions }: SealedBlock): void {
    this.#store.put(blockKey(header.height), pack({ header, hash, signature, transactions }));
    transactions.forEach(({ bytes }, i) => {
      this.#store.del(pendingKey(header.firstSequence + i));
      this.#store.put(transactionKey(transactionHash(bytes)), key(0, { u64: header.height }, { u32: i }).subarray(1));
    });
    for (const { type, idBytes } of KINDS) {
      for (const [id, value] of this.#dirty[type]!) {
        const recordKey = recordKeyOf(type, idBytes(id));
        if (value === null) this.#store.del(recordKey);
        else this.#store.put(recordKey, value);
      }
    }
    this.#dirty = noChanges();
    const sequence = header.firstSequence + transactions.length;
    this.#store.put(metaKey('head'), pack({ hash, sequence, stateRoot: this.state.root }));
  }
}

async function readRecords(store: Store): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  const prefix = key(BUCKET.record);
  for await (const [storeKey, value] of store.range(prefix, after(prefix))) {
    records.push({ type: storeKey[1]!, id: storeKey.slice(2), value });
  }
  return records;
}

/** A sealed block by height, or undefined. */
export async function readBlock(store: Store, height: number): Promise<SealedBlock | undefined> {
  const stored = await store.get(blockKey(height));
  return stored === undefined ? undefined : (unpack(stored) as SealedBlock);
}

/** Height and index of a transaction by its hash, or undefined. */
export async function findTransaction(
  store: Store,
  hash: Digest,
): Promise<{ height: number; index: number } | undefined> {
  const stored = await store.get(transactionKey(hash));
  if (stored === undefined) return undefined;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return { height: Number(view.getBigUint64(0)), index: view.getUint32(8) };
}

