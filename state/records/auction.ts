/** A running liquidation auction: its clock, and what was fixed when it started. */
import { choice, i128, struct, time, u128, u16, u32, u64, type Decoded } from '../codec/layout.ts';
import { named } from './kind.ts';

export const AUCTION_KIND = { solvent: 0, insolvent: 1 } as const;
export type AuctionKind = (typeof AUCTION_KIND)[keyof typeof AUCTION_KIND];
/** In place of an underlying, of an account that holds none. */
export const NO_MARKET = 0xffff;

const layout = struct({
  kind: choice<AuctionKind>(2),
  start: time,
  /** Between two steps of the price: longer for what is large against the daily volume. */
  stepSeconds: u64,
  /** Bids so far, and the share of the portfolio they took together [1e-18]. */
  bids: u32,
  sold: u64,
  /** Value that bids left behind, which is not for sale [1e-6 USD]. */
  reserved: u128,
  /** Most that the insurance fund still pays for it [1e-6 USD]. */
  fundLeft: u128,
  /** Value and maintenance margin at the start [1e-6 USD]. */
  value: i128,
  maintenance: u128,
  /** The underlying that it counts for: where the account would lose most. */
  market: u16,
});
export type Auction = Decoded<typeof layout>;
/** Exists while the account is in auction. */
export const AUCTION = named(9, 'auction', 21, layout);
