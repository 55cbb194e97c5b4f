/** What the matcher asks of the state: to settle a trade, and how large a position is. */
import type { Order } from './order.ts';

export type Fill = Readonly<{ maker: Order; lots: number }>;

/**
 * - `taker`: what is left of the taker is cancelled.
 * - `maker`: the maker of fill `index` is cancelled, and the taker is matched again.
 * - `split`: tried again with at most `maxFills` fills in one settlement.
 */
export type SettleResult =
  | Readonly<{ ok: true }>
  | Readonly<{ ok: false; at: 'taker'; reason: string }>
  | Readonly<{ ok: false; at: 'maker'; index: number; reason: string }>
  | Readonly<{ ok: false; at: 'split'; maxFills: number }>;

/**
 * Both functions answer at once and never call the matcher back. The orders are the matcher's own
 * and change after the call: copy what is to be kept.
 */
export type MatcherPorts = Readonly<{
  /** Executes up to 8 fills of one taker, at the makers' prices: all of them, or nothing. */
  settle: (taker: Order, fills: readonly Fill[]) => SettleResult;
  /** Signed lots the account holds now: positive when long. */
  positionOf: (account: string, instrument: number) => number;
}>;
