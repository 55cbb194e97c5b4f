/** Margin by its parts in human units: equity, charges, and the scenarios behind them. */
import { settledCash } from '../../state/ledger/interest.ts';
import { fundingOwedUp } from '../../state/ledger/positions.ts';
import type { Charges } from '../../state/risk/charges.ts';
import { pledgeValueDown, positionValue } from '../../state/risk/equity.ts';
import { explainMargin, type Explanation, type UnderlyingMargin } from '../../state/risk/explain.ts';
import type { Margin } from '../../state/risk/margin.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { scenariosOf } from '../../state/risk/scenarios.ts';
import type { Underlying } from '../../state/records/underlying.ts';
import { marginJson, MODE_NAME } from './accountViews.ts';
import type { Names, Service } from './service.ts';
import { toDecimal, usdText, wadText } from './units.ts';

const VOLATILITY_NAME = ['up', 'same', 'down'] as const;
const MILLIONTHS_DECIMALS = 6;

const chargesJson = (charges: Charges) => ({
  shortOptionMinimum: usdText(charges.shortOptionMinimum),
  calendarCharge: usdText(charges.calendar),
  contingencyCharge: usdText(charges.contingency),
  liquidityCharge: usdText(charges.liquidity),
  concentrationCharge: usdText(charges.concentration),
  openInterestCharge: usdText(charges.openInterest),
  confidenceCharge: usdText(charges.confidence),
  pegCharge: usdText(charges.peg),
});

/** Equity, both margins, every charge. */
export const marginPartsJson = (margin: Margin) => ({
  ...marginJson(margin),
  freeEquity: usdText(margin.freeEquity),
  scanRisk: usdText(margin.scan),
  ...chargesJson(margin),
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
  const explanation = explainMargin(portfolio);
  return {
    mode: MODE_NAME[portfolio.account.mode],
    ...marginPartsJson(explanation.margin),
    equityParts: equityPartsJson(portfolio, explanation.margin),
    ...explanationJson(service.names, portfolio, explanation),
  };
}

/** Where the margin comes from: by underlying, by group that moves together, by position. */
export function explanationJson(names: Names, portfolio: Portfolio, explanation: Explanation) {
  const symbolOf = names.underlying;
  const records = new Map<number, Underlying>();
  for (const { instrument, underlying } of portfolio.holdings) records.set(instrument.underlying, underlying);
  for (const { asset, underlying } of portfolio.pledges) records.set(asset.underlying, underlying);
  const { binding } = explanation;
  return {
    underlyings: explanation.underlyings.map((part) =>
      underlyingJson(symbolOf(part.underlying), records.get(part.underlying)!, part),
    ),
    groups: explanation.groups.map(({ group, underlyings, silo, joint, worstScenario, risk }) => ({
      group,
      underlyings: underlyings.map(symbolOf),
      silo: usdText(silo),
      joint: usdText(joint),
      worstScenario,
      risk: usdText(risk),
    })),
    positions: explanation.positions.map(({ instrument, value, delta, worstScenario, loss }) => ({
      market: names.market(instrument),
      value: usdText(value),
      deltaUsd: usdText(delta),
      worstScenario,
      loss: usdText(loss),
    })),
    binding:
      binding === null
        ? null
        : { group: binding.group, underlyings: binding.underlyings.map(symbolOf), scenario: binding.scenario },
  };
}

function underlyingJson(underlying: string, record: Underlying, part: UnderlyingMargin) {
  const { move, volatility } = scenariosOf(record)[part.worstScenario]!;
  return {
    underlying,
    group: part.group,
    worstScenario: part.worstScenario,
    move: wadText(move),
    volatility: VOLATILITY_NAME[volatility],
    loss: usdText(part.loss),
    pnl: part.pnl.map(usdText),
    groupShare: toDecimal(part.share, MILLIONTHS_DECIMALS),
    deltaUsd: usdText(part.delta),
    hedgedDeltaUsd: usdText(part.hedged),
    grossUsd: usdText(part.gross),
    collateral: usdText(part.pledged),
    stableLoss: usdText(part.stableLoss),
    ownerExposureUsd: usdText(part.exposure),
    charges: chargesJson(part.charges),
  };
}
