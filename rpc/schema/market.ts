/** Markets: their terms, prices, books, trades and funding. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { at, bytes32, decimal, decimalUnsigned, nextPage, page, uint, uintUpTo } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
export const marketSymbol = z
  .string({ error: 'the symbol of a market' })
  .min(1, { error: 'the symbol of a market' })
  .max(64, { error: 'the symbol of a market' })
  .meta({ id: 'Market', description: 'Symbol of a market, such as "ETH-PERP".' });

export const market = z
  .strictObject({
    market: z.string(),
    instrument: uint,
    kind: z.enum(['perpetual', 'future', 'call', 'put']),
    status: z.enum(['trading', 'reduceOnly', 'settled']),
    underlying: z.string(),
    expiry: uint.nullable(),
    strike: decimalUnsigned.nullable(),
    tickSize: decimalUnsigned,
    stepSize: decimalUnsigned,
    maxOrderSize: decimalUnsigned,
    openInterestCap: decimalUnsigned,
    priceBand: decimalUnsigned,
    makerFee: decimalUnsigned,
    takerFee: decimalUnsigned,
    settlementPrice: decimalUnsigned.nullable(),
  })
  .meta({ id: 'MarketTerms', description: 'price = ticks x tickSize, size = lots x stepSize.' });
const exampleMarket: z.input<typeof market> = {
  market: 'ETH-PERP',
  instrument: 200,
  kind: 'perpetual',
  status: 'trading',
  underlying: 'ETH',
  expiry: null,
  strike: null,
  tickSize: '0.01',
  stepSize: '0.01',
  maxOrderSize: '100000',
  openInterestCap: '10000000',
  priceBand: '0.1',
  makerFee: '0.0002',
  takerFee: '0.0005',
  settlementPrice: null,
};

export const listDefinition = defineMethod({
  name: 'market_list',
  summary: 'All markets with their terms.',
  params: z.strictObject({ underlying: z.string().max(64).optional() }),
  result: z.strictObject({ markets: z.array(market), at }),
  errors: [],
  kind: 'read',
  cost: 2,
  example: { params: {}, result: { markets: [exampleMarket], at: AT } },
});

export const getDefinition = defineMethod({
  name: 'market_get',
  summary: 'The terms of one market.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({ market, at }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: { params: { market: 'ETH-PERP' }, result: { market: exampleMarket, at: AT } },
});

export const tickerDefinition = defineMethod({
  name: 'market_ticker',
  summary: 'Mark, index, best prices, funding and open interest of a market.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({
    market: z.string(),
    markPrice: decimalUnsigned,
    markTime: uint,
    indexPrice: decimalUnsigned,
    bestBid: decimalUnsigned.nullable(),
    bestAsk: decimalUnsigned.nullable(),
    fundingRate: decimal,
    openInterest: decimalUnsigned,
    at,
  }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: {
    params: { market: 'ETH-PERP' },
    result: {
      market: 'ETH-PERP',
      markPrice: '4000.5',
      markTime: 1_772_409_600,
      indexPrice: '4000',
      bestBid: '3999.5',
      bestAsk: null,
      fundingRate: '0.00001',
      openInterest: '12.5',
      at: AT,
    },
  },
});

const BOOK_DEPTH_MAX = 1_000;
const BOOK_DEPTH_DEFAULT = 20;
export const bookLevel = z
  .tuple([decimalUnsigned, decimalUnsigned, uint])
  .meta({ id: 'BookLevel', description: '[price, size, orders]' });
export const bookDefinition = defineMethod({
  name: 'market_book',
  summary: 'The best levels of a book, best first: [price, size, orders].',
  params: z.strictObject({
    market: marketSymbol,
    depth: uintUpTo(BOOK_DEPTH_MAX).min(1, { error: 'at least 1' }).default(BOOK_DEPTH_DEFAULT),
  }),
  result: z.strictObject({
    market: z.string(),
    bookSequence: uint,
    bids: z.array(bookLevel),
    asks: z.array(bookLevel),
    at,
  }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: {
    params: { market: 'ETH-PERP' },
    result: { market: 'ETH-PERP', bookSequence: 9, bids: [['3999.5', '2', 1]], asks: [], at: AT },
  },
});

export const trade = z
  .strictObject({
    market: z.string(),
    side: z.enum(['buy', 'sell']),
    price: decimalUnsigned,
    size: decimalUnsigned,
    time: uint,
    seq: uint,
    height: uint,
    takerOrder: bytes32,
    makerOrder: bytes32,
  })
  .meta({ id: 'Trade', description: 'A trade; side is what the taker did.' });
export const exampleTrade: z.input<typeof trade> = {
  market: 'ETH-PERP',
  side: 'buy',
  price: '4000',
  size: '0.5',
  time: 1_772_409_600,
  seq: 339,
  height: 12,
  takerOrder: HASH,
  makerOrder: HASH,
};
export const tradesDefinition = defineMethod({
  name: 'market_trades',
  summary: 'Trades of a market, newest first.',
  params: z.strictObject({ market: marketSymbol, ...page }),
  result: z.strictObject({ trades: z.array(trade), ...nextPage, at }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  cost: 5,
  example: { params: { market: 'ETH-PERP' }, result: { trades: [exampleTrade], at: AT } },
});

export const CANDLE_SECONDS = { '1m': 60, '5m': 300, '15m': 900, '1h': 3_600, '4h': 14_400, '1d': 86_400 } as const;
export const candlesDefinition = defineMethod({
  name: 'market_candles',
  summary: 'Candles made of the newest trades, oldest first; intervals without trades are left out.',
  description:
    'At most 10,000 trades are read: complete is false where older trades of the oldest candle ' +
    'may be missing.',
  params: z.strictObject({
    market: marketSymbol,
    interval: z.enum(['1m', '5m', '15m', '1h', '4h', '1d']).default('1m'),
    limit: uintUpTo(1_000).min(1, { error: 'at least 1' }).default(100),
  }),
  result: z.strictObject({
    candles: z.array(
      z.strictObject({
        time: uint,
        open: decimalUnsigned,
        high: decimalUnsigned,
        low: decimalUnsigned,
        close: decimalUnsigned,
        size: decimalUnsigned,
        trades: uint,
      }),
    ),
    complete: z.boolean(),
    at,
  }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  cost: 50,
  example: {
    params: { market: 'ETH-PERP', interval: '1h' },
    result: {
      candles: [
        { time: 1_772_409_600, open: '4000', high: '4010', low: '3990', close: '4001', size: '3', trades: 4 },
      ],
      complete: true,
      at: AT,
    },
  },
});

const funding = { rate: decimal, premium: decimal, paidPerUnit: decimal, time: uint } as const;
export const fundingDefinition = defineMethod({
  name: 'market_funding',
  summary: 'Funding of a perpetual: its hourly rate, its premium, and what a long has paid per unit so far.',
  description: 'Now, and in `history` at the last mark of each hour, newest first; pages follow `history`.',
  params: z.strictObject({ market: marketSymbol, ...page }),
  result: z.strictObject({ market: z.string(), ...funding, history: z.array(z.strictObject(funding)), ...nextPage, at }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: {
    params: { market: 'ETH-PERP' },
    result: {
      market: 'ETH-PERP',
      rate: '0.00001',
      premium: '0.0002',
      paidPerUnit: '1.25',
      time: 1_772_409_600,
      history: [{ rate: '0.00001', premium: '0.0002', paidPerUnit: '1.2', time: 1_772_406_000 }],
      at: AT,
    },
  },
});
