/** What is traded, at which prices, and who would trade next. */
import { hourOf, type FillEntry, type FundingEntry } from '../../node/sequencer/history.ts';
import type { DepthLevel } from '../../node/sequencer/matcher/book.ts';
import { implement, type Method } from '../schema/core.ts';
import {
  bookDefinition,
  CANDLE_SECONDS,
  candlesDefinition,
  fundingDefinition,
  getDefinition,
  listDefinition,
  tickerDefinition,
  tradesDefinition,
} from '../schema/market.ts';
import type { Market } from './directory.ts';
import { marketPage, termsOf, tickerOf } from './marketViews.ts';
import { cursorOf, pageOf } from './pages.ts';
import type { Service } from './service.ts';
import { lotsText, priceText, ticksText, toDecimal, wadText } from './units.ts';

/** Trades one request for candles may read. */
const CANDLE_TRADES_MAX = 10_000;

export function marketMethods(service: Service): Method[] {
  const { node, directory } = service;
  return [
    implement(listDefinition, ({ limit, cursor, ...filter }) => ({
      ...marketPage(service, filter, limit, cursorOf(cursor)),
      at: service.at(),
    })),
    implement(getDefinition, ({ market }) => ({
      market: termsOf(service, service.market(market)),
      at: service.at(),
    })),
    implement(tickerDefinition, ({ market: symbol }) => tickerOf(service, service.market(symbol))),
    implement(bookDefinition, ({ market: symbol, depth }) => ({
      ...bookOf(service, service.market(symbol), depth),
      at: service.at(),
    })),
    implement(tradesDefinition, async ({ market: symbol, limit, cursor }) => {
      const market = directory.market(symbol);
      const entries = await node.history.trades(market.instrument, limit, cursorOf(cursor));
      const { items, next } = pageOf(entries, limit, ({ sequence }) => sequence);
      return { trades: items.map((entry) => tradeJson(entry, market)), ...next, at: service.at() };
    }),
    implement(candlesDefinition, async ({ market: symbol, interval, limit }) => {
      const market = directory.market(symbol);
      const { history } = node;
      const trades = await history.trades(market.instrument, CANDLE_TRADES_MAX);
      const candles = candlesOf(trades, CANDLE_SECONDS[interval], limit, market);
      return { candles, complete: trades.length < CANDLE_TRADES_MAX, at: service.at() };
    }),
    implement(fundingDefinition, async ({ market: symbol, limit, cursor }) => {
      const market = service.market(symbol);
      const entries = await node.history.funding(market.instrument, limit, cursorOf(cursor));
      const { items, next } = pageOf(entries, limit, ({ fundingTime }) => hourOf(fundingTime));
      const history = items.map((entry) => fundingJson(entry, market));
      return { market: symbol, ...fundingJson(market.record, market), history, ...next, at: service.at() };
    }),
  ];
}

export function bookOf({ node }: Service, market: Market, depth: number) {
  const { sequence, bids, asks } = node.desk.matcher.l2(market.instrument, depth);
  const level = ({ priceTicks, lots, orders }: DepthLevel): [string, string, number] => [
    ticksText(priceTicks, market),
    lotsText(lots, market),
    orders,
  ];
  return { market: market.symbol, bookSequence: sequence, bids: bids.map(level), asks: asks.map(level) };
}

type TradeFacts = Pick<
  FillEntry,
  'takerBuys' | 'price' | 'lots' | 'time' | 'sequence' | 'height' | 'takerOrder' | 'makerOrder'
>;
export const tradeJson = (entry: TradeFacts, market: Market) => ({
  market: market.symbol,
  side: entry.takerBuys ? ('buy' as const) : ('sell' as const),
  price: priceText(BigInt(entry.price)),
  size: lotsText(entry.lots, market),
  time: entry.time,
  seq: entry.sequence,
  height: entry.height,
  takerOrder: entry.takerOrder,
  makerOrder: entry.makerOrder,
});

const fundingJson = ({ fundingRate, premium, fundingIndex, fundingTime }: FundingEntry, market: Market) => ({
  rate: wadText(BigInt(fundingRate)),
  premium: wadText(BigInt(premium)),
  // [1e-12 USD per lot] / lot size [1e-8 units], cut to a micro-dollar.
  paidPerUnit: toDecimal((BigInt(fundingIndex) * 100n) / market.lotSize, 6),
  time: fundingTime,
});

type Candle = { time: number; open: bigint; high: bigint; low: bigint; close: bigint; lots: bigint; trades: number };

/** The newest `limit` candles, oldest first, of trades that come newest first. */
function candlesOf(trades: readonly FillEntry[], seconds: number, limit: number, market: Market) {
  const candles: Candle[] = [];
  for (const entry of trades) {
    const price = BigInt(entry.price);
    const lots = BigInt(entry.lots);
    const time = entry.time - (entry.time % seconds);
    const last = candles.at(-1);
    if (last?.time === time) {
      last.open = price;
      if (price > last.high) last.high = price;
      if (price < last.low) last.low = price;
      last.lots += lots;
      last.trades += 1;
    } else {
      if (candles.length === limit) break;
      candles.push({ time, open: price, high: price, low: price, close: price, lots, trades: 1 });
    }
  }
  return candles.reverse().map(({ time, open, high, low, close, lots, trades: count }) => ({
    time,
    open: priceText(open),
    high: priceText(high),
    low: priceText(low),
    close: priceText(close),
    size: lotsText(lots, market),
    trades: count,
  }));
}
