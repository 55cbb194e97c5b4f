/** An order as it is given, as it is told to others, and as it lives in the book. */
import type { PriceLevel } from './levels.ts';

export type Side = 'buy' | 'sell';
/** Good till cancelled; immediate or cancel; fill or kill. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok';
/** Which order goes when a taker meets an open order of its own account. */
export type SelfTrade = 'cancelTaker' | 'cancelMaker' | 'cancelBoth';

/** What the matcher needs to know of a signed order. Signatures and ticks were checked before. */
export type OrderInput = Readonly<{
  /** The digest that was signed, 0x-hex. */
  id: string;
  /** Owner, 0x-hex, then ':' and the subaccount. Compared as text: one spelling per account. */
  account: string;
  instrument: number;
  side: Side;
  lots: number;
  /** The limit; for a market order (an `ioc`) the worst price its owner accepts. */
  priceTicks: number;
  timeInForce: TimeInForce;
  postOnly: boolean;
  reduceOnly: boolean;
  /** The first second the order may not trade. */
  expirySeconds: number;
  selfTrade: SelfTrade;
  nonce: bigint;
  clientOrderId?: string;
  /** The signed order, for the settlement; never read here. */
  payload: unknown;
}>;

/** An accepted order. The sequence number is its time priority. */
export type Order = OrderInput & Readonly<{ sequence: number; remainingLots: number }>;

/** An order in the matcher's hands. The links belong to the book, the heap and the account list. */
export class LiveOrder implements Order {
  readonly id: string;
  readonly account: string;
  readonly instrument: number;
  readonly side: Side;
  readonly lots: number;
  readonly priceTicks: number;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly expirySeconds: number;
  readonly selfTrade: SelfTrade;
  readonly nonce: bigint;
  readonly clientOrderId?: string;
  readonly payload: unknown;
  sequence: number;
  remainingLots: number;

  /** The level it rests in; null while it is not in a book. */
  level: PriceLevel | null = null;
  previousInLevel: LiveOrder | null = null;
  nextInLevel: LiveOrder | null = null;
  previousOfAccount: LiveOrder | null = null;
  nextOfAccount: LiveOrder | null = null;
  expiryIndex = -1;

  constructor(input: OrderInput, sequence: number, remainingLots: number) {
    this.id = input.id;
    this.account = input.account;
    this.instrument = input.instrument;
    this.side = input.side;
    this.lots = input.lots;
    this.priceTicks = input.priceTicks;
    this.timeInForce = input.timeInForce;
    this.postOnly = input.postOnly;
    this.reduceOnly = input.reduceOnly;
    this.expirySeconds = input.expirySeconds;
    this.selfTrade = input.selfTrade;
    this.nonce = input.nonce;
    if (input.clientOrderId !== undefined) this.clientOrderId = input.clientOrderId;
    this.payload = input.payload;
    this.sequence = sequence;
    this.remainingLots = remainingLots;
  }
}

/** A plain copy without links: safe to keep, to send and to store. */
export function toOrder(live: LiveOrder): Order {
  const order = {
    id: live.id,
    account: live.account,
    instrument: live.instrument,
    side: live.side,
    lots: live.lots,
    priceTicks: live.priceTicks,
    timeInForce: live.timeInForce,
    postOnly: live.postOnly,
    reduceOnly: live.reduceOnly,
    expirySeconds: live.expirySeconds,
    selfTrade: live.selfTrade,
    nonce: live.nonce,
    payload: live.payload,
    sequence: live.sequence,
    remainingLots: live.remainingLots,
  };
  const { clientOrderId } = live;
  return clientOrderId === undefined ? order : { clientOrderId, ...order };
}
