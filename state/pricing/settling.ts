/**
 * What is already certain of a settlement price. It is the average of the index over the window before
 * expiry, so within the window a growing part of it has been fixed and only the rest still moves.
 */
import { SETTLEMENT_WINDOW_SECONDS } from '../constants.ts';
import type { Underlying } from '../records/underlying.ts';
import type { Price, Seconds } from '../units.ts';

export type SettlingPrice = Readonly<{
  /** [1e-8 USD] What the seconds of the window that have passed contribute. */
  fixed: Price;
  /** [1e-8 USD] What the seconds to come contribute, at the forward. */
  moving: Price;
}>;

/** The price of `expiry` in its two parts at `now` < expiry, for a posted forward. Both rounded down. */
export function settlingPrice(underlying: Underlying, expiry: Seconds, forward: Price, now: Seconds): SettlingPrice {
  const opens = expiry - SETTLEMENT_WINDOW_SECONDS;
  if (now <= opens) return { fixed: 0n, moving: forward };
  const window = BigInt(SETTLEMENT_WINDOW_SECONDS);
  return {
    fixed: windowSum(underlying, opens, now) / window,
    moving: (forward * BigInt(expiry - now)) / window,
  };
}

/** Index x seconds from `opens` to `now`, the index of the last post holding on. */
function windowSum(underlying: Underlying, opens: Seconds, now: Seconds): bigint {
  const { indexPrice, oracleTime, priceSeconds, windowPriceSeconds } = underlying;
  if (oracleTime <= opens) return indexPrice * BigInt(now - opens); // Nothing was posted within the window.
  return priceSeconds - windowPriceSeconds + indexPrice * BigInt(now - oracleTime);
}
