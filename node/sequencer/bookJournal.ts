/**
 * The sequencer's side of a mirrored book: numbers what changes on the desk, signs it and tells it, once it is
 * durable; and draws an image of all of it for who joins.
 */
import { fromHex } from '../../state/codec/bytes.ts';
import type { Executor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { metaKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';
import { condense, type BriefChange } from './bookEntry.ts';
import {
  BATCH_ENTRIES_BYTES_MAX,
  encodeEntry,
  encodeRecord,
  EVENTS_PER_ENTRY_MAX,
  PAGE_RECORDS_BYTES_MAX,
  sealBatch,
  sealPage,
  type ImageHead,
} from './bookWire.ts';
import type { BookChange } from './rememberedOrders.ts';
import type { Sequencer } from './sequencer.ts';

export type BookJournalOptions = Readonly<{
  sequencer: Pick<Sequencer, 'desk' | 'domainSeparator' | 'onBlock'>;
  executor: Pick<Executor, 'sequence'>;
  store: Store;
  clock: Clock;
  key: Uint8Array;
  /** Tells peers; at most BOOK_BATCH_BYTES_MAX. Never throws. */
  publish: (batch: Uint8Array) => void;
}>;

const EPOCH_KEY = metaKey('bookEpoch');
/** Records encoded in one turn of the event loop, ~8 ms. */
const RECORDS_PER_TURN = 2_000;

export class BookJournal {
  /** When this run of the sequencer began [ms]; greater than that of every run before. */
  readonly epoch: number;
  readonly #options: BookJournalOptions;
  readonly #domain: Uint8Array;
  /** The last entry made, and the last one told. */
  #number = 0;
  #toldNumber = 0;
  /** Entries that wait for the disk. */
  #pending: Uint8Array[] = [];
  #isScheduled = false;
  #told: Promise<void> = Promise.resolve();
  #drawing: Promise<Uint8Array[]> | null = null;

  private constructor(options: BookJournalOptions, epoch: number) {
    this.#options = options;
    this.epoch = epoch;
    const { sequencer } = options;
    this.#domain = fromHex(sequencer.domainSeparator);
    sequencer.desk.onChange((change) => this.#record(change));
    // With every block its number is told: who missed the last entry, or a restart, sees it.
    sequencer.onBlock(() => this.#publish([]));
  }

  /** Begins an epoch. To be opened when the desk is restored, before it takes orders. */
  static async open(options: BookJournalOptions): Promise<BookJournal> {
    const { store, clock } = options;
    const stored = await store.get(EPOCH_KEY);
    const last = stored === undefined ? 0 : (unpack(stored) as number);
    const epoch = Math.max(clock.nowMillis(), last + 1);
    store.put(EPOCH_KEY, pack(epoch));
    await store.flush();
    return new BookJournal(options, epoch);
  }

  /** Entries made in this epoch. */
  get number(): number {
    return this.#number;
  }

  /** Everything made so far is told. */
  settled(): Promise<void> {
    return this.#told;
  }

  /**
   * Pages of an image of the desk, each at most BOOK_IMAGE_BYTES_MAX: usually one. It is of the moment of the
   * call, or of one that is being drawn. Cost: ~4 us a record in turns, then a hash of each page, ~2 us a record.
   */
  image(): Promise<Uint8Array[]> {
    return (this.#drawing ??= this.#draw().finally(() => (this.#drawing = null)));
  }

  #record(change: BookChange): void {
    const brief = condense(change);
    if (brief === null) return;
    const { sequence } = this.#options.executor;
    for (const { millis, placed, events, isContinued } of partsOf(brief)) {
      this.#pending.push(encodeEntry({ sequence, millis, isContinued, placed, events }));
      this.#number += 1;
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#tellOnceDurable();
    });
  }

  /** What one turn of the event loop brought is told together. A disk that fails stops the node: nothing is told then. */
  #tellOnceDurable(): void {
    const entries = this.#pending;
    this.#pending = [];
    const durable = this.#options.store.flush();
    this.#told = Promise.all([this.#told, durable]).then(
      () => this.#tell(entries),
      () => undefined,
    );
  }

  #tell(entries: readonly Uint8Array[]): void {
    for (const batch of packed(entries, BATCH_ENTRIES_BYTES_MAX)) {
      this.#publish(batch);
      this.#toldNumber += batch.length;
    }
  }

  #publish(entries: readonly Uint8Array[]): void {
    const { publish, key } = this.#options;
    publish(sealBatch(this.epoch, this.#toldNumber + 1, entries, this.#domain, key));
  }

  async #draw(): Promise<Uint8Array[]> {
    const { sequencer, executor, store, clock, key } = this.#options;
    const { records, nextSequence, bookSequences } = sequencer.desk.snapshot();
    const at = { epoch: this.epoch, number: this.#number, sequence: executor.sequence, millis: clock.nowMillis() };
    const durable = store.flush();
    const encoded: Uint8Array[] = [];
    for (const record of records) {
      encoded.push(encodeRecord(record));
      if (encoded.length % RECORDS_PER_TURN === 0) await clock.turn();
    }
    const pages = packed(encoded, PAGE_RECORDS_BYTES_MAX);
    if (pages.length === 0) pages.push([]);
    await durable;
    const head: ImageHead = { ...at, nextSequence, pages: pages.length };
    return pages.map((page, i) => sealPage(head, i, i === 0 ? bookSequences : [], page, this.#domain, key));
  }
}

/** An operation that did much, in parts: only the first one places the order. */
function partsOf({ millis, placed, events }: BriefChange): (BriefChange & { isContinued: boolean })[] {
  const parts: (BriefChange & { isContinued: boolean })[] = [];
  for (let from = 0; from < events.length; from += EVENTS_PER_ENTRY_MAX) {
    const some = events.slice(from, from + EVENTS_PER_ENTRY_MAX);
    const isContinued = from + EVENTS_PER_ENTRY_MAX < events.length;
    parts.push({ millis, placed: from === 0 ? placed : null, events: some, isContinued });
  }
  return parts;
}

/** In order, in as few lists as hold at most `bytesMax` each. */
function packed(chunks: readonly Uint8Array[], bytesMax: number): Uint8Array[][] {
  const lists: Uint8Array[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    if (lists.length === 0 || chunk.length > room) {
      lists.push([]);
      room = bytesMax;
    }
    lists.at(-1)!.push(chunk);
    room -= chunk.length;
  }
  return lists;
}
