/** The closed lists of why the matcher refuses an order and why it takes one off the book. */

/**
 * Why an order was refused at the door; nothing of it was traded or rested. Listed by precedence:
 * the first broken rule is the one reported.
 */
export const REJECTIONS = {
  order_not_found: 'No open order has this id.',
  replace_mismatch: 'A replacement has the account, instrument and side of the order it replaces.',
  duplicate_order_id: 'An open order already has this id.',
  instrument_closed: 'The instrument no longer trades.',
  size_out_of_range: 'The size is a whole number of lots from 1 to 2^47 - 1.',
  price_out_of_range: 'The price is a whole number of ticks from 1 to 2^47 - 1.',
  expiry_out_of_range: 'The expiry is a whole number of seconds, at most 2^53 - 1.',
  expired: 'The expiry lies in the future: it is the first second the order may not trade.',
  post_only_needs_gtc: 'A post-only order is good till cancelled: it can only rest.',
  duplicate_client_order_id: 'An open order of this account already has this client order id.',
  too_many_open_orders: 'An account holds at most 1,000 open orders.',
  book_full: 'An instrument holds at most 200,000 open orders.',
  level_full: 'The open orders at one price add up to at most 2^53 - 1 lots.',
  reduce_only_no_position: 'A reduce-only order faces an open position on the other side.',
  post_only_would_cross: 'A post-only order does not meet an open order at its price or better.',
  self_trade: 'The order would first meet an open order of its own account.',
  fok_not_fillable: 'A fill-or-kill order finds its whole size at its price or better.',
  fok_too_many_makers: 'A fill-or-kill order settles in one step: against at most 8 makers.',
} as const;
export type RejectionCode = keyof typeof REJECTIONS;

/** Why an accepted order ended before it was filled (one past its expiry has its own event). */
export const CANCELLATIONS = {
  requested: 'Its owner cancelled it.',
  replaced: 'Its owner replaced it by another order.',
  nonce_invalidated: 'Its owner invalidated every order signed with a nonce below a bound.',
  instrument_closed: 'The instrument stopped trading.',
  unfilled_remainder: 'An immediate order never rests: what nobody took is cancelled.',
  self_trade: 'It met an order of its own account, and self-trade prevention took it out.',
  reduce_only_no_position: 'The position it was to reduce is gone.',
  settlement_refused: 'The settlement refused its part of a trade; the detail says why.',
  fok_not_fillable: 'A maker was refused, and without it the whole size is not there.',
  fok_too_many_makers: 'The settlement cannot take the whole size in one step.',
} as const;
export type CancellationCode = keyof typeof CANCELLATIONS;
