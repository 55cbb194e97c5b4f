/** What open orders can be asked, whether they were matched here or are mirrored. */
import type { BookDelta, Depth } from './book.ts';
import { OpenOrders } from './openOrders.ts';
import { toOrder, type LiveOrder, type Order } from './order.ts';

export class BookReads {
  protected readonly orders = new OpenOrders();
  protected sequenceNext = 1;

  /** Open orders in all. */
  get count(): number {
    return this.orders.count;
  }

  /** The sequence number the next accepted order gets. */
  get nextSequence(): number {
    return this.sequenceNext;
  }

  get(id: string): Order | undefined {
    const order = this.orders.find(id);
    return order === undefined ? undefined : toOrder(order);
  }

  findByClientOrderId(account: string, clientOrderId: string): Order | undefined {
    const order = this.orders.findByClientOrderId(account, clientOrderId);
    return order === undefined ? undefined : toOrder(order);
  }

  /** The open orders of an account, oldest first. */
  open(account: string): Order[] {
    return this.orders.ofAccount(account).map(toOrder);
  }

  /** Aggregated levels, best first, at most `depth` of each side. */
  l2(instrument: number, depth: number): Depth {
    const book = this.orders.findBook(instrument);
    return book?.depth(depth) ?? { sequence: 0, bids: [], asks: [] };
  }

  bestBid(instrument: number): number | null {
    return this.orders.findBook(instrument)?.bids.best?.priceTicks ?? null;
  }

  bestAsk(instrument: number): number | null {
    return this.orders.findBook(instrument)?.asks.best?.priceTicks ?? null;
  }

  /** Starts or stops collecting the level changes of an instrument for `drainChanges`. */
  watch(instrument: number, isWatched: boolean): void {
    this.orders.book(instrument).watch(isWatched);
  }

  /** What changed in a watched book since it was last drained: each level once, as it is now. */
  drainChanges(instrument: number): BookDelta {
    return this.orders.book(instrument).drain();
  }

  /** Every open order: instruments ascending, bids before asks, best price first, oldest first. */
  openOrders(): Order[] {
    const orders: Order[] = [];
    for (const instrument of this.orders.instruments()) {
      for (const order of this.ordersOf(instrument)) orders.push(toOrder(order));
    }
    return orders;
  }

  /** How many changes of levels each book has counted. */
  bookSequences(): [instrument: number, sequence: number][] {
    return this.orders.instruments().map((instrument) => [instrument, this.orders.book(instrument).sequence]);
  }

  protected ordersOf(instrument: number): LiveOrder[] {
    const orders: LiveOrder[] = [];
    const book = this.orders.findBook(instrument);
    for (const side of [book?.bids, book?.asks]) {
      for (let level = side?.best ?? null; level !== null; level = level.worse) {
        for (let o = level.head; o !== null; o = o.nextInLevel) orders.push(o);
      }
    }
    return orders;
  }
}
