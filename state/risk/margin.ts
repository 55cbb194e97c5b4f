/** Margin of an account: one interface, three generations of rules (isolated, cross, portfolio). */
import type { RecordSource } from '../access.ts';
import { max } from '../math/integer.ts';
import { MARGIN_MODE, type Account, type MarginMode } from '../records/account.ts';
import type { AccountId, MicroUsd } from '../units.ts';
import type { Books } from './book.ts';
import { chargesOf, type Charges } from './charges.ts';
import { equityOf } from './equity.ts';
import { scanRiskOf, scanRiskPerPosition, type ScanRisk } from './fastScan.ts';
import { loadPortfolio, portfolioIsFresh, type Portfolio } from './portfolio.ts';
import { initialOf } from './reputation.ts';

export type Margin = Readonly<{
  /** Equity at oracle prices, at conservative prices, and without the profit that may not be taken out [1e-6 USD]. */
  equity: MicroUsd;
  initialEquity: MicroUsd;
  freeEquity: MicroUsd;
  scan: MicroUsd;
  shortOptionMinimum: MicroUsd;
  calendar: MicroUsd;
  contingency: MicroUsd;
  liquidity: MicroUsd;
  concentration: MicroUsd;
  /** The larger of scan and short-option minimum, and the charges: >= 0. */
  maintenance: MicroUsd;
  openInterest: MicroUsd;
  confidence: MicroUsd;
  peg: MicroUsd;
  /** maintenance x initial factor x reputation, and the three charges of initial margin alone: >= maintenance. */
  initial: MicroUsd;
  /** Every mark and price it rests on is fresh enough to add risk. */
  fresh: boolean;
}>;

type ModeRules = Readonly<{
  scan: (portfolio: Portfolio) => ScanRisk;
  /** Do positions offset each other? */
  offsets: boolean;
}>;
const PER_POSITION: ModeRules = { scan: scanRiskPerPosition, offsets: false };
export const MARGIN_RULES: Readonly<Record<MarginMode, ModeRules>> = {
  [MARGIN_MODE.portfolio]: { scan: scanRiskOf, offsets: true },
  [MARGIN_MODE.cross]: PER_POSITION,
  [MARGIN_MODE.isolated]: PER_POSITION,
};

/** Margin of a portfolio under the rules of `mode`. Pure. Cost: ~11 us for 32 positions. */
export function marginOf(portfolio: Portfolio, mode: MarginMode = portfolio.account.mode): Margin {
  const rules = MARGIN_RULES[mode];
  const scan = rules.scan(portfolio);
  const charges = chargesOf(portfolio, scan, rules.offsets);
  return marginFrom(portfolio, scan.books, scan.risk, charges);
}

/** Margin from scan risk and charges. */
export function marginFrom(portfolio: Portfolio, books: Books, scan: MicroUsd, charges: Charges): Margin {
  const equity = equityOf(portfolio, books);
  const { shortOptionMinimum, calendar, contingency, liquidity, concentration, openInterest, confidence, peg } = charges;
  const maintenance = max(scan, shortOptionMinimum) + calendar + contingency + liquidity + concentration;
  return {
    equity: equity.maintenance,
    initialEquity: equity.initial,
    freeEquity: equity.free,
    scan,
    shortOptionMinimum,
    calendar,
    contingency,
    liquidity,
    concentration,
    maintenance,
    openInterest,
    confidence,
    peg,
    initial: initialOf(maintenance, portfolio.parameters, portfolio.account) + openInterest + confidence + peg,
    fresh: portfolioIsFresh(portfolio),
  };
}

/** Margin of account `id` as it stands in `state`. */
export const computeMargin = (state: RecordSource, id: AccountId, account: Account): Margin =>
  marginOf(loadPortfolio(state, id, account));

export const meetsInitial = (margin: Margin): boolean => margin.initialEquity >= margin.initial;

/**
 * May an account move from `before` to `after`? Either it ends above its initial margin, or it ends
 * no riskier than it began: maintenance has not grown, and equity has not fallen or at least health
 * = equity / maintenance has not (cross-multiplied: 128 + 128 bits). With nothing at risk before or
 * after there is no health, so equity decides.
 */
export function isAllowed(before: Margin, after: Margin): boolean {
  if (meetsInitial(after)) return true;
  if (after.maintenance > before.maintenance) return false;
  if (after.equity >= before.equity) return true; // Below zero health falls as risk does.
  if (before.maintenance === 0n || after.maintenance === 0n) return false;
  return after.equity * before.maintenance >= before.equity * after.maintenance;
}
