/** Signed actions: how they are written, and the methods that take them. */
import { z } from 'zod';
import { defineMethod } from './core.ts';
import { bytes32, bytesHex, decimal, decimalPositive, decimalUnsigned, subaccount, uint } from './scalars.ts';

// Written plainly: these are checked for every order. Case is folded by the handler.
const addressText = z
  .string({ error: 'an address: 0x and 40 hex digits' })
  .regex(/^0x[0-9a-fA-F]{40}$/, { error: 'an address: 0x and 40 hex digits' });
const digestText = z
  .string({ error: '32 bytes: 0x and 64 hex digits' })
  .regex(/^0x[0-9a-fA-F]{64}$/, { error: '32 bytes: 0x and 64 hex digits' });
const signatureText = z
  .string({ error: 'a signature: 65 bytes r, s, v, or 64 bytes (EIP-2098), as 0x-hex' })
  .regex(/^0x(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/, {
    error: 'a signature: 65 bytes r, s, v, or 64 bytes (EIP-2098), as 0x-hex',
  });
const UINT64 = 'a whole number from 0 to 18446744073709551615 in a string';
const nonceText = z
  .string({ error: UINT64 })
  .regex(/^(?:0|[1-9]\d{0,19})$/, { error: UINT64, abort: true })
  .refine((text) => text.length < 20 || BigInt(text) < 2n ** 64n, { error: UINT64 });
const symbol = z.string({ error: 'a symbol' }).min(1).max(64);
const seconds = z
  .int({ error: 'seconds since 1970' })
  .min(0, { error: 'seconds since 1970' })
  .max(2 ** 40 - 1, { error: 'seconds since 1970, below 2^40' });
export const clientOrderId = z.string().min(1).max(64);

const head = { owner: addressText, subaccount: subaccount.default(0), nonce: nonceText, expiry: seconds };

const order = z.strictObject({
  type: z.literal('order'),
  ...head,
  market: symbol,
  side: z.enum(['buy', 'sell']),
  size: decimalPositive,
  price: decimalPositive,
  timeInForce: z.enum(['gtc', 'ioc', 'fok']).default('gtc'),
  postOnly: z.boolean().default(false),
  reduceOnly: z.boolean().default(false),
  clientOrderId: clientOrderId.optional(),
  selfTrade: z.enum(['cancelTaker', 'cancelMaker', 'cancelBoth']).optional(),
  replaces: digestText.optional(),
});
const cancel = z.strictObject({ type: z.literal('cancel'), ...head, order: digestText });
const cancelAll = z.strictObject({ type: z.literal('cancelAll'), ...head, market: symbol.optional() });
const withdraw = z.strictObject({
  type: z.literal('withdraw'),
  ...head,
  asset: symbol,
  amount: decimalPositive,
  recipient: addressText,
});
const transfer = z.strictObject({
  type: z.literal('transfer'),
  ...head,
  asset: symbol,
  amount: decimalPositive,
  toOwner: addressText,
  toSubaccount: subaccount.default(0),
});
const setMode = z.strictObject({
  type: z.literal('setMode'),
  ...head,
  mode: z.enum(['portfolio', 'cross', 'isolated']),
});
const authorizeSession = z.strictObject({
  type: z.literal('authorizeSession'),
  ...head,
  key: addressText,
  scope: z.array(z.enum(['trade', 'reduceOnly'])).min(1).max(2),
  sessionExpiry: seconds,
  notionalCap: decimalUnsigned.default('0'),
  markets: z.array(symbol).max(16).default([]),
});
const revokeSession = z.strictObject({ type: z.literal('revokeSession'), ...head, key: addressText });
const invalidateNonces = z.strictObject({
  type: z.literal('invalidateNonces'),
  ...head,
  floor: nonceText,
});

const bid = z.strictObject({
  type: z.literal('bid'),
  ...head,
  fromOwner: addressText,
  fromSubaccount: subaccount.default(0),
  share: decimalPositive.default('1'),
  maxPrice: decimal,
  expected: digestText.optional(),
});

const vault = z.int({ error: 'the number of a vault' }).min(0).max(65_535, { error: 'the number of a vault' });
const vaultDeposit = z.strictObject({ type: z.literal('vaultDeposit'), ...head, vault, amount: decimalPositive });
const vaultWithdraw = z.strictObject({ type: z.literal('vaultWithdraw'), ...head, vault, shares: decimalPositive });
const redeemClaim = z.strictObject({ type: z.literal('redeemClaim'), ...head, toOwner: addressText, toSubaccount: subaccount.default(0) });

export const action = z.discriminatedUnion('type', [
  order,
  cancel,
  cancelAll,
  withdraw,
  transfer,
  setMode,
  authorizeSession,
  revokeSession,
  invalidateNonces,
  bid,
  vaultDeposit,
  vaultWithdraw,
  redeemClaim,
]);
export type Action = z.output<typeof action>;
/** What a client writes: what has a default may be left out. */
export type ActionInput = z.input<typeof action>;
export type OrderAction = Extract<Action, { type: 'order' }>;

export const envelope = z.strictObject({ action, signer: addressText, signature: signatureText });
export type Envelope = z.output<typeof envelope>;

export const receipt = z
  .strictObject({
    subject: bytes32,
    status: z.enum(['open', 'filled', 'cancelled', 'applied']),
    sequence: uint,
    timeMillis: uint,
    height: uint,
    filledLots: z.string(),
    remainingLots: z.string(),
    path: z.array(bytes32),
    index: uint,
    groupSize: uint,
    root: bytes32,
    signature: bytesHex(64),
  })
  .meta({ id: 'Receipt', description: 'Promise of the sequencer: signed root, and the path to it.' });

const orderOutcome = z.strictObject({
  orderId: bytes32,
  status: z.enum(['open', 'filled', 'cancelled', 'expired']),
  reason: z.string(),
  filledSize: decimal,
  remainingSize: decimal,
  fills: z.array(z.strictObject({ price: decimal, size: decimal, makerOrder: bytes32 })),
  receipt,
});
const cancelAllOutcome = z.strictObject({ cancelled: z.array(bytes32), receipt });
const actionOutcome = z.strictObject({ hash: bytes32, sequence: uint, height: uint, receipt });
export const submitOutcome = z.union([orderOutcome, cancelAllOutcome, actionOutcome]);
export type SubmitOutcome = z.output<typeof submitOutcome>;

const ACTION_ERRORS = [
  'SIGNATURE_MALFORMED',
  'SIGNER_MISMATCH',
  'MARKET_NOT_FOUND',
  'ASSET_UNKNOWN',
  'PRICE_OFF_TICK',
  'SIZE_OFF_LOT',
  'AMOUNT_TOO_PRECISE',
  'ORDER_NOT_FOUND',
  'ORDER_ALREADY_FINISHED',
  'ORDER_NOT_OWNED',
  'CLIENT_ORDER_ID_CONFLICT',
  'SELF_TRADE_PREVENTED',
  'INITIAL_MARGIN_TOO_LOW',
  'ACCOUNT_NOT_FOUND',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
  'NOT_SEQUENCER',
  'SEQUENCER_UNREACHABLE',
] as const;

const OWNER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
const HASH = `0x${'ab'.repeat(32)}`;
const SIGNATURE = `0x${'cd'.repeat(64)}`;
const exampleEnvelope: z.input<typeof envelope> = {
  action: {
    type: 'order',
    owner: OWNER,
    subaccount: 0,
    market: 'ETH-PERP',
    side: 'buy',
    size: '0.25',
    price: '3999.5',
    timeInForce: 'gtc',
    nonce: '17',
    expiry: 1_790_000_000,
  },
  signer: OWNER,
  signature: SIGNATURE,
};
const exampleOutcome: z.input<typeof orderOutcome> = {
  orderId: HASH,
  status: 'open',
  reason: '',
  filledSize: '0',
  remainingSize: '0.25',
  fills: [],
  receipt: {
    subject: HASH,
    status: 'open',
    sequence: 5,
    timeMillis: 1_772_409_600_000,
    height: 12,
    filledLots: '0',
    remainingLots: '25',
    path: [],
    index: 0,
    groupSize: 1,
    root: HASH,
    signature: SIGNATURE,
  },
};

export const submitDefinition = defineMethod({
  name: 'tx_submit',
  summary: 'Places an order, cancels, or executes any other signed action; durable when it answers.',
  description:
    'The signature is EIP-712 over the typed struct of the action (see system_info), whose fields ' +
    'are integers: ticks = price / tickSize, lots = size / lotSize, amounts in token units. A bid takes at most `share` of ' +
    'an account in auction, where all of it would cost at most `maxPrice` USD (negative: what must be paid); `expected`, as ' +
    'liquidation_auctions shows it, refuses anything but the account as it is now. vaultDeposit buys shares of a backstop ' +
    'vault for `amount` USD of cash, vaultWithdraw sells `shares` of it; pool_get lists the vaults. ' +
    'redeemClaim pays an account what has been recovered of its claim (account_get), whoever signs.',
  params: envelope,
  result: submitOutcome,
  errors: ACTION_ERRORS,
  kind: 'action',
  example: { params: exampleEnvelope, result: exampleOutcome },
});

/** Envelopes in one call at most: what a signed block of orders may need, and the body limit holds. */
const SUBMIT_BATCH_MAX = 1_000;

export const submitBatchDefinition = defineMethod({
  name: 'tx_submitBatch',
  summary: 'Takes several signed actions in the order given; each succeeds or fails by itself.',
  params: z.strictObject({ actions: z.array(envelope).min(1).max(SUBMIT_BATCH_MAX) }),
  result: z.strictObject({
    results: z.array(
      z.union([
        z.strictObject({ ok: z.literal(true), result: submitOutcome }),
        z.strictObject({
          ok: z.literal(false),
          error: z.strictObject({ code: z.int(), message: z.string(), data: z.looseObject({}) }),
        }),
      ]),
    ),
  }),
  errors: ACTION_ERRORS,
  kind: 'action',
  cost: 10,
  example: {
    params: { actions: [exampleEnvelope] },
    result: { results: [{ ok: true, result: exampleOutcome }] },
  },
});

export const debugDefinition = defineMethod({
  name: 'tx_debug',
  summary: 'What an envelope says to the chain: the typed message, its digest, and who signed it.',
  params: z.strictObject({ action, signer: addressText.optional(), signature: signatureText.optional() }),
  result: z.strictObject({
    primaryType: z.string(),
    message: z.looseObject({}),
    domainSeparator: bytes32,
    digest: bytes32,
    recovered: z.string().nullable(),
    matches: z.boolean(),
  }),
  errors: ['MARKET_NOT_FOUND', 'ASSET_UNKNOWN', 'PRICE_OFF_TICK', 'SIZE_OFF_LOT', 'SIGNATURE_MALFORMED'],
  kind: 'read',
  cost: 2,
  example: {
    params: exampleEnvelope,
    result: {
      primaryType: 'Order',
      message: { owner: OWNER, lots: '25' },
      domainSeparator: HASH,
      digest: HASH,
      recovered: OWNER,
      matches: true,
    },
  },
});
