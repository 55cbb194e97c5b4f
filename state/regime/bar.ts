/**
 * Hourly bars. The price of a bar is the time-weighted average of the index over the last five
 * minutes of its hour, so a forged price moves it by no more than its share of those seconds. Hours
 * are whole hours of the oracle's time. The hour of a post ends with a bar; an hour without a post
 * has none, and the next bar covers all hours since the last.
 */
import type { Regime } from '../records/regime.ts';
import type { Underlying } from '../records/underlying.ts';
import { SECONDS_PER_HOUR, type Price, type Seconds } from '../units.ts';
import { BAR_WINDOW_SECONDS } from './model.ts';

export type Bar = Readonly<{ hour: number; price: Price }>;

const hourOf = (time: Seconds): number => Math.floor(time / SECONDS_PER_HOUR);
/** First second of the window that ends with `hour`. */
const windowOf = (hour: number): Seconds => hour * SECONDS_PER_HOUR - BAR_WINDOW_SECONDS;

/** `priceSeconds` at `time`, the index standing since the post `old`. */
const priceSecondsAt = (old: Underlying, time: Seconds): bigint =>
  old.priceSeconds + old.indexPrice * BigInt(time - old.oracleTime);

/** Does a post at `time` after `old` end an hour, or open a window? Else it concerns no bar. */
export const concernsBar = (old: Underlying, time: Seconds): boolean =>
  endsHour(old, time) || opensWindow(old, time);

export const endsHour = (old: Underlying, time: Seconds): boolean => hourOf(time) > hourOf(old.oracleTime);
const opensWindow = (old: Underlying, time: Seconds): boolean => {
  const opening = windowOf(hourOf(time) + 1);
  return opening > old.oracleTime && opening <= time;
};

/** The bar of the hour of `old`, which has ended. The first bar of all is the index itself. */
export function barOf(regime: Regime, old: Underlying): Bar {
  const hour = hourOf(old.oracleTime) + 1;
  if (regime.hour === 0) return { hour, price: old.indexPrice };
  const opening = windowOf(hour);
  const before = opening > old.oracleTime ? priceSecondsAt(old, opening) : regime.windowPriceSeconds;
  const after = priceSecondsAt(old, hour * SECONDS_PER_HOUR);
  return { hour, price: (after - before) / BigInt(BAR_WINDOW_SECONDS) };
}

/** The regime with the window of the hour of `time` opened, if `time` is the first post in it. */
export const withWindow = (regime: Regime, old: Underlying, time: Seconds): Regime =>
  opensWindow(old, time)
    ? { ...regime, windowPriceSeconds: priceSecondsAt(old, windowOf(hourOf(time) + 1)) }
    : regime;
