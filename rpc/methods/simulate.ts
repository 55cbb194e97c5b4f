/** `risk_simulate`: the rules of the chain over an account that could be, at prices that could be. */
import { existing } from '../../state/access.ts';
import { Refusal } from '../../state/errors.ts';
import { max } from '../../state/math/integer.ts';
import { MARGIN_MODE } from '../../state/records/account.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { REFUSAL, type RefusalCode } from '../../state/refusals.ts';
import { explainMargin } from '../../state/risk/explain.ts';
import { isAllowed, meetsInitial } from '../../state/risk/margin.ts';
import { WAD, type AccountId, type Ticks } from '../../state/units.ts';
import { implement, type Method } from '../schema/core.ts';
import { refusalError, RpcError } from '../schema/errors.ts';
import {
  compareDefinition,
  PRICE_PERCENT,
  simulateDefinition,
  VOLATILITY_PERCENT,
  type Simulation,
  type WhatIfOrderInput,
} from '../schema/simulate.ts';
import { MODE_NAME } from './accountViews.ts';
import { compareModes } from './compareModes.ts';
import type { Market } from './directory.ts';
import { explanationJson, marginPartsJson } from './marginViews.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { fromSignedDecimal, lotsText, priceText, ticksText, toDecimal, usdText } from './units.ts';
import { accountIn, portfolioIn } from './whatIf/changes.ts';
import type { Overlay } from './whatIf/overlay.ts';
import { build, stepsIn } from './whatIf/request.ts';
import { boundaryOf, largestOrder, SearchLane, type Breather } from './whatIf/search.ts';
import { applyShock, isWithinKernel, SHOCKED_VOLATILITY_MAX } from './whatIf/shocks.ts';
import { tryOrder, type WhatIfOrder } from './whatIf/standIn.ts';

const UNDERLYINGS_MAX = 8;

export function simulateMethods(service: Service): Method[] {
  const lane = new SearchLane();
  return [
    implement(simulateDefinition, (request) => lane.run((breather) => simulate(service, request, breather))),
    implement(compareDefinition, (request) => compareModes(service, request)),
  ];
}

async function simulate(service: Service, request: Simulation, breather: Breather) {
  const mode = request.mode === undefined ? undefined : MARGIN_MODE[request.mode];
  const { id, overlay: built, before } = build(service, request, mode);
  const at = service.at();
  const orders = request.orders.map((order, i) => orderIn(service, built, order, `orders[${i}]`));
  shock(service, built, id, request, orders.map(({ instrument }) => instrument));
  let overlay = built;
  const results = [];
  for (const order of orders) {
    const { result, after } = await settle(overlay, id, order, breather);
    results.push(result);
    overlay = after;
  }
  const account = accountIn(overlay, id);
  const portfolio = portfolioIn(overlay, id);
  const explained = explainMargin(portfolio);
  const after = explained.margin;
  return {
    mode: MODE_NAME[account.mode],
    before: marginPartsJson(before),
    after: marginPartsJson(after),
    allowed: results.every(({ allowed }) => allowed) && (meetsInitial(after) || isAllowed(before, after)),
    orders: results,
    ...explanationJson(service.names, portfolio, explained),
    boundaries: request.boundary ? await boundariesJson(service, overlay, id, breather) : null,
    at,
  };
}

type Named = Omit<WhatIfOrder, 'lots'> & Readonly<{ market: Market; lots: bigint | undefined }>;

/** Reads what the order will need, now: later parts of a simulation see the same moment. */
function orderIn(service: Service, overlay: Overlay, order: WhatIfOrderInput, param: string): Named {
  const market = service.market(order.market, `${param}.market`);
  const { underlying, markPrice } = existing(overlay, INSTRUMENT, market.instrument);
  existing(overlay, UNDERLYING, underlying);
  const buy = order.side === 'buy';
  const ticks =
    order.price === undefined
      ? ticksAtMark(markPrice, market.tickSize, buy)
      : stepsIn(order.price, market.tickSize, `${param}.price`, 'PRICE_OFF_TICK');
  const lots = order.size === undefined ? undefined : stepsIn(order.size, market.lotSize, `${param}.size`, 'SIZE_OFF_LOT');
  return { market, instrument: market.instrument, buy, ticks, lots, reduceOnly: order.reduceOnly };
}

/** The tick next to the mark that the other side would give. */
const ticksAtMark = (mark: bigint, tick: bigint, buy: boolean): Ticks => max(buy ? (mark + tick - 1n) / tick : mark / tick, 1n);

