/**
 * Orders from the door to the book: screened, matched, settled by trade steps as they match, and
 * staged so that what was acknowledged is there after a crash.
 */
import { pack } from '../store/envelope.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { ACCOUNT, accountIdOf, type Account } from '../../state/records/account.ts';
import { ORDER } from '../../state/records/order.ts';
import { REFUSAL, refusalName } from '../../state/refusals.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { decodeFlags, type OrderIdentity, type SignedOrder } from '../../state/transactions/order.ts';
import { trade } from '../../state/transactions/trade.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import type { Executor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { accountOrderKey, orderKey } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import type { MatchEvent } from './matcher/events.ts';
import { Matcher } from './matcher/matcher.ts';
import type { Order, SelfTrade } from './matcher/order.ts';
import type { Fill, SettleResult } from './matcher/ports.ts';
import { inputOf, sideOf, type OrderRecord } from './orderRecord.ts';
import type { Lane } from './recovery.ts';
import { Rejection } from './rejection.ts';
import { RememberedOrders, type BookChange } from './rememberedOrders.ts';
import { screenOrder } from './screen.ts';
import type { WaitingOrder } from './waitingOrders.ts';

export type OrderRequest = Readonly<{
  instrument: number;
  order: SignedOrder;
  clientOrderId?: string | undefined;
  selfTrade?: SelfTrade | undefined;
  /** Digest of an open order of the same account and side that this one takes the place of. */
  replaces?: Digest | undefined;
}>;
/** A request whose order's digest and signer were found ahead. */
export type PreparedOrder = Readonly<{ request: OrderRequest; identity: OrderIdentity; waiting: WaitingOrder; lane: Lane }>;
export type Placed = Readonly<{ record: OrderRecord; events: readonly MatchEvent[] }>;

/** All there is on the desk at one moment; of orders with one sequence the one that took the place last comes last. */
export type DeskSnapshot = Readonly<{
  records: Iterable<OrderRecord>;
  nextSequence: number;
  bookSequences: readonly (readonly [instrument: number, sequence: number])[];
}>;

export class OrderDesk extends RememberedOrders {
  readonly matcher: Matcher;
  readonly #executor: Executor;
  readonly #clock: Clock;
  readonly #changeListeners: ((change: BookChange) => void)[] = [];
  /** Sum of resting lots by account, market and side. */
  readonly #resting = new Map<string, number>();

  constructor(executor: Executor, store: Store, clock: Clock) {
    super(store, clock.nowSeconds());
    this.#executor = executor;
    this.#clock = clock;
    this.matcher = new Matcher({
      settle: (taker, fills) => this.#settle(taker, fills),
      positionOf: (account, instrument) => Number(this.#positionLots(account as AccountId, instrument)),
    });
  }

  /** Rebuilds the book from the store: open orders in their priority, less what has filled since. */
  async restore(): Promise<void> {
    const now = this.#clock.nowSeconds();
    const open: Order[] = [];
    let lastSequence = 0;
    const seen = new Set<number>();
    const shared = new Map<number, AccountId>();
    for await (const { record: stored, packed } of this.stored()) {
      const record = stored.status === 'open' ? this.#lessFilled(stored) : stored;
      // Ended orders count too: their places in their accounts' histories are taken.
      lastSequence = Math.max(lastSequence, record.sequence);
      if (record.order.expiry <= now) {
        if (record.status === 'open') this.#endWhileDown(record);
        continue;
      }
      this.remember(record, packed);
      const { status, sequence, remainingLots } = record;
      if (seen.has(sequence)) shared.set(sequence, record.account);
      else seen.add(sequence);
      if (status === 'open') open.push({ sequence, remainingLots, ...inputOf(record) });
    }
    this.matcher.restore(open, lastSequence + 1);
    await this.#putShownLast(shared);
  }

  /** Of orders that followed each other in one place, the history of the account shows the last: so do records. */
  async #putShownLast(shared: ReadonlyMap<number, AccountId>): Promise<void> {
    for (const [sequence, account] of shared) {
      const shown = this.ended.get(toHex((await this.store.get(accountOrderKey(account, sequence)))!));
      if (shown !== undefined) this.remember(shown, pack(shown));
    }
  }

