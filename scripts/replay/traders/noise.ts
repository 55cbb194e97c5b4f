// Trades for no reason at all: small random orders, some waiting, some not, within a bound.
import type { Random } from '../../../node/ports/random.ts';
import type { Decide, Intent, MarketView, Side, TraderView } from '../traders.ts';
import { hasRoom, lotUsd, positionOf, rest, takeNow } from '../traders.ts';

export type NoiseParameters = Readonly<{
  markets: readonly number[];
  /** Chance of an order each time it is asked. */
  activity: number;
  /** Share of orders that take at once; the others wait near the best price. */
  takerShare: number;
  /** Typical worth of an order, and the largest position, as shares of equity. */
  sizeShare: number;
  positionShare: number;
  /** Chance to withdraw every order, each time it is asked. */
  cancelChance: number;
}>;

/** More waiting orders than this and it withdraws them before it places another. */
const OPEN_ORDERS_MAX = 6;
const ROOM_SHARE = 0.1;
/** A waiting order lies at most this fraction of the price away. */
const REACH = 0.002;

export const noise =
  (parameters: NoiseParameters): Decide =>
  (view, random) => {
    const hasTooMany = view.openOrders.length > OPEN_ORDERS_MAX;
    if (hasTooMany || random.nextBool(parameters.cancelChance)) {
      return view.openOrders.length === 0 ? [] : [{ kind: 'cancelAll', market: null }];
    }
    if (!random.nextBool(parameters.activity)) return [];
    const known = view.markets.filter((market) => parameters.markets.includes(market.market));
    if (known.length === 0) return [];
    return order(parameters, view, random.pick(known), random);
  };

function order(
  parameters: NoiseParameters,
  view: TraderView,
  market: MarketView,
  random: Random,
): Intent[] {
  const position = positionOf(view, market.market);
  const wish: Side = random.nextBool(0.5) ? 'buy' : 'sell';
  const usd = (parameters.sizeShare * Math.max(0, view.equityUsd)) / heavyTail(random);
  const size = Math.max(1, Math.floor(usd / lotUsd(market)));
  const after = Math.abs(position + (wish === 'buy' ? size : -size)) * lotUsd(market);
  const isTooMuch = after > parameters.positionShare * view.equityUsd || !hasRoom(view, ROOM_SHARE);
  if (isTooMuch) {
    if (position === 0) return [];
    const lots = -Math.sign(position) * Math.min(size, Math.abs(position));
    return [takeNow(market, lots, { reduceOnly: true })];
  }
  if (random.nextBool(parameters.takerShare)) {
    return [takeNow(market, wish === 'buy' ? size : -size)];
  }
  return [rest(market, wish, size, waitingPrice(market, wish, random))];
}

/** A divisor in (0.25, 1]: now and then an order is four times the usual. */
const heavyTail = (random: Random): number => Math.max(0.25, Math.sqrt(1 - random.nextFloat()));

function waitingPrice(market: MarketView, side: Side, random: Random): number {
  const distance = Math.floor((random.nextFloat() * REACH * market.markUsd) / market.tickUsd);
  const mark = market.markUsd / market.tickUsd;
  const price =
    side === 'buy'
      ? Math.floor(market.bestBidTicks ?? mark) - distance
      : Math.ceil(market.bestAskTicks ?? mark) + distance;
  return Math.max(1, price);
}
