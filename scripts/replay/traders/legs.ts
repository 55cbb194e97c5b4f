// What the styles that trade options share: finding a contract, taking it at a sane price, seeing what is held.
import type { Intent, OptionKind, OptionView, TraderView } from '../traders.ts';
import { positionOf, sideOf } from '../traders.ts';

/** Shorter lives are not opened any more: what is left of them is settlement. */
const LIFE_SECONDS_MIN = 3 * 3_600;
/** Nobody pays more beyond the mark than this share of it and of the index: such a quote is nobody's price. */
const MARK_REACH = 0.08;
const INDEX_REACH = 0.002;

/** One held option; `lots` is never zero. */
export type Leg = Readonly<{ option: OptionView; lots: number }>;

export function legsOf(view: TraderView, underlying: number): Leg[] {
  return view.options
    .filter((option) => option.underlying === underlying)
    .map((option) => ({ option, lots: positionOf(view, option.market) }))
    .filter(({ lots }) => lots !== 0);
}

/** Expiries with time to live, the nearest first. */
export function expiriesOf(view: TraderView, underlying: number): number[] {
  const soonest = view.timeSeconds + LIFE_SECONDS_MIN;
  const all = view.options
    .filter((option) => option.underlying === underlying && option.expirySeconds >= soonest)
    .map((option) => option.expirySeconds);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The contract of that expiry and kind whose strike is nearest among those allowed, the lower of two. */
export function nearestStrike(
  view: TraderView,
  underlying: number,
  kind: OptionKind,
  expirySeconds: number,
  strikeUsd: number,
  isAllowed: (option: OptionView) => boolean = () => true,
): OptionView | undefined {
  return view.options
    .filter((option) => option.underlying === underlying && option.kind === kind)
    .filter((option) => option.expirySeconds === expirySeconds && isAllowed(option))
    .sort((a, b) => Math.abs(a.strikeUsd - strikeUsd) - Math.abs(b.strikeUsd - strikeUsd) || a.strikeUsd - b.strikeUsd)
    .at(0);
}

/** Takes what the best quote offers, unless there is none or it is far from the mark. */
export function takeOption(
  option: OptionView,
  signedLots: number,
  reduceOnly = false,
): Intent[] {
  const side = sideOf(signedLots);
  const best = side === 'buy' ? option.bestAskTicks : option.bestBidTicks;
  if (best === null || signedLots === 0) return [];
  const reach = MARK_REACH * option.markUsd + INDEX_REACH * option.indexUsd;
  const paid = best * option.tickUsd - option.markUsd;
  if ((side === 'buy' ? paid : -paid) > reach) return [];
  return [
    {
      ...{ kind: 'place', market: option.market, side, sizeLots: Math.abs(signedLots), priceTicks: best },
      ...{ marketable: true, timeInForce: 'IOC', postOnly: false, reduceOnly },
    },
  ];
}

/** USD of the underlying behind one lot. */
export const notionalUsd = (option: OptionView): number => option.indexUsd * option.lotSize;

/** Whole lots of which the underlying is worth at most that many USD. */
export const lotsOfNotional = (usd: number, option: OptionView): number =>
  Math.max(0, Math.floor(usd / notionalUsd(option)));
