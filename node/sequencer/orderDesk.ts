/**
 * Orders from the door to the book: screened, matched, settled by trade steps as they match, and
 * staged so that what was acknowledged is there after a crash.
 */
import { pack, unpack } from '../store/envelope.ts';
import { fromHex } from '../../state/codec/bytes.ts';
import { ACCOUNT, accountIdOf, type Account } from '../../state/records/account.ts';
import { ORDER } from '../../state/records/order.ts';
import { REFUSAL, refusalName } from '../../state/refusals.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { decodeFlags, TIME_IN_FORCE, type OrderIdentity, type SignedOrder } from '../../state/transactions/order.ts';
import { trade } from '../../state/transactions/trade.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import type { Executor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { accountOrderKey, after, BUCKET, key, orderKey } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import { ForgetList } from './forgetList.ts';
import type { MatchEvent } from './matcher/events.ts';
import { Matcher } from './matcher/matcher.ts';
import type { Order, OrderInput, SelfTrade, TimeInForce } from './matcher/order.ts';
import type { Fill, SettleResult } from './matcher/ports.ts';
import { Rejection } from './rejection.ts';
import { screenOrder } from './screen.ts';

export type OrderRequest = Readonly<{
  instrument: number;
  order: SignedOrder;
  clientOrderId?: string | undefined;
  selfTrade?: SelfTrade | undefined;
  /** Digest of an open order of the same account and side that this one takes the place of. */
  replaces?: Digest | undefined;
}>;
/** A request whose order's digest and signer were found ahead. */
export type PreparedOrder = Readonly<{ request: OrderRequest; identity: OrderIdentity }>;
export type OrderStatus = 'open' | 'filled' | 'cancelled' | 'expired';
/** An order as it is remembered: also after it ended. */
export type OrderRecord = Readonly<{
  digest: Digest;
  account: AccountId;
  instrument: number;
  order: SignedOrder;
  clientOrderId: string | undefined;
  selfTrade: SelfTrade;
  sequence: number;
  acceptedMillis: number;
  updatedMillis: number;
  status: OrderStatus;
  /** Why it ended unfilled; empty otherwise. */
  reason: string;
  filledLots: number;
  remainingLots: number;
}>;
export type Placed = Readonly<{ record: OrderRecord; events: readonly MatchEvent[] }>;
export type EventListener = (events: readonly MatchEvent[]) => void;

const TIME_IN_FORCE_NAME: Readonly<Record<number, TimeInForce>> = {
  [TIME_IN_FORCE.goodTillExpiry]: 'gtc',
  [TIME_IN_FORCE.immediateOrCancel]: 'ioc',
  [TIME_IN_FORCE.fillOrKill]: 'fok',
};

export class OrderDesk {
  readonly matcher: Matcher;
  readonly #executor: Executor;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listeners: EventListener[] = [];
  /** Records of open orders, and of ended ones until they expire: an ended order never comes back. */
  readonly #records = new Map<string, OrderRecord>();
  /** Sum of resting lots by account, market and side. */
  readonly #resting = new Map<string, number>();
  /** When which ended orders are forgotten. */
  readonly #ended: ForgetList;

