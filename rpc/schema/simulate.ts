/** What would be: an account after changes, shocks and orders, and under each margin mode. */
import { z } from 'zod';
import { marginFacts } from './account.ts';
import { exampleExplanation, exampleParts, explanation, marginParts } from './accountRisk.ts';
import { defineMethod } from './core.ts';
import { marketSymbol } from './market.ts';
import { address, at, decimal, decimalPositive, decimalUnsigned, subaccount, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const BALANCES_MAX = 9;
const POSITIONS_MAX = 32;
const SHOCKS_MAX = 16;
const ORDERS_MAX = 8;

const symbol = z.string({ error: 'a symbol' }).min(1).max(64);
const mode = z.enum(['portfolio', 'cross', 'isolated']);

const portfolio = {
  owner: address.optional().meta({ description: 'Left out: an empty account.' }),
  subaccount: subaccount.default(0),
  balances: z.array(z.strictObject({ asset: symbol, amount: decimal })).max(BALANCES_MAX).default([]),
  positions: z
    .array(z.strictObject({ market: marketSymbol, size: decimal, entryPrice: decimalPositive.optional() }))
    .max(POSITIONS_MAX)
    .default([])
    .meta({ description: 'Added to what the account holds, signed, without a fee; at the mark without a price.' }),
  openOrders: z
    .boolean()
    .default(false)
    .meta({ description: 'As if its open orders had filled: per market the side that leaves less.' }),
} as const;

const shock = z.strictObject({
  underlying: symbol,
  pricePercent: decimal.default('0'),
  volatilityPercent: decimal.default('0'),
});
const order = z.strictObject({
  market: marketSymbol,
  side: z.enum(['buy', 'sell']),
  size: decimalPositive.optional(),
  price: decimalPositive.optional(),
  reduceOnly: z.boolean().default(false),
});
export type WhatIfOrderInput = z.output<typeof order>;

export const PRICE_PERCENT = { low: '-95', high: '400' } as const;
export const VOLATILITY_PERCENT = { low: '-90', high: '400' } as const;

const tried = z
  .strictObject({
    market: z.string(),
    side: z.enum(['buy', 'sell']),
    size: decimalUnsigned,
    price: decimalUnsigned,
    allowed: z.boolean(),
    refusal: z.string().nullable(),
    fee: decimal.nullable(),
    largestSize: decimalUnsigned,
    limit: z.string(),
  })
  .meta({
    id: 'WhatIfOrder',
    description:
      'What the settlement step says to this order, filled whole at its price by somebody else. largestSize is the ' +
      'largest that settles (0: none), limit the refusal of one lot more.',
  });
const boundary = z
  .strictObject({
    underlying: z.string(),
    indexPrice: decimalUnsigned,
    downPercent: decimal.nullable(),
    downPrice: decimalUnsigned.nullable(),
    upPercent: decimal.nullable(),
    upPrice: decimalUnsigned.nullable(),
  })
  .meta({
    id: 'LiquidationBoundary',
    description:
      'The nearest shocks of this price alone, to 0.01 %, at which equity falls below maintenance margin; null: ' +
      `none between ${PRICE_PERCENT.low} and ${PRICE_PERCENT.high} %.`,
  });

/** A unit of cost is about 10 us. An order is searched with some 24 trades, a boundary with some 40 marks a price. */
const COST = { base: 100, shock: 100, order: 500, boundary: 2_000 } as const;
function costOf(params: unknown): number {
  const { shocks, orders, boundary: searched } = Object(params) as Readonly<Record<string, unknown>>;
  const count = (list: unknown, most: number): number => (Array.isArray(list) ? Math.min(list.length, most) : 0);
  return (
    COST.base +
    COST.shock * count(shocks, SHOCKS_MAX) +
    COST.order * count(orders, ORDERS_MAX) +
    (searched === true ? COST.boundary : 0)
  );
}

export const simulateDefinition = defineMethod({
  name: 'risk_simulate',
  summary: 'Margin of an account after changes, price and volatility shocks and orders, by the settlement step itself.',
  description:
    'In this order: balances, positions, open orders, shocks, orders. A shock is a price post at this moment: index, ' +
    'forwards and slices move and the instruments concerned are marked anew; the conservative price stays. Nothing ' +
    'is changed on the chain. An order without a size is as large as settles. `before` is the account as it stands. ' +
    `Costs ${COST.base}, and ${COST.shock} a shock, ${COST.order} an order, ${COST.boundary} for the boundary; ` +
    'one search runs at a time, in slices of 2 ms.',
  params: z.strictObject({
    ...portfolio,
    mode: mode.optional().meta({ description: 'Left out: that of the account.' }),
    shocks: z.array(shock).max(SHOCKS_MAX).default([]),
    orders: z.array(order).max(ORDERS_MAX).default([]),
    boundary: z.boolean().default(false).meta({ description: 'Also search the liquidation boundary.' }),
  }),
  result: z.strictObject({
    mode,
    before: marginParts,
    after: marginParts,
    allowed: z
      .boolean()
      .meta({ description: 'Every order settles, and initial margin is met or the account no riskier than before.' }),
    orders: z.array(tried),
    ...explanation,
    boundaries: z.array(boundary).nullable(),
    at,
  }),
  errors: [
    'ACCOUNT_UNKNOWN',
    'MARKET_NOT_FOUND',
    'ASSET_UNKNOWN',
    'AMOUNT_TOO_PRECISE',
    'SIZE_OFF_LOT',
    'PRICE_OFF_TICK',
    'ORDER_OUT_OF_RANGE',
    'BALANCE_TOO_LOW',
    'TOO_MANY_POSITIONS',
    'TOO_MANY_COLLATERALS',
    'ISOLATED_NEEDS_ONE_INSTRUMENT',
    'INSTRUMENT_NOT_TRADING',
    'PRICES_STALE',
    'MARK_OUT_OF_RANGE',
  ],
  kind: 'read',
  cost: COST.base,
  costOf,
  example: {
    params: {
      balances: [{ asset: 'USDC', amount: '20000' }],
      shocks: [{ underlying: 'BTC', pricePercent: '-10', volatilityPercent: '25' }],
      orders: [{ market: 'BTC-27MAR26-100000-C', side: 'sell', size: '0.5' }],
      boundary: true,
    },
    result: {
      mode: 'portfolio',
      before: exampleParts,
      after: exampleParts,
      allowed: true,
      orders: [
        {
          market: 'BTC-27MAR26-100000-C',
          side: 'sell',
          size: '0.5',
          price: '2650.1',
          allowed: true,
          refusal: null,
          fee: '0.53',
          largestSize: '1.204',
          limit: 'initial_margin_too_low',
        },
      ],
      ...exampleExplanation,
      boundaries: [
        {
          underlying: 'BTC',
          indexPrice: '90000',
          downPercent: null,
          downPrice: null,
          upPercent: '38.75',
          upPrice: '124875',
        },
      ],
      at: AT,
    },
  },
});

const modeRow = z
  .strictObject({ mode, ...marginFacts, capital: decimalUnsigned })
  .meta({
    id: 'ModeMargin',
    description:
      'The same positions under one mode. capital: what must be there beside unrealised profit to open them; ' +
      'isolated adds it up position by position, for there profit of one can not carry another.',
  });
const freed = z.strictObject({ initialMargin: decimal, capital: decimal, capitalPercent: decimal.nullable() });

export const compareDefinition = defineMethod({
  name: 'risk_compare',
  summary: 'The same account or positions under isolated, cross and portfolio margin, and the capital that portfolio frees.',
  params: z.strictObject(portfolio),
  result: z.strictObject({
    positions: uint,
    modes: z.array(modeRow),
    portfolioFrees: z.strictObject({ versusIsolated: freed, versusCross: freed }),
    at,
  }),
  errors: simulateDefinition.errors,
  kind: 'read',
  cost: 20,
  example: {
    params: {
      balances: [{ asset: 'USDC', amount: '100000' }],
      positions: [
        { market: 'BTC-PERP', size: '1' },
        { market: 'BTC-27MAR26', size: '-1' },
      ],
    },
    result: {
      positions: 2,
      modes: [
        {
          mode: 'portfolio',
          equity: '100000',
          initialEquity: '100000',
          maintenanceMargin: '4000',
          initialMargin: '5000',
          freeCollateral: '95000',
          health: '25',
          capital: '5000',
        },
      ],
      portfolioFrees: {
        versusIsolated: { initialMargin: '35000', capital: '35000', capitalPercent: '87.5' },
        versusCross: { initialMargin: '35000', capital: '35000', capitalPercent: '87.5' },
      },
      at: AT,
    },
  },
});

/** What a what-if account is made of. */
export type WhatIfAccount = z.output<typeof compareDefinition.params>;
export type Simulation = z.output<typeof simulateDefinition.params>;
