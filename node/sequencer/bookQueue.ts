/** Entries of the journal that wait: for the chain to come so far, or for entries before them. */
import type { BookBatch, BookEntry } from './bookWire.ts';

/** Bytes on the wire of what waits: minutes of full load, and what a node may be behind without a new image. */
export const BOOK_QUEUE_BYTES_MAX = 32 * 1024 * 1024;
/** What an entry weighs at least: many small ones cost more memory than they have bytes. */
const ENTRY_BYTES_MIN = 256;

export class BookQueue {
  #epoch = 0;
  /** The last entry taken, and the last of those that follow it without a hole. */
  #number = 0;
  #reached = 0;
  /** The last entry that is known to have been told. */
  #told = 0;
  #bytes = 0;
  readonly #entries = new Map<number, BookEntry>();
  readonly #bytesOf = new Map<number, number>();

  get epoch(): number {
    return this.#epoch;
  }
  get number(): number {
    return this.#number;
  }
  get size(): number {
    return this.#entries.size;
  }
  get isOver(): boolean {
    return this.#bytes > BOOK_QUEUE_BYTES_MAX;
  }
  /** Was something told that did not come? */
  get hasHole(): boolean {
    return this.#reached < this.#told;
  }

  clear(epoch: number): void {
    if (epoch !== this.#epoch) this.#number = 0;
    this.#epoch = epoch;
    this.#reached = this.#told = this.#number;
    this.#entries.clear();
    this.#bytesOf.clear();
    this.#bytes = 0;
  }

  /** The first to come counts. */
  add({ first, entries }: BookBatch, bytes: number): void {
    const weight = Math.max(ENTRY_BYTES_MIN, Math.ceil(bytes / Math.max(1, entries.length)));
    for (const entry of entries) {
      if (entry.number <= this.#number || this.#entries.has(entry.number)) continue;
      this.#entries.set(entry.number, entry);
      this.#bytesOf.set(entry.number, weight);
      this.#bytes += weight;
    }
    this.#told = Math.max(this.#told, first + entries.length - 1);
    this.#reach();
  }

  /** Entries up to `number` are part of an image. */
  startAfter(number: number): void {
    for (const one of [...this.#entries.keys()]) if (one <= number) this.#delete(one);
    this.#number = this.#reached = number;
    this.#told = Math.max(this.#told, number);
    this.#reach();
  }

  /** The parts of the next operation, if all have come and it took place within `sequence` transactions; or nothing. */
  take(sequence: number): BookEntry[] {
    const parts: BookEntry[] = [];
    for (let number = this.#number + 1; number <= this.#reached; number++) {
      const entry = this.#entries.get(number)!;
      if (entry.sequence > sequence) return [];
      parts.push(entry);
      if (entry.isContinued) continue;
      for (const { number: taken } of parts) this.#delete(taken);
      this.#number = number;
      return parts;
    }
    return [];
  }

  #reach(): void {
    while (this.#entries.has(this.#reached + 1)) this.#reached += 1;
  }

  #delete(number: number): void {
    this.#bytes -= this.#bytesOf.get(number) ?? 0;
    this.#bytesOf.delete(number);
    this.#entries.delete(number);
  }
}
