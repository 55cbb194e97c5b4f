// Buys with borrowed strength, then adds nothing, cuts nothing, and hopes.
import type { Decide } from '../traders.ts';
import { hasRoom, lotsWorth, positionOf, takeNow } from '../traders.ts';

export type HolderParameters = Readonly<{
  market: number;
  /** Position over equity when it enters. */
  leverage: number;
  /** It buys between these times and never trades again. */
  entrySeconds: number;
  entryEndSeconds: number;
}>;

/** As good as full: the rest is not worth another order. */
const FULL_SHARE = 0.9;
const ROOM_SHARE = 0.02;

export const holder =
  (parameters: HolderParameters): Decide =>
  (view) => {
    const { market: id, entrySeconds, entryEndSeconds } = parameters;
    if (view.timeSeconds < entrySeconds || view.timeSeconds >= entryEndSeconds) return [];
    const market = view.markets.find((one) => one.market === id);
    if (market === undefined || !hasRoom(view, ROOM_SHARE)) return [];
    const target = lotsWorth(parameters.leverage * view.equityUsd, market);
    const position = positionOf(view, id);
    if (target < 1 || position >= FULL_SHARE * target) return [];
    // In thirds, so that a thin book is not swept by one order.
    return [takeNow(market, Math.min(target - position, Math.ceil(target / 3)))];
  };
