/** Margin by its parts, and the scenarios behind it. */
import type { Margin } from '../../state/risk/margin.ts';
import type { Portfolio } from '../../state/risk/portfolio.ts';
import { scanPortfolio } from '../../state/risk/scan.ts';
import { scenariosOf } from '../../state/risk/scenarios.ts';
import { existing, type RecordSource } from '../../state/access.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { marginJson } from './accountViews.ts';
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
  fresh: margin.fresh,
});

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
