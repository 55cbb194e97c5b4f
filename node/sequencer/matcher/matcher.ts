/** Price-time priority over many instruments: operations in, events out; no I/O and no clock. */
import { invariant } from '../../../state/errors.ts';
import { BookReads } from './bookReads.ts';
import type { RejectionCode } from './codes.ts';
import type { MatchEvent } from './events.ts';
import { Execution } from './execution.ts';
import * as limits from './limits.ts';
import { LiveOrder, type Order, type OrderInput } from './order.ts';
import type { MatcherPorts } from './ports.ts';

/**
 * Every operation answers what happened, in order. Given the same operations and the same answers
 * of its ports, it always answers the same; after `restore` too.
 */
export class Matcher extends BookReads {
  readonly #execution: Execution;
  readonly #closed = new Set<number>();

  constructor(ports: MatcherPorts) {
    super();
    this.#execution = new Execution(this.orders, ports);
  }

  /** Orders past their expiry leave before anything else happens; their events come first. */
  place(order: OrderInput, nowSeconds: number): MatchEvent[] {
    const events = this.expire(nowSeconds);
    this.#place(order, null, nowSeconds, events);
    return events;
  }

  /**
   * Puts `order` in the place of an open order, which is gone only if the new one is accepted.
   * At the same price with at most the lots that were left it keeps the time priority (and the
   * sequence number); otherwise it is a new order. Only then may it trade at once.
   */
  replace(oldId: string, order: OrderInput, nowSeconds: number): MatchEvent[] {
    const events = this.expire(nowSeconds);
    const old = this.orders.find(oldId);
    if (old === undefined) reject(order, 'order_not_found', events);
    else if (!isReplacement(old, order)) reject(order, 'replace_mismatch', events);
    else this.#place(order, old, nowSeconds, events);
    return events;
  }

  /** Whether the caller may cancel this order was checked before. */
  cancel(id: string): MatchEvent[] {
    const events: MatchEvent[] = [];
    const order = this.orders.find(id);
    if (order !== undefined) this.#execution.cancel(order, 'requested', '', events);
    else reject({ id, account: '', instrument: -1 }, 'order_not_found', events);
    return events;
  }

  /** Cancels the open orders of an account, oldest first; of one instrument if it is named. */
  cancelAll(account: string, instrument?: number): MatchEvent[] {
    const events: MatchEvent[] = [];
    for (const order of this.orders.ofAccount(account)) {
      if (instrument !== undefined && order.instrument !== instrument) continue;
      this.#execution.cancel(order, 'requested', '', events);
    }
    return events;
  }

  /** Cancels the open orders an account signed with a nonce below the bound, oldest first. */
  invalidate(account: string, noncesBelow: bigint): MatchEvent[] {
    const events: MatchEvent[] = [];
    for (const order of this.orders.ofAccount(account)) {
      if (order.nonce >= noncesBelow) continue;
      this.#execution.cancel(order, 'nonce_invalidated', '', events);
    }
    return events;
  }

  /** Takes out every order whose expiry is now or before, soonest first. */
  expire(nowSeconds: number): MatchEvent[] {
    const events: MatchEvent[] = [];
    for (;;) {
      const order = this.orders.expiries.soonest;
      if (order === undefined || order.expirySeconds > nowSeconds) return events;
      const { id, account, instrument, remainingLots: lots } = order;
      this.orders.remove(order);
      events.push({ type: 'expired', id, account, instrument, lots });
    }
  }

  /** Cancels every order of an instrument in priority order; it takes no orders any more. */
  closeInstrument(instrument: number): MatchEvent[] {
    const events: MatchEvent[] = [];
    this.#closed.add(instrument);
    for (const order of this.ordersOf(instrument)) {
      this.#execution.cancel(order, 'instrument_closed', '', events);
    }
    return events;
  }

  /**
   * Says that a position changed outside the matcher (a liquidation, a block trade): reduce-only
   * orders larger than it are cut at once. Without it they are cut when they are next met.
   */
  positionChanged(account: string, instrument: number): MatchEvent[] {
    const events: MatchEvent[] = [];
    this.#execution.trim(account, instrument, events);
    return events;
  }

  /**
   * Fills an empty matcher with what `openOrders` gave, and nothing happens besides: no matching,
   * no events. Watches, book sequences and closed instruments are not part of it.
   */
  restore(orders: readonly Order[], nextSequence = 1): void {
    invariant(this.orders.count === 0, 'orders are restored into an empty matcher');
    this.sequenceNext = Math.max(this.sequenceNext, nextSequence);
    // Within a level the sequence number is the time priority, so this is the order they came in.
    const bySequence = [...orders].sort((a, b) => a.sequence - b.sequence);
    for (const order of bySequence) {
      invariant(this.orders.find(order.id) === undefined, 'no order is restored twice');
      this.orders.rest(new LiveOrder(order, order.sequence, order.remainingLots));
      this.sequenceNext = Math.max(this.sequenceNext, order.sequence + 1);
    }
    for (const instrument of this.orders.instruments()) {
      const bid = this.bestBid(instrument);
      const ask = this.bestAsk(instrument);
      invariant(bid === null || ask === null || bid < ask, 'a restored book is not crossed');
    }
  }

