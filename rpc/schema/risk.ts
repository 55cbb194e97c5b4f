/** The rules of risk. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { exampleGreeks, greeks, marketSymbol } from './market.ts';
import { address, at, decimal, decimalUnsigned, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

const underlyingRisk = z
  .strictObject({
    underlying: z.string(),
    role: z.enum(['tradable', 'equityIndex', 'volatilityIndex', 'dollarIndex']),
    group: uint,
    leader: z.string(),
    peg: decimalUnsigned.nullable(),
    priceScanRange: decimalUnsigned,
    scanFloor: decimalUnsigned,
    scanCeiling: decimalUnsigned,
    volatilityScanUp: decimalUnsigned,
    volatilityScanDown: decimalUnsigned,
    correlation: decimal,
    feeMultiplier: decimalUnsigned,
    stress: decimalUnsigned,
    averageDailyVolume: decimalUnsigned,
    strikeStep: decimalUnsigned.nullable(),
  })
  .meta({
    id: 'UnderlyingRisk',
    description:
      'Scan ranges in force (volatility: at 30 days) with the bounds of the first, what they follow from, and ' +
      'liquidity in USD a day. Underlyings of one group other than 0 move together in the joint scenarios.',
  });

export const parametersDefinition = defineMethod({
  name: 'risk_parameters',
  summary: 'The governed parameters, and what is predicted and measured of every underlying.',
  params: z.strictObject({}),
  result: z.strictObject({
    ratios: z.record(z.string(), decimalUnsigned),
    seconds: z.record(z.string(), uint),
    dollarDays: z.record(z.string(), decimalUnsigned),
    underlyings: z.array(underlyingRisk),
    publishers: z.strictObject({ threshold: uint, members: z.array(address) }),
    at,
  }),
  errors: [],
  kind: 'read',
  example: {
    params: {},
    result: {
      ratios: { takerFee: '0.0005' },
      seconds: { maxPriceAge: 120 },
      dollarDays: { reputationScale: '1000000' },
      underlyings: [
        {
          underlying: 'ETH',
          role: 'tradable',
          group: 1,
          leader: 'BTC',
          peg: null,
          priceScanRange: '0.18',
          scanFloor: '0.06',
          scanCeiling: '0.6',
          volatilityScanUp: '0.45',
          volatilityScanDown: '0.25',
          correlation: '1',
          feeMultiplier: '1',
          stress: '0',
          averageDailyVolume: '10000000000',
          strikeStep: '25',
        },
      ],
      publishers: { threshold: 2, members: [OWNER] },
      at: AT,
    },
  },
});

const scenario = z
  .strictObject({
    scenario: uint,
    move: decimal,
    damping: decimalUnsigned,
    volatility: z.enum(['up', 'same', 'down']),
    impliedVolatility: decimalUnsigned.nullable(),
    pnlPerLot: decimal,
    pnlPerUnit: decimal,
  })
  .meta({
    id: 'Scenario',
    description:
      'A price move (0.15: 15 % up), a volatility move and, for options, the volatility it leads to; profit and loss ' +
      'of a long lot and a long unit in USD, of which only the share `damping` counts (it is already taken).',
  });

export const arrayDefinition = defineMethod({
  name: 'risk_array',
  summary: 'Profit and loss of a market in each of the 35 scenarios, and its greeks.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({
    market: z.string(),
    stepSize: decimalUnsigned,
    markPrice: decimalUnsigned,
    markTime: uint,
    greeks: greeks.meta({ description: 'Of one unit of the market.' }),
    scenarios: z.array(scenario),
    at,
  }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: {
    params: { market: 'BTC-27MAR26-100000-C' },
    result: {
      market: 'BTC-27MAR26-100000-C',
      stepSize: '0.001',
      markPrice: '6120.4',
      markTime: 1_772_409_600,
      greeks: exampleGreeks,
      scenarios: [
        {
          scenario: 0,
          move: '0',
          damping: '1',
          volatility: 'up',
          impliedVolatility: '0.87',
          pnlPerLot: '2.61',
          pnlPerUnit: '2610',
        },
      ],
      at: AT,
    },
  },
});
