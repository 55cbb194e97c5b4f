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
  .meta({ id: 'Market', description: 'Symbol of a market, such as "ETH-PERP" or "BTC-27MAR26-100000-C".' });

const kind = z.enum(['perpetual', 'future', 'call', 'put']);
const kindFilter = z.enum(['perpetual', 'future', 'call', 'put', 'option']);
export type KindFilter = z.output<typeof kindFilter>;

export const greeks = z
  .strictObject({ delta: decimal, deltaUsd: decimal, gamma: decimal, vega: decimal, theta: decimal })
  .meta({
    id: 'Greeks',
    description:
      'delta in units of the underlying at its index, and in USD for a move of 100 %; in USD: gamma, the change of ' +
      'deltaUsd for a move of 1 %; vega, for one volatility point; theta, of one day.',
  });
export const exampleGreeks: z.input<typeof greeks> = {
  delta: '0.512',
  deltaUsd: '51200',
  gamma: '1840.5',
  vega: '96.2',
  theta: '-88.4',
};
const valuation = {
  markPrice: decimalUnsigned,
  markTime: uint,
  impliedVolatility: decimalUnsigned.nullable().meta({ description: 'Yearly, of the slice at the strike; options only.' }),
  greeks: greeks.meta({ description: 'Of one unit of the market.' }),
} as const;

export const market = z
  .strictObject({
    market: z.string(),
    instrument: uint,
    kind,
    status: z.enum(['trading', 'reduceOnly', 'settled', 'deleveraging']),
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
    feeMultiplier: decimalUnsigned,
    settlementPrice: decimalUnsigned.nullable(),
    ...valuation,
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
  feeMultiplier: '1',
  settlementPrice: null,
  markPrice: '4000',
  markTime: 1_772_409_600,
  impliedVolatility: null,
  greeks: { delta: '1', deltaUsd: '4000', gamma: '0', vega: '0', theta: '0' },
};
const exampleOption: z.input<typeof market> = {
  ...exampleMarket,
  market: 'BTC-27MAR26-100000-C',
  instrument: 2_318_926_224,
  kind: 'call',
  underlying: 'BTC',
  expiry: 1_774_598_400,
  strike: '100000',
  tickSize: '0.1',
  stepSize: '0.001',
  markPrice: '6120.4',
  impliedVolatility: '0.6',
  greeks: exampleGreeks,
};

export const listDefinition = defineMethod({
  name: 'market_list',
  summary: 'Markets with their terms, marks and greeks, by ascending instrument: perpetuals and futures, then options.',
  params: z.strictObject({
    underlying: z.string().max(64).optional(),
    kind: kindFilter.optional(),
    expiry: uint.optional(),
    ...page,
  }),
  result: z.strictObject({ markets: z.array(market), ...nextPage, at }),
  errors: [],
  kind: 'read',
  cost: 20,
  example: {
    params: { underlying: 'BTC', kind: 'option', expiry: 1_774_598_400, limit: 1 },
    result: { markets: [exampleOption], cursor: '2318926224', at: AT },
  },
});

export const getDefinition = defineMethod({
  name: 'market_get',
  summary: 'Terms, mark and greeks of one market.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({ market, at }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: { params: { market: 'ETH-PERP' }, result: { market: exampleMarket, at: AT } },
});

export const tickerDefinition = defineMethod({
  name: 'market_ticker',
  summary: 'Mark, index, best prices, greeks, funding and open interest of a market.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({
    market: z.string(),
    kind,
    underlying: z.string(),
    expiry: uint.nullable(),
    strike: decimalUnsigned.nullable(),
    ...valuation,
    indexPrice: decimalUnsigned,
    forwardPrice: decimalUnsigned.nullable(),
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
      kind: 'perpetual',
      underlying: 'ETH',
      expiry: null,
      strike: null,
      markPrice: '4000.5',
      markTime: 1_772_409_600,
      impliedVolatility: null,
      greeks: { delta: '1.000125', deltaUsd: '4000.5', gamma: '0', vega: '0', theta: '0' },
      indexPrice: '4000',
      forwardPrice: null,
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
