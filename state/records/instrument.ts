/** A market: its terms, its mark, its greeks, its risk array, its funding. */
import {
  choice,
  i128,
  i64,
  safeIntegers,
  struct,
  time,
  u128,
  u16,
  u64,
  type Decoded,
} from '../codec/layout.ts';
import { SCENARIOS } from '../constants.ts';
import { numbered } from './kind.ts';

export const INSTRUMENT_KIND = { perpetual: 0, future: 1, call: 2, put: 3 } as const;
export type InstrumentKind = (typeof INSTRUMENT_KIND)[keyof typeof INSTRUMENT_KIND];
/** While a round of deleveraging is on nobody trades: each holder takes its part of the position as it was. */
export const INSTRUMENT_STATUS = { trading: 0, reduceOnly: 1, settled: 2, deleveraging: 3 } as const;
export type InstrumentStatus = (typeof INSTRUMENT_STATUS)[keyof typeof INSTRUMENT_STATUS];

const layout = struct({
  kind: choice<InstrumentKind>(4),
  status: choice<InstrumentStatus>(4),
  underlying: u16,
  /** 08:00 UTC of some day; 0 for a perpetual. */
  expiry: time,
  /** [1e-8 USD]; 0 for a linear instrument. */
  strike: u64,
  /** One tick [1e-8 USD], one lot [1e-8 units of underlying], their product [1e-6 USD]. */
  tickSize: u64,
  lotSize: u64,
  tickValue: u64,
  /** Mark price [1e-8 USD] and whole micro-dollars per lot, rounded once, in the mark step. */
  markPrice: u64,
  markPerLot: i64,
  markTime: time,
  /** `priceSequence` of the underlying that the mark was made from. */
  markSequence: u64,
  /** Premium of a perpetual over its index [1e-18], smoothed. */
  premium: i64,
  /** Trades since the last mark: notional [1e-6 USD], and notional x premium sample [1e-6 USD]. */
  premiumNotional: u128,
  premiumWeighted: i128,
  /** Funding a long paid per lot since listing [1e-12 USD], and its last hourly rate [1e-18]. */
  fundingIndex: i128,
  fundingRate: i64,
  fundingTime: time,
  /** Sum of long lots; caps in lots. */
  openInterest: u64,
  openInterestCap: u64,
  maxOrderLots: u64,
  /** Greeks per lot [1e-6 USD per 1.00 of the unit, see specification]. */
  delta: i64,
  gamma: i64,
  vega: i64,
  theta: i64,
  /** [1e-8 USD]; 0 until settled. */
  settlementPrice: u64,
  /** P&L per lot in each scenario [1e-6 USD]. */
  riskArray: safeIntegers(SCENARIOS),
});
export type Instrument = Decoded<typeof layout>;
export const INSTRUMENT = numbered(5, 'instrument', 4, layout);

export const isOption = ({ kind }: Pick<Instrument, 'kind'>): boolean =>
  kind === INSTRUMENT_KIND.call || kind === INSTRUMENT_KIND.put;

/** Neither settled nor in a round of deleveraging: its orders fill, if only to reduce. */
export const isTradable = ({ status }: Instrument): boolean =>
  status === INSTRUMENT_STATUS.trading || status === INSTRUMENT_STATUS.reduceOnly;
