/** What can be asked of the book and its orders, wherever they come from. */
import type { AccountId, Digest } from '../../state/units.ts';
import type { BookReads } from './matcher/bookReads.ts';
import type { MatchEvent } from './matcher/events.ts';
import type { OrderRecord } from './orderRecord.ts';

export type EventListener = (events: readonly MatchEvent[]) => void;
/** Told of the orders that are not as they were. */
export type RefillListener = (records: readonly OrderRecord[]) => void;
export type BookView = Pick<BookReads, keyof BookReads>;

export interface OrderBookView {
  readonly matcher: BookView;
  /** Hears what happens in the book, after it did. */
  onEvents(listener: EventListener): void;
  /** Hears of books that were filled anew, because what happened meanwhile is not known. */
  onRefill(listener: RefillListener): void;
  /** An order that is open, or ended and has not expired. */
  recordOf(digest: Digest): OrderRecord | undefined;
  /** An order by digest, also one that ended long ago. */
  find(digest: Digest): Promise<OrderRecord | undefined>;
  /** Open orders of an account, oldest first. */
  open(account: AccountId): OrderRecord[];
  /** Orders of an account, newest first; `before` is an exclusive sequence to page on from. */
  orders(account: AccountId, limit: number, before?: number): Promise<OrderRecord[]>;
}
