/**
 * The sequencer: one order of events. Orders, actions, inbox items and keeper steps enter here, are
 * executed at once, become durable as a group, and are acknowledged with a signed receipt.
 */
import { existing } from '../../state/access.ts';
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest } from '../../state/codec/typedData.ts';
import { accountIdOf } from '../../state/records/account.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { SESSION, sessionIdOf } from '../../state/records/session.ts';
import { ACTIONS } from '../../state/transactions/actions.ts';
import { bid } from '../../state/transactions/bid.ts';
import { invalidateNonces } from '../../state/transactions/invalidateNonces.ts';
import { decodeFlags, orderDigest } from '../../state/transactions/order.ts';
import { REFUSAL } from '../../state/refusals.ts';
import type { AccountId, Address, Digest } from '../../state/units.ts';
import { transactionHash, type SealedBlock } from '../chain/block.ts';
import type { Executed, Executor } from '../chain/executor.ts';
import { addressOfKey } from '../crypto/recover.ts';
import { AccountScreen } from '../liquidation/screen.ts';
import type { Clock } from '../ports/clock.ts';
import { Distribution } from '../ports/operation.ts';
import { metaKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';
import { History } from './history.ts';
import { draftOf, OrderDesk, type OrderRequest, type Placed, type PreparedOrder } from './orderDesk.ts';
import type { OrderRecord } from './orderRecord.ts';
import { RECEIPT_STATUS, signReceipts, type Receipt, type SignedReceipt } from './receipts.ts';
import type { Lane, SignatureRecovery } from './recovery.ts';
import type { Pace } from './pace.ts';
import { Rejection } from './rejection.ts';
import {
  cancelAllTyped,
  cancelTyped,
  type CancelAllRequest,
  type CancelRequest,
  type Signed,
} from './requests.ts';
import { WaitingOrders, type WaitingOrder } from './waitingOrders.ts';

export type SequencerOptions = Readonly<{
  executor: Executor;
  store: Store;
  recovery: SignatureRecovery;
  clock: Clock;
  key: Uint8Array;
  /** Blocks are sealed this often while there is something in them. */
  blockMillis?: number;
}>;
export type Acknowledged<T> = Readonly<{ result: T; receipt: SignedReceipt }>;
export type ActionResult = Readonly<{ hash: Digest; sequence: number; height: number }>;
const EVENTS_KEY = metaKey('receipts');
export type BlockListener = (block: SealedBlock) => void;

type Waiting = { receipt: Receipt; lane: Lane; startedMillis: number; resolve: (signed: SignedReceipt) => void };
/** What one write makes durable: it is answered and published together. */
type Group = { durable: Promise<void>; waiting: Waiting[]; blocks: SealedBlock[] };

export class Sequencer {
  readonly desk: OrderDesk;
  readonly history: History;
  readonly executor: Executor;
  /** From the execution of what was sent to its durable, signed receipt. */
  readonly acknowledgementSeconds = new Distribution();
  readonly #store: Store;
  readonly #recovery: SignatureRecovery;
  readonly #clock: Clock;
  readonly #key: Uint8Array;
  /** Who signs blocks and receipts. */
  readonly address: Address;
  /** Of the chain, and for all its time. */
  readonly domainSeparator: Digest;
  readonly #domain: Uint8Array;
  readonly #waitingOrders = new WaitingOrders();
  readonly #blockMillis: number;
  readonly #blockListeners: BlockListener[] = [];
  #waiting: Waiting[] = [];
  /** The group that waits for a write which has not begun. */
  #gathering: Group | null = null;
  #groupScheduled = false;
  #cancelTimer: (() => void) | null = null;
  #stopping = false;
  /** Receipts so far, those of earlier runs included. */
  #events = 0;
  #eventsStaged = 0;
  /** Settles when every group so far is durable and every block so far was published. */
  #settled: Promise<void> = Promise.resolve();
  #screen: AccountScreen | undefined;
  #onFailure: (error: unknown) => void = (error) => {
    throw error;
  };

  constructor({ executor, store, recovery, clock, key, blockMillis = 250 }: SequencerOptions) {
    this.executor = executor;
    this.#store = store;
    this.#recovery = recovery;
    this.#clock = clock;
    this.#key = key;
    this.address = addressOfKey(key);
    this.#blockMillis = blockMillis;
    this.domainSeparator = existing(executor.state, CHAIN, 0).domainSeparator;
    this.#domain = fromHex(this.domainSeparator);
    this.desk = new OrderDesk(executor, store, clock);
    this.history = new History(store);
    executor.onStep((step) => this.history.record(step, executor.timestamp));
    executor.onOverflow((block) => void this.#group(block));
  }

  /** Restores the book and starts the block clock. `onFailure` hears of a disk that does not write. */
  async start(onFailure: (error: unknown) => void): Promise<void> {
    this.#onFailure = onFailure;
    await this.#restoreEvents();
    await this.desk.restore();
    this.#cancelTimer = this.#clock.interval(this.#blockMillis, () => this.seal());
  }

  /** Receipts given or about to be, since the chain began. */
  get receipts(): number {
    return this.#events;
  }

  onBlock(listener: BlockListener): void {
    this.#blockListeners.push(listener);
  }

  /** The number of the next receipt: no two of a chain have the same. */
  async #restoreEvents(): Promise<void> {
    const stored = await this.#store.get(EVENTS_KEY);
    this.#events = this.#eventsStaged = stored === undefined ? 0 : (unpack(stored) as number);
  }

  /** Places a signed order. Resolves when it is durable. @throws Rejection, IntakeOverloaded */
  async placeOrder(request: OrderRequest): Promise<Acknowledged<Placed>> {
    return this.placePrepared(await this.prepareOrder(request));
  }

  /**
   * Finds an order's digest and signer, off this thread. What it gives is to be placed or dropped.
   * @throws Rejection, IntakeOverloaded
   */
  async prepareOrder(request: OrderRequest): Promise<PreparedOrder> {
    const { order, instrument } = request;
    const flags = decodeFlags(order.flags);
    if (flags === null) throw Rejection.protocol(REFUSAL.malformed, 'order flags');
    // What only reduces makes nobody riskier.
    const lane = flags.reduceOnly ? 'urgent' : 'normal';
    this.#recovery.requireRoom(lane);
    const bytes = orderDigest(this.#domain, { instrument, ...order }, flags);
    const pending = this.#recovery.prepare(bytes, order.signature, lane);
    const digest = toHex(bytes);
    const waiting = this.#waitingOrders.add(accountIdOf(order.owner, order.subaccount), request, digest);
    const signer = pending instanceof Promise ? await pending : pending;
    return { request, identity: { digest, signer }, waiting, lane };
  }

  /** An order that was prepared is not going to be placed. */
  dropPrepared({ waiting }: PreparedOrder): void {
    this.#waitingOrders.delete(waiting);
  }

  /** Orders that have come in so far: a cancel reaches those that came before it. */
  get arrivals(): number {
    return this.#waitingOrders.arrivals;
  }

  /** Of work that gives way to requests. */
  get pace(): Pace {
    return this.#recovery.pace;
  }

  /** Which accounts may be in danger. Made when first asked for: it reads every account once. */
  get screen(): AccountScreen {
    return (this.#screen ??= new AccountScreen(this.executor));
  }

  /** Who signed an action or a cancel, found off this thread and remembered. @throws IntakeOverloaded */
  signerOf(digest: Uint8Array, signature: CompactSignature, lane: Lane = 'urgent'): Promise<Address | null> | Address | null {
    return this.#recovery.prepare(digest, signature, lane);
  }

  /** Places an order that was prepared. Resolves when it is durable. @throws Rejection */
  async placePrepared(prepared: PreparedOrder): Promise<Acknowledged<Placed>> {
    this.dropPrepared(prepared);
    const { isCancelled, digest } = prepared.waiting;
    if (isCancelled) throw Rejection.node('order_already_ended', digest);
    this.#refuseWhileStopping();
    const placed = this.desk.place(prepared);
    const receipt = await this.#acknowledge(this.#orderReceipt(placed.record), prepared.lane);
    return { result: placed, receipt };
  }

  /** Cancels one open order, or one that waits and came before `arrival`. @throws Rejection, IntakeOverloaded */
  async cancelOrder({ request, signature }: Signed<CancelRequest>, arrival = this.arrivals): Promise<Acknowledged<OrderRecord>> {
    await this.#authorize(cancelTyped, request, signature);
    this.#refuseWhileStopping();
    const known = this.desk.recordOf(request.order);
    const account = accountIdOf(request.owner, request.subaccount);
    if (known !== undefined && known.account !== account) throw Rejection.node('order_not_owned', request.order);
    const [waiting] = this.#waitingOrders.cancel(account, arrival, ({ digest }) => digest === request.order);
    const isWaiting = known === undefined && waiting !== undefined;
    const record = isWaiting ? this.#cancelledRecord(waiting) : this.desk.cancel(request.order);
    return { result: record, receipt: await this.#acknowledge(this.#orderReceipt(record), 'urgent') };
  }

  #cancelledRecord({ request, digest }: WaitingOrder): OrderRecord {
    const draft = draftOf(request, digest, request.order.lots, this.#clock.nowMillis());
    return { ...draft, status: 'cancelled', reason: 'cancelled' };
  }

  /**
   * Cancels every order of an account, or those of one instrument: open ones, and those that wait and came before
   * `arrival`. @throws Rejection, IntakeOverloaded
   */
  async cancelAll({ request, signature }: Signed<CancelAllRequest>, arrival = this.arrivals): Promise<Acknowledged<Digest[]>> {
    const subject = await this.#authorize(cancelAllTyped, request, signature);
    this.#refuseWhileStopping();
    const account = accountIdOf(request.owner, request.subaccount);
    const { instrument } = request;
    const cancelled = this.desk.cancelAll(account, instrument === 0 ? undefined : instrument);
    const isMeant = (order: WaitingOrder): boolean => instrument === 0 || order.request.instrument === instrument;
    for (const { digest } of this.#waitingOrders.cancel(account, arrival, isMeant)) cancelled.push(digest);
    const receipt = await this.#acknowledge(this.#receipt(subject, RECEIPT_STATUS.cancelled), 'urgent');
    return { result: cancelled, receipt };
  }

  /** Executes an owner-signed action given as transaction bytes. @throws Rejection */
  async submitAction(bytes: Uint8Array): Promise<Acknowledged<ActionResult>> {
    const action = ACTIONS.find((a) => a.type === bytes[0]);
    if (action === undefined) throw Rejection.node('action_type_not_accepted', `type ${bytes[0]}`);
    this.#refuseWhileStopping();
    this.executor.ensureOpen(this.#clock.nowSeconds());
    const started = performance.now();
    const step = this.executor.execute(bytes);
    if (action === bid) this.pace.worked('bids', started);
    if (!step.outcome.ok) throw Rejection.protocol(step.outcome.code, step.outcome.detail);
    if (action === invalidateNonces) this.#followNonces(bytes);
    const result = { hash: transactionHash(bytes), sequence: step.sequence, height: step.height };
    const receipt = await this.#acknowledge(this.#receipt(result.hash, RECEIPT_STATUS.applied), action === bid ? 'bid' : 'urgent');
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

  /** Refuses what is sent from now on; what was taken is answered. */
  closeIntake(): void {
    this.#stopping = true;
  }

  /** Stops intake, seals, flushes. */
  async stop(): Promise<void> {
    this.closeIntake();
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
    const digest = typedDigest(this.#domain, typed, request);
    const signer = await this.signerOf(digest, signature);
    if (signer === null) throw Rejection.protocol(REFUSAL.signature_invalid, '');
    const account = accountIdOf(request.owner, request.subaccount);
    if (signer !== request.owner && !this.#hasSession(account, signer, now)) {
      throw Rejection.protocol(REFUSAL.signer_not_authorized, `recovered ${signer}`);
    }
    return toHex(digest);
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

  #acknowledge(receipt: Receipt, lane: Lane): Promise<SignedReceipt> {
    if (lane === 'urgent') this.pace.urged();
    return new Promise((resolve) => {
      this.#waiting.push({ receipt, lane, startedMillis: performance.now(), resolve });
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
    if (this.#events !== this.#eventsStaged) {
      this.#store.put(EVENTS_KEY, pack(this.#events));
      this.#eventsStaged = this.#events;
    }
    const durable = this.#store.flush();
    // Calls that share a write get one promise: what comes while the disk is busy is one group.
    if (this.#gathering?.durable !== durable) this.#gathering = this.#begin(durable);
    for (const one of this.#waiting) this.#gathering.waiting.push(one);
    if (block !== null) this.#gathering.blocks.push(block);
    this.#waiting = [];
    return this.#settled;
  }

  #begin(durable: Promise<void>): Group {
    const group: Group = { durable, waiting: [], blocks: [] };
    this.#settled = Promise.all([this.#settled, durable]).then(
      () => {
        if (group.waiting.length > 0) this.#answer(group.waiting);
        for (const block of group.blocks) for (const listener of this.#blockListeners) listener(block);
      },
      (error: unknown) => this.#onFailure(error),
    );
    return group;
  }

  #answer(waiting: readonly Waiting[]): void {
    const receipts = waiting.map(({ receipt }) => receipt);
    const signed = signReceipts(this.#domain, receipts, this.#key);
    this.pace.answered(waiting.filter(({ lane }) => lane === 'urgent').length);
    waiting.forEach(({ startedMillis, resolve }, i) => {
      this.acknowledgementSeconds.observeSince(startedMillis);
      resolve(signed[i]!);
    });
  }
}
