/** Ends a delegation at once: orders the key signed can no longer fill. */
import { address } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { SESSION, sessionIdOf } from '../records/session.ts';
import { REFUSAL } from '../refusals.ts';
import { defineAction } from './action.ts';

export const revokeSession = defineAction({
  type: 9,
  name: 'RevokeSession',
  parts: { key: [address, 'address'] },
  refusals: ['session_not_found'],
  apply: (state, { id }, body) => {
    const session = sessionIdOf(id, body.key);
    require(state.read(SESSION, session) !== undefined, REFUSAL.session_not_found, body.key);
    state.remove(SESSION, session);
  },
});
