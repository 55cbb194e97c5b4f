/** The rules of risk as numbers. */
import { existing } from '../../state/access.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
} from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { scenariosOf, volatilityShocks } from '../../state/risk/scenarios.ts';
import { implement, type Method } from '../schema/core.ts';
import { regimeDefinition } from '../schema/regime.ts';
import { arrayDefinition, parametersDefinition } from '../schema/risk.ts';
import { greeksJson, greeksPerUnit, impliedVolatility } from './greeks.ts';
import { underlyingSymbol } from './marketViews.ts';
import { macroJson, regimesJson } from './regime.ts';
import type { Service } from './service.ts';
import { priceText, toDecimal, usdText, wadText } from './units.ts';

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
