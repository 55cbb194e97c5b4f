// Buys or sells a call and a put of one strike: a bet on how far the price goes, not on where.
import type { Decide, Intent, OptionView, TraderView } from '../traders.ts';
import { hasRoom } from '../traders.ts';
import { expiriesOf, legsOf, lotsOfNotional, nearestStrike, takeOption } from './legs.ts';

export type StraddleParameters = Readonly<{
  underlying: number;
  isShort: boolean;
  expiryRank: number;
  /** Worth of the underlying behind one leg over equity. */
  leverage: number;
}>;

const ROOM_SHARE = 0.25;

/** Holds to the end, completes the thinner leg, and begins anew when it has settled. */
export const straddle =
  (parameters: StraddleParameters): Decide =>
  (view) => {
    const { underlying, isShort, leverage } = parameters;
    const sign = isShort ? -1 : 1;
    const [first] = legsOf(view, underlying);
    const pair = first === undefined ? newPair(parameters, view) : pairOf(view, first.option);
    if (pair === null) return [];
    const [call, put] = pair.map((option) => Math.abs(view.positions.get(option.market) ?? 0)) as [number, number];
    if (call !== put) {
      const thin = call < put ? pair[0] : pair[1];
      return takeOption(thin, sign * Math.abs(call - put));
    }
    if (call > 0 || !hasRoom(view, ROOM_SHARE)) return [];
    const lots = lotsOfNotional(leverage * view.equityUsd, pair[0]);
    return pair.flatMap((option): Intent[] => takeOption(option, sign * lots));
  };

type Pair = readonly [call: OptionView, put: OptionView];

function newPair({ underlying, expiryRank }: StraddleParameters, view: TraderView): Pair | null {
  const expiries = expiriesOf(view, underlying);
  const expiry = expiries[Math.min(expiryRank, expiries.length - 1)];
  if (expiry === undefined) return null;
  const index = view.options.find((option) => option.underlying === underlying)!.indexUsd;
  const call = nearestStrike(view, underlying, 'call', expiry, index);
  return call === undefined ? null : pairOf(view, call);
}

/** Call and put that share the terms of `one`; null while either has no mark. */
function pairOf(view: TraderView, one: OptionView): Pair | null {
  const ofKind = (kind: OptionView['kind']): OptionView | undefined => {
    const found = nearestStrike(view, one.underlying, kind, one.expirySeconds, one.strikeUsd);
    return found?.strikeUsd === one.strikeUsd ? found : undefined;
  };
  const [call, put] = [ofKind('call'), ofKind('put')];
  return call === undefined || put === undefined ? null : [call, put];
}
