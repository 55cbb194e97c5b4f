// What an auction is worth to somebody who hedges: the compensation against what it costs to be rid of what is taken.
import type { ResultOf } from '../../rpc/schema/core.ts';
import type { auctionsDefinition } from '../../rpc/schema/liquidation.ts';

export type Auction = ResultOf<typeof auctionsDefinition>['auctions'][number];

export type Appetite = Readonly<{
  /** What it costs to close a dollar of a position, or to sell one of collateral: spread, fee, and what moves meanwhile. */
  closingCost: number;
  /** Least profit of a bid [USD]. */
  minProfitUsd: number;
  /** Most that one bid takes: sum of |notional| and collateral [USD]. */
  maxGrossUsd: number;
}>;

/** A bid that is worth making, or why none is. */
export type Appraisal =
  | Readonly<{ bid: true; share: number; profitUsd: number; grossUsd: number }>
  | Readonly<{ bid: false; reason: string }>;

/** What of an auction to bid for at its price of now. All numbers are estimates; the chain has the last word. */
export function appraise({ offer, status, positions, collateral }: Auction, appetite: Appetite): Appraisal {
  if (offer === null || status !== 'open') return { bid: false, reason: `the auction is ${status}` };
  const all = [...positions.map(({ notional }) => notional), ...collateral.map(({ value }) => value)];
  const grossUsd = all.reduce((sum, usd) => sum + Math.abs(Number(usd)), 0);
  const share = Math.min(Number(offer.share), grossUsd === 0 ? 1 : appetite.maxGrossUsd / grossUsd);
  // Compensation and cost grow with the share alike: so the largest one is the best, if any is.
  const profitUsd = share * (Number(offer.compensation) - appetite.closingCost * grossUsd);
  if (share <= 0 || profitUsd < appetite.minProfitUsd) {
    return { bid: false, reason: `it would earn ${profitUsd.toFixed(2)} USD of ${(share * grossUsd).toFixed(0)}` };
  }
  return { bid: true, share, profitUsd, grossUsd: share * grossUsd };
}
