// Holds the coin and sells calls on it, never more of them than it holds coins.
import type { Decide, OptionView } from '../traders.ts';
import { hasRoom } from '../traders.ts';
import { expiriesOf, legsOf, nearestStrike, takeOption } from './legs.ts';

export type CoveredCallParameters = Readonly<{
  underlying: number;
  /** Share of the coins that calls are sold on, at most one. */
  cover: number;
  /** Strike over index when it sells. */
  moneyness: number;
  /** Which of the expiries, from the nearest: 0, 1, ... */
  expiryRank: number;
  /** It sells in so many orders. */
  clips: number;
}>;

const ROOM_SHARE = 0.05;

export const coveredCall =
  (parameters: CoveredCallParameters): Decide =>
  (view) => {
    const { underlying, cover, moneyness, expiryRank, clips } = parameters;
    const coins = view.collateral.get(underlying) ?? 0;
    const expiries = expiriesOf(view, underlying);
    const expiry = expiries[Math.min(expiryRank, expiries.length - 1)];
    const index = view.options.find((option) => option.underlying === underlying)?.indexUsd;
    if (expiry === undefined || index === undefined || !hasRoom(view, ROOM_SHARE)) return [];
    const isOut = ({ strikeUsd }: OptionView): boolean => strikeUsd >= index;
    const call = nearestStrike(view, underlying, 'call', expiry, moneyness * index, isOut);
    if (call === undefined) return [];
    const sold = legsOf(view, underlying).reduce((units, leg) => units - leg.lots * leg.option.lotSize, 0);
    const whole = (cover * coins) / call.lotSize;
    const missing = Math.floor(whole - sold / call.lotSize);
    if (missing < 1) return [];
    return takeOption(call, -Math.min(missing, Math.max(1, Math.ceil(whole / clips))));
  };
