/**
 * The sequencer: one order of events. Orders, actions, inbox items and keeper steps enter here, are
 * executed at once, become durable as a group, and are acknowledged with a signed receipt.
 */
import { existing } from '../../state/access.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest } from '../../state/codec/typedData.ts';
import { accountIdOf } from '../../state/records/account.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { SESSION, sessionIdOf } from '../../state/records/session.ts';
import { ACTIONS } from '../../state/transactions/actions.ts';
import type { Context } from '../../state/transactions/context.ts';
import { invalidateNonces } from '../../state/transactions/invalidateNonces.ts';
import { decodeFlags, orderDigest } from '../../state/transactions/order.ts';
import { REFUSAL } from '../../state/refusals.ts';
import type { AccountId, Address, Digest } from '../../state/units.ts';
import { transactionHash, type SealedBlock } from '../chain/block.ts';
import type { Executed, Executor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store } from '../store/store.ts';
import { History } from './history.ts';
import { OrderDesk, type OrderRecord, type OrderRequest, type Placed } from './orderDesk.ts';
import { RECEIPT_STATUS, signReceipts, type Receipt, type SignedReceipt } from './receipts.ts';
import type { SignatureRecovery } from './recovery.ts';
import { Rejection } from './rejection.ts';
import {
  cancelAllTyped,
  cancelTyped,
  type CancelAllRequest,
  type CancelRequest,
  type Signed,
} from './requests.ts';

export type SequencerOptions = Readonly<{
  executor: Executor;
  store: Store;
  recovery: SignatureRecovery;
  context: Context;
  clock: Clock;
  key: Uint8Array;
  /** Blocks are sealed this often while there is something in them. */
  blockMillis?: number;
}>;
export type Acknowledged<T> = Readonly<{ result: T; receipt: SignedReceipt }>;
export type ActionResult = Readonly<{ hash: Digest; sequence: number; height: number }>;
export type BlockListener = (block: SealedBlock) => void;

type Waiting = { receipt: Receipt; resolve: (signed: SignedReceipt) => void };