  constructor(executor: Executor, store: Store, clock: Clock) {
    this.#executor = executor;
    this.#store = store;
    this.#clock = clock;
    this.#ended = new ForgetList(clock.nowSeconds());
    this.matcher = new Matcher({
      settle: (taker, fills) => this.#settle(taker, fills),
      positionOf: (account, instrument) => Number(this.#positionLots(account as AccountId, instrument)),
    });
  }

  /** Rebuilds the book from the store: open orders in their priority, less what has filled since. */
  async restore(): Promise<void> {
    const now = this.#clock.nowSeconds();
    const prefix = key(BUCKET.order);
    const open: Order[] = [];
    let lastSequence = 0;
    for await (const [, value] of this.#store.range(prefix, after(prefix))) {
      const record = unpack(value) as OrderRecord;
      // Ended orders count too: their places in their accounts' histories are taken.
      lastSequence = Math.max(lastSequence, record.sequence);
      if (record.order.expiry <= now) {
        if (record.status === 'open') this.#endWhileDown(record);
        continue;
      }
      this.#remember(record);
      if (record.status === 'open') open.push({ ...inputOf(record), ...this.#remainderOf(record) });
    }
    this.matcher.restore(open, lastSequence + 1);
  }

  /** An order that expired while nobody looked is remembered as expired. */
  #endWhileDown(record: OrderRecord): void {
    const ended: OrderRecord = {
      ...record,
      status: 'expired',
      reason: 'expired',
      updatedMillis: this.#clock.nowMillis(),
    };
    this.#store.put(orderKey(record.digest), pack(ended));
  }

  #remainderOf(record: OrderRecord): { sequence: number; remainingLots: number } {
    const filled = Number(this.#executor.state.read(ORDER, record.digest)?.filled ?? 0n);
    const remainingLots = Math.min(record.remainingLots, Number(record.order.lots) - filled);
    return { sequence: record.sequence, remainingLots };
  }

  onEvents(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  recordOf(digest: Digest): OrderRecord | undefined {
    return this.#records.get(digest);
  }

  /** An order by digest, also one that ended long ago. */
  async find(digest: Digest): Promise<OrderRecord | undefined> {
    const known = this.#records.get(digest);
    if (known !== undefined) return known;
    const stored = await this.#store.get(orderKey(digest));
    return stored === undefined ? undefined : (unpack(stored) as OrderRecord);
  }

  open(account: AccountId): OrderRecord[] {
    return this.matcher.open(account).map(({ id }) => this.#records.get(id)!);
  }

  /** Orders of an account, newest first; `before` is an exclusive sequence to page on from. */
  async orders(account: AccountId, limit: number, before?: number): Promise<OrderRecord[]> {
    const from = accountOrderKey(account, 0);
    const to = before === undefined ? after(key(BUCKET.accountOrder, account)) : accountOrderKey(account, before);
    const records: OrderRecord[] = [];
    for await (const [, digest] of this.#store.range(from, to, { reverse: true, limit })) {
      const stored = await this.#store.get(orderKey(`0x${Buffer.from(digest).toString('hex')}`));
      if (stored !== undefined) records.push(unpack(stored) as OrderRecord);
    }
    return records;
  }

  /**
   * Takes an order. What it traded is executed and staged when this returns; it may be acknowledged
   * once the store is flushed. @throws Rejection
   */
  place({ request, identity }: PreparedOrder): Placed {
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
    if (this.#records.has(screened.digest)) {
      throw this.#records.get(screened.digest)!.status === 'open'
        ? Rejection.matcher('duplicate_order_id')
        : Rejection.node('order_already_ended', screened.digest);
    }
    const draft: OrderRecord = {
      digest: screened.digest,
      account,
      instrument,
      order,
      clientOrderId: request.clientOrderId,
      selfTrade: request.selfTrade ?? 'cancelTaker',
      sequence: 0,
      acceptedMillis: this.#clock.nowMillis(),
      updatedMillis: this.#clock.nowMillis(),
      status: 'open',
      reason: '',
      filledLots: Number(order.lots - screened.remaining),
      remainingLots: Number(screened.remaining),
    };
    const input = { ...inputOf(draft), lots: draft.remainingLots };
    const events =
      request.replaces === undefined
        ? this.matcher.place(input, now)
        : this.matcher.replace(request.replaces, input, now);
    const rejected = events.find((e) => e.type === 'rejected' && e.id === draft.digest);
    this.#follow(events, draft);
    if (rejected?.type === 'rejected') throw Rejection.matcher(rejected.code);
    return { record: this.#records.get(draft.digest)!, events };
  }

  cancel(digest: Digest): OrderRecord {
    const events = this.matcher.cancel(digest);
    const first = events[0];
    if (first?.type === 'rejected') throw Rejection.matcher(first.code, digest);
    this.#follow(events);
    return this.#records.get(digest)!;
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
    for (const digest of this.#ended.take(now)) this.#records.delete(digest);
  }

  #positionLots(account: AccountId, instrument: number): bigint {
    const record = this.#executor.state.read(ACCOUNT, account) as Account | undefined;
    return record === undefined ? 0n : (positionOf(record, instrument)?.size ?? 0n);
  }

  /** Resting lots that would add to the account's position, but for the order to be replaced. */
  #openLots(account: AccountId, instrument: number, side: 'buy' | 'sell', except?: Digest): bigint {
    const replaced = except === undefined ? undefined : this.#records.get(except);
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

  /** Brings records in line with what the matcher says happened, and stages them. */
  #follow(events: readonly MatchEvent[], placed?: OrderRecord): void {
    if (events.length === 0) return;
    const changed = new Map<string, OrderRecord>();
    const update = (id: string, change: (record: OrderRecord) => Partial<OrderRecord>): void => {
      const record = changed.get(id) ?? this.#records.get(id);
      if (record === undefined) return;
      changed.set(id, { ...record, ...change(record), updatedMillis: this.#clock.nowMillis() });
    };
    const filled = (id: string, lots: number, remainingLots: number): void =>
      update(id, (r) => ({
        filledLots: r.filledLots + lots,
        remainingLots,
        status: remainingLots === 0 ? 'filled' : r.status,
      }));
    for (const event of events) {
      if (event.type === 'accepted' && placed !== undefined) {
        changed.set(placed.digest, { ...placed, sequence: event.sequence });
        this.#store.put(accountOrderKey(placed.account, event.sequence), fromHex(placed.digest));
      } else if (event.type === 'filled') {
        filled(event.maker, event.lots, event.makerRemainingLots);
        filled(event.taker, event.lots, event.takerRemainingLots);
      } else if (event.type === 'clipped') {
        update(event.id, () => ({ remainingLots: event.remainingLots }));
      } else if (event.type === 'cancelled') {
        const reason = event.detail === '' ? event.reason : event.detail;
        update(event.id, () => ({ status: 'cancelled', reason }));
      } else if (event.type === 'expired') update(event.id, () => ({ status: 'expired', reason: 'expired' }));
    }
    for (const record of changed.values()) this.#stage(record);
    for (const listener of this.#listeners) listener(events);
  }

  #stage(record: OrderRecord): void {
    this.#remember(record);
    this.#store.put(orderKey(record.digest), pack(record));
  }

  #remember(record: OrderRecord): void {
    const before = this.#records.get(record.digest);
    const change = restingLots(record) - (before === undefined ? 0 : restingLots(before));
    const side = bookSide(record.account, record.instrument, sideOf(record));
    const lots = (this.#resting.get(side) ?? 0) + change;
    if (lots === 0) this.#resting.delete(side);
    else this.#resting.set(side, lots);
    this.#records.set(record.digest, record);
    if (record.status !== 'open') this.#ended.add(record.digest, record.order.expiry);
  }
}

const sideOf = ({ order }: OrderRecord): 'buy' | 'sell' => ((order.flags & 1) !== 0 ? 'buy' : 'sell');
const bookSide = (account: AccountId, instrument: number, side: 'buy' | 'sell'): string =>
  `${account}${side}${instrument}`;
/** Lots of an order that may still add to its account's position. */
const restingLots = ({ status, order, remainingLots }: OrderRecord): number =>
  status === 'open' && decodeFlags(order.flags)?.reduceOnly === false ? remainingLots : 0;

function inputOf(record: OrderRecord): OrderInput {
  const { order } = record;
  const flags = decodeFlags(order.flags)!;
  return {
    id: record.digest,
    account: record.account,
    instrument: record.instrument,
    side: flags.buy ? 'buy' : 'sell',
    lots: Number(order.lots),
    priceTicks: Number(order.limitTicks),
    timeInForce: TIME_IN_FORCE_NAME[flags.timeInForce]!,
    postOnly: flags.postOnly,
    reduceOnly: flags.reduceOnly,
    expirySeconds: order.expiry,
    selfTrade: record.selfTrade,
    nonce: order.nonce,
    ...(record.clientOrderId === undefined ? {} : { clientOrderId: record.clientOrderId }),
    payload: order,
  };
}
