/** Open orders by expiry, soonest first: a binary heap in which each order knows its place. */
import { invariant } from '../../../state/errors.ts';
import type { LiveOrder } from './order.ts';

export class Expiries {
  readonly #heap: LiveOrder[] = [];

  get soonest(): LiveOrder | undefined {
    return this.#heap[0];
  }

  add(order: LiveOrder): void {
    this.#heap.push(order);
    this.#rise(order, this.#heap.length - 1);
  }

  remove(order: LiveOrder): void {
    const index = order.expiryIndex;
    invariant(this.#heap[index] === order, 'an order to be removed knows its place in the heap');
    order.expiryIndex = -1;
    const last = this.#heap.pop()!;
    if (last === order) return;
    this.#sink(last, index);
    this.#rise(last, last.expiryIndex);
  }

  #rise(order: LiveOrder, from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = heap[parentIndex]!;
      if (!isSooner(order, parent)) break;
      heap[index] = parent;
      parent.expiryIndex = index;
      index = parentIndex;
    }
    heap[index] = order;
    order.expiryIndex = index;
  }

  #sink(order: LiveOrder, from: number): void {
    const heap = this.#heap;
    const half = heap.length >>> 1;
    let index = from;
    while (index < half) {
      let childIndex = 2 * index + 1;
      const right = heap[childIndex + 1];
      if (right !== undefined && isSooner(right, heap[childIndex]!)) childIndex += 1;
      const child = heap[childIndex]!;
      if (!isSooner(child, order)) break;
      heap[index] = child;
      child.expiryIndex = index;
      index = childIndex;
    }
    heap[index] = order;
    order.expiryIndex = index;
  }
}

/** Among orders of one second the older goes first, so that the order of events is one. */
function isSooner(a: LiveOrder, b: LiveOrder): boolean {
  if (a.expirySeconds !== b.expirySeconds) return a.expirySeconds < b.expirySeconds;
  return a.sequence < b.sequence;
}
