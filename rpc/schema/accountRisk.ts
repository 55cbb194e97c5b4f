/** What an account risks: its sensitivities, and every part of its margin. */
import { z } from 'zod';
import { exampleMargin, marginFacts, owned } from './account.ts';
import { defineMethod } from './core.ts';
import { exampleGreeks, greeks } from './market.ts';
import { exampleProof, proof } from './proof.ts';
import { at, decimal, decimalUnsigned, uint } from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

const charges = {
  shortOptionMinimum: decimalUnsigned,
  calendarCharge: decimalUnsigned,
  contingencyCharge: decimalUnsigned,
  liquidityCharge: decimalUnsigned,
  concentrationCharge: decimalUnsigned,
  openInterestCharge: decimalUnsigned,
  confidenceCharge: decimalUnsigned,
  pegCharge: decimalUnsigned,
} as const;
const exampleCharges = {
  shortOptionMinimum: '0',
  calendarCharge: '0',
  contingencyCharge: '10',
  liquidityCharge: '0.4',
  concentrationCharge: '0',
  openInterestCharge: '0',
  confidenceCharge: '0',
  pegCharge: '0',
} as const;

export const marginParts = z
  .strictObject({ ...marginFacts, freeEquity: decimal, scanRisk: decimalUnsigned, ...charges, fresh: z.boolean() })
  .meta({
    id: 'MarginParts',
    description:
      'In USD. maintenanceMargin = the larger of scanRisk and shortOptionMinimum, and calendar, contingency, liquidity ' +
      'and concentration charges. initialMargin = maintenance by the initial factor and reputation, and open-interest, ' +
      'confidence and peg charges. freeEquity: what withdrawals and transfers may leave no less than initial margin of.',
  });
export const exampleParts: z.input<typeof marginParts> = {
  ...exampleMargin,
  freeEquity: '990',
  scanRisk: '89.6',
  ...exampleCharges,
  fresh: true,
};

const underlyingMargin = z
  .strictObject({
    underlying: z.string(),
    group: uint,
    worstScenario: uint,
    move: decimal,
    volatility: z.enum(['up', 'same', 'down']),
    loss: decimalUnsigned,
    pnl: z.array(decimal),
    groupShare: decimalUnsigned,
    deltaUsd: decimal,
    hedgedDeltaUsd: decimalUnsigned,
    grossUsd: decimalUnsigned,
    collateral: decimalUnsigned,
    stableLoss: decimalUnsigned,
    ownerExposureUsd: decimalUnsigned,
    charges: z.strictObject(charges),
  })
  .meta({
    id: 'UnderlyingMargin',
    description:
      'One underlying: profit and loss of positions and counted collateral in each of the 35 scenarios (risk_array lists ' +
      'them) and the worst of them; loss is what enters the scan. groupShare of it moves with the group; stableLoss is ' +
      'lost at the conservative price; ownerExposureUsd is what all subaccounts hold. Its parts of the charges add up ' +
      'to those of the account.',
  });
const groupMargin = z
  .strictObject({
    group: uint,
    underlyings: z.array(z.string()),
    silo: decimalUnsigned,
    joint: decimalUnsigned,
    worstScenario: uint,
    risk: decimalUnsigned,
  })
  .meta({ id: 'GroupMargin', description: 'What moves together: silo, losses each alone; joint, all as one; risk, what counts.' });
const positionMargin = z
  .strictObject({ market: z.string(), value: decimal, deltaUsd: decimal, worstScenario: uint, loss: decimalUnsigned })
  .meta({ id: 'PositionMargin', description: 'A position as if it were alone.' });

/** Where a margin comes from. */
export const explanation = {
  underlyings: z.array(underlyingMargin),
  groups: z.array(groupMargin).meta({ description: 'Portfolio mode: their risks add up to scanRisk.' }),
  positions: z.array(positionMargin),
  binding: z
    .strictObject({ group: uint, underlyings: z.array(z.string()), scenario: uint })
    .nullable()
    .meta({ description: 'The worst scenario of the group that costs most; null without risk, or without groups.' }),
} as const;
export const exampleExplanation = {
  underlyings: [
    {
      underlying: 'BTC',
      group: 1,
      worstScenario: 24,
      move: '-0.15',
      volatility: 'up' as const,
      loss: '89.6',
      pnl: ['-2.5', '0', '2.5'],
      groupShare: '0.6',
      deltaUsd: '600',
      hedgedDeltaUsd: '0',
      grossUsd: '600',
      collateral: '0',
      stableLoss: '0',
      ownerExposureUsd: '600',
      charges: exampleCharges,
    },
  ],
  groups: [{ group: 1, underlyings: ['BTC'], silo: '89.6', joint: '89.6', worstScenario: 24, risk: '89.6' }],
  positions: [{ market: 'BTC-PERP', value: '1.5', deltaUsd: '600', worstScenario: 24, loss: '89.6' }],
  binding: { group: 1, underlyings: ['BTC'], scenario: 24 },
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
    ...explanation,
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
      ...exampleExplanation,
      witness: [{ kind: 'account', ...exampleProof }],
      at: AT,
    },
  },
});
