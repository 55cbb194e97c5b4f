// Borrows all that it may, in one direction, and never cuts: what auctions are for.
import type { Decide } from '../traders.ts';
import { lotsWorth, takeNow } from '../traders.ts';

export type LeveragedParameters = Readonly<{
  market: number;
  isLong: boolean;
  /** Initial margin over equity at which it is content. */
  use: number;
  /** It trades between these times and never again. */
  entrySeconds: number;
  entryEndSeconds: number;
}>;

/** Of equity that an order is worth while there is room, and once there is little left. */
const STEP = 0.5;
const SMALL_STEP = 0.1;

export const leveraged =
  ({ market: id, isLong, use, entrySeconds, entryEndSeconds }: LeveragedParameters): Decide =>
  (view) => {
    if (view.timeSeconds < entrySeconds || view.timeSeconds >= entryEndSeconds || view.equityUsd <= 0) return [];
    const market = view.markets.find((one) => one.market === id);
    const used = view.initialMarginUsd / view.equityUsd;
    if (market === undefined || used >= use) return [];
    const lots = lotsWorth((use - used > 0.2 ? STEP : SMALL_STEP) * view.equityUsd, market);
    return lots === 0 ? [] : [takeNow(market, isLong ? lots : -lots)];
  };
