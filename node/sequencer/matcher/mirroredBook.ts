/** Books that are told what happened in others: nothing is matched here, and levels are counted alike. */
import { invariant } from '../../../state/errors.ts';
import { BookReads } from './bookReads.ts';
import type { MatchEvent } from './events.ts';
import { LiveOrder, type Order, type OrderInput } from './order.ts';

/** An order between its acceptance and its rest, and the one whose place in time it takes. */
type Placing = { input: OrderInput; sequence: number; inPlaceOf: LiveOrder | null };

export class MirroredBook extends BookReads {
  /** Everything anew: open orders, and what the books have counted. Watched levels are all noted. */
  refill(orders: readonly Order[], nextSequence: number, bookSequences: ReadonlyMap<number, number>): void {
    for (const instrument of this.orders.instruments()) {
      for (const order of this.ordersOf(instrument)) this.orders.remove(order);
    }
    // Within a level the sequence number is the time priority, so this is the order they came in.
    const bySequence = [...orders].sort((a, b) => a.sequence - b.sequence);
    for (const order of bySequence) this.orders.rest(new LiveOrder(order, order.sequence, order.remainingLots));
    for (const instrument of new Set([...this.orders.instruments(), ...bookSequences.keys()])) {
      this.orders.book(instrument).sequence = bookSequences.get(instrument) ?? 0;
    }
    this.sequenceNext = nextSequence;
  }

  /** What one operation did, in order; `placed` is the order that it placed. The caller checked that it fits. */
  follow(events: readonly MatchEvent[], placed?: OrderInput): void {
    let placing: Placing | null = null;
    for (const event of events) {
      if (event.type === 'accepted') {
        invariant(placed !== undefined, 'only an order that was placed is accepted');
        placing = this.#accept(placed, event.sequence, event.replaces);
      } else if (event.type === 'rested') {
        invariant(placing !== null, 'an order is accepted before it rests');
        const order = new LiveOrder(placing.input, placing.sequence, event.lots);
        if (placing.inPlaceOf === null) this.orders.rest(order);
        else this.orders.swap(placing.inPlaceOf, order);
      } else if (event.type === 'filled') this.#take(event.maker, event.lots);
      else if (event.type === 'clipped') this.#take(event.id, event.lots);
      else if (event.type !== 'rejected' && event.id !== placing?.inPlaceOf?.id) this.#remove(event.id);
    }
  }

  #accept(input: OrderInput, sequence: number, replaces: string | null): Placing {
    const old = replaces === null ? undefined : this.orders.find(replaces);
    const isInPlace = old !== undefined && old.sequence === sequence;
    if (!isInPlace) this.sequenceNext = sequence + 1;
    return { input, sequence, inPlaceOf: isInPlace ? old : null };
  }

  /** An order that is not in the book, as a taker, has nothing to be taken from. */
  #take(id: string, lots: number): void {
    const order = this.orders.find(id);
    if (order === undefined) return;
    if (lots < order.remainingLots) this.orders.reduce(order, lots);
    else this.orders.remove(order);
  }

  #remove(id: string): void {
    const order = this.orders.find(id);
    if (order !== undefined) this.orders.remove(order);
  }
}
