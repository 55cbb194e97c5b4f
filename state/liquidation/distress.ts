/** What an auction needs to know of an account: its margin, its worth without haircuts, how margin shrinks with size. */
import { divUp } from '../math/integer.ts';
import { MARGIN_RULES, marginFrom, type Margin } from '../risk/margin.ts';
import { chargesOf } from '../risk/charges.ts';
import { grossValueDown, ramped } from '../risk/equity.ts';
import type { ScanRisk } from '../risk/fastScan.ts';
import type { Pledge, Portfolio } from '../risk/portfolio.ts';
import { riskTermsOf } from '../risk/riskTerms.ts';
import { concentrationUp } from '../risk/size.ts';
import { WAD, type MicroUsd, type Seconds, type TokenUnits } from '../units.ts';
import { marketOf } from './market.ts';

export type Distress = Readonly<{
  margin: Margin;
  /** Equity with collateral at its price instead of after its haircut [1e-6 USD]. */
  value: MicroUsd;
  /** What haircuts take: value less equity [1e-6 USD]. */
  haircuts: MicroUsd;
  /** Maintenance margin that the first share of the portfolio takes with it, per whole portfolio [1e-6 USD]. */
  slope: MicroUsd;
  /** The underlying that its auction counts for. */
  market: number;
}>;

/** What a bidder pays for `balance` of a pledged asset, rounded down [1e-6 USD]: its price, as far as it counts yet. */
export const priceDown = ({ asset, underlying }: Omit<Pledge, 'balance'>, balance: TokenUnits, now: Seconds): MicroUsd =>
  (grossValueDown(balance, asset, underlying.indexPrice) * ramped(asset, WAD, now)) / WAD;

export function distressOf(portfolio: Portfolio): Distress {
  const rules = MARGIN_RULES[portfolio.account.mode];
  const scan = rules.scan(portfolio);
  const crowded = crowdedLossOf(portfolio, scan);
  const margin = marginFrom(portfolio, scan.books, scan.risk, chargesOf(portfolio, scan, rules.offsets));
  let haircuts = 0n;
  portfolio.pledges.forEach((pledge, i) => {
    haircuts += priceDown(pledge, pledge.balance, portfolio.now) - scan.books.pledgeValues[i]!;
  });
  return {
    margin,
    value: margin.equity + haircuts,
    haircuts,
    slope: margin.maintenance + divUp(sizeOf(margin) + crowded, 2n),
    market: marketOf(scan),
  };
}

/**
 * Scan loss of the underlyings that pay a concentration charge. Size charges grow as size^1.5, so
 * that a share p of the portfolio takes at most p x slope of maintenance with it: margin is convex
 * in what is left, and this is its tangent. The charge starts above a threshold, hence the loss itself.
 */
function crowdedLossOf({ parameters }: Portfolio, { books, losses }: ScanRisk): MicroUsd {
  let sum = 0n;
  books.all.forEach((book, at) => {
    if (concentrationUp(book, riskTermsOf(book.underlying, parameters)) > 0n) sum += losses[at]!;
  });
  return sum;
}

/** Charges for size: with the scan, how large a portfolio is against the daily volume [1e-6 USD]. */
export const sizeOf = ({ liquidity, concentration }: Margin): MicroUsd => liquidity + concentration;
