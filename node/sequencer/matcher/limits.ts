/** Every limit of the matcher, with the reason for its size. */
import { invariant } from '../../../state/errors.ts';

/**
 * Lots and price ticks are below 2^47 (140,737,488,355,328). They stay exact as JavaScript numbers,
 * and 2^53 / 2^47 = 64 orders of the largest size still add up exactly within one price level.
 */
export const QUANTITY_LIMIT = 2 ** 47;

/** Most lots one price level may hold: 2^53 - 1, the last integer a number adds exactly. */
export const LEVEL_LOTS_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Open orders of one account over all instruments. 1,000 lets a maker quote 50 markets with ten
 * levels on each side, and bounds the work of `cancelAll`, `invalidate` and one reduce-only trim.
 */
export const ORDERS_PER_ACCOUNT_MAX = 1_000;

/**
 * Open orders of one instrument. 200,000 orders of about 660 B (each with a level of its own) are
 * 132 MB, and bound the work of closing an instrument to less than a second.
 */
export const ORDERS_PER_INSTRUMENT_MAX = 200_000;

/** Fills of one settlement: a `trade` step takes one taker and at most eight makers. */
export const FILLS_PER_SETTLEMENT_MAX = 8;

/** Price levels one search block holds before it splits: an insert moves at most 256 pointers. */
export const LEVELS_PER_BLOCK_MAX = 256;

invariant(QUANTITY_LIMIT <= LEVEL_LOTS_MAX, 'a level takes at least one order of the largest size');
invariant(
  ORDERS_PER_ACCOUNT_MAX <= ORDERS_PER_INSTRUMENT_MAX,
  'one account alone does not meet the limit of an instrument first',
);
