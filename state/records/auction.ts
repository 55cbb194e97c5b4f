/** A running liquidation auction: its clock and the terms frozen at its start. */
import { choice, i128, struct, time, u128, u64, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

export type AuctionKind = 0 | 1;

const layout = struct({
  /** 0 solvent, 1 insolvent. */
  kind: choice<AuctionKind>(2),
  start: time,
  /** Seconds of outage that the clock does not count. */
  paused: time,
  scenario: u64,
  /** Share of the portfolio sold so far [1e-18]. */
  sold: u64,
  /** Cash paid in by bidders [1e-6 USD]. */
  paidIn: u128,
  /** Equity, maintenance margin and buffer target at the start [1e-6 USD]. */
  equity: i128,
  maintenance: i128,
  target: i128,
  /** Discount curve frozen at the start [1e-18]. */
  startDiscount: u64,
  endDiscount: u64,
});
export type Auction = Decoded<typeof layout>;
export const AUCTION = named(9, 'auction', 21, layout);