function percentIn(text: string, { low, high }: { low: string; high: string }, param: string): bigint {
  const percent = fromSignedDecimal(text, 16);
  const [least, most] = [low, high].map((bound) => fromSignedDecimal(bound, 16)!) as [bigint, bigint];
  if (percent !== null && percent >= least && percent <= most) return percent;
  throw new RpcError('INVALID_PARAMS', { param, expected: `from ${low} to ${high}, at most 16 decimals`, received: text });
}

/** Applies the shocks, each to what the account and its orders depend on. @throws RpcError */
function shock(service: Service, overlay: Overlay, id: AccountId, { shocks }: Simulation, alsoMarked: readonly number[]): void {
  const held = accountIn(overlay, id).positions.map(({ instrument }) => instrument);
  const instruments = [...new Set([...held, ...alsoMarked])];
  const seen = new Set<number>();
  shocks.forEach(({ underlying: symbol, pricePercent, volatilityPercent }, i) => {
    const param = `shocks[${i}]`;
    const known = service.node.network.underlyings;
    const underlying = known.find((u) => u.symbol === symbol)?.id;
    if (underlying === undefined || seen.has(underlying)) {
      const expected = `one of ${known.map((u) => u.symbol).join(', ')}, each once`;
      throw new RpcError('INVALID_PARAMS', { param: `${param}.underlying`, expected, received: symbol });
    }
    seen.add(underlying);
    const move = {
      price: percentIn(pricePercent, PRICE_PERCENT, `${param}.pricePercent`),
      volatility: percentIn(volatilityPercent, VOLATILITY_PERCENT, `${param}.volatilityPercent`),
    };
    const record = existing(overlay, UNDERLYING, underlying);
    if (record.indexPrice === 0n) throw refusalError(REFUSAL.prices_stale, { param, detail: `${symbol} has no price` });
    if (!isWithinKernel(record, move)) {
      const expected = `volatilities at the money of at most ${toDecimal(SHOCKED_VOLATILITY_MAX * 100n, 18)} % after it`;
      throw new RpcError('INVALID_PARAMS', { param: `${param}.volatilityPercent`, expected, received: volatilityPercent });
    }
    try {
      applyShock(overlay, underlying, move, instruments);
    } catch (thrown) {
      if (thrown instanceof Refusal) throw refusalError(thrown.code as RefusalCode, { param, detail: thrown.detail });
      throw thrown;
    }
  });
}

/** Settles one order, or does not; and the largest of its kind. */
async function settle(overlay: Overlay, id: AccountId, order: Named, breather: Breather) {
  const { market, buy, ticks } = order;
  const largest = await largestOrder(overlay, id, order, breather);
  const lots = order.lots ?? largest.lots;
  const tried = lots === 0n ? undefined : tryOrder(overlay, id, { ...order, lots });
  const result = {
    market: market.symbol,
    side: buy ? ('buy' as const) : ('sell' as const),
    size: lotsText(lots, market),
    price: ticksText(ticks, market),
    allowed: tried?.ok === true,
    refusal: tried === undefined ? largest.limit : tried.ok ? null : tried.refusal,
    fee: tried?.ok === true ? usdText(tried.fee) : null,
    largestSize: lotsText(largest.lots, market),
    limit: largest.limit,
  };
  return { result, after: tried?.ok === true ? tried.after : overlay };
}

/** Of the first underlyings that the account depends on. */
async function boundariesJson(service: Service, overlay: Overlay, id: AccountId, breather: Breather) {
  const { holdings, pledges } = portfolioIn(overlay, id);
  const ids = [...holdings.map((h) => h.instrument.underlying), ...pledges.map((p) => p.asset.underlying)];
  const boundaries = [];
  for (const underlying of [...new Set(ids)].sort((a, b) => a - b).slice(0, UNDERLYINGS_MAX)) {
    const { indexPrice } = existing(overlay, UNDERLYING, underlying);
    const { down, up } = await boundaryOf(overlay, id, underlying, breather);
    const percentOf = (move: bigint | null) => (move === null ? null : toDecimal(move * 100n, 18));
    const priceOf = (move: bigint | null) => (move === null ? null : priceText((indexPrice * (WAD + move)) / WAD));
    boundaries.push({
      underlying: underlyingSymbol(service.node.network, underlying),
      indexPrice: priceText(indexPrice),
      downPercent: percentOf(down),
      downPrice: priceOf(down),
      upPercent: percentOf(up),
      upPrice: priceOf(up),
    });
  }
  return boundaries;
}
