/** Delegates trading to another key, within a scope, markets, a cap and an expiry. */
import { existing } from '../access.ts';
import { address, list, u128, u32, u40, u8 } from '../codec/layout.ts';
import { MAX_SESSION_MARKETS } from '../constants.ts';
import { require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { SESSION, sessionIdOf } from '../records/session.ts';
import { REFUSAL } from '../refusals.ts';
import { defineAction } from './action.ts';

export const authorizeSession = defineAction({
  type: 8,
  name: 'AuthorizeSession',
  parts: {
    key: [address, 'address'],
    scope: [u8, 'uint8'],
    sessionExpiry: [u40, 'uint64'],
    notionalCap: [u128, 'uint128'],
    markets: [list(u32, MAX_SESSION_MARKETS), 'uint32[]'],
  },
  refusals: ['session_key_must_differ', 'session_expiry_in_past'],
  apply: (state, { id }, body) => {
    require(body.key !== body.owner, REFUSAL.session_key_must_differ);
    const now = existing(state, CHAIN, 0).timestamp;
    require(body.sessionExpiry > now, REFUSAL.session_expiry_in_past);
    state.put(SESSION, sessionIdOf(id, body.key), {
      scope: body.scope,
      expiry: body.sessionExpiry,
      notionalCap: body.notionalCap,
      markets: body.markets,
    });
  },
});
