/**
 * Prices of auctions as functions of time alone. They move in steps, so that a bid that is a second
 * late is not a worse bid, and always towards the bidder.
 */
import { min } from '../math/integer.ts';
import type { Parameters } from '../records/parameters.ts';
import { WAD, type Seconds, type Wad } from '../units.ts';

/** Slowest price: four times the seconds of a step, where closing costs three times the scan. */
const SLOWEST = 3n * WAD;

/**
 * Seconds between two steps of the price, from `auctionStep` to four times that: who takes what is
 * large against the daily volume needs time to hedge it. `size` and `scan` as in margin [1e-6 USD].
 */
export const stepSecondsOf = ({ auctionStep }: Parameters, size: bigint, scan: bigint): bigint =>
  (auctionStep * (WAD + (scan === 0n ? 0n : min((size * WAD) / scan, SLOWEST)))) / WAD;

/** Share of its value that a solvent portfolio costs after `elapsed` [1e-18]; null: below the floor, the auction is over. */
export function priceShare(parameters: Parameters, stepSeconds: bigint, elapsed: Seconds): Wad | null {
  const { auctionStart, auctionCut, auctionFloor } = parameters;
  let share = auctionStart;
  for (let steps = BigInt(elapsed) / stepSeconds; steps > 0n && share >= auctionFloor; steps--) {
    share = (share * auctionCut) / WAD;
  }
  return share >= auctionFloor ? share : null;
}

/** Share of maintenance margin that the fund adds for an insolvent portfolio after `elapsed` [1e-18]. */
export function fundShare({ insolventSeconds }: Parameters, stepSeconds: bigint, elapsed: Seconds): Wad {
  const whole = BigInt(elapsed) - (BigInt(elapsed) % stepSeconds);
  return min((whole * WAD) / insolventSeconds, WAD);
}
