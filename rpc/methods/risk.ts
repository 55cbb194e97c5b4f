/** The rules of risk as numbers, and the accounts nearest to them. */
import { existing } from '../../state/access.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
} from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { computeMargin, type Margin } from '../../state/risk/margin.ts';
import { scenariosOf, volatilityShocks } from '../../state/risk/scenarios.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { implement, type Method } from '../schema/core.ts';
import { regimeDefinition } from '../schema/regime.ts';
import { arrayDefinition, atRiskDefinition, parametersDefinition } from '../schema/risk.ts';
import { marginJson, whoseJson } from './accountViews.ts';
import { greeksJson, greeksPerUnit, impliedVolatility } from './greeks.ts';
import { underlyingSymbol } from './marketViews.ts';
import { macroJson, regimesJson } from './regime.ts';
import type { Service } from './service.ts';
import { fromDecimal, priceText, toDecimal, usdText, wadText } from './units.ts';

const SECONDS: ReadonlySet<keyof Parameters> = new Set([
  'premiumSeconds',
  'maxPriceAge',
  'maxMarkAge',
  'maxReportAge',
  'maxVolatilityAge',
  'reputationHalfLife',
]);
/** Dollars, for so many days. */
const DOLLAR_DAYS: ReadonlySet<keyof Parameters> = new Set(['reputationScale']);
const ROLE_NAME = ['tradable', 'equityIndex', 'volatilityIndex', 'dollarIndex'] as const;
const VOLATILITY_NAME = ['up', 'same', 'down'] as const;
/** [1e-6 USD] per lot x this / lot size [1e-8] = [1e-6 USD] per unit. */
const UNIT = 10n ** 8n;

export function riskMethods(service: Service): Method[] {
  return [
    implement(parametersDefinition, () => parametersJson(service)),
    implement(arrayDefinition, ({ market }) => riskArrayJson(service, market)),
    implement(regimeDefinition, ({ underlying }) => ({
      regimes: regimesJson(service, underlying),
      macro: macroJson(service),
      at: service.at(),
    })),
    implement(atRiskDefinition, ({ healthBelow, limit }) => atRisk(service, healthBelow, limit)),
  ];
}

function riskArrayJson(service: Service, symbol: string) {
  const { state, timestamp: now } = service.node.executor;
  const { record: instrument } = service.market(symbol);
  const underlying = existing(state, UNDERLYING, instrument.underlying);
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const sigma = impliedVolatility(instrument, underlying, now);
  const shocks = sigma === undefined ? undefined : volatilityShocks(sigma, instrument.expiry - now, underlying, parameters);
  const scenarios = scenariosOf(underlying).map(({ move, damping, volatility }, scenario) => {
    const perLot = BigInt(instrument.riskArray[scenario]!);
    return {
      scenario,
      move: wadText(move),
      damping: wadText(damping),
      volatility: VOLATILITY_NAME[volatility],
      impliedVolatility: shocks === undefined ? null : wadText(shocks[volatility]!),
      pnlPerLot: usdText(perLot),
      pnlPerUnit: toDecimal((perLot * UNIT) / instrument.lotSize, 6),
    };
  });
  return {
    market: symbol,
    stepSize: priceText(instrument.lotSize),
    markPrice: priceText(instrument.markPrice),
    markTime: instrument.markTime,
    greeks: greeksJson(greeksPerUnit(instrument), underlying.indexPrice),
    scenarios,
    at: service.at(),
  };
}

function parametersJson(service: Service) {
  const { state } = service.node.executor;
  const ratios: Record<string, string> = {};
  const seconds: Record<string, number> = {};
  const dollarDays: Record<string, string> = {};
  for (const [name, value] of Object.entries(existing(state, PARAMETERS, PARAMETERS_PAGE))) {
    const field = name as keyof Parameters;
    if (SECONDS.has(field)) seconds[name] = Number(value);
    else if (DOLLAR_DAYS.has(field)) dollarDays[name] = usdText(value);
    else ratios[name] = wadText(value);
  }
  const underlyings = [...state.idsOf(UNDERLYING)].sort((a, b) => a - b).map((id) => underlyingJson(service, id));
  const { threshold, members } = existing(state, PUBLISHERS, PUBLISHERS_PAGE);
  return { ratios, seconds, dollarDays, underlyings, publishers: { threshold, members: [...members] }, at: service.at() };
}

function underlyingJson({ node }: Service, id: number) {
  const underlying = existing(node.executor.state, UNDERLYING, id);
  return {
    underlying: underlyingSymbol(node.network, id),
    role: ROLE_NAME[underlying.role],
    group: underlying.group,
    leader: underlyingSymbol(node.network, underlying.leader),
    peg: underlying.peg === 0n ? null : priceText(underlying.peg),
    priceScanRange: wadText(underlying.priceScanRange),
    scanFloor: wadText(underlying.scanFloor),
    scanCeiling: wadText(underlying.scanCeiling),
    volatilityScanUp: wadText(underlying.volatilityScanUp),
    volatilityScanDown: wadText(underlying.volatilityScanDown),
    correlation: wadText(underlying.correlation),
    feeMultiplier: wadText(underlying.feeMultiplier),
    stress: wadText(underlying.stress),
    averageDailyVolume: usdText(underlying.averageDailyVolume),
    strikeStep: underlying.strikeStep === 0n ? null : priceText(underlying.strikeStep),
  };
}

/** Reads every account with a position: up to ~18 us each. */
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
    const margin = computeMargin(state, id, account);
    if (margin.maintenance === 0n && margin.equity >= 0n) continue;
    const health = margin.maintenance === 0n ? -WAD : (margin.equity * WAD) / margin.maintenance;
    if (health < bound) found.push({ id, margin, health });
  }
  found.sort((a, b) => (a.health < b.health ? -1 : a.health > b.health ? 1 : 0));
  const accounts = found.slice(0, limit).map(({ id, margin }) => ({ ...whoseJson(id), ...marginJson(margin) }));
  return { accounts, scanned, at: service.at() };
}
