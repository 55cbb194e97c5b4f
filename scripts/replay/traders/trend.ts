// Follows the trend: long when the recent mean is above the long one, short below, flat in between.
import type { Decide, Intent, MarketView, TraderView } from '../traders.ts';
import { clamp, hasRoom, lotsWorth, positionOf, stepDeviation, takeNow } from '../traders.ts';

export type TrendParameters = Readonly<{
  markets: readonly number[];
  /** Lengths of the two means in steps of the trail. */
  fastSteps: number;
  slowSteps: number;
  /** The means must differ by this many deviations before it enters. */
  threshold: number;
  /** Largest position over equity, all markets together. */
  leverage: number;
  /** Chance that it looks at the market at all when asked. */
  activity: number;
}>;

/** Smaller changes, as a share of the largest position, are not made: no churning. */
const STEP_SHARE = 0.25;
const ROOM_SHARE = 0.15;

export const trend =
  (parameters: TrendParameters): Decide =>
  (view, random) => {
    if (!random.nextBool(parameters.activity)) return [];
    return view.markets
      .filter((market) => parameters.markets.includes(market.market))
      .flatMap((market) => follow(parameters, view, market));
  };

function follow(parameters: TrendParameters, view: TraderView, market: MarketView): Intent[] {
  const strength = trendStrength(parameters, market.trail);
  if (strength === null) return [];
  const share = (parameters.leverage * Math.max(0, view.equityUsd)) / parameters.markets.length;
  const largest = lotsWorth(share, market);
  const position = positionOf(view, market.market);
  const isClear = Math.abs(strength) >= parameters.threshold;
  const target = isClear ? Math.sign(strength) * largest : keepIfSame(position, strength);
  const change = target - position;
  if (Math.abs(change) < Math.max(1, STEP_SHARE * largest)) return [];
  const isReducing = Math.abs(target) < Math.abs(position) && target * position >= 0;
  if (isReducing || hasRoom(view, ROOM_SHARE)) {
    return [takeNow(market, change, { reduceOnly: isReducing })];
  }
  // No room for more: out of what stands against the trend, otherwise wait.
  const isAgainst = position * strength < 0;
  return isAgainst ? [takeNow(market, -position, { reduceOnly: true })] : [];
}

/** A weak trend in the position's direction is no reason to leave it. */
const keepIfSame = (position: number, strength: number): number =>
  position * strength > 0 ? position : 0;

/** Difference of the means in deviations of the slow window; null without enough history. */
function trendStrength(parameters: TrendParameters, trail: readonly number[]): number | null {
  const slow = trail.slice(-parameters.slowSteps);
  if (slow.length < parameters.slowSteps) return null;
  const deviation = stepDeviation(slow) * Math.sqrt(parameters.slowSteps);
  if (deviation === 0) return 0;
  const difference = meanOf(slow.slice(-parameters.fastSteps)) / meanOf(slow) - 1;
  return clamp(difference / deviation, -10, 10);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
