/** An image of the sequencer's desk as its pages come in. */
import type { Digest } from '../../state/units.ts';
import { BookError } from './bookError.ts';
import type { ImageHead, ImagePage } from './bookWire.ts';
import type { OrderRecord } from './orderRecord.ts';

export class BookImage {
  readonly head: ImageHead;
  readonly bookSequences = new Map<number, number>();
  readonly #pages = new Set<number>();
  readonly #records = new Map<Digest, OrderRecord>();

  constructor(head: ImageHead) {
    this.head = head;
  }

  isOf({ epoch, number, pages }: ImageHead): boolean {
    return epoch === this.head.epoch && number === this.head.number && pages === this.head.pages;
  }

  get isWhole(): boolean {
    return this.#pages.size === this.head.pages;
  }
  get records(): readonly OrderRecord[] {
    return [...this.#records.values()];
  }

  /** @throws BookError for an order that is there twice */
  add({ page, bookSequences, records }: ImagePage): void {
    if (this.#pages.has(page)) return;
    const orders = this.#records.size + records.length;
    for (const record of records) this.#records.set(record.digest, record);
    if (this.#records.size !== orders) throw new BookError('BOOK_CONTRADICTION', 'an order is in an image once');
    for (const [instrument, sequence] of bookSequences) this.bookSequences.set(instrument, sequence);
    this.#pages.add(page);
  }
}
