/** Margin by its parts, and the scenarios behind it. */
import { settledCash } from '../../state/ledger/interest.ts';
import { fundingOwedUp } from '../../state/ledger/positions.ts';
import { pledgeValueDown, positionValue } from '../../state/risk/equity.ts';
import { marginOf, type Margin } from '../../state/risk/margin.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { scanPortfolio } from '../../state/risk/scan.ts';
import { scenariosOf } from '../../state/risk/scenarios.ts';
import { existing, type RecordSource } from '../../state/access.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { marginJson, MODE_NAME } from './accountViews.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { usdText, wadText } from './units.ts';

const VOLATILITY_NAME = ['up', 'same', 'down'] as const;

/** Equity, both margins, every charge. */
export const marginPartsJson = (margin: Margin) => ({
  ...marginJson(margin),
  scanRisk: usdText(margin.scan),
  calendarCharge: usdText(margin.calendar),
  contingencyCharge: usdText(margin.contingency),
  shortOptionMinimum: usdText(margin.shortOptionMinimum),
  liquidityCharge: usdText(margin.liquidity),
  concentrationCharge: usdText(margin.concentration),
  openInterestCharge: usdText(margin.openInterest),
  confidenceCharge: usdText(margin.confidence),
  pegCharge: usdText(margin.peg),
  freeEquity: usdText(margin.freeEquity),
  fresh: margin.fresh,
});

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** The parts add up to equity, and to initial equity with the discount. */
function equityPartsJson({ account, pool, holdings, pledges, now }: Portfolio, { equity, initialEquity }: Margin) {
  const counted = pledges.map(({ balance, asset, underlying }) => pledgeValueDown(balance, asset, underlying.indexPrice, now));
  return {
    cash: usdText(account.cash),
    interest: usdText(settledCash(account, pool) - account.cash),
    positions: usdText(total(holdings.map(positionValue))),
    fundingOwed: usdText(total(holdings.map(({ position, instrument }) => fundingOwedUp(position, instrument)))),
    collateral: usdText(total(counted)),
    conservativeDiscount: usdText(equity - initialEquity),
  };
}

export function accountMarginJson(service: Service, portfolio: Portfolio) {
  const margin = marginOf(portfolio);
  return {
    mode: MODE_NAME[portfolio.account.mode],
    ...marginPartsJson(margin),
    equityParts: equityPartsJson(portfolio, margin),
    underlyings: bindingJson(service, service.node.executor.state, portfolio),
  };
}

/** Per underlying: the scenario that binds, and what it loses. */
export function bindingJson({ node }: Service, state: RecordSource, portfolio: Portfolio) {
  return scanPortfolio(portfolio).underlyings.map(({ underlying: id, worstScenario, loss, pnl }) => {
    const { move, volatility } = scenariosOf(existing(state, UNDERLYING, id))[worstScenario]!;
    return {
      underlying: underlyingSymbol(node.network, id),
      worstScenario,
      move: wadText(move),
      volatility: VOLATILITY_NAME[volatility],
      loss: usdText(loss),
      pnl: pnl.map(usdText),
    };
  });
}
