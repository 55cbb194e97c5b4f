/**
 * A transaction forced from L1: an owner's signed action that the sequencer may not ignore. The item
 * is consumed whatever the action's outcome.
 */
import { rest } from '../codec/layout.ts';
import { Refusal } from '../errors.ts';
import { REFUSAL } from '../refusals.ts';
import { ACTIONS } from './actions.ts';
import { consumeItem, INBOX_KIND } from './inbox.ts';
import { decodeBody, type TransactionType } from './context.ts';

const SENDER_BYTES = 20;

export const forced: TransactionType<Uint8Array> = {
  type: 3,
  name: 'forced',
  layout: rest,
  refusals: ['unknown_transaction_type'],
  apply: (state, payload, context) => {
    consumeItem(state, INBOX_KIND.forced, payload);
    state.keep();
    const inner = payload.subarray(SENDER_BYTES);
    // Only what an owner signs can be forced; prices, marks and trades have their own doors.
    const action = ACTIONS.find((a) => a.type === inner[0]);
    if (action === undefined) throw new Refusal(REFUSAL.unknown_transaction_type);
    action.apply(state, decodeBody(action.layout, inner.subarray(1)), context);
  },
};