  /** An order that expired while nobody looked is remembered as expired. */
  #endWhileDown(record: OrderRecord): void {
    const ended: OrderRecord = {
      ...record,
      status: 'expired',
      reason: 'expired',
      updatedMillis: this.#clock.nowMillis(),
    };
    this.store.put(orderKey(record.digest), pack(ended));
  }

  #lessFilled(record: OrderRecord): OrderRecord {
    const filled = Number(this.#executor.state.read(ORDER, record.digest)?.filled ?? 0n);
    return { ...record, remainingLots: Math.min(record.remainingLots, Number(record.order.lots) - filled) };
  }

  /** Hears of everything that changes on the desk once it is restored, before it is durable. */
  onChange(listener: (change: BookChange) => void): void {
    this.#changeListeners.push(listener);
  }

  snapshot(): DeskSnapshot {
    const { matcher } = this;
    const bookSequences = matcher.bookSequences();
    // Ended ones first: what gave its place to another has ended before it.
    const records = joined(this.ended.all(), [...this.openOrders.values()]);
    return { records, nextSequence: matcher.nextSequence, bookSequences };
  }


  /**
   * Takes an order. What it traded is executed and staged when this returns; it may be acknowledged
   * once the store is flushed. @throws Rejection
   */
  place({ request, identity }: Pick<PreparedOrder, 'request' | 'identity'>): Placed {
    const now = this.#clock.nowSeconds();
    this.#executor.ensureOpen(now);
    const { order, instrument } = request;
    const account = accountIdOf(order.owner, order.subaccount);
    const flags = decodeFlags(order.flags);
    const side = flags?.buy === true ? 'buy' : 'sell';
    const screened = screenOrder(
      this.#executor.state,
      now,
      instrument,
      order,
      identity,
      this.#openLots(account, instrument, side, request.replaces),
    );
    if (this.openOrders.has(screened.digest)) throw Rejection.matcher('duplicate_order_id');
    if (this.ended.has(screened.digest)) throw Rejection.node('order_already_ended', screened.digest);
    const draft = draftOf(request, screened.digest, screened.remaining, this.#clock.nowMillis());
    const input = { ...inputOf(draft), lots: draft.remainingLots };
    const events =
      request.replaces === undefined
        ? this.matcher.place(input, now)
        : this.matcher.replace(request.replaces, input, now);
    const rejected = events.find((e) => e.type === 'rejected' && e.id === draft.digest);
    const changed = this.#follow(events, draft);
    if (rejected?.type === 'rejected') throw Rejection.matcher(rejected.code);
    return { record: changed.get(draft.digest)!, events };
  }

  cancel(digest: Digest): OrderRecord {
    const events = this.matcher.cancel(digest);
    const first = events[0];
    if (first?.type === 'rejected') throw Rejection.matcher(first.code, digest);
    return this.#follow(events).get(digest)!;
  }

  cancelAll(account: AccountId, instrument?: number): Digest[] {
    const events = this.matcher.cancelAll(account, instrument);
    this.#follow(events);
    return events.flatMap((e) => (e.type === 'cancelled' ? [e.id as Digest] : []));
  }

  /** Follows the chain: voided nonces leave the book. */
  invalidate(account: AccountId, floor: bigint): void {
    this.#follow(this.matcher.invalidate(account, floor));
  }
  closeInstrument(instrument: number): void {
    this.#follow(this.matcher.closeInstrument(instrument));
  }
  /** Takes expired orders out, and forgets ended ones that can not come back. */
  expire(now: number): void {
    this.#follow(this.matcher.expire(now));
    this.ended.forget(now);
  }

  #positionLots(account: AccountId, instrument: number): bigint {
    const record = this.#executor.state.read(ACCOUNT, account) as Account | undefined;
    return record === undefined ? 0n : (positionOf(record, instrument)?.size ?? 0n);
  }

  /** Resting lots that would add to the account's position, but for the order to be replaced. */
  #openLots(account: AccountId, instrument: number, side: 'buy' | 'sell', except?: Digest): bigint {
    const replaced = except === undefined ? undefined : this.openOrders.get(except);
    const all = this.#resting.get(bookSide(account, instrument, side)) ?? 0;
    return BigInt(all - (replaced === undefined ? 0 : restingLots(replaced)));
  }

  /** Settles a match as one trade step, and says whom a refusal is about. */
  #settle(taker: Order, fills: readonly Fill[]): SettleResult {
    const bytes = encodeTransaction(trade, {
      instrument: taker.instrument,
      taker: taker.payload as SignedOrder,
      fills: fills.map(({ maker, lots }) => ({ maker: maker.payload as SignedOrder, lots: BigInt(lots) })),
    });
    const { outcome } = this.#executor.execute(bytes);
    if (outcome.ok) return { ok: true };
    const reason = refusalName(outcome.code as 1) ?? 'refused';
    if (outcome.code === REFUSAL.too_many_records && fills.length > 1) {
      return { ok: false, at: 'split', maxFills: Math.max(1, Math.floor(fills.length / 2)) };
    }
    const { party } = outcome;
    if (party === undefined || party === 0) return { ok: false, at: 'taker', reason };
    return { ok: false, at: 'maker', index: party - 1, reason };
  }

  /** What happened goes to the records first, then to who writes the journal. */
  #follow(events: readonly MatchEvent[], placed?: OrderRecord): ReadonlyMap<string, OrderRecord> {
    if (events.length === 0) return new Map();
    const change = { millis: placed?.acceptedMillis ?? this.#clock.nowMillis(), events, placed };
    const changed = this.follow(change);
    for (const listener of this.#changeListeners) listener(change);
    return changed;
  }

  protected override remember(record: OrderRecord, packed: Uint8Array): void {
    const before = this.openOrders.get(record.digest);
    const change = restingLots(record) - (before === undefined ? 0 : restingLots(before));
    const side = bookSide(record.account, record.instrument, sideOf(record));
    const lots = (this.#resting.get(side) ?? 0) + change;
    if (lots === 0) this.#resting.delete(side);
    else this.#resting.set(side, lots);
    super.remember(record, packed);
  }
}

function* joined<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}

/** The record of an order that nothing has happened to yet. */
export function draftOf(request: OrderRequest, digest: Digest, remaining: bigint, nowMillis: number): OrderRecord {
  const { order, instrument, clientOrderId, selfTrade = 'cancelTaker' } = request;
  return {
    digest,
    account: accountIdOf(order.owner, order.subaccount),
    instrument,
    order,
    clientOrderId,
    selfTrade,
    sequence: 0,
    acceptedMillis: nowMillis,
    updatedMillis: nowMillis,
    status: 'open',
    reason: '',
    filledLots: Number(order.lots - remaining),
    remainingLots: Number(remaining),
  };
}

const bookSide = (account: AccountId, instrument: number, side: 'buy' | 'sell'): string =>
  `${account}${side}${instrument}`;
/** Lots of an order that may still add to its account's position. */
const restingLots = ({ status, order, remainingLots }: OrderRecord): number =>
  status === 'open' && decodeFlags(order.flags)?.reduceOnly === false ? remainingLots : 0;
