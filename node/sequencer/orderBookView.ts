/** What can be asked of the book and its orders, wherever they come from. */
import type { AccountId, Digest } from '../../state/units.ts';
import type { MatchEvent } from './matcher/events.ts';
import type { Matcher } from './matcher/matcher.ts';
import type { OrderRecord } from './orderDesk.ts';

export type EventListener = (events: readonly MatchEvent[]) => void;
export type BookView = Pick<
  Matcher,
  | 'count'
  | 'nextSequence'
  | 'get'
  | 'findByClientOrderId'
  | 'open'
  | 'openOrders'
  | 'l2'
  | 'bestBid'
  | 'bestAsk'
  | 'watch'
  | 'drainChanges'
>;

export interface OrderBookView {
  readonly matcher: BookView;
  /** Hears what happens in the book, after it did. */
  onEvents(listener: EventListener): void;
  /** An order that is open, or ended and has not expired. */
  recordOf(digest: Digest): OrderRecord | undefined;
  /** An order by digest, also one that ended long ago. */
  find(digest: Digest): Promise<OrderRecord | undefined>;
  /** Open orders of an account, oldest first. */
  open(account: AccountId): OrderRecord[];
  /** Orders of an account, newest first; `before` is an exclusive sequence to page on from. */
  orders(account: AccountId, limit: number, before?: number): Promise<OrderRecord[]>;
}
