/** What an account risks: its sensitivities, and every part of its margin. */
import { z } from 'zod';
import { exampleMargin, marginFacts, owned } from './account.ts';
import { defineMethod } from './core.ts';
import { exampleGreeks, greeks } from './market.ts';
import { exampleProof, proof } from './proof.ts';
import { at, decimal, decimalUnsigned, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export const marginParts = z
  .strictObject({
    ...marginFacts,
    scanRisk: decimalUnsigned,
    calendarCharge: decimalUnsigned,
    contingencyCharge: decimalUnsigned,
    shortOptionMinimum: decimalUnsigned,
    liquidityCharge: decimalUnsigned,
    concentrationCharge: decimalUnsigned,
    openInterestCharge: decimalUnsigned,
    confidenceCharge: decimalUnsigned,
    pegCharge: decimalUnsigned,
    freeEquity: decimal,
    fresh: z.boolean(),
  })
  .meta({
    id: 'MarginParts',
    description:
      'Equity, both margins, and every charge in them, in USD. Maintenance is the larger of scan risk and short-option ' +
      'minimum, and the charges of calendar, contingency, liquidity and concentration; initial adds those of open interest, ' +
      'confidence and peg to maintenance times its factors. A withdrawal leaves a free equity of at least the initial margin.',
  });
export const exampleParts: z.input<typeof marginParts> = {
  ...exampleMargin,
  scanRisk: '90',
  calendarCharge: '0',
  contingencyCharge: '10',
  shortOptionMinimum: '0',
  liquidityCharge: '0',
  concentrationCharge: '0',
  openInterestCharge: '0',
  confidenceCharge: '0',
  pegCharge: '0',
  freeEquity: '1000',
  fresh: true,
};

export const binding = z
  .strictObject({
    underlying: z.string(),
    worstScenario: uint,
    move: decimal,
    volatility: z.enum(['up', 'same', 'down']),
    loss: decimalUnsigned,
    pnl: z.array(decimal),
  })
  .meta({
    id: 'ScenarioPnl',
    description:
      'Profit and loss of positions and counted collateral of one underlying in each of the 35 scenarios (risk_array ' +
      'lists them), and the worst of them.',
  });
export const exampleBinding: z.input<typeof binding> = {
  underlying: 'BTC',
  worstScenario: 24,
  move: '-0.15',
  volatility: 'up',
  loss: '90',
  pnl: ['-2.5', '0', '2.5'],
};

/** |net delta| over gross delta up to which a holding counts as hedged. */
export const HEDGED_UP_TO = '0.25';

const underlyingGreeks = z
  .strictObject({
    underlying: z.string(),
    greeks: greeks.meta({ description: 'Of all positions.' }),
    collateralDeltaUsd: decimalUnsigned,
    netDeltaUsd: decimal,
    grossDeltaUsd: decimalUnsigned,
    netToGross: decimalUnsigned,
    class: z.enum(['hedged', 'directional']),
  })
  .meta({
    id: 'UnderlyingGreeks',
    description:
      `Net delta: of positions and of the collateral that counts; gross: the sum of their sizes. hedged where ` +
      `|net| / gross is at most ${HEDGED_UP_TO}.`,
  });

export const greeksDefinition = defineMethod({
  name: 'account_greeks',
  summary: 'Delta, gamma, vega and theta of an account by underlying and by position, and whether it is hedged.',
  params: z.strictObject(owned),
  result: z.strictObject({
    underlyings: z.array(underlyingGreeks),
    positions: z.array(
      z.strictObject({ market: z.string(), underlying: z.string(), size: decimal, greeks }),
    ),
    at,
  }),
  errors: ['ACCOUNT_UNKNOWN'],
  kind: 'read',
  cost: 2,
  example: {
    params: { owner: OWNER },
    result: {
      underlyings: [
        {
          underlying: 'BTC',
          greeks: exampleGreeks,
          collateralDeltaUsd: '0',
          netDeltaUsd: '51200',
          grossDeltaUsd: '51200',
          netToGross: '1',
          class: 'directional',
        },
      ],
      positions: [{ market: 'BTC-27MAR26-100000-C', underlying: 'BTC', size: '1', greeks: exampleGreeks }],
      at: AT,
    },
  },
});

const MARGIN_COST = { plain: 5, witness: 400 } as const;

const equityParts = z
  .strictObject({
    cash: decimal,
    interest: decimal,
    positions: decimal,
    fundingOwed: decimal,
    collateral: decimalUnsigned,
    conservativeDiscount: decimalUnsigned,
  })
  .meta({
    id: 'EquityParts',
    description:
      'equity = cash + interest (not yet settled, inside cash of account_get) + positions (at the mark, less ' +
      'fundingOwed) + collateral (what counts); initialEquity = equity - conservativeDiscount.',
  });

export const marginDefinition = defineMethod({
  name: 'account_margin',
  summary: 'Margin of an account with every part of equity and every charge, and its profit and loss in all scenarios.',
  description:
    'witness: every record the margin follows from, each with its Merkle proof against `root`, as proof_record gives ' +
    `them: who trusts only the root computes the same margin. Costs ${MARGIN_COST.witness} instead of ${MARGIN_COST.plain}.`,
  params: z.strictObject({ ...owned, witness: z.boolean().default(false) }),
  result: z.strictObject({
    mode: z.enum(['portfolio', 'cross', 'isolated']),
    ...marginParts.shape,
    equityParts,
    underlyings: z.array(binding),
    witness: z.array(z.strictObject({ kind: z.string(), ...proof })).nullable(),
    at,
  }),
  errors: ['ACCOUNT_UNKNOWN'],
  kind: 'read',
  cost: MARGIN_COST.plain,
  costOf: (params) =>
    (Object(params) as { witness?: unknown }).witness === true ? MARGIN_COST.witness : MARGIN_COST.plain,
  example: {
    params: { owner: OWNER },
    result: {
      mode: 'portfolio',
      ...exampleParts,
      equityParts: {
        cash: '900',
        interest: '-0.002',
        positions: '100.002',
        fundingOwed: '0.01',
        collateral: '0',
        conservativeDiscount: '0',
      },
      underlyings: [exampleBinding],
      witness: [{ kind: 'account', ...exampleProof }],
      at: AT,
    },
  },
});
