/** The rules of risk as numbers, and the accounts nearest to them. */
import { existing } from '../../state/access.ts';
import { SCENARIOS } from '../../state/constants.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
} from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { computeMargin, type Margin } from '../../state/risk/margin.ts';
import { dampingOf, moveOf, volatilityOf } from '../../state/risk/scenarios.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { implement, type Method } from '../schema/core.ts';
import { arrayDefinition, atRiskDefinition, parametersDefinition } from '../schema/risk.ts';
import { marginJson, whoseJson } from './accountViews.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { fromDecimal, priceText, toDecimal, wadText } from './units.ts';

const SECONDS: ReadonlySet<keyof Parameters> = new Set([
  'premiumSeconds',
  'maxPriceAge',
  'maxMarkAge',
  'maxReportAge',
]);
const VOLATILITY_NAME = ['up', 'same', 'down'] as const;
/** [1e-6 USD] per lot x this / lot size [1e-8] = [1e-6 USD] per unit. */
const UNIT = 10n ** 8n;

export function riskMethods(service: Service): Method[] {
  const { node, directory } = service;
  const { state } = node.executor;
  return [
    implement(parametersDefinition, () => parametersJson(service)),
    implement(arrayDefinition, ({ market: symbol }) => {
      const { instrument: id } = directory.market(symbol);
      const instrument = existing(state, INSTRUMENT, id);
      const { priceScanRange } = existing(state, UNDERLYING, instrument.underlying);
      const perUnit = (perLot: bigint): string => toDecimal((perLot * UNIT) / instrument.lotSize, 6);
      const scenarios = Array.from({ length: SCENARIOS }, (_, scenario) => ({
        scenario,
        move: wadText(moveOf(scenario, priceScanRange)),
        damping: wadText(dampingOf(scenario, priceScanRange)),
        volatility: VOLATILITY_NAME[volatilityOf(scenario)],
        pnlPerUnit: perUnit(BigInt(instrument.riskArray[scenario]!)),
      }));
      return {
        market: symbol,
        markPrice: priceText(instrument.markPrice),
        markTime: instrument.markTime,
        delta: perUnit(instrument.delta),
        scenarios,
        at: service.at(),
      };
    }),
    implement(atRiskDefinition, ({ healthBelow, limit }) => atRisk(service, healthBelow, limit)),
  ];
}

function parametersJson(service: Service) {
  const { node } = service;
  const { state } = node.executor;
  const ratios: Record<string, string> = {};
  const seconds: Record<string, number> = {};
  for (const [name, value] of Object.entries(existing(state, PARAMETERS, PARAMETERS_PAGE))) {
    if (SECONDS.has(name as keyof Parameters)) seconds[name] = Number(value);
    else ratios[name] = wadText(value);
  }
  const underlyings = [...state.idsOf(UNDERLYING)].sort((a, b) => a - b).map((id) => {
    const { group, priceScanRange, volatilityScanUp, volatilityScanDown } = existing(state, UNDERLYING, id);
    return {
      underlying: underlyingSymbol(node.network, id),
      group,
      priceScanRange: wadText(priceScanRange),
      volatilityScanUp: wadText(volatilityScanUp),
      volatilityScanDown: wadText(volatilityScanDown),
    };
  });
  const { threshold, members } = existing(state, PUBLISHERS, PUBLISHERS_PAGE);
  return { ratios, seconds, underlyings, publishers: { threshold, members: [...members] }, at: service.at() };
}

/** Reads every account with a position: ~10 us each. */
function atRisk(service: Service, healthBelow: string, limit: number) {
  const { state } = service.node.executor;
  // More decimals than a ratio has make no difference to anybody.
  const bound = fromDecimal(healthBelow, 18) ?? fromDecimal(healthBelow.slice(0, healthBelow.indexOf('.') + 19), 18)!;
  const found: { id: AccountId; margin: Margin; health: bigint }[] = [];
  let scanned = 0;
  for (const id of state.idsOf(ACCOUNT)) {
    const account = existing(state, ACCOUNT, id);
    scanned += 1;
    if (account.positions.length === 0 && account.cash >= 0n) continue;
    const margin = computeMargin(state, account);
    if (margin.maintenance === 0n && margin.equity >= 0n) continue;
    const health = margin.maintenance === 0n ? -WAD : (margin.equity * WAD) / margin.maintenance;
    if (health < bound) found.push({ id, margin, health });
  }
  found.sort((a, b) => (a.health < b.health ? -1 : a.health > b.health ? 1 : 0));
  const accounts = found.slice(0, limit).map(({ id, margin }) => ({ ...whoseJson(id), ...marginJson(margin) }));
  return { accounts, scanned, at: service.at() };
}