  /** The checks of the match may take dead orders out of the other side, never `old`. */
  #place(
    input: OrderInput,
    old: LiveOrder | null,
    nowSeconds: number,
    events: MatchEvent[],
  ): void {
    const refused = this.#checkInput(input, nowSeconds) ?? this.#checkRoom(input, old);
    if (refused !== null) return reject(input, refused, events);
    const order = new LiveOrder(input, this.sequenceNext, input.lots);
    const unmatchable = this.#checkMatch(order, events);
    if (unmatchable !== null) return reject(input, unmatchable, events);

    // After this line the order is accepted, and the one it replaces goes.
    const isInPlace = old !== null && keepsPriority(old, order);
    if (isInPlace) order.sequence = old.sequence;
    else this.sequenceNext += 1;
    const { id, account, instrument, sequence, lots } = order;
    const replaces = old?.id ?? null;
    events.push({ type: 'accepted', id, account, instrument, sequence, lots, replaces });
    if (isInPlace) return this.#swap(old, order, events);
    if (old !== null) this.#execution.cancel(old, 'replaced', '', events);
    if (order.timeInForce === 'fok') this.#execution.fillOrKill(order, events);
    else this.#execution.fill(order, events);
    if (order.remainingLots === 0) return;
    if (order.timeInForce === 'gtc') this.#rest(order, events);
    else this.#execution.cancel(order, 'unfilled_remainder', '', events);
  }

  /** Is the order well formed, and not known already? */
  #checkInput(order: OrderInput, nowSeconds: number): RejectionCode | null {
    if (this.orders.find(order.id) !== undefined) return 'duplicate_order_id';
    if (this.#closed.has(order.instrument)) return 'instrument_closed';
    if (!isQuantity(order.lots)) return 'size_out_of_range';
    if (!isQuantity(order.priceTicks)) return 'price_out_of_range';
    if (!Number.isSafeInteger(order.expirySeconds)) return 'expiry_out_of_range';
    if (order.expirySeconds <= nowSeconds) return 'expired';
    if (order.postOnly && order.timeInForce !== 'gtc') return 'post_only_needs_gtc';
    return null;
  }

  /** Is there room for the order, also when none of it trades? Counted without the replaced one. */
  #checkRoom(order: OrderInput, old: LiveOrder | null): RejectionCode | null {
    const { account, clientOrderId } = order;
    if (clientOrderId !== undefined) {
      const holder = this.orders.findByClientOrderId(account, clientOrderId);
      if (holder !== undefined && holder !== old) return 'duplicate_client_order_id';
    }
    if (order.timeInForce !== 'gtc') return null;
    const freed = old === null ? 0 : 1;
    if (this.orders.countOf(account) - freed >= limits.ORDERS_PER_ACCOUNT_MAX) {
      return 'too_many_open_orders';
    }
    const book = this.orders.findBook(order.instrument);
    if (book === undefined) return null;
    if (book.orderCount - freed >= limits.ORDERS_PER_INSTRUMENT_MAX) return 'book_full';
    const level = book.levels(order.side).find(order.priceTicks);
    if (level === null) return null;
    const freedLots = old?.level === level ? old.remainingLots : 0;
    const isFull = level.lots - freedLots > limits.LEVEL_LOTS_MAX - order.lots;
    return isFull ? 'level_full' : null;
  }

  /** May the order meet what is on the other side? */
  #checkMatch(order: LiveOrder, events: MatchEvent[]): RejectionCode | null {
    if (order.reduceOnly && this.#execution.reducibleLots(order) === 0) {
      return 'reduce_only_no_position';
    }
    const first = this.#execution.firstMaker(order, events);
    if (first !== null && order.postOnly) return 'post_only_would_cross';
    if (order.timeInForce === 'fok') return this.#execution.checkFillOrKill(order, events);
    if (first?.account === order.account && order.selfTrade === 'cancelTaker') return 'self_trade';
    return null;
  }

  /** A replacement in place rests where the old order did: the book was not crossed there. */
  #swap(old: LiveOrder, order: LiveOrder, events: MatchEvent[]): void {
    const { id, account, instrument, remainingLots: lots } = old;
    if (order.reduceOnly) this.#execution.clip(order, events);
    this.orders.swap(old, order);
    const reason = 'replaced';
    events.push({ type: 'cancelled', id, account, instrument, lots, reason, detail: '' });
    this.#pushRested(order, events);
  }

  #rest(order: LiveOrder, events: MatchEvent[]): void {
    this.orders.rest(order);
    this.#pushRested(order, events);
  }

  #pushRested(order: LiveOrder, events: MatchEvent[]): void {
    const { id, account, instrument, side, priceTicks, remainingLots: lots } = order;
    events.push({ type: 'rested', id, account, instrument, side, priceTicks, lots });
  }
}

const isQuantity = (n: number): boolean =>
  Number.isSafeInteger(n) && n >= 1 && n < limits.QUANTITY_LIMIT;

const isReplacement = (old: LiveOrder, order: OrderInput): boolean =>
  old.account === order.account && old.instrument === order.instrument && old.side === order.side;

const keepsPriority = (old: LiveOrder, order: OrderInput): boolean =>
  order.timeInForce === 'gtc' &&
  order.priceTicks === old.priceTicks &&
  order.lots <= old.remainingLots;

function reject(
  about: Pick<OrderInput, 'id' | 'account' | 'instrument'>,
  code: RejectionCode,
  events: MatchEvent[],
): void {
  const { id, account, instrument } = about;
  events.push({ type: 'rejected', id, account, instrument, code });
}
