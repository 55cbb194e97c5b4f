/** What the sizes of a market must keep, however it comes to be listed. */
import { LOT_SIZE_BOUND, ORDER_FIELD_BOUND } from '../constants.ts';
import { PRICE_TIMES_SIZE_PER_MICRO_USD, type Lots, type Price } from '../units.ts';

const TICK_VALUE_BOUND = 2n ** 40n;
const OPEN_INTEREST_BOUND = 2n ** 62n;

export type MarketCaps = Readonly<{ openInterestCap: Lots; maxOrderLots: Lots }>;
/** Tick [1e-8 USD] and lot [1e-8 units]. */
export type MarketSizes = MarketCaps & Readonly<{ tickSize: Price; lotSize: bigint }>;

/** What is wrong with caps, or null. */
export function capsFault({ openInterestCap, maxOrderLots }: MarketCaps): string | null {
  if (maxOrderLots === 0n || maxOrderLots >= ORDER_FIELD_BOUND) return 'maxOrderLots out of range';
  return openInterestCap < OPEN_INTEREST_BOUND ? null : 'openInterestCap out of range';
}

/** What is wrong with sizes, or null: a tick of a lot is whole micro-dollars, nothing outgrows its field. */
export function sizesFault({ tickSize, lotSize, ...caps }: MarketSizes): string | null {
  const product = tickSize * lotSize;
  if (product === 0n || product % PRICE_TIMES_SIZE_PER_MICRO_USD !== 0n) {
    return 'tick x lot must be whole micro-dollars';
  }
  const tickValue = product / PRICE_TIMES_SIZE_PER_MICRO_USD;
  if (tickValue >= TICK_VALUE_BOUND) return 'tick x lot must be below 2^40 micro-dollars';
  if (lotSize >= LOT_SIZE_BOUND) return 'lot must be below 2^33';
  return capsFault(caps);
}
