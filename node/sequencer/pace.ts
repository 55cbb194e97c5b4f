/**
 * Work that can wait gives way to requests: while any come, it leaves as much time as it took. Auctions run for
 * minutes, who cancels or tops up wants it now; and without requests nothing waits for anything. Bids and the keeper
 * take turns, so that neither lives at the other's expense.
 */
export type Worker = 'bids' | 'keeper';

const WATCHED_MILLIS = 1_000;

export class Pace {
  #requestedMillis = -Infinity;
  #freeUntilMillis = 0;
  #last: Worker = 'keeper';
  readonly #waiting = new Set<Worker>();

  /** A request came. */
  requested(): void {
    this.#requestedMillis = performance.now();
  }

  /** Whether a piece of work may be done now. One that may not is expected to ask again. */
  mayWork(worker: Worker): boolean {
    const other: Worker = worker === 'bids' ? 'keeper' : 'bids';
    const may = this.waitMillis === 0 && !(this.#last === worker && this.#waiting.has(other));
    if (may) this.#waiting.delete(worker);
    else this.#waiting.add(worker);
    return may;
  }

  /** It has ended now; it began at `startedMillis` of `performance.now()`. */
  worked(worker: Worker, startedMillis: number): void {
    this.#last = worker;
    const now = performance.now();
    if (now - this.#requestedMillis < WATCHED_MILLIS) this.#freeUntilMillis = now + (now - startedMillis);
  }

  /** There is no more of it for now. */
  ended(worker: Worker): void {
    this.#waiting.delete(worker);
  }

  /** How long the next piece has to wait at least. */
  get waitMillis(): number {
    return Math.max(0, this.#freeUntilMillis - performance.now());
  }
}
