/**
 * Orders as they are remembered, brought in line with what happens in a book and kept in the store:
 * the same whether the book is matched here or mirrored.
 */
import { fromHex, toHex } from '../../state/codec/bytes.ts';
import type { AccountId, Digest, Seconds } from '../../state/units.ts';
import { accountOrderKey, after, BUCKET, key, orderKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';
import { EndedOrders } from './endedOrders.ts';
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
  protected readonly openOrders = new Map<Digest, OrderRecord>();
  /** Until they expire: an ended order never comes back. */
  protected readonly ended: EndedOrders;
  readonly #eventListeners: EventListener[] = [];
  readonly #refillListeners: RefillListener[] = [];

  constructor(store: Store, now: Seconds) {
    this.store = store;
    this.ended = new EndedOrders(now);
  }

  onEvents(listener: EventListener): void {
    this.#eventListeners.push(listener);
  }
  onRefill(listener: RefillListener): void {
    this.#refillListeners.push(listener);
  }

  recordOf(digest: Digest): OrderRecord | undefined {
    return this.openOrders.get(digest) ?? this.ended.get(digest);
  }

  async find(digest: Digest): Promise<OrderRecord | undefined> {
    const known = this.recordOf(digest);
    if (known !== undefined) return known;
    const stored = await this.store.get(orderKey(digest));
    return stored === undefined ? undefined : (unpack(stored) as OrderRecord);
  }

  open(account: AccountId): OrderRecord[] {
    return this.matcher.open(account).map(({ id }) => this.openOrders.get(id as Digest)!);
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
  protected async *stored(): AsyncGenerator<{ record: OrderRecord; packed: Uint8Array }> {
    const prefix = key(BUCKET.order);
    for await (const [, packed] of this.store.range(prefix, after(prefix))) yield { record: unpack(packed) as OrderRecord, packed };
  }

  /** Brings records in line with what happened, stages them, and says so. Returns those that changed. */
  protected follow({ millis, events, placed }: BookChange): ReadonlyMap<string, OrderRecord> {
    const changed = new Map<string, OrderRecord>();
    const update = (id: string, change: (record: OrderRecord) => Partial<OrderRecord>): void => {
      const record = changed.get(id) ?? this.openOrders.get(id as Digest);
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
    return changed;
  }

  protected refilled(records: readonly OrderRecord[]): void {
    for (const listener of this.#refillListeners) listener(records);
  }

  protected stage(record: OrderRecord): void {
    const packed = pack(record);
    this.remember(record, packed);
    this.store.put(orderKey(record.digest), packed);
  }

  /** `packed`: its envelope. */
  protected remember(record: OrderRecord, packed: Uint8Array): void {
    if (record.status === 'open') {
      this.openOrders.set(record.digest, record);
      return;
    }
    this.openOrders.delete(record.digest);
    this.ended.add(record, packed);
  }
}
