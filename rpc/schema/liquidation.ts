/** Liquidations: accounts near one, running auctions, and their history. */
import { z } from 'zod';
import { exampleMargin, marginFacts, position } from './account.ts';
import { defineMethod } from './core.ts';
import {
  address,
  at,
  bytes32,
  bytesHex,
  decimal,
  decimalUnsigned,
  nextPage,
  page,
  safety,
  subaccount,
  uint,
  uintUpTo,
} from './scalars.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
export const whose = { owner: address, subaccount, account: bytesHex(21) } as const;
export const exampleWhose = { owner: OWNER, subaccount: 0, account: `${OWNER.toLowerCase()}00` } as const;

/* NEAR */

const nearest = z
  .strictObject({ underlying: z.string(), move: decimal, price: decimalUnsigned })
  .meta({ id: 'NearestMove', description: 'The underlying whose move alone, and the price that, liquidates soonest.' });

export const atRiskDefinition = defineMethod({
  name: 'liquidation_atRisk',
  summary: 'Accounts below a health, by how far prices are from liquidating them, the nearest first.',
  description:
    'health = equity / maintenanceMargin. distance: the move of all prices together (-0.05: 5 % down) at which equity is at ' +
    'maintenance margin, 0 where it is below already, null where no move within the scan range is enough; an estimate from ' +
    'the risk arrays at the volatility of today and the margin of now (risk_simulate searches exactly). missing: equity ' +
    'below maintenance margin, in USD. What is not fresh is not auctioned until it is.',
  params: z.strictObject({
    healthBelow: decimalUnsigned.default('1.25'),
    limit: uintUpTo(1_000).min(1, { error: 'at least 1' }).default(100),
  }),
  result: z.strictObject({
    accounts: z.array(
      z.strictObject({
        ...whose,
        ...marginFacts,
        auction: z.enum(['none', 'solvent', 'insolvent']),
        fresh: z.boolean(),
        missing: decimalUnsigned,
        distance: decimal.nullable(),
        nearest: nearest.nullable(),
      }),
    ),
    scanned: uint,
    at,
  }),
  errors: ['QUEUE_FULL'],
  kind: 'read',
  cost: 200,
  example: {
    params: {},
    result: {
      accounts: [
        {
          ...exampleWhose,
          ...exampleMargin,
          auction: 'none',
          fresh: true,
          missing: '0',
          distance: '-0.0312',
          nearest: { underlying: 'BTC', move: '-0.0312', price: '96880' },
        },
      ],
      scanned: 10,
      at: AT,
    },
  },
});

/* RUNNING */

export const offerTerms = {
  price: decimal,
  value: decimal,
  compensation: decimalUnsigned,
  fromAccount: decimalUnsigned,
  fromFund: decimalUnsigned,
  penalty: decimalUnsigned,
  owed: decimalUnsigned,
} as const;
export const exampleOffer = {
  price: '9604',
  value: '9800',
  compensation: '196',
  fromAccount: '196',
  fromFund: '0',
  penalty: '490',
  owed: '0',
} as const;

export const auctionTerms = {
  kind: z.enum(['solvent', 'insolvent']),
  start: uint,
  stepSeconds: uint,
  bids: uint,
  sold: decimalUnsigned,
  reserved: decimalUnsigned,
  fundLeft: decimalUnsigned,
  valueAtStart: decimal,
  maintenanceAtStart: decimalUnsigned,
  underlying: z.string().nullable(),
} as const;
export const exampleTerms = {
  kind: 'solvent',
  start: 1_772_409_500,
  stepSeconds: 15,
  bids: 0,
  sold: '0',
  reserved: '0',
  fundLeft: '0',
  valueAtStart: '9800',
  maintenanceAtStart: '15000',
  underlying: 'BTC',
} as const;

