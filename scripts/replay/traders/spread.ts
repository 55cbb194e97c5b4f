// Buys one option and sells another against it: two strikes of one expiry, or two expiries near one strike.
import type { Decide, Intent, OptionKind, OptionView, TraderView } from '../traders.ts';
import { hasRoom } from '../traders.ts';
import { expiriesOf, legsOf, lotsOfNotional, nearestStrike, takeOption, type Leg } from './legs.ts';

export type SpreadParameters = Readonly<{
  shape: 'vertical' | 'calendar';
  underlying: number;
  kind: OptionKind;
  /** Of the expiries, from the nearest, the one that is bought. */
  expiryRank: number;
  /** Distance of the strikes over the index, for a vertical. */
  width: number;
  /** Worth of the underlying behind the bought leg over equity. */
  leverage: number;
}>;

const ROOM_SHARE = 0.2;

/** The bought leg comes first and the sold one follows what of it was filled: never short alone. */
export const spread =
  (parameters: SpreadParameters): Decide =>
  (view) => {
    const legs = legsOf(view, parameters.underlying);
    const bought = legs.filter(({ lots }) => lots > 0);
    const sold = legs.filter(({ lots }) => lots < 0);
    const [long] = bought;
    if (long === undefined) return sold.length === 0 ? open(parameters, view) : sold.flatMap(buyBack);
    const missing = long.lots + sold.reduce((lots, leg) => lots + leg.lots, 0);
    if (missing <= 0) return [];
    const short = shortLeg(parameters, view, long.option);
    if (short !== undefined) return takeOption(short, -missing);
    // Nothing is left to sell against it: a calendar whose far leg has become the nearest.
    return parameters.shape === 'calendar' && isNearest(view, long.option)
      ? takeOption(long.option, -missing, true)
      : [];
  };

const buyBack = ({ option, lots }: Leg): Intent[] => takeOption(option, -lots, true);

const isNearest = (view: TraderView, option: OptionView): boolean =>
  option.expirySeconds <= (expiriesOf(view, option.underlying)[0] ?? Number.POSITIVE_INFINITY);

function open(parameters: SpreadParameters, view: TraderView): Intent[] {
  const { shape, underlying, kind, expiryRank, leverage } = parameters;
  const expiries = expiriesOf(view, underlying);
  const rank = Math.min(expiryRank, expiries.length - 1);
  const expiry = expiries[rank];
  if (expiry === undefined || (shape === 'calendar' && rank === 0) || !hasRoom(view, ROOM_SHARE)) return [];
  const index = view.options.find((option) => option.underlying === underlying)!.indexUsd;
  const long = nearestStrike(view, underlying, kind, expiry, index);
  return long === undefined ? [] : takeOption(long, lotsOfNotional(leverage * view.equityUsd, long));
}

/** What is sold against the bought leg: further out of the money, or sooner to expire. */
function shortLeg(parameters: SpreadParameters, view: TraderView, long: OptionView): OptionView | undefined {
  const { shape, underlying, kind, width } = parameters;
  if (shape === 'calendar') {
    const [nearest] = expiriesOf(view, underlying);
    if (nearest === undefined || nearest >= long.expirySeconds) return undefined;
    return nearestStrike(view, underlying, kind, nearest, long.strikeUsd);
  }
  const sign = kind === 'call' ? 1 : -1;
  const strike = long.strikeUsd + sign * width * long.indexUsd;
  const isFurther = (option: OptionView): boolean => sign * (option.strikeUsd - long.strikeUsd) > 0;
  return nearestStrike(view, underlying, kind, long.expirySeconds, strike, isFurther);
}
