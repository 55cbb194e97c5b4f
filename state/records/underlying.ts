/** What is priced: index, term structure of forwards and volatility, scan ranges, and the settlement window of the day. */
import { choice, i64, list, struct, time, u128, u16, u64, u8, type Decoded } from '../codec/layout.ts';
import { MAX_TERMS } from '../constants.ts';
import { numbered } from './kind.ts';

/** One expiry: its forward and its slice of the eSSVI surface. */
const term = struct({
  expiry: time,
  forward: u64,
  /** At-the-money total variance, skew and curvature [1e-18]. */
  theta: u64,
  rho: i64,
  psi: u64,
  /** Time of the report behind the slice; 0: none yet. */
  volatilityTime: time,
});
export type Term = Decoded<typeof term>;

/** A macro series informs the regime of the others; what is tradable has a regime of its own. */
export const UNDERLYING_ROLE = { tradable: 0, equityIndex: 1, volatilityIndex: 2, dollarIndex: 3 } as const;
export type UnderlyingRole = (typeof UNDERLYING_ROLE)[keyof typeof UNDERLYING_ROLE];

const layout = struct({
  role: choice<UnderlyingRole>(4),
  /** Underlyings of one group (not 0) move together in the joint scenarios; its leader is one of them. */
  group: u8,
  leader: u16,
  /** What an anchored price is anchored to [1e-8 USD]: 1 USD for a dollar coin; 0: nothing. */
  peg: u64,
  indexPrice: u64,
  /** Time of the report behind the index price. */
  oracleTime: time,
  /** Agreement of the publishers [1e-18]: one minus spread over median. */
  confidence: u64,
  /** Conservative price [1e-8 USD]: follows the index at a limited rate. */
  stablePrice: u64,
  /** Counts price posts; a mark that carries the newest count is fresh. */
  priceSequence: u64,
  /** Scan ranges in force [1e-18]: price move, and volatility up and down; bounds of the first. */
  priceScanRange: u64,
  volatilityScanUp: u64,
  volatilityScanDown: u64,
  scanFloor: u64,
  scanCeiling: u64,
  /** Predicted correlation with the leader, factor on fees, probability of stress [1e-18]. */
  correlation: u64,
  feeMultiplier: u64,
  stress: u64,
  averageDailyVolume: u128,
  /** Terms of options listed by rule; a strike step of 0 lists none. */
  strikeStep: u64,
  optionTickSize: u64,
  optionLotSize: u64,
  optionOpenInterestCap: u64,
  optionMaxOrderLots: u64,
  /** Sum of index price x seconds since genesis: averages are differences of it. */
  priceSeconds: u128,
  /** The next 08:00 UTC, and `priceSeconds` when its averaging window opened (0: not yet). */
  settlementExpiry: time,
  windowPriceSeconds: u128,
  /** The last 08:00 UTC that passed and its average; time 0: none yet. */
  lastSettlementExpiry: time,
  lastSettlementPrice: u64,
  /** When prices last came back after they had gone stale; 0: they never had. */
  resumeTime: time,
  /** Posted expiries, ascending. */
  terms: list(term, MAX_TERMS),
});
export type Underlying = Decoded<typeof layout>;
export const UNDERLYING = numbered(4, 'underlying', 2, layout);
