/** What the sequencer refuses, in the words of the error catalogue. */
import type { RejectionCode } from '../../node/sequencer/matcher/codes.ts';
import { IntakeOverloaded } from '../../node/sequencer/recovery.ts';
import { Rejection, type NodeRule } from '../../node/sequencer/rejection.ts';
import type { RefusalCode } from '../../state/refusals.ts';
import { refusalError, RpcError, type ErrorFacts, type ErrorName } from '../schema/errors.ts';

const MATCHER_ERRORS: Readonly<Record<RejectionCode, ErrorName>> = {
  order_not_found: 'ORDER_NOT_FOUND',
  replace_mismatch: 'REPLACE_MISMATCH',
  duplicate_order_id: 'ORDER_ID_IN_USE',
  instrument_closed: 'INSTRUMENT_NOT_TRADING',
  size_out_of_range: 'ORDER_OUT_OF_RANGE',
  price_out_of_range: 'ORDER_OUT_OF_RANGE',
  expiry_out_of_range: 'ORDER_OUT_OF_RANGE',
  expired: 'ORDER_EXPIRED',
  post_only_needs_gtc: 'POST_ONLY_NEEDS_GTC',
  duplicate_client_order_id: 'CLIENT_ORDER_ID_CONFLICT',
  too_many_open_orders: 'TOO_MANY_OPEN_ORDERS',
  book_full: 'BOOK_FULL',
  level_full: 'BOOK_FULL',
  reduce_only_no_position: 'REDUCE_ONLY_WOULD_INCREASE',
  post_only_would_cross: 'POST_ONLY_WOULD_TAKE',
  self_trade: 'SELF_TRADE_PREVENTED',
  fok_not_fillable: 'FILL_OR_KILL_INCOMPLETE',
  fok_too_many_makers: 'FOK_TOO_MANY_MAKERS',
};
const NODE_ERRORS: Readonly<Record<NodeRule, ErrorName>> = {
  order_already_ended: 'ORDER_ALREADY_FINISHED',
  order_not_owned: 'ORDER_NOT_OWNED',
  action_type_not_accepted: 'INVALID_PARAMS',
  sequencer_overloaded: 'QUEUE_FULL',
  sequencer_stopping: 'SHUTTING_DOWN',
};

/** Whether the refusal is about who signed: then the client wants to see what was recovered. */
export const isAboutSigner = (thrown: unknown): boolean =>
  thrown instanceof Rejection &&
  (thrown.rule === 'signature_invalid' || thrown.rule === 'signer_not_authorized');

/** The error of a refusal, or what was thrown if it is none. A refused action keeps its nonce. */
export function errorOf(thrown: unknown, more: ErrorFacts = {}): unknown {
  if (thrown instanceof IntakeOverloaded) {
    return new RpcError('QUEUE_FULL', { lane: thrown.lane, nonceConsumed: false, retryAfterMs: 50, ...more });
  }
  if (!(thrown instanceof Rejection)) return thrown;
  const { source, rule, code, detail } = thrown;
  const facts = { nonceConsumed: false, ...(detail === '' ? {} : { detail }), ...more };
  if (source === 'protocol') return refusalError(code as RefusalCode, facts);
  const name =
    source === 'matcher' ? MATCHER_ERRORS[rule as RejectionCode] : NODE_ERRORS[rule as NodeRule];
  return new RpcError(name, { rule, ...facts });
}
