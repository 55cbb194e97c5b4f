/**
 * Every error a client can meet: a stable number, a name, whether repeating the same request can
 * help, and one sentence that says what to do. Numbers and names are wire format: append, never
 * renumber, never reuse.
 */
import { REFUSAL, type RefusalName } from '../../state/refusals.ts';

export interface ErrorEntry {
  readonly code: number;
  readonly retryable: boolean;
  readonly sentence: string;
}

const entry = (code: number, retryable: boolean, sentence: string): ErrorEntry => ({
  code,
  retryable,
  sentence,
});

/** The codes of JSON-RPC 2.0 itself. */
const PROTOCOL_ERRORS = {
  PARSE_ERROR: entry(-32700, false, 'The request is not valid JSON.'),
  INVALID_REQUEST: entry(-32600, false, 'The JSON is not a JSON-RPC 2.0 request.'),
  METHOD_NOT_FOUND: entry(-32601, false, 'There is no such method; rpc.discover lists them all.'),
  INVALID_PARAMS: entry(-32602, false, 'A parameter is missing or wrong; see param and expected.'),
  INTERNAL_ERROR: entry(
    -32603,
    true,
    'The node failed on this request; tell the operator the incident id.',
  ),
} as const;

/** What the door and the node refuse before or besides the protocol, by family. */
const APPLICATION_ERRORS = {
  // 30xxx: who asks.
  SIGNATURE_MALFORMED: entry(30001, false, 'The signature is not 65 bytes r, s, v with a low s.'),
  SIGNER_MISMATCH: entry(
    30002,
    false,
    'The signature recovers to another address than signer; compare the digest in expected.',
  ),
  ADMIN_ONLY_LOCAL: entry(30003, false, 'Administration is accepted from this machine alone.'),
  DOMAIN_MISMATCH: entry(30004, false, 'The action was signed for another chain or contract.'),

  // 31xxx: orders and markets.
  ORDER_NOT_FOUND: entry(31001, false, 'There is no order with this id.'),
  MARKET_NOT_FOUND: entry(31002, false, 'There is no such market; market_list names them.'),
  PRICE_OFF_TICK: entry(31003, false, 'The price is not a multiple of the tick size.'),
  SIZE_OFF_LOT: entry(31004, false, 'The size is not a multiple of the step size.'),
  CLIENT_ORDER_ID_CONFLICT: entry(
    31005,
    false,
    'This client order id belongs to a live order with other terms; choose a new one.',
  ),
  ORDER_ALREADY_FINISHED: entry(31006, false, 'The order is no longer open.'),
  SELF_TRADE_PREVENTED: entry(31007, false, 'The order would trade with one of its own account.'),
  SIZE_TOO_SMALL: entry(31008, false, 'The order is below the smallest size of the market.'),
  ORDER_ID_IN_USE: entry(31009, false, 'This very order is open already; account_order shows it.'),
  REPLACE_MISMATCH: entry(
    31010,
    false,
    'A replacement has the account, market and side of the order it replaces.',
  ),
  POST_ONLY_NEEDS_GTC: entry(31011, false, 'A post-only order is good till cancelled: use gtc.'),
  TOO_MANY_OPEN_ORDERS: entry(31012, false, 'The account is at its limit of open orders; cancel some.'),
  BOOK_FULL: entry(31013, true, 'The market or this price holds its limit of orders; wait or move.'),
  FOK_TOO_MANY_MAKERS: entry(
    31014,
    false,
    'A fill-or-kill order fills against at most 8 makers; make it smaller or use ioc.',
  ),
  ORDER_NOT_OWNED: entry(31015, false, 'The order belongs to another account.'),
  ORDER_OUT_OF_RANGE: entry(31016, false, 'The price, size or expiry is beyond what an order holds.'),

  // 32xxx: margin, as foreseen by the node.
  INSUFFICIENT_MARGIN: entry(
    32001,
    false,
    'Free collateral does not cover this order; deposit, reduce it, or close something.',
  ),
  ACCOUNT_UNKNOWN: entry(32002, false, 'The account does not exist; its first deposit opens it.'),

  // 33xxx: the pool.
  ASSET_UNKNOWN: entry(33001, false, 'There is no such asset; pool_assets names them.'),
  WITHDRAWAL_NOT_FOUND: entry(33002, false, 'There is no withdrawal with this id.'),
  AMOUNT_TOO_PRECISE: entry(33003, false, 'The amount has more decimals than the asset.'),

  // 34xxx: nonces and times.
  NONCE_TOO_LOW: entry(34001, false, 'The nonce is not above the last one used by this key.'),
  NONCE_IN_USE: entry(34002, false, 'Another pending action of this key has the same nonce.'),
  EXPIRY_TOO_FAR: entry(34003, false, 'expiresAt is further away than the node accepts.'),
  EXPIRY_IN_PAST: entry(34004, false, 'expiresAt is over; compare your clock with system_time.'),

  // 35xxx: rates and limits.
  RATE_LIMITED: entry(35001, true, 'Too many requests; wait retryAfterMs. You stay connected.'),
  BATCH_TOO_LONG: entry(35002, false, 'The batch has too many entries; split it.'),
  BATCH_RESPONSE_TOO_LARGE: entry(
    35003,
    true,
    'The replies of the batch reached the size limit; ask for this entry alone.',
  ),
  TOO_MANY_SUBSCRIPTIONS: entry(35004, false, 'The connection holds its limit of subscriptions.'),
  TOO_DEEP: entry(35005, false, 'The JSON is nested deeper than any request needs.'),
  QUEUE_FULL: entry(35006, true, 'The node is at its limit of pending actions; wait and repeat.'),

  // 36xxx: availability.
  NOT_READY: entry(36001, true, 'The node is starting; wait and repeat.'),
  SYNCING: entry(36002, true, 'The node has not caught up with the chain yet.'),
  HALTED: entry(36003, false, 'The node stopped on a broken invariant and needs its operator.'),
  HEIGHT_NOT_AVAILABLE: entry(36004, false, 'The node does not keep the state of this height.'),
  BLOCK_NOT_FOUND: entry(36005, true, 'There is no such block yet.'),
  TRANSACTION_NOT_FOUND: entry(36006, true, 'The node knows no such transaction.'),
  BATCH_NOT_FOUND: entry(36007, true, 'There is no such batch yet.'),
  NOT_SEQUENCER: entry(36008, false, 'This node only follows; send actions to the sequencer.'),
  SHUTTING_DOWN: entry(36009, true, 'The node is shutting down; reconnect and repeat.'),
  NEEDS_WEBSOCKET: entry(36010, false, 'Subscriptions need a WebSocket connection on this port.'),
  CHANNEL_NOT_FOUND: entry(36011, false, 'There is no such channel; see expected.'),
  SUBSCRIPTION_NOT_FOUND: entry(36012, false, 'This connection has no such subscription.'),
  ALREADY_SUBSCRIBED: entry(36013, false, 'This connection already has this subscription.'),
  SEQ_IN_FUTURE: entry(
    36014,
    false,
    'fromSeq is above anything this node has seen; subscribe without it to get a snapshot.',
  ),
  LIQUIDATION_NOT_FOUND: entry(36015, true, 'The node keeps no step of an auction there; liquidation_history lists them.'),
  SEQUENCER_UNREACHABLE: entry(36016, true, 'This node follows and has no answer of the sequencer; repeat, or send it there.'),

  // 37xxx: proofs.
  PROOF_NOT_AVAILABLE: entry(37001, false, 'The node cannot prove against this root any more.'),
  WITHDRAWAL_NOT_FINAL: entry(37002, true, 'The withdrawal is not under a final root yet.'),
  PROOFS_NOT_SERVED: entry(37003, false, 'This node is not linked to an L1, or does not have what is to be proved to it.'),
} as const;

