/**
 * The sequencer's desk at a node that follows: told by its journal, and shown only as far as the node itself has
 * executed. What trades is proved by the chain, where trade steps check signatures; what rests is the signed
 * word of the sequencer. Signatures of resting orders are kept, and not checked: who could put an order here
 * without its owner could as well leave out one that is there.
 */
import { fromHex } from '../../state/codec/bytes.ts';
import type { Address, Digest } from '../../state/units.ts';
import type { Executor } from '../chain/executor.ts';
import type { Clock } from '../ports/clock.ts';
import { accountOrderKey, orderKey } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';
import { expand } from './bookEntry.ts';
import { BookError } from './bookError.ts';
import { BookImage } from './bookImage.ts';
import { BookQueue } from './bookQueue.ts';
import { openBatch, openPage, type BookEntry } from './bookWire.ts';
import { MirroredBook } from './matcher/mirroredBook.ts';
import { inputOf, type OrderRecord } from './orderRecord.ts';
import { RememberedOrders } from './rememberedOrders.ts';

/**
 * Why the book as it is needs an image: `joined`, nothing is known yet; `restarted`, the sequencer began a new
 * epoch; `missed`, an entry did not come; `overflow`, more is waiting than is kept; `contradiction`, what was told
 * does not fit what is known.
 */
export type GapReason = 'joined' | 'restarted' | 'missed' | 'overflow' | 'contradiction';

export type BookMirrorOptions = Readonly<{
  executor: Pick<Executor, 'sequence' | 'height' | 'onStep'>;
  store: Store;
  clock: Clock;
  domainSeparator: Digest;
  /** The sequencer. */
  signer: Address;
  /** An image is needed: once for each gap. */
  onGap: (reason: GapReason) => void;
}>;

export class BookMirror extends RememberedOrders {
  readonly matcher = new MirroredBook();
  readonly #options: BookMirrorOptions;
  readonly #domain: Uint8Array;
  readonly #queue = new BookQueue();
  /** An image that is whole, or not yet, and waits for the chain to come so far. */
  #image: BookImage | null = null;
  /** Why there is no book to go on from; null while there is. */
  #gap: GapReason | null = 'joined';
  /** Height at which an entry was first missed; null while none is. */
  #missedAt: number | null = null;
  /** Orders that the store has as open from an earlier run. */
  readonly #leftOpen: OrderRecord[] = [];
  #isFlushing = false;

