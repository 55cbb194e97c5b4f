/**
 * Orders as they are remembered, brought in line with what happens in a book and kept in the store:
 * the same whether the book is matched here or mirrored.
 */
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { AccountId, Digest, Seconds } from '../../state/units.ts';
import { accountOrderKey, after, BUCKET, key, orderKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';
import { ForgetList } from './forgetList.ts';
import type { MatchEvent } from './matcher/events.ts';
import type { BookView, EventListener, OrderBookView, RefillListener } from './orderBookView.ts';
import type { OrderRecord } from './orderRecord.ts';

/** What one operation did to the book, and the order that it placed, as it came in. */
export type BookChange = Readonly<{
  millis: number;
  events: readonly MatchEvent[];
  placed?: OrderRecord | undefined;
}>;

export abstract class RememberedOrders implements OrderBookView {
  abstract readonly matcher: BookView;
  protected readonly store: Store;
  /** Records of open orders, and of ended ones until they expire: an ended order never comes back. */
  protected readonly records = new Map<string, OrderRecord>();
  /** When which ended orders are forgotten. */
  readonly #ended: ForgetList;
  readonly #eventListeners: EventListener[] = [];
  readonly #refillListeners: RefillListener[] = [];

  constructor(store: Store, now: Seconds) {
    this.store = store;
    this.#ended = new ForgetList(now);
  }

  onEvents(listener: EventListener): void {
    this.#eventListeners.push(listener);
  }
  onRefill(listener: RefillListener): void {
    this.#refillListeners.push(listener);
  }

  recordOf(digest: Digest): OrderRecord | undefined {
    return this.records.get(digest);
  }

  async find(digest: Digest): Promise<OrderRecord | undefined> {
    const known = this.records.get(digest);
    if (known !== undefined) return known;
    const stored = await this.store.get(orderKey(digest));
    return stored === undefined ? undefined : (unpack(stored) as OrderRecord);
  }

  open(account: AccountId): OrderRecord[] {
    return this.matcher.open(account).map(({ id }) => this.records.get(id)!);
  }

  async orders(account: AccountId, limit: number, before?: number): Promise<OrderRecord[]> {
    const from = accountOrderKey(account, 0);
    const to = before === undefined ? after(key(BUCKET.accountOrder, account)) : accountOrderKey(account, before);
    const records: OrderRecord[] = [];
    for await (const [, digest] of this.store.range(from, to, { reverse: true, limit })) {
      const stored = await this.store.get(orderKey(toHex(digest)));
      if (stored !== undefined) records.push(unpack(stored) as OrderRecord);
    }
    return records;
  }

  /** Every order the store has, also those that ended long ago. */
  protected async *stored(): AsyncGenerator<OrderRecord> {
    const prefix = key(BUCKET.order);
    for await (const [, value] of this.store.range(prefix, after(prefix))) yield unpack(value) as OrderRecord;
  }

  /** Brings records in line with what happened, stages them, and says so. */
  protected follow({ millis, events, placed }: BookChange): void {
    const changed = new Map<string, OrderRecord>();
    const update = (id: string, change: (record: OrderRecord) => Partial<OrderRecord>): void => {
      const record = changed.get(id) ?? this.records.get(id);
      if (record === undefined) return;
      changed.set(id, { ...record, ...change(record), updatedMillis: millis });
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
        this.store.put(accountOrderKey(placed.account, event.sequence), fromHex(placed.digest));
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
    for (const record of changed.values()) this.stage(record);
    for (const listener of this.#eventListeners) listener(events);
  }

  protected refilled(records: readonly OrderRecord[]): void {
    for (const listener of this.#refillListeners) listener(records);
  }

  protected stage(record: OrderRecord): void {
    this.remember(record);
    this.store.put(orderKey(record.digest), pack(record));
  }

  protected remember(record: OrderRecord): void {
    this.records.set(record.digest, record);
    if (record.status !== 'open') this.#ended.add(record.digest, record.order.expiry);
  }

  /** Forgets ended orders that can not come back. */
  protected forget(now: Seconds): void {
    for (const digest of this.#ended.take(now)) this.records.delete(digest);
  }
}
