/** The rules of risk, and who is close to breaking them. */
import { z } from 'zod';
import { marginFacts } from './account.ts';
import { defineMethod } from './core.ts';
import { marketSymbol } from './market.ts';
import { address, at, bytesHex, decimal, decimalUnsigned, subaccount, uint, uintUpTo } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export const parametersDefinition = defineMethod({
  name: 'risk_parameters',
  summary: 'The governed parameters, and the scan ranges of every underlying.',
  params: z.strictObject({}),
  result: z.strictObject({
    ratios: z.record(z.string(), decimalUnsigned),
    seconds: z.record(z.string(), uint),
    underlyings: z.array(
      z.strictObject({
        underlying: z.string(),
        group: uint,
        priceScanRange: decimalUnsigned,
        volatilityScanUp: decimalUnsigned,
        volatilityScanDown: decimalUnsigned,
      }),
    ),
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
      underlyings: [
        {
          underlying: 'ETH',
          group: 1,
          priceScanRange: '0.18',
          volatilityScanUp: '0.45',
          volatilityScanDown: '0.25',
        },
      ],
      publishers: { threshold: 2, members: [OWNER] },
      at: AT,
    },
  },
});

export const arrayDefinition = defineMethod({
  name: 'risk_array',
  summary: 'Profit and loss of one unit of a market in each of the 35 scenarios.',
  params: z.strictObject({ market: marketSymbol }),
  result: z.strictObject({
    market: z.string(),
    markPrice: decimalUnsigned,
    markTime: uint,
    delta: decimal,
    scenarios: z.array(
      z.strictObject({
        scenario: uint,
        move: decimal,
        damping: decimalUnsigned,
        volatility: z.enum(['up', 'same', 'down']),
        pnlPerUnit: decimal,
      }),
    ),
    at,
  }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: {
    params: { market: 'ETH-PERP' },
    result: {
      market: 'ETH-PERP',
      markPrice: '4000',
      markTime: 1_772_409_600,
      delta: '4000',
      scenarios: [{ scenario: 0, move: '0', damping: '1', volatility: 'up', pnlPerUnit: '0' }],
      at: AT,
    },
  },
});

export const atRiskDefinition = defineMethod({
  name: 'liquidation_atRisk',
  summary: 'Accounts by health, the weakest first: equity over maintenance margin.',
  params: z.strictObject({
    healthBelow: decimalUnsigned.default('1.25'),
    limit: uintUpTo(1_000).min(1, { error: 'at least 1' }).default(100),
  }),
  result: z.strictObject({
    accounts: z.array(
      z.strictObject({ owner: address, subaccount, account: bytesHex(21), ...marginFacts }),
    ),
    scanned: uint,
    at,
  }),
  errors: [],
  kind: 'read',
  cost: 200,
  example: { params: {}, result: { accounts: [], scanned: 10, at: AT } },
});
