/** What happened, in order, as plain values: the journal, receipts and feeds are made of these. */
import type { CancellationCode, RejectionCode } from './codes.ts';
import type { Side } from './order.ts';

type About = Readonly<{ id: string; account: string; instrument: number }>;

/** Passed the door. `lots` as signed; `replaces` names the order whose place it takes, or null. */
export type Accepted = About &
  Readonly<{ type: 'accepted'; sequence: number; lots: number; replaces: string | null }>;

/** Went into the book with `lots` left. */
export type Rested = About &
  Readonly<{ type: 'rested'; side: Side; priceTicks: number; lots: number }>;

/** Traded at the maker's price. The settlement has already happened. */
export type Filled = Readonly<{
  type: 'filled';
  instrument: number;
  maker: string;
  makerAccount: string;
  makerRemainingLots: number;
  taker: string;
  takerAccount: string;
  takerRemainingLots: number;
  takerSide: Side;
  priceTicks: number;
  lots: number;
}>;

/** A reduce-only order lost `lots` because its position is smaller than it was. */
export type Clipped = About & Readonly<{ type: 'clipped'; lots: number; remainingLots: number }>;

/** Ended with `lots` untraded. The detail is empty unless the settlement gave a reason. */
export type Cancelled = About &
  Readonly<{ type: 'cancelled'; lots: number; reason: CancellationCode; detail: string }>;

/** Ended with `lots` untraded because its time was up. */
export type Expired = About & Readonly<{ type: 'expired'; lots: number }>;

/** Never passed the door. For an unknown id, the account is '' and the instrument -1. */
export type Rejected = About & Readonly<{ type: 'rejected'; code: RejectionCode }>;

export type MatchEvent = Accepted | Rested | Filled | Clipped | Cancelled | Expired | Rejected;
