/** Margin of an account: one interface, three generations of rules (isolated, cross, portfolio). */
import type { RecordSource } from '../access.ts';
import { MARGIN_MODE, type Account, type MarginMode } from '../records/account.ts';
import type { MicroUsd } from '../units.ts';
import { equityOf } from './equity.ts';
import { loadPortfolio, portfolioIsFresh, type Portfolio } from './portfolio.ts';
import { initialOf } from './reputation.ts';
import { calendarCharge, contingencyCharge, scanRiskOf, scanRiskPerPosition } from './scan.ts';

export type Margin = Readonly<{
  /** Equity at oracle and at conservative prices [1e-6 USD]. */
  equity: MicroUsd;
  initialEquity: MicroUsd;
  scan: MicroUsd;
  calendar: MicroUsd;
  contingency: MicroUsd;
  /** scan + charges, >= 0. */
  maintenance: MicroUsd;
  /** maintenance x initial factor x reputation, rounded up: >= maintenance. */
  initial: MicroUsd;
  /** Every mark and price it rests on is fresh enough to add risk. */
  fresh: boolean;
}>;

type ModeRules = Readonly<{
  scan: (p: Portfolio) => MicroUsd;
  calendar: (p: Portfolio) => MicroUsd;
  contingency: (p: Portfolio) => MicroUsd;
}>;

const PER_POSITION: ModeRules = {
  scan: scanRiskPerPosition,
  calendar: () => 0n, // Nothing is offset, so nothing is hedged across expiries.
  contingency: contingencyCharge,
};
const RULES: Readonly<Record<MarginMode, ModeRules>> = {
  [MARGIN_MODE.portfolio]: { scan: scanRiskOf, calendar: calendarCharge, contingency: contingencyCharge },
  [MARGIN_MODE.cross]: PER_POSITION,
  [MARGIN_MODE.isolated]: PER_POSITION,
};

/** Margin of a portfolio under the rules of `mode`. Pure. Cost: ~10 us for 32 positions. */
export function marginOf(portfolio: Portfolio, mode: MarginMode = portfolio.account.mode): Margin {
  const rules = RULES[mode];
  const { maintenance: equity, initial: initialEquity } = equityOf(portfolio);
  const scan = rules.scan(portfolio);
  const calendar = rules.calendar(portfolio);
  const contingency = rules.contingency(portfolio);
  const maintenance = scan + calendar + contingency;
  return {
    equity,
    initialEquity,
    scan,
    calendar,
    contingency,
    maintenance,
    initial: initialOf(maintenance, portfolio.parameters, portfolio.account),
    fresh: portfolioIsFresh(portfolio),
  };
}

/** Margin of an account as it stands in `state`. */
export const computeMargin = (state: RecordSource, account: Account): Margin =>
  marginOf(loadPortfolio(state, account));

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
