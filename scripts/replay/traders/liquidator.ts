// Bids for what is auctioned where the compensation is more than closing costs, and closes what it got.
import type { AuctionView, Decide, Intent, TraderView } from '../traders.ts';
import { lotsWorth, positionOf, takeNow } from '../traders.ts';
import { takeOption } from './legs.ts';

export type LiquidatorParameters = Readonly<{
  /** What closing a dollar of a position or of collateral is thought to cost. */
  closingCost: number;
  /** Least profit of a bid over equity. */
  profitShare: number;
  /** Most that a bid takes over what is free of margin: gross value of positions and collateral. */
  leverage: number;
  /** Largest closing order, USD. */
  clipUsd: number;
  /** It bids from then on; null: never. */
  bidsFromSeconds: number | null;
}>;

export const liquidator =
  (parameters: LiquidatorParameters): Decide =>
  (view) => {
    const { bidsFromSeconds } = parameters;
    const bids = bidsFromSeconds !== null && view.timeSeconds >= bidsFromSeconds;
    const bid = bids ? firstWorthIt(parameters, view) : null;
    return [...(bid === null ? [] : [bid]), ...closing(parameters, view)];
  };

/** One bid a turn: what it leaves of margin is seen before the next. */
function firstWorthIt({ closingCost, profitShare, leverage }: LiquidatorParameters, view: TraderView): Intent | null {
  const freeUsd = view.equityUsd - view.initialMarginUsd;
  for (const auction of view.auctions) {
    const share = Math.min(auction.share, auction.grossUsd === 0 ? 1 : (leverage * freeUsd) / auction.grossUsd);
    const profitUsd = share * (auction.compensationUsd - closingCost * auction.grossUsd);
    if (share > 0 && profitUsd >= profitShare * view.equityUsd) return bidOf(auction, share);
  }
  return null;
}

const bidOf = ({ owner, subaccount, price, expected }: AuctionView, share: number): Intent => {
  return { kind: 'bid', owner, subaccount, share, maxPrice: price, expected };
};

/** Sells what is long and buys what is short, a clip of each market at a time. */
function closing({ clipUsd }: LiquidatorParameters, view: TraderView): Intent[] {
  const linear = view.markets.flatMap((market) => {
    const position = positionOf(view, market.market);
    const lots = Math.min(Math.abs(position), Math.max(1, lotsWorth(clipUsd, market)));
    return position === 0 ? [] : [takeNow(market, -Math.sign(position) * lots, { reduceOnly: true })];
  });
  const options = view.options.flatMap((option) => {
    const position = positionOf(view, option.market);
    return position === 0 ? [] : takeOption(option, -position, true);
  });
  return [...linear, ...options];
}
