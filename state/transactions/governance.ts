/**
 * An item that the time-locked governance put into the inbox. It is consumed whatever it holds;
 * what is malformed or out of bounds changes nothing else.
 */
import type { StateAccess } from '../access.ts';
import { rest, type Field } from '../codec/layout.ts';
import { Refusal } from '../errors.ts';
import { REFUSAL, type RefusalName } from '../refusals.ts';
import { listAsset } from './listAsset.ts';
import { listInstrument } from './listInstrument.ts';
import { consumeItem, INBOX_KIND } from './inbox.ts';
import { pauseAuctions } from './pauseAuctions.ts';
import { setAsset } from './setAsset.ts';
import { setInstrument } from './setInstrument.ts';
import { setParameters } from './setParameters.ts';
import { setUnderlying } from './setUnderlying.ts';
import { setVault } from './setVault.ts';
import { decodeBody, type TransactionType } from './context.ts';

export type GovernanceAction<T> = Readonly<{
  /** First byte of the payload. */
  action: number;
  name: string;
  layout: Field<T>;
  refusals: readonly RefusalName[];
  apply: (state: StateAccess, body: T) => void;
}>;

export const GOVERNANCE_ACTIONS: readonly GovernanceAction<any>[] = [
  setParameters,
  listInstrument,
  listAsset,
  setAsset,
  setInstrument,
  setUnderlying,
  pauseAuctions,
  setVault,
];

export const governance: TransactionType<Uint8Array> = {
  type: 4,
  name: 'governance',
  layout: rest,
  refusals: ['unknown_governance_action'],
  apply: (state, payload) => {
    consumeItem(state, INBOX_KIND.governance, payload);
    state.keep();
    const action = GOVERNANCE_ACTIONS.find((a) => a.action === payload[0]);
    if (action === undefined) throw new Refusal(REFUSAL.unknown_governance_action);
    action.apply(state, decodeBody(action.layout, payload.subarray(1)));
  },
};
