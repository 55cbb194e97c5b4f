/**
 * Work that can wait gives way to requests: while any come, it leaves twice the time that it took, and while an urgent
 * one is on its way it holds still. Auctions run for minutes, who cancels or tops up wants it now; and without requests
 * nothing waits for anything. Bids and the keeper take turns, so that neither lives at the other's expense.
 */
export type Worker = 'bids' | 'keeper';

const WATCHED_MILLIS = 1_000;
/** Left to requests, of what a piece of work took. */
const LEFT = 2;
/** Whoever sends urgent requests without end stops nothing: a piece of work is done at least this long after the last. */
export const HELD_MILLIS_MAX = 10;
/** How soon to look again whether the urgent ones were answered. */
const HELD_MILLIS = 1;

export class Pace {
  #requestedMillis = -Infinity;
  #freeUntilMillis = 0;
  #workedMillis = 0;
  /** Urgent requests that are not answered yet. */
  #urgent = 0;
  #last: Worker = 'keeper';
  readonly #isWaiting = { bids: false, keeper: false };

  /** A request came. */
  requested(): void {
    this.#requestedMillis = performance.now();
  }

  /** An urgent request is on its way, until as many were `answered`. */
  urged(): void {
    this.#urgent += 1;
  }

  answered(count = 1): void {
    this.#urgent -= count;
  }

  /** Whether a piece of work may be done now. One that may not is expected to ask again. */
  mayWork(worker: Worker): boolean {
    const other: Worker = worker === 'bids' ? 'keeper' : 'bids';
    const may = this.waitMillis === 0 && !(this.#last === worker && this.#isWaiting[other]);
    this.#isWaiting[worker] = !may;
    return may;
  }

  /** It has ended now; it began at `startedMillis` of `performance.now()`. */
  worked(worker: Worker, startedMillis: number): void {
    this.#last = worker;
    const now = performance.now();
    this.#workedMillis = now;
    if (now - this.#requestedMillis < WATCHED_MILLIS) this.#freeUntilMillis = now + LEFT * (now - startedMillis);
  }

  /** There is no more of it for now. */
  ended(worker: Worker): void {
    this.#isWaiting[worker] = false;
  }

  /** How long the next piece has to wait at least. */
  get waitMillis(): number {
    const now = performance.now();
    const isHeld = this.#urgent > 0 && now - this.#workedMillis < HELD_MILLIS_MAX;
    return Math.max(isHeld ? HELD_MILLIS : 0, this.#freeUntilMillis - now);
  }
}
