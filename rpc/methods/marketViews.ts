/** Terms, marks and greeks of markets in human units. */
import { existing } from '../../state/access.ts';
import { INSTRUMENT, INSTRUMENT_KIND, isOption, type Instrument } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import type { KindFilter } from '../schema/market.ts';
import type { Market } from './directory.ts';
import { greeksJson, greeksPerUnit, impliedVolatility } from './greeks.ts';
import type { Service } from './service.ts';
import { lotsText, priceText, ticksText, wadText } from './units.ts';

export const KIND_NAME = ['perpetual', 'future', 'call', 'put'] as const;
const STATUS_NAME = ['trading', 'reduceOnly', 'settled', 'deleveraging'] as const;

type Listed = Market & Readonly<{ record: Instrument }>;
export type MarketFilter = Readonly<{
  underlying?: string | undefined;
  kind?: KindFilter | undefined;
  expiry?: number | undefined;
}>;

export const underlyingSymbol = (network: Service['node']['network'], id: number): string =>
  network.underlyings.find((u) => u.id === id)?.symbol ?? `#${id}`;

const isOfKind = (record: Instrument, kind: KindFilter): boolean =>
  kind === 'option' ? isOption(record) : record.kind === INSTRUMENT_KIND[kind];

/** Up to `limit` markets by ascending id, after the one the cursor names. */
export function marketPage(service: Service, filter: MarketFilter, limit: number, after = -1) {
  const { network, executor } = service.node;
  const { underlying, kind, expiry } = filter;
  const found: Listed[] = [];
  const ids = [...executor.state.idsOf(INSTRUMENT)].filter((id) => id > after).sort((a, b) => a - b);
  for (const id of ids) {
    const record = existing(executor.state, INSTRUMENT, id);
    if (underlying !== undefined && underlyingSymbol(network, record.underlying) !== underlying) continue;
    if (kind !== undefined && !isOfKind(record, kind)) continue;
    if (expiry !== undefined && record.expiry !== expiry) continue;
    if (found.length === limit) {
      return { markets: found.map((m) => termsOf(service, m)), cursor: String(found.at(-1)!.instrument) };
    }
    found.push({ ...service.directory.marketOf(id), record });
  }
  return { markets: found.map((m) => termsOf(service, m)) };
}

/** Mark, volatility and greeks of one unit. */
function valuationJson({ node }: Service, { record }: Listed) {
  const { state, timestamp } = node.executor;
  const underlying = existing(state, UNDERLYING, record.underlying);
  const volatility = impliedVolatility(record, underlying, timestamp);
  return {
    markPrice: priceText(record.markPrice),
    markTime: record.markTime,
    impliedVolatility: volatility === undefined ? null : wadText(volatility),
    greeks: greeksJson(greeksPerUnit(record), underlying.indexPrice),
  };
}

export function termsOf(service: Service, market: Listed) {
  const { node } = service;
  const { record } = market;
  const { priceBand, makerFee, takerFee } = existing(node.executor.state, PARAMETERS, PARAMETERS_PAGE);
  const { expiry, strike, tickSize, lotSize, settlementPrice } = record;
  return {
    market: market.symbol,
    instrument: market.instrument,
    kind: KIND_NAME[record.kind],
    status: STATUS_NAME[record.status],
    underlying: underlyingSymbol(node.network, record.underlying),
    expiry: expiry === 0 ? null : expiry,
    strike: strike === 0n ? null : priceText(strike),
    tickSize: priceText(tickSize),
    stepSize: priceText(lotSize),
    maxOrderSize: lotsText(record.maxOrderLots, record),
    openInterestCap: lotsText(record.openInterestCap, record),
    priceBand: wadText(priceBand),
    makerFee: wadText(makerFee),
    takerFee: wadText(takerFee),
    feeMultiplier: wadText(existing(node.executor.state, UNDERLYING, record.underlying).feeMultiplier),
    settlementPrice: settlementPrice === 0n ? null : priceText(settlementPrice),
    ...valuationJson(service, market),
  };
}

export function tickerOf(service: Service, market: Listed) {
  const { executor, desk, network } = service.node;
  const { record } = market;
  const { matcher } = desk;
  const text = (ticks: number | null): string | null => (ticks === null ? null : ticksText(ticks, market));
  const underlying = existing(executor.state, UNDERLYING, record.underlying);
  const term = underlying.terms.find(({ expiry }) => expiry === record.expiry);
  return {
    market: market.symbol,
    kind: KIND_NAME[record.kind],
    underlying: underlyingSymbol(network, record.underlying),
    expiry: record.expiry === 0 ? null : record.expiry,
    strike: record.strike === 0n ? null : priceText(record.strike),
    ...valuationJson(service, market),
    indexPrice: priceText(underlying.indexPrice),
    forwardPrice: term === undefined ? null : priceText(term.forward),
    bestBid: text(matcher.bestBid(market.instrument)),
    bestAsk: text(matcher.bestAsk(market.instrument)),
    fundingRate: wadText(record.fundingRate),
    openInterest: lotsText(record.openInterest, record),
    at: service.at(),
  };
}
