/** What is priced: index, forwards, scan ranges, and the settlement window of the day. */
import { list, struct, time, u128, u64, u8, type Decoded } from '../codec/layout.ts';
import { MAX_FORWARDS } from '../constants.ts';
import { numbered } from './kind.ts';

const forward = struct({ expiry: time, price: u64 });
export type Forward = Decoded<typeof forward>;

const layout = struct({
  /** Underlyings of one group (not 0) move together in the joint scenarios. */
  group: u8,
  indexPrice: u64,
  /** Time of the report behind the index price. */
  oracleTime: time,
  /** Agreement of the publishers [1e-18]: one minus spread over median. */
  confidence: u64,
  /** Conservative price [1e-8 USD]: follows the index at a limited rate. */
  stablePrice: u64,
  /** Counts price posts; a mark that carries the newest count is fresh. */
  priceSequence: u64,
  /** Scan ranges [1e-18]: price move, and volatility up and down. */
  priceScanRange: u64,
  volatilityScanUp: u64,
  volatilityScanDown: u64,
  averageDailyVolume: u128,
  /** Sum of index price x seconds since genesis: averages are differences of it. */
  priceSeconds: u128,
  /** The next 08:00 UTC, and `priceSeconds` when its averaging window opened (0: not yet). */
  settlementExpiry: time,
  windowPriceSeconds: u128,
  /** The last 08:00 UTC that passed and its average; time 0: none yet. */
  lastSettlementExpiry: time,
  lastSettlementPrice: u64,
  /** Posted forward prices, ascending by expiry. */
  forwards: list(forward, MAX_FORWARDS),
});
export type Underlying = Decoded<typeof layout>;
export const UNDERLYING = numbered(4, 'underlying', 2, layout);