/** The offset of the refusals of the protocol in the numbers of the errors. */
const REFUSAL_CODE_BASE = 38000;

/** Refusals that time alone may cure. */
const RETRYABLE_REFUSALS: ReadonlySet<string> = new Set<RefusalName>([
  'marks_stale',
  'prices_stale',
  'pool_liquidity_too_low',
  'auction_not_open',
  'auctions_full',
  'market_auctions_full',
  'auctions_paused',
]);

/** What to do about the refusals a trader meets most; the others speak through their names. */
const REFUSAL_CURES: Partial<Record<RefusalName, string>> = {
  action_expired: 'sign it again with a later expiresAt',
  nonce_not_increasing: 'sign it again with a higher nonce',
  signature_invalid: 'tx_debug shows what was signed and by whom',
  signer_not_authorized: 'sign with the owner key or a session key of this account',
  account_not_found: 'the first deposit opens the account',
  balance_too_low: 'account_get shows what is free',
  account_is_healthy: 'nothing is for sale: the account is above its maintenance margin again',
  auction_not_found: 'liquidation_auctions lists what runs',
  auction_not_open: 'after an outage nothing is sold for a while; `opens` says until when',
  auction_over: 'the price has run out; the next auction of it starts in a moment',
  auction_changed: 'the account is not what it was; ask liquidation_auctions for it again',
  price_above_limit: 'raise maxPrice, or wait for the next step of the price',
  insurance_exhausted: 'the insurance fund can not pay for this account; bid on another',
  bid_too_small: 'raise the share: it buys not a lot of anything',
  initial_margin_too_low: 'deposit, reduce the size, or close something',
  marks_stale: 'wait for the next mark',
  prices_stale: 'wait for the next prices',
  pool_liquidity_too_low: 'withdraw less or wait for deposits',
  session_expired: 'authorize a new session key',
  session_scope: 'this session key may not do that',
  session_market: 'this session key may not trade that market',
  session_notional_cap: 'this session key has used its notional',
  instrument_not_trading: 'market_get shows its status',
  order_expired: 'place a new order',
  post_only_would_take: 'choose a price that does not cross',
  reduce_only_would_increase: 'the position is smaller than the order',
  price_out_of_band: 'market_get shows the price band',
  order_too_large: 'market_get shows the largest size',
};

