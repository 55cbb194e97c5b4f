/**
 * What changed on the desk, told as shortly as it can be: whatever follows from the orders themselves is
 * left out, so that who reads it can not be told two things of one order.
 */
import { toHex } from '../../state/codec/bytes.ts';
import { accountIdOf } from '../../state/records/account.ts';
import { decodeFlags, orderDigest, type SignedOrder } from '../../state/transactions/order.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import { BookError } from './bookError.ts';
import type { CancellationCode } from './matcher/codes.ts';
import type { MatchEvent } from './matcher/events.ts';
import type { SelfTrade } from './matcher/order.ts';
import { sideOf, type OrderRecord } from './orderRecord.ts';
import type { BookChange } from './rememberedOrders.ts';

/** An order as it was accepted. `lots` are what it came with: those filled before are gone. */
export type PlacedOrder = Readonly<{
  instrument: number;
  order: SignedOrder;
  clientOrderId: string | undefined;
  selfTrade: SelfTrade;
  lots: number;
  sequence: number;
  replaces: Digest | null;
}>;

/** An event without what follows from its orders. Acceptance, rest and the taker are of the placed order. */
export type BriefEvent =
  | Readonly<{ type: 'accepted' | 'rested' }>
  | Readonly<{ type: 'filled'; maker: Digest; lots: number }>
  | Readonly<{ type: 'clipped'; id: Digest; lots: number }>
  | Readonly<{ type: 'cancelled'; id: Digest; reason: CancellationCode; detail: string }>
  | Readonly<{ type: 'expired'; id: Digest }>;

export type BriefChange = Readonly<{ millis: number; placed: PlacedOrder | null; events: readonly BriefEvent[] }>;

/** Null where nothing changed: an order that was refused is nobody else's business. */
export function condense({ millis, events, placed }: BookChange): BriefChange | null {
  const brief = events.flatMap(briefOf);
  if (brief.length === 0) return null;
  const accepted = events.find((event) => event.type === 'accepted');
  if (accepted?.type !== 'accepted' || placed === undefined) return { millis, placed: null, events: brief };
  const { instrument, order, clientOrderId, selfTrade } = placed;
  const { lots, sequence } = accepted;
  const replaces = accepted.replaces as Digest | null;
  return { millis, placed: { instrument, order, clientOrderId, selfTrade, lots, sequence, replaces }, events: brief };
}

function briefOf(event: MatchEvent): BriefEvent[] {
  const { type } = event;
  if (type === 'rejected') return [];
  if (type === 'accepted' || type === 'rested') return [{ type }];
  if (type === 'filled') return [{ type, maker: event.maker as Digest, lots: event.lots }];
  const id = event.id as Digest;
  if (type === 'clipped') return [{ type, id, lots: event.lots }];
  if (type === 'expired') return [{ type, id }];
  return [{ type, id, reason: event.reason, detail: event.detail }];
}

type Known = Readonly<{
  nextSequence: number;
  recordOf: (digest: Digest) => OrderRecord | undefined;
}>;
/** An order in the course of a change. */
type Moving = { record: OrderRecord; remainingLots: number; isResting: boolean; hasEnded: boolean };

/** The change in full, if it can have happened to the orders that are known. @throws BookError */
export function expand(change: BriefChange, known: Known, domainSeparator: Uint8Array): BookChange {
  return new Expansion(change, known, domainSeparator).run();
}

/** The record of an order as it came in. @throws BookError for flags that are none */
export function recordOfPlaced(placed: PlacedOrder, millis: number, domainSeparator: Uint8Array): OrderRecord {
  const { instrument, order, clientOrderId, selfTrade, lots, sequence } = placed;
  const { digest, account } = identityOf(order, instrument, domainSeparator);
  return {
    digest,
    account,
    instrument,
    order,
    clientOrderId,
    selfTrade,
    sequence,
    acceptedMillis: millis,
    updatedMillis: millis,
    status: 'open',
    reason: '',
    filledLots: Number(order.lots) - lots,
    remainingLots: lots,
  };
}

/** Digest and account are never told: they are what the order says. @throws BookError */
export function identityOf(
  order: SignedOrder,
  instrument: number,
  domainSeparator: Uint8Array,
): Readonly<{ digest: Digest; account: AccountId }> {
  const flags = decodeFlags(order.flags);
  if (flags === null) throw new BookError('BOOK_MALFORMED', `order flags ${order.flags}`);
  const { owner, subaccount, lots, limitTicks, nonce, expiry } = order;
  const terms = { owner, subaccount, instrument, lots, limitTicks, nonce, expiry, flags: order.flags };
  const digest = toHex(orderDigest(domainSeparator, terms, flags));
  return { digest, account: accountIdOf(owner, subaccount) };
}

class Expansion {
  readonly #change: BriefChange;
  readonly #known: Known;
  readonly #orders = new Map<Digest, Moving>();
  readonly #placed: Moving | null;
  readonly #inPlaceOf: Digest | null;
  #isAccepted = false;

  constructor(change: BriefChange, known: Known, domainSeparator: Uint8Array) {
    this.#change = change;
    this.#known = known;
    this.#placed = change.placed === null ? null : this.#place(change.placed, domainSeparator);
    this.#inPlaceOf = this.#replacedInPlace(change.placed);
  }

