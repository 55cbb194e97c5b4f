// What a simulated trader sees and may want, and the lots and ticks that all styles share.
import type { Random } from '../../node/ports/random.ts';

export type Side = 'buy' | 'sell';

/** Where an instrument is quoted. Numbers are good enough here: no simulated wish is consensus. */
export type QuoteView = Readonly<{
  market: number;
  underlying: number;
  markUsd: number;
  indexUsd: number;
  bestBidTicks: number | null;
  bestAskTicks: number | null;
  /** USD per tick. */
  tickUsd: number;
  /** Units of the underlying per lot. */
  lotSize: number;
}>;

/** A perpetual or a future as the trader sees it. */
export type MarketView = QuoteView &
  Readonly<{
    kind: 'perpetual' | 'future';
    /** Null for a perpetual. */
    expirySeconds: number | null;
    /** Recent marks at even times, the newest last. */
    trail: readonly number[];
  }>;

export type OptionKind = 'call' | 'put';
/** A European option as the trader sees it. */
export type OptionView = QuoteView &
  Readonly<{
    kind: OptionKind;
    expirySeconds: number;
    strikeUsd: number;
    /** Units of the underlying that one unit of the option moves like: 0 to 1 for a call, -1 to 0 for a put. */
    delta: number;
  }>;

export type OrderView = Readonly<{
  id: string;
  market: number;
  side: Side;
  priceTicks: number;
  remainingLots: number;
}>;

/** An account in auction as a bidder sees it; amounts are for all that is for sale. */
export type AuctionView = Readonly<{
  owner: string;
  subaccount: number;
  /** Price as the chain says it [USD], and the hash of the account as it stands. */
  price: string;
  expected: string;
  compensationUsd: number;
  /** Of positions and collateral, without signs. */
  grossUsd: number;
  /** Most that one bid takes, 0 to 1. */
  share: number;
}>;

export type TraderView = Readonly<{
  timeSeconds: number;
  equityUsd: number;
  initialMarginUsd: number;
  maintenanceMarginUsd: number;
  /** Signed lots by market; absent is none. */
  positions: ReadonlyMap<number, number>;
  /** Units of collateral by underlying, the stablecoin and USD left out. */
  collateral: ReadonlyMap<number, number>;
  openOrders: readonly OrderView[];
  markets: readonly MarketView[];
  /** Listed, alive, marked and not yet expired; by expiry, then strike, the call before the put. */
  options: readonly OptionView[];
  /** What is sold right now. */
  auctions: readonly AuctionView[];
}>;

export type Place = Readonly<{
  kind: 'place';
  market: number;
  side: Side;
  /** Whole lots, at least one. */
  sizeLots: number;
  /** Whole ticks, at least one. For a marketable order the worst price it takes. */
  priceTicks: number;
  marketable: boolean;
  timeInForce: 'GTC' | 'IOC' | 'FOK';
  postOnly: boolean;
  reduceOnly: boolean;
}>;
export type Cancel = Readonly<{ kind: 'cancel'; market: number; id: string }>;
/** Null: in every market. */
export type CancelAll = Readonly<{ kind: 'cancelAll'; market: number | null }>;
export type Bid = Readonly<{ kind: 'bid'; share: number; maxPrice: string }> & Pick<AuctionView, 'owner' | 'subaccount' | 'expected'>;
export type Intent = Place | Cancel | CancelAll | Bid;

/** A pure decision: equal views and an equal stream of random numbers give equal intents. */
export type Decide = (view: TraderView, random: Random) => Intent[];

/** Those who need no options, and those who trade them. */
export const LINEAR_STYLES = [
  ...(['maker', 'trend', 'hedger', 'basis', 'holder', 'noise'] as const),
  ...(['leveraged', 'liquidator'] as const),
] as const;
export const OPTION_STYLES = [
  ...(['optionMaker', 'coveredCall', 'vertical', 'calendar'] as const),
  ...(['longStraddle', 'shortStraddle'] as const),
] as const;
export const STYLES = [...LINEAR_STYLES, ...OPTION_STYLES] as const;
export type OptionStyle = (typeof OPTION_STYLES)[number];
export type Style = (typeof STYLES)[number];

export const positionOf = (view: TraderView, market: number): number =>
  view.positions.get(market) ?? 0;

export const lotUsd = (market: QuoteView): number => market.markUsd * market.lotSize;

/** Whole lots worth at most that many USD. */
export const lotsWorth = (usd: number, market: QuoteView): number =>
  Math.max(0, Math.floor(usd / lotUsd(market)));

export const sideOf = (lots: number): Side => (lots > 0 ? 'buy' : 'sell');

/** Lots of the account's exposure to an underlying that are not in `except`, in units. */
export function exposureUnits(view: TraderView, underlying: number, except?: number): number {
  let units = view.collateral.get(underlying) ?? 0;
  for (const market of view.markets) {
    if (market.underlying !== underlying || market.market === except) continue;
    units += positionOf(view, market.market) * market.lotSize;
  }
  return units;
}

/** Whether equity exceeds initial margin by that share of itself: room for more risk. */
export const hasRoom = (view: TraderView, share: number): boolean =>
  view.equityUsd > 0 && view.equityUsd - view.initialMarginUsd > share * view.equityUsd;

/** How far from the mark a market order may fill. */
const SLIPPAGE = 0.005;

/** An order that takes what is there, up to half a percent through the mark or the best price. */
export function takeNow(
  market: MarketView,
  signedLots: number,
  options: Readonly<{ reduceOnly?: boolean; slippage?: number }> = {},
): Place {
  const side = sideOf(signedLots);
  const slippage = options.slippage ?? SLIPPAGE;
  const mark = market.markUsd / market.tickUsd;
  const bound =
    side === 'buy'
      ? Math.ceil(Math.max(mark, market.bestAskTicks ?? 0) * (1 + slippage))
      : Math.floor(Math.min(mark, market.bestBidTicks ?? mark) * (1 - slippage));
  return {
    kind: 'place',
    market: market.market,
    side,
    sizeLots: Math.abs(signedLots),
    priceTicks: Math.max(1, bound),
    marketable: true,
    timeInForce: 'IOC',
    postOnly: false,
    reduceOnly: options.reduceOnly ?? false,
  };
}

/** An order that waits in the book. */
export function rest(
  market: QuoteView,
  side: Side,
  sizeLots: number,
  priceTicks: number,
  options: Readonly<{ postOnly?: boolean; reduceOnly?: boolean }> = {},
): Place {
  return {
    ...{ kind: 'place', market: market.market, side, sizeLots, priceTicks },
    ...{ marketable: false, timeInForce: 'GTC' },
    postOnly: options.postOnly ?? false,
    reduceOnly: options.reduceOnly ?? false,
  };
}

/** Deviation of one step's return over the trail; zero when the trail is too short. */
export function stepDeviation(trail: readonly number[]): number {
  if (trail.length < 3) return 0;
  let sum = 0;
  for (let i = 1; i < trail.length; i++) {
    const move = (trail[i] as number) / (trail[i - 1] as number) - 1;
    sum += move * move;
  }
  return Math.sqrt(sum / (trail.length - 1));
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** A bounded history of marks that all traders of a market share. */
export class Trail {
  readonly #capacity: number;
  #values: readonly number[] = [];

  constructor(capacity = 240) {
    this.#capacity = capacity;
  }

  /** A new array every time: views taken earlier keep what they saw. */
  push(markUsd: number): void {
    const from = Math.max(0, this.#values.length + 1 - this.#capacity);
    this.#values = [...this.#values.slice(from), markUsd];
  }

  get values(): readonly number[] {
    return this.#values;
  }
}
