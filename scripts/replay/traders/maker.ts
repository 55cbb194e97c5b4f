// Quotes both sides of its markets, leans against its inventory, and never crosses itself.
import type { Decide, Intent, MarketView, TraderView } from '../traders.ts';
import { clamp, hasRoom, lotsWorth, lotUsd, positionOf, stepDeviation } from '../traders.ts';
import { requote, type Level } from './requote.ts';

export type MakerParameters = Readonly<{
  markets: readonly number[];
  /** From the centre to the first level, as a fraction of the price, when nothing moves. */
  halfSpread: number;
  /** What the spread adds for each deviation of a step's return. */
  volatilityMultiple: number;
  levels: number;
  /** Distance between levels, as a fraction of the price. */
  spacing: number;
  /** Worth of one level and of the largest inventory of a market, as shares of equity. */
  levelShare: number;
  inventoryShare: number;
  /** How far the centre moves against a full inventory, as a fraction of the price. */
  skew: number;
  /** An order within this fraction of the price from its level stays where it is. */
  tolerance: number;
}>;

/** Below this share of equity above initial margin a maker only reduces. */
const ROOM_SHARE = 0.1;

export const maker =
  (parameters: MakerParameters): Decide =>
  (view) =>
    view.markets
      .filter((market) => parameters.markets.includes(market.market))
      .flatMap((market) => quote(parameters, view, market));

/** Cancels come first, so that what follows meets only the orders that stay. */
function quote(parameters: MakerParameters, view: TraderView, market: MarketView): Intent[] {
  const tolerance = Math.max(1, (parameters.tolerance * market.markUsd) / market.tickUsd);
  const isReducing = !hasRoom(view, ROOM_SHARE);
  return requote(view, market, ladder(parameters, view, market), tolerance, isReducing);
}

function ladder(parameters: MakerParameters, view: TraderView, market: MarketView): Level[] {
  const position = positionOf(view, market.market);
  const largest = Math.max(lotUsd(market), parameters.inventoryShare * view.equityUsd);
  const inventory = clamp((position * lotUsd(market)) / largest, -1, 1);
  const centre = market.markUsd * (1 - parameters.skew * inventory);
  const half =
    parameters.halfSpread + parameters.volatilityMultiple * stepDeviation(market.trail.slice(-30));
  const isReducing = !hasRoom(view, ROOM_SHARE);
  const size = lotsWorth(parameters.levelShare * view.equityUsd, market);
  const levels: Level[] = [];
  // A bid below every ask by construction: both start from the same centre and step outwards.
  let bid = Math.min(
    Math.floor((centre * (1 - half)) / market.tickUsd),
    (market.bestAskTicks ?? Number.POSITIVE_INFINITY) - 1,
  );
  let ask = Math.max(
    Math.ceil((centre * (1 + half)) / market.tickUsd),
    (market.bestBidTicks ?? 0) + 1,
    bid + 1,
  );
  let bidRoom = roomLots(isReducing, inventory, -position, size * parameters.levels);
  let askRoom = roomLots(isReducing, -inventory, position, size * parameters.levels);
  const step = Math.max(1, Math.round((parameters.spacing * market.markUsd) / market.tickUsd));
  for (let i = 0; i < parameters.levels; i++) {
    const wish = Math.max(1, size);
    const bidLots = Math.min(wish, bidRoom);
    const askLots = Math.min(wish, askRoom);
    if (bidLots > 0 && bid >= 1) levels.push({ side: 'buy', priceTicks: bid, sizeLots: bidLots });
    if (askLots > 0) levels.push({ side: 'sell', priceTicks: Math.max(1, ask), sizeLots: askLots });
    bidRoom -= bidLots;
    askRoom -= askLots;
    bid -= step;
    ask += step;
  }
  return levels;
}

/** Lots one side may still quote: none at a full inventory, at most the position when reducing. */
function roomLots(isReducing: boolean, fullness: number, against: number, whole: number): number {
  if (isReducing) return Math.max(0, against);
  return fullness >= 1 ? 0 : whole;
}