  run(): BookChange {
    const events = this.#change.events.map((event) => this.#expand(event));
    const placed = this.#placed;
    if (placed !== null) {
      require(this.#isAccepted, 'a placed order was accepted');
      require(placed.isResting || placed.hasEnded, 'an order rests or has ended');
      if (this.#inPlaceOf !== null) require(placed.isResting, 'an order that keeps a place rests there');
    }
    return { millis: this.#change.millis, events, placed: placed?.record };
  }

  #place(placed: PlacedOrder, domainSeparator: Uint8Array): Moving {
    const record = recordOfPlaced(placed, this.#change.millis, domainSeparator);
    require(placed.lots > 0 && record.filledLots >= 0, 'an order has some lots, and not more than it was signed for');
    require(this.#known.recordOf(record.digest) === undefined, 'an order is placed once');
    const moving = { record, remainingLots: placed.lots, isResting: false, hasEnded: false };
    this.#orders.set(record.digest, moving);
    return moving;
  }

  /** The order whose place in time a replacement keeps, or null: then its sequence is the next one. */
  #replacedInPlace(placed: PlacedOrder | null): Digest | null {
    if (placed === null) return null;
    if (placed.sequence === this.#known.nextSequence) return null;
    require(placed.replaces !== null, 'an order has the next sequence');
    const { record, isResting } = this.#find(placed.replaces);
    const { account, instrument, order } = this.#placed!.record;
    const isSame = record.account === account && record.instrument === instrument && sideOf(record) === sideOf(this.#placed!.record);
    require(isSame && isResting && record.order.limitTicks === order.limitTicks, 'a replacement in place is like what it replaces');
    require(record.sequence === placed.sequence, 'a replacement in place keeps the sequence');
    return record.digest;
  }

  #find(digest: Digest): Moving {
    const moving = this.#orders.get(digest);
    if (moving !== undefined) return moving;
    const record = this.#known.recordOf(digest);
    require(record !== undefined && record.status === 'open', 'what happens, happens to open orders');
    const found = { record, remainingLots: record.remainingLots, isResting: true, hasEnded: false };
    this.#orders.set(digest, found);
    return found;
  }

  #expand(event: BriefEvent): MatchEvent {
    switch (event.type) {
      case 'accepted':
        return this.#accept();
      case 'rested':
        return this.#rest();
      case 'filled':
        return this.#fill(event.maker, event.lots);
      case 'clipped': {
        const order = this.#live(event.id);
        require(event.lots > 0 && event.lots < order.remainingLots, 'a clipped order keeps some lots');
        order.remainingLots -= event.lots;
        const { digest: id, account, instrument } = order.record;
        return { type: 'clipped', id, account, instrument, lots: event.lots, remainingLots: order.remainingLots };
      }
      case 'cancelled': {
        const { reason, detail } = event;
        if (event.id === this.#inPlaceOf) require(this.#isAccepted && reason === 'replaced', 'a place is left to who takes it');
        const { record, remainingLots: lots } = this.#end(event.id);
        const { digest: id, account, instrument } = record;
        return { type: 'cancelled', id, account, instrument, lots, reason, detail };
      }
      case 'expired': {
        require(event.id !== this.#inPlaceOf, 'a place is left to who takes it');
        const { record, remainingLots: lots } = this.#end(event.id);
        const { digest: id, account, instrument } = record;
        return { type: 'expired', id, account, instrument, lots };
      }
    }
  }

  /** An order that something can still happen to: before its acceptance nothing happens to the placed one. */
  #live(digest: Digest): Moving {
    const order = this.#find(digest);
    require(!order.hasEnded && (order !== this.#placed || this.#isAccepted), 'what happens, happens to open orders');
    return order;
  }

  #end(digest: Digest): Moving {
    const order = this.#live(digest);
    order.hasEnded = true;
    order.isResting = false;
    return order;
  }

  #accept(): MatchEvent {
    require(this.#placed !== null && !this.#isAccepted, 'an order is accepted once');
    this.#isAccepted = true;
    const { lots, sequence, replaces } = this.#change.placed!;
    const { digest: id, account, instrument } = this.#placed.record;
    return { type: 'accepted', id, account, instrument, sequence, lots, replaces };
  }

  #rest(): MatchEvent {
    const placed = this.#placed;
    require(placed !== null && this.#isAccepted && !placed.isResting && !placed.hasEnded, 'an order rests once');
    if (this.#inPlaceOf !== null) require(this.#find(this.#inPlaceOf).hasEnded, 'a place is free before it is taken');
    placed.isResting = true;
    const { record, remainingLots: lots } = placed;
    const { digest: id, account, instrument, order } = record;
    return { type: 'rested', id, account, instrument, side: sideOf(record), priceTicks: Number(order.limitTicks), lots };
  }

  #fill(digest: Digest, lots: number): MatchEvent {
    const taker = this.#placed;
    require(taker !== null && this.#isAccepted && !taker.isResting && !taker.hasEnded, 'who takes is placed and does not rest');
    const maker = this.#live(digest);
    const isOpposite = maker.record.instrument === taker.record.instrument && sideOf(maker.record) !== sideOf(taker.record);
    require(maker.isResting && digest !== this.#inPlaceOf && isOpposite, 'a maker rests on the other side');
    require(lots > 0 && lots <= Math.min(maker.remainingLots, taker.remainingLots), 'nobody trades more than there is');
    for (const side of [maker, taker]) {
      side.remainingLots -= lots;
      if (side.remainingLots > 0) continue;
      side.hasEnded = true;
      side.isResting = false;
    }
    return {
      type: 'filled',
      instrument: taker.record.instrument,
      maker: digest,
      makerAccount: maker.record.account,
      makerRemainingLots: maker.remainingLots,
      taker: taker.record.digest,
      takerAccount: taker.record.account,
      takerRemainingLots: taker.remainingLots,
      takerSide: sideOf(taker.record),
      priceTicks: Number(maker.record.order.limitTicks),
      lots,
    };
  }
}

function require(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new BookError('BOOK_CONTRADICTION', promise);
}