export type ProtocolErrorName = keyof typeof PROTOCOL_ERRORS;
export type ApplicationErrorName = keyof typeof APPLICATION_ERRORS;
export type RefusalErrorName = Uppercase<RefusalName>;
export type ErrorName = ProtocolErrorName | ApplicationErrorName | RefusalErrorName;

/** The error name of a refusal: the same word, in capitals. */
export const refusalErrorName = (refusal: RefusalName): RefusalErrorName =>
  refusal.toUpperCase() as RefusalErrorName;

const refusalEntries = Object.entries(REFUSAL).map(([key, code]): [string, ErrorEntry] => {
  const refusal = key as RefusalName;
  const cure = REFUSAL_CURES[refusal];
  const words = refusal.replaceAll('_', ' ');
  const sentence = `The protocol refuses this: ${words}${cure === undefined ? '' : `; ${cure}`}.`;
  const retryable = RETRYABLE_REFUSALS.has(refusal);
  return [refusalErrorName(refusal), entry(REFUSAL_CODE_BASE + code, retryable, sentence)];
});

/** All errors by name. */
export const CATALOGUE = {
  ...PROTOCOL_ERRORS,
  ...APPLICATION_ERRORS,
  ...Object.fromEntries(refusalEntries),
} as Readonly<Record<ErrorName, ErrorEntry>>;

/** Counted apart from `CATALOGUE`, whose keys would hide two entries of one name. */
export const CATALOGUE_ENTRIES_TOTAL =
  Object.keys(PROTOCOL_ERRORS).length +
  Object.keys(APPLICATION_ERRORS).length +
  refusalEntries.length;