const auction = z
  .strictObject({
    ...whose,
    ...auctionTerms,
    status: z.enum(['open', 'waiting', 'over', 'healthy', 'stale']),
    opens: uint,
    nextStep: uint,
    offer: z.strictObject({ ...offerTerms, share: decimalUnsigned }).nullable(),
    ...marginFacts,
    value: decimal,
    positions: z.array(position),
    collateral: z.array(z.strictObject({ asset: z.string(), balance: decimalUnsigned, value: decimalUnsigned })),
    expected: bytes32,
  })
  .meta({
    id: 'Auction',
    description:
      'offer is for all that is for sale, of which a bid takes at most `share` and gets its part of each amount: value (at ' +
      'the marks, collateral without haircuts) less compensation is the price. It moves towards the bidder at nextStep. ' +
      'status: waiting after an outage, over where the price ran out, healthy where the next step ends it, stale while marks ' +
      'are. underlying: the one that the account would lose most by, whose limits it counts for (pool_get), null where it ' +
      'holds nothing. expected: what a bid names to take nothing but this.',
  });
const exampleAuction: z.input<typeof auction> = {
  ...exampleWhose,
  ...exampleTerms,
  status: 'open',
  opens: 1_772_409_500,
  nextStep: 1_772_409_605,
  offer: { ...exampleOffer, share: '0.41' },
  ...exampleMargin,
  value: '9800',
  positions: [],
  collateral: [{ asset: 'WBTC', balance: '0.5', value: '50000' }],
  expected: HASH,
};

export const auctionsDefinition = defineMethod({
  name: 'liquidation_auctions',
  summary: 'Running auctions, the largest first: what is for sale, for how much, and how the clock stands.',
  params: z.strictObject({ limit: uintUpTo(1_000).min(1, { error: 'at least 1' }).default(100) }),
  result: z.strictObject({ auctions: z.array(auction), total: uint, at }),
  errors: [],
  kind: 'read',
  cost: 20,
  example: { params: {}, result: { auctions: [exampleAuction], total: 1, at: AT } },
});

/* HISTORY */

const moment = { ...whose, time: uint, seq: uint, height: uint, safety } as const;
export const liquidation = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('start'),
      ...moment,
      kind: z.enum(['solvent', 'insolvent']),
      equity: decimal,
      maintenanceMargin: decimalUnsigned,
      value: decimal,
      reward: decimalUnsigned,
    }),
    z.strictObject({
      type: z.literal('bid'),
      ...moment,
      bidder: z.strictObject(whose),
      vault: uint.nullable(),
      share: decimalUnsigned,
      price: decimal,
      compensation: decimalUnsigned,
      penalty: decimalUnsigned,
      fromFund: decimalUnsigned,
    }),
    z.strictObject({ type: z.literal('end'), ...moment }),
    z.strictObject({
      type: z.literal('deleverage'),
      ...moment,
      holder: z.strictObject(whose),
      market: z.string(),
      size: decimal,
      price: decimalUnsigned,
      haircut: decimalUnsigned,
    }),
    z.strictObject({ type: z.literal('socialize'), ...moment, fromFund: decimalUnsigned, loss: decimalUnsigned }),
  ])
  .meta({
    id: 'Liquidation',
    description:
      'A start, a bid or the end of an auction: price is of all that was for sale; compensation, penalty and fromFund are ' +
      'what was paid for `share` of it: to the bidder, to the insurance fund, by the fund; vault: where a backstop vault took ' +
      'it. deleverage: `size` of the holder was closed against the account, `haircut` of its profit given up. socialize: what ' +
      'an account with nothing left owed, paid by the fund or shared by all withdrawals.',
  });
export const exampleLiquidation: z.input<typeof liquidation> = {
  type: 'bid',
  ...exampleWhose,
  time: 1_772_409_600,
  seq: 339,
  height: 12,
  safety: 'soft',
  bidder: { ...exampleWhose, subaccount: 1, account: `${OWNER.toLowerCase()}01` },
  vault: null,
  share: '0.41',
  price: '9604',
  compensation: '80.36',
  penalty: '200.9',
  fromFund: '0',
};

export const historyDefinition = defineMethod({
  name: 'liquidation_history',
  summary: 'Auctions, deleveraging and losses, newest first: all, or of an account that was sold, bid or closed.',
  params: z.strictObject({ owner: address.optional(), subaccount: subaccount.default(0), ...page }),
  result: z.strictObject({ entries: z.array(liquidation), ...nextPage, at }),
  errors: [],
  kind: 'read',
  cost: 5,
  example: { params: {}, result: { entries: [exampleLiquidation], at: AT } },
});
