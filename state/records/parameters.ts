/** Governance parameters: page 0 the rules of risk, fees and time, page 1 the oracle's publishers. */
import { address, list, struct, u64, u8, type Decoded } from '../codec/layout.ts';
import { MAX_PUBLISHERS } from '../constants.ts';
import type { Kind } from './kind.ts';
import { numbered } from './kind.ts';

const layout = struct({
  /** Fees on notional [1e-18], rounded up. */
  makerFee: u64,
  takerFee: u64,
  /** Initial margin = maintenance x this [1e-18], above one. */
  initialFactor: u64,
  /** Share of gross linear notional added to maintenance [1e-18]. */
  contingency: u64,
  /** Share of notional hedged across expiries added to maintenance [1e-18]. */
  calendarCharge: u64,
  /** Most of (silo - joint) that is forgiven [1e-18]. */
  correlationOffset: u64,
  /** Perpetual premium: clamp of a sample and of the mark [1e-18], smoothing time [s]. */
  premiumClamp: u64,
  premiumSeconds: u64,
  /** Funding per hour: premium share per hour [1e-18], clamp [1e-18]. */
  fundingShare: u64,
  fundingClamp: u64,
  /** Trades must be within this of the mark [1e-18]. */
  priceBand: u64,
  /** Index posts must be within this of the last fresh index [1e-18]. */
  priceJump: u64,
  /** Conservative price moves at most this share per second [1e-18]. */
  stableRate: u64,
  /** Ages in seconds: index for anything that adds risk, marks likewise, reports at the door. */
  maxPriceAge: u64,
  maxMarkAge: u64,
  maxReportAge: u64,
});
export type Parameters = Decoded<typeof layout>;
export const PARAMETERS: Kind<Parameters, number> = numbered(12, 'parameters', 1, layout);

const publishers = struct({ threshold: u8, members: list(address, MAX_PUBLISHERS) });
export type Publishers = Decoded<typeof publishers>;
export const PUBLISHERS: Kind<Publishers, number> = numbered(12, 'publishers', 1, publishers);
/** Ids (pages) of the two parameter records: one record type, one layout per page. */
export const PARAMETERS_PAGE = 0;
export const PUBLISHERS_PAGE = 1;
export const parameterFields = layout.fields;
