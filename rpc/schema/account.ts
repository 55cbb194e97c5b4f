/** Accounts: balances, positions, margin, orders and histories. */
import { z } from 'zod';
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
} from './scalars.ts';
import { marketSymbol } from './market.ts';

const AT = { height: 12, seq: 340, safety: 'soft', time: 1_772_409_600 } as const;
const HASH = `0x${'ab'.repeat(32)}`;
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export const owned = { owner: address, subaccount: subaccount.default(0) } as const;
const whose = { owner: address, subaccount, account: bytesHex(21) } as const;
const exampleWhose = { owner: OWNER, subaccount: 0, account: `${OWNER.toLowerCase()}00` } as const;

export const position = z
  .strictObject({
    market: z.string(),
    size: decimal,
    entryPrice: decimal,
    markPrice: decimalUnsigned,
    notional: decimal,
    unrealisedPnl: decimal,
    fundingOwed: decimal,
  })
  .meta({
    id: 'Position',
    description: 'Signed size; entryPrice is the average cost of what is open, realised gains inside.',
  });
const examplePosition: z.input<typeof position> = {
  market: 'ETH-PERP',
  size: '-0.5',
  entryPrice: '4001',
  markPrice: '4000',
  notional: '-2000',
  unrealisedPnl: '0.5',
  fundingOwed: '0',
};
export const marginFacts = {
  equity: decimal,
  initialEquity: decimal,
  maintenanceMargin: decimalUnsigned,
  initialMargin: decimalUnsigned,
  freeCollateral: decimal,
  health: decimal.nullable(),
} as const;
export const exampleMargin = {
  equity: '1000',
  initialEquity: '1000',
  maintenanceMargin: '100',
  initialMargin: '120',
  freeCollateral: '880',
  health: '10',
} as const;

const reputation = z
  .strictObject({
    factor: decimalUnsigned,
    score: decimalUnsigned,
    feesPaid: decimalUnsigned,
    reliefLimit: decimalUnsigned,
    marginHeld: decimalUnsigned,
    time: uint,
  })
  .meta({
    id: 'Reputation',
    description:
      'As of the last trade (time). factor on initial margin follows from score, margin held through time in dollar days; ' +
      'what it takes off is at most reliefLimit, a share of the decayed fees. marginHeld is being earned on.',
  });

export const account = z
  .strictObject({
    ...whose,
    mode: z.enum(['portfolio', 'cross', 'isolated']),
    auction: z.enum(['none', 'solvent', 'insolvent']),
    actionNonce: z.string(),
    orderNonceFloor: z.string(),
    cash: decimal,
    balances: z.array(z.strictObject({ asset: z.string(), balance: decimal, value: decimal })),
    positions: z.array(position),
    openOrders: uint,
    reputation,
    stakes: z.array(z.strictObject({ vault: uint, shares: decimalUnsigned, value: decimalUnsigned, lockedUntil: uint })),
    claim: z.strictObject({ owed: decimalUnsigned, due: decimalUnsigned }),
    ...marginFacts,
  })
  .meta({
    id: 'Account',
    description:
      'One of the accounts of an owner as it stands now. stakes: shares of backstop vaults, and what selling them would pay ' +
      'now; not part of equity. claim: profit given up in rounds of deleveraging and not paid back yet; due: ' +
      'what redeemClaim would pay of it now.',
  });
export const exampleAccount: z.input<typeof account> = {
  ...exampleWhose,
  mode: 'portfolio',
  auction: 'none',
  actionNonce: '0',
  orderNonceFloor: '0',
  cash: '1000',
  balances: [{ asset: 'USDC', balance: '1000', value: '1000' }],
  positions: [examplePosition],
  openOrders: 1,
  reputation: { factor: '1.1', score: '0', feesPaid: '1.6', reliefLimit: '0.8', marginHeld: '120', time: 1_772_409_600 },
  stakes: [{ vault: 1, shares: '100', value: '100.05', lockedUntil: 1_772_496_000 }],
  claim: { owed: '0', due: '0' },
  ...exampleMargin,
};

export const getDefinition = defineMethod({
  name: 'account_get',
  summary: 'Balances, positions, margin and nonces of an account.',
  params: z.strictObject(owned),
  result: z.strictObject({ account, at }),
  errors: ['ACCOUNT_UNKNOWN'],
  kind: 'read',
  cost: 2,
  example: { params: { owner: OWNER }, result: { account: exampleAccount, at: AT } },
});

export const positionsDefinition = defineMethod({
  name: 'account_positions',
  summary: 'Open positions of an account.',
  params: z.strictObject(owned),
  result: z.strictObject({ positions: z.array(position), at }),
  errors: ['ACCOUNT_UNKNOWN'],
  kind: 'read',
  example: { params: { owner: OWNER }, result: { positions: [examplePosition], at: AT } },
});

export const order = z
  .strictObject({
    orderId: bytes32,
    ...whose,
    market: z.string(),
    side: z.enum(['buy', 'sell']),
    price: decimalUnsigned,
    size: decimalUnsigned,
    filledSize: decimalUnsigned,
    remainingSize: decimalUnsigned,
    timeInForce: z.enum(['gtc', 'ioc', 'fok']),
    postOnly: z.boolean(),
    reduceOnly: z.boolean(),
    selfTrade: z.enum(['cancelTaker', 'cancelMaker', 'cancelBoth']),
    nonce: z.string(),
    expiry: uint,
    clientOrderId: z.string().nullable(),
    status: z.enum(['open', 'filled', 'cancelled', 'expired']),
    reason: z.string(),
    priority: uint,
    acceptedMillis: uint,
    updatedMillis: uint,
  })
  .meta({ id: 'Order', description: 'An order as the node remembers it, also after it ended.' });
