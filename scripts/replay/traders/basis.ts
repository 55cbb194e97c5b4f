// Trades a future's premium over the perpetual, its two legs never more than a clip apart.
import type { Decide, Intent, MarketView, TraderView } from '../traders.ts';
import { clamp, hasRoom, lotsWorth, positionOf, takeNow } from '../traders.ts';
import { nearestFuture } from './hedger.ts';

export type BasisParameters = Readonly<{
  underlyings: readonly number[];
  /** Annualised premium at which it enters, and below which it leaves. */
  entry: number;
  exit: number;
  /** Size of one leg over equity, all underlyings together. */
  leverage: number;
  /** The full size is built in this many orders. */
  clips: number;
}>;

const YEAR_SECONDS = 365 * 86_400;
/** Nearer to expiry the annualised premium is noise: positions are closed, none is opened. */
const LEAVE_SECONDS = 86_400;
const ROOM_SHARE = 0.25;

export const basis =
  (parameters: BasisParameters): Decide =>
  (view) =>
    parameters.underlyings.flatMap((underlying) => tradeUnderlying(parameters, view, underlying));

function tradeUnderlying(
  parameters: BasisParameters,
  view: TraderView,
  underlying: number,
): Intent[] {
  const own = view.markets.filter((market) => market.underlying === underlying);
  const perpetual = own.find((market) => market.kind === 'perpetual');
  if (perpetual === undefined) return [];
  // The hedge comes before any new risk: this leg follows what the other one really filled.
  const futures = own.filter((market) => market.kind === 'future');
  const futureUnits = futures.reduce(
    (units, market) => units + positionOf(view, market.market) * market.lotSize,
    0,
  );
  const hedge = Math.round(-futureUnits / perpetual.lotSize) - positionOf(view, perpetual.market);
  if (hedge !== 0) return [takeNow(perpetual, hedge)];

  const leaving = futures.find(
    (market) => isExpiring(view, market) && positionOf(view, market.market) !== 0,
  );
  if (leaving !== undefined) {
    const change = clipped(parameters, view, leaving, -positionOf(view, leaving.market));
    return [takeNow(leaving, change, { reduceOnly: true })];
  }
  const future = nearestFuture(futures, view.timeSeconds + LEAVE_SECONDS);
  return future === undefined ? [] : tradeFuture(parameters, view, future, perpetual);
}

function tradeFuture(
  parameters: BasisParameters,
  view: TraderView,
  future: MarketView,
  perpetual: MarketView,
): Intent[] {
  const position = positionOf(view, future.market);
  const premium = annualPremium(view, future, perpetual);
  const isRich = Math.abs(premium) >= parameters.entry;
  const earns = position * premium < 0;
  if (position !== 0 && (!earns || Math.abs(premium) < parameters.exit)) {
    return [takeNow(future, clipped(parameters, view, future, -position), { reduceOnly: true })];
  }
  if (!isRich || !hasRoom(view, ROOM_SHARE)) return [];
  const change = -Math.sign(premium) * fullLots(parameters, view, future) - position;
  // Only towards more of the same; a shrunken equity does not make it sell out.
  if (change * -premium <= 0) return [];
  return [takeNow(future, clipped(parameters, view, future, change))];
}

const isExpiring = (view: TraderView, market: MarketView): boolean =>
  (market.expirySeconds ?? 0) <= view.timeSeconds + LEAVE_SECONDS;

function annualPremium(view: TraderView, future: MarketView, perpetual: MarketView): number {
  const seconds = (future.expirySeconds ?? 0) - view.timeSeconds;
  return (future.markUsd / perpetual.markUsd - 1) * (YEAR_SECONDS / seconds);
}

function fullLots(parameters: BasisParameters, view: TraderView, market: MarketView): number {
  const share = parameters.leverage / parameters.underlyings.length;
  return lotsWorth(share * Math.max(0, view.equityUsd), market);
}

function clipped(
  parameters: BasisParameters,
  view: TraderView,
  market: MarketView,
  change: number,
): number {
  const clip = Math.max(1, Math.ceil(fullLots(parameters, view, market) / parameters.clips));
  return clamp(change, -clip, clip);
}
