// Turns the quotes a maker has into those it wants: what is near enough stays, and nothing crosses.
import type { Intent, OrderView, Place, QuoteView, Side, TraderView } from '../traders.ts';
import { rest } from '../traders.ts';

export type Level = Readonly<{ side: Side; priceTicks: number; sizeLots: number }>;

/**
 * Intents that lead to the `wanted` levels, which do not cross each other. Cancels come first, so that what
 * follows meets only the orders that stay.
 */
export function requote(
  view: TraderView,
  market: QuoteView,
  wanted: readonly Level[],
  toleranceTicks: number,
  reduceOnly: boolean,
): Intent[] {
  const free = new Set(view.openOrders.filter((order) => order.market === market.market));
  const kept: OrderView[] = [];
  const missing: Level[] = [];
  for (const level of wanted) {
    const match = [...free].find((order) => isGoodEnough(order, level, toleranceTicks));
    if (match === undefined) {
      missing.push(level);
      continue;
    }
    free.delete(match);
    kept.push(match);
  }
  const keptBid = Math.max(...pricesOf(kept, 'buy'), Number.NEGATIVE_INFINITY);
  const keptAsk = Math.min(...pricesOf(kept, 'sell'), Number.POSITIVE_INFINITY);
  const placed: Place[] = missing
    .filter(({ side, priceTicks }) =>
      side === 'buy' ? priceTicks < keptAsk : priceTicks > keptBid,
    )
    .map(({ side, sizeLots, priceTicks }) =>
      rest(market, side, sizeLots, priceTicks, { postOnly: true, reduceOnly }),
    );
  const cancels = [...free].map(({ id }): Intent => ({
    kind: 'cancel',
    market: market.market,
    id,
  }));
  return [...cancels, ...placed];
}

const pricesOf = (orders: readonly OrderView[], side: Side): number[] =>
  orders.filter((order) => order.side === side).map((order) => order.priceTicks);

const isGoodEnough = (order: OrderView, level: Level, tolerance: number): boolean =>
  order.side === level.side &&
  Math.abs(order.priceTicks - level.priceTicks) <= tolerance &&
  2 * order.remainingLots >= level.sizeLots;