export const exampleOrder: z.input<typeof order> = {
  orderId: HASH,
  ...exampleWhose,
  market: 'ETH-PERP',
  side: 'buy',
  price: '3999.5',
  size: '0.25',
  filledSize: '0',
  remainingSize: '0.25',
  timeInForce: 'gtc',
  postOnly: false,
  reduceOnly: false,
  selfTrade: 'cancelTaker',
  nonce: '17',
  expiry: 1_790_000_000,
  clientOrderId: null,
  status: 'open',
  reason: '',
  priority: 3,
  acceptedMillis: 1_772_409_600_000,
  updatedMillis: 1_772_409_600_000,
};

export const openOrdersDefinition = defineMethod({
  name: 'account_openOrders',
  summary: 'Open orders of an account.',
  params: z.strictObject({ ...owned, market: marketSymbol.optional() }),
  result: z.strictObject({ orders: z.array(order), at }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  cost: 2,
  example: { params: { owner: OWNER }, result: { orders: [exampleOrder], at: AT } },
});

export const ordersDefinition = defineMethod({
  name: 'account_orders',
  summary: 'All orders of an account, newest first, with how each ended.',
  params: z.strictObject({ ...owned, ...page }),
  result: z.strictObject({ orders: z.array(order), ...nextPage, at }),
  errors: [],
  kind: 'read',
  cost: 5,
  example: { params: { owner: OWNER }, result: { orders: [exampleOrder], at: AT } },
});

export const orderDefinition = defineMethod({
  name: 'account_order',
  summary: 'One order by its id (its EIP-712 digest), or an open one by its client order id.',
  params: z.strictObject({
    orderId: bytes32.optional(),
    owner: address.optional(),
    subaccount: subaccount.default(0),
    clientOrderId: z.string().min(1).max(64).optional(),
  }),
  result: z.strictObject({ order, at }),
  errors: ['ORDER_NOT_FOUND'],
  kind: 'read',
  example: { params: { orderId: HASH }, result: { order: exampleOrder, at: AT } },
});

export const fill = z
  .strictObject({
    market: z.string(),
    side: z.enum(['buy', 'sell']),
    role: z.enum(['maker', 'taker']),
    price: decimalUnsigned,
    size: decimalUnsigned,
    notional: decimal,
    fee: decimal,
    orderId: bytes32,
    time: uint,
    seq: uint,
    height: uint,
    safety,
  })
  .meta({ id: 'Fill', description: 'One side of a trade; fee in USD.' });
export const exampleFill: z.input<typeof fill> = {
  market: 'ETH-PERP',
  side: 'buy',
  role: 'taker',
  price: '4000',
  size: '0.5',
  notional: '2000',
  fee: '1',
  orderId: HASH,
  time: 1_772_409_600,
  seq: 339,
  height: 12,
  safety: 'soft',
};
export const fillsDefinition = defineMethod({
  name: 'account_fills',
  summary: 'Fills of an account, newest first.',
  params: z.strictObject({ ...owned, ...page }),
  result: z.strictObject({ fills: z.array(fill), ...nextPage, at }),
  errors: [],
  kind: 'read',
  cost: 5,
  example: { params: { owner: OWNER }, result: { fills: [exampleFill], at: AT } },
});

const entry = z
  .strictObject({
    type: z.enum([
      'deposit',
      'withdrawal',
      'transfer',
      'fee',
      'funding',
      'interest',
      'settlement',
      'realised',
      'auction',
      'penalty',
      'insurance',
      'deleveraging',
      'loss',
      'vault',
      'recovery',
      'withdrawalRecord',
      'settled',
    ]),
    asset: z.string(),
    amount: decimal,
    market: z.string().optional(),
    size: decimal.optional(),
    price: decimalUnsigned.optional(),
    withdrawal: uint.optional(),
    time: uint,
    seq: uint,
    height: uint,
    safety,
  })
  .meta({
    id: 'LedgerEntry',
    description: 'A change of a balance. withdrawalRecord names the index that proof_withdrawal wants.',
  });
export const ledgerDefinition = defineMethod({
  name: 'account_ledger',
  summary: 'Every change of the balances of an account, newest first.',
  params: z.strictObject({ ...owned, ...page }),
  result: z.strictObject({ entries: z.array(entry), ...nextPage, at }),
  errors: [],
  kind: 'read',
  cost: 5,
  example: {
    params: { owner: OWNER },
    result: {
      entries: [
        {
          type: 'deposit',
          asset: 'USDC',
          amount: '1000',
          time: 1_772_409_600,
          seq: 12,
          height: 2,
          safety: 'final',
        },
      ],
      at: AT,
    },
  },
});

export const sessionKeysDefinition = defineMethod({
  name: 'account_sessionKeys',
  summary: 'Keys that may trade for an account, with their limits.',
  params: z.strictObject(owned),
  result: z.strictObject({
    sessions: z.array(
      z.strictObject({
        key: address,
        scope: z.array(z.enum(['trade', 'reduceOnly'])),
        expiry: uint,
        notionalCap: decimalUnsigned.nullable(),
        markets: z.array(z.string()),
        live: z.boolean(),
      }),
    ),
    at,
  }),
  errors: [],
  kind: 'read',
  cost: 5,
  example: {
    params: { owner: OWNER },
    result: {
      sessions: [
        {
          key: OWNER,
          scope: ['trade'],
          expiry: 1_790_000_000,
          notionalCap: null,
          markets: [],
          live: true,
        },
      ],
      at: AT,
    },
  },
});