export class Sequencer {
  readonly desk: OrderDesk;
  readonly history: History;
  readonly executor: Executor;
  readonly #store: Store;
  readonly #recovery: SignatureRecovery;
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  readonly #blockMillis: number;
  readonly #blockListeners: BlockListener[] = [];
  #waiting: Waiting[] = [];
  #groupScheduled = false;
  #cancelTimer: (() => void) | null = null;
  #stopping = false;
  #events = 0;
  /** Settles when every group so far is durable and every block so far was published. */
  #settled: Promise<void> = Promise.resolve();
  #onFailure: (error: unknown) => void = (error) => {
    throw error;
  };

  constructor({ executor, store, recovery, context, clock, key, blockMillis = 250 }: SequencerOptions) {
    this.executor = executor;
    this.#store = store;
    this.#recovery = recovery;
    this.#clock = clock;
    this.#key = key;
    this.#blockMillis = blockMillis;
    this.desk = new OrderDesk(executor, store, context, clock);
    this.history = new History(store);
    executor.onStep((step) => this.history.record(step, executor.timestamp));
    executor.onOverflow((block) => void this.#group(block));
  }

  /** Restores the book and starts the block clock. `onFailure` hears of a disk that does not write. */
  async start(onFailure: (error: unknown) => void): Promise<void> {
    this.#onFailure = onFailure;
    await this.desk.restore();
    this.#cancelTimer = this.#clock.interval(this.#blockMillis, () => this.seal());
  }

  onBlock(listener: BlockListener): void {
    this.#blockListeners.push(listener);
  }

  get domainSeparator(): Digest {
    return existing(this.executor.state, CHAIN, 0).domainSeparator;
  }

  /** Places a signed order. Resolves when it is durable. @throws Rejection, IntakeOverloaded */
  async placeOrder(request: OrderRequest): Promise<Acknowledged<Placed>> {
    await this.prepareOrder(request);
    return this.#place(request);
  }

  /** Recovers the order's signer ahead, off this thread. Ill-formed orders are left to the checks. */
  async prepareOrder({ order, instrument }: OrderRequest): Promise<void> {
    const flags = decodeFlags(order.flags);
    if (flags === null) return;
    const digest = orderDigest(fromHex(this.domainSeparator), { ...order, instrument }, flags);
    const pending = this.#recovery.prepare(digest, order.signature);
    if (pending instanceof Promise) await pending;
  }

  async #place(request: OrderRequest): Promise<Acknowledged<Placed>> {
    this.#refuseWhileStopping();
    const placed = this.desk.place(request);
    const receipt = await this.#acknowledge(this.#orderReceipt(placed.record));
    return { result: placed, receipt };
  }

  /** Cancels one open order. @throws Rejection */
  async cancelOrder({ request, signature }: Signed<CancelRequest>): Promise<Acknowledged<OrderRecord>> {
    await this.#authorize(cancelTyped, request, signature);
    this.#refuseWhileStopping();
    const known = this.desk.recordOf(request.order);
    const account = accountIdOf(request.owner, request.subaccount);
    if (known !== undefined && known.account !== account) throw Rejection.node('order_not_owned', request.order);
    const record = this.desk.cancel(request.order);
    return { result: record, receipt: await this.#acknowledge(this.#orderReceipt(record)) };
  }

  /** Cancels every open order of an account, or those of one instrument. */
  async cancelAll({ request, signature }: Signed<CancelAllRequest>): Promise<Acknowledged<Digest[]>> {
    const subject = await this.#authorize(cancelAllTyped, request, signature);
    this.#refuseWhileStopping();
    const account = accountIdOf(request.owner, request.subaccount);
    const cancelled = this.desk.cancelAll(account, request.instrument === 0 ? undefined : request.instrument);
    const receipt = await this.#acknowledge(this.#receipt(subject, RECEIPT_STATUS.cancelled));
    return { result: cancelled, receipt };
  }

  /** Executes an owner-signed action given as transaction bytes. @throws Rejection */
  async submitAction(bytes: Uint8Array): Promise<Acknowledged<ActionResult>> {
    const action = ACTIONS.find((a) => a.type === bytes[0]);
    if (action === undefined) throw Rejection.node('action_type_not_accepted', `type ${bytes[0]}`);
    this.#refuseWhileStopping();
    this.executor.ensureOpen(this.#clock.nowSeconds());
    const step = this.executor.execute(bytes);
    if (!step.outcome.ok) throw Rejection.protocol(step.outcome.code, step.outcome.detail);
    if (action === invalidateNonces) this.#followNonces(bytes);
    const result = { hash: transactionHash(bytes), sequence: step.sequence, height: step.height };
    const receipt = await this.#acknowledge(this.#receipt(result.hash, RECEIPT_STATUS.applied));
    return { result, receipt };
  }

  /**
   * Executes a step of the node itself: prices, marks, settlement, inbox items. `keepRefused` for
   * items that are consumed even when refused.
   */
  run(bytes: Uint8Array, keepRefused = false): Executed {
    this.executor.ensureOpen(this.#clock.nowSeconds());
    const step = this.executor.execute(bytes, keepRefused);
    this.#scheduleGroup();
    return step;
  }

  /** Seals the open block and publishes it once it is durable. */
  async seal(): Promise<void> {
    this.desk.expire(this.#clock.nowSeconds());
    const block = this.executor.seal();
    if (block === null) return;
    await this.#group(block);
  }

  /** Everything executed so far is durable, acknowledged and published. */
  settled(): Promise<void> {
    return this.#settled;
  }

  /** Stops intake, seals, flushes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer?.();
    await this.seal();
    await this.#group(null);
    await this.#settled;
  }

  #refuseWhileStopping(): void {
    if (this.#stopping) throw Rejection.node('sequencer_stopping', 'send it again in a moment');
  }

  /** The signer must be the owner or a live session of the account. Returns the request's digest. */
  async #authorize(
    typed: typeof cancelTyped,
    request: CancelRequest | CancelAllRequest,
    signature: CompactSignature,
  ): Promise<Digest> {
    const now = this.#clock.nowSeconds();
    if (request.expiry <= now) throw Rejection.protocol(REFUSAL.action_expired, `expiry ${request.expiry}, now ${now}`);
    const digest = typedDigest(fromHex(this.domainSeparator), typed, request);
    const signer = await this.#recovery.prepare(digest, signature);
    if (signer === null) throw Rejection.protocol(REFUSAL.signature_invalid, '');
    const account = accountIdOf(request.owner, request.subaccount);
    if (signer !== request.owner && !this.#hasSession(account, signer, now)) {
      throw Rejection.protocol(REFUSAL.signer_not_authorized, `recovered ${signer}`);
    }
    return `0x${Buffer.from(digest).toString('hex')}`;
  }

  #hasSession(account: AccountId, key: Address, now: number): boolean {
    const session = this.executor.state.read(SESSION, sessionIdOf(account, key));
    return session !== undefined && session.expiry > now;
  }

  #followNonces(bytes: Uint8Array): void {
    const body = decode(invalidateNonces.layout, bytes.subarray(1));
    this.desk.invalidate(accountIdOf(body.owner, body.subaccount), body.floor);
  }

  #orderReceipt(record: OrderRecord): Receipt {
    const status = { open: 0, filled: 1, cancelled: 2, expired: 2 } as const;
    return {
      ...this.#receipt(record.digest, status[record.status]),
      filledLots: BigInt(record.filledLots),
      remainingLots: BigInt(record.remainingLots),
    };
  }

  #receipt(subject: Digest, status: number): Receipt {
    return {
      subject,
      status,
      sequence: this.#events++,
      timeMillis: this.#clock.nowMillis(),
      height: this.executor.height,
      filledLots: 0n,
      remainingLots: 0n,
    };
  }

  #acknowledge(receipt: Receipt): Promise<SignedReceipt> {
    return new Promise((resolve) => {
      this.#waiting.push({ receipt, resolve });
      if (this.executor.isFull) void this.seal();
      else this.#scheduleGroup();
    });
  }

  /** One group per turn of the event loop: what arrived together becomes durable together. */
  #scheduleGroup(): void {
    if (this.#groupScheduled) return;
    this.#groupScheduled = true;
    setImmediate(() => {
      this.#groupScheduled = false;
      void this.#group(null);
    });
  }

  /** Makes what is staged durable, then answers those who wait for it and publishes the block. */
  #group(block: SealedBlock | null): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const durable = this.#store.flush();
    this.#settled = Promise.all([this.#settled, durable]).then(
      () => {
        if (waiting.length > 0) this.#answer(waiting);
        if (block !== null) for (const listener of this.#blockListeners) listener(block);
      },
      (error: unknown) => this.#onFailure(error),
    );
    return this.#settled;
  }

  #answer(waiting: readonly Waiting[]): void {
    const signed = signReceipts(
      fromHex(this.domainSeparator),
      waiting.map((w) => w.receipt),
      this.#key,
    );
    waiting.forEach(({ resolve }, i) => resolve(signed[i]!));
  }
}