  private constructor(options: BookMirrorOptions) {
    super(options.store, options.clock.nowSeconds());
    this.#options = options;
    this.#domain = fromHex(options.domainSeparator);
    options.executor.onStep(() => this.#advance());
  }

  /** A mirror without a book: it needs an image. */
  static async open(options: BookMirrorOptions): Promise<BookMirror> {
    const mirror = new BookMirror(options);
    for await (const { record } of mirror.stored()) if (record.status === 'open') mirror.#leftOpen.push(record);
    return mirror;
  }

  /** Why an image is needed, or null. The book shown meanwhile is that of before the gap. */
  get gap(): GapReason | null {
    return this.#gap;
  }
  /** Is the book that of the sequencer at the height of this node? */
  get isComplete(): boolean {
    return this.#gap === null && this.#image === null;
  }
  get epoch(): number {
    return this.#queue.epoch;
  }
  /** The last entry that the book includes. */
  get number(): number {
    return this.#queue.number;
  }
  /** Entries that wait for the chain, or for those before them. */
  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Takes a batch of the journal, in whatever order they come; those that are known already change nothing.
   * @throws BookError for what the sequencer did not say
   */
  receive(bytes: Uint8Array): void {
    const batch = openBatch(bytes, this.#domain, this.#options.signer);
    if (batch.epoch < this.#queue.epoch) return;
    if (batch.epoch > this.#queue.epoch) this.#begin(batch.epoch);
    this.#queue.add(batch, bytes.length);
    if (this.#queue.isOver) return this.#lose('overflow');
    this.#advance();
  }

  /**
   * Takes a page of an image. Pages of one image may come in any order; those of an older one change nothing.
   * @throws BookError for what the sequencer did not say
   */
  receiveImage(bytes: Uint8Array): void {
    const page = openPage(bytes, this.#domain, this.#options.signer);
    const isOld = page.epoch < this.#queue.epoch || (page.epoch === this.#queue.epoch && page.number < this.#queue.number);
    if (isOld || this.#gap === null) return;
    if (page.epoch > this.#queue.epoch) this.#queue.clear(page.epoch);
    const image = this.#image?.isOf(page) === true ? this.#image : new BookImage(page);
    this.#image = null;
    image.add(page);
    this.#image = image;
    if (!image.isWhole) return;
    this.#gap = null;
    this.#queue.startAfter(page.number);
    this.#advance();
  }

  /** A new run of the sequencer: what was told of the one before is over. */
  #begin(epoch: number): void {
    const isFirst = this.#queue.epoch === 0;
    this.#queue.clear(epoch);
    if (!isFirst) this.#lose('restarted');
  }

  #lose(reason: GapReason): void {
    const isNews = this.#gap === null || reason === 'restarted';
    this.#queue.clear(this.#queue.epoch);
    this.#image = null;
    this.#missedAt = null;
    this.#gap = reason;
    if (isNews) this.#options.onGap(reason);
  }

  /** Applies what the chain has come to. */
  #advance(): void {
    if (this.#gap !== null) return;
    const { sequence } = this.#options.executor;
    if (this.#image !== null) {
      if (this.#image.head.sequence > sequence) return;
      this.#refill(this.#image);
      this.#image = null;
    }
    for (let parts = this.#queue.take(sequence); parts.length > 0; parts = this.#queue.take(sequence)) {
      if (!this.#apply(parts)) return this.#lose('contradiction');
    }
    this.#lookForMissed();
  }

  /** Messages overtake each other: what is missing is missed when one more block was executed without it. */
  #lookForMissed(): void {
    const { height } = this.#options.executor;
    if (!this.#queue.hasHole) this.#missedAt = null;
    else if (this.#missedAt === null) this.#missedAt = height;
    else if (height > this.#missedAt + 1) this.#lose('missed');
  }

  #apply(parts: readonly BookEntry[]): boolean {
    const { millis, placed } = parts[0]!;
    const brief = { millis, placed, events: parts.flatMap(({ events }) => events) };
    try {
      const known = { nextSequence: this.matcher.nextSequence, recordOf: (digest: Digest) => this.recordOf(digest) };
      const change = expand(brief, known, this.#domain);
      const { placed: record } = change;
      this.matcher.follow(change.events, record && { ...inputOf(record), lots: record.remainingLots });
      this.follow(change);
    } catch (error) {
      if (error instanceof BookError) return false;
      throw error;
    }
    this.ended.forget(this.#options.clock.nowSeconds());
    this.#flush();
    return true;
  }

  /** Puts the image in the place of everything. Of an order that it does not have nobody knows how it ended. */
  #refill({ head, bookSequences, records }: BookImage): void {
    const known = new Map(records.map((record) => [record.digest, record]));
    for (const old of [...this.#leftOpen.splice(0), ...this.openOrders.values()]) {
      if (!known.has(old.digest)) this.#drop(old);
    }
    const changed = records.filter((record) => isChanged(this.recordOf(record.digest), record));
    // A replacement in place, which comes after the order it replaced, has its entry in the account's history.
    for (const record of records) {
      this.stage(record);
      this.store.put(accountOrderKey(record.account, record.sequence), fromHex(record.digest));
    }
    const open = records.filter(({ status }) => status === 'open');
    const orders = open.map((record) => {
      const { sequence, remainingLots } = record;
      return { sequence, remainingLots, ...inputOf(record) };
    });
    this.matcher.refill(orders, head.nextSequence, bookSequences);
    this.refilled(changed);
    this.#flush();
  }

  #drop(record: OrderRecord): void {
    this.openOrders.delete(record.digest);
    this.store.del(orderKey(record.digest));
    this.store.del(accountOrderKey(record.account, record.sequence));
  }

  /** Histories are read from the disk. A disk that fails says so to whoever writes next. */
  #flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.store.flush().catch(() => undefined);
    });
  }
}

const isChanged = (before: OrderRecord | undefined, now: OrderRecord): boolean =>
  before?.status !== now.status || before.filledLots !== now.filledLots || before.remainingLots !== now.remainingLots;
