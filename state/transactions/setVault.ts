/** Governance: opens a backstop vault, or changes who unwinds it and its limits. */
import { type StateAccess } from '../access.ts';
import { address, struct, u128, u16, u64, type Decoded } from '../codec/layout.ts';
import { TIME_BOUND } from '../constants.ts';
import { require } from '../errors.ts';
import { ACCOUNT } from '../records/account.ts';
import { SESSION, SESSION_SCOPE, sessionIdOf } from '../records/session.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../records/vault.ts';
import { REFUSAL } from '../refusals.ts';
import { NEW_ACCOUNT } from './deposit.ts';
import type { GovernanceAction } from './governance.ts';

const layout = struct({ vault: u16, operator: address, lossCap: u128, lockSeconds: u64 });
export type SetVault = Decoded<typeof layout>;
const NO_OPERATOR = `0x${'00'.repeat(20)}`;
/** Thirty days. */
const LOCK_SECONDS_MAX = 2_592_000n;
const NEW_VAULT = { shares: 0n, day: 0, dayValue: 0n };

export const setVault: GovernanceAction<SetVault> = {
  action: 8,
  name: 'setVault',
  layout,
  refusals: ['parameter_out_of_bounds'],
  apply: (state: StateAccess, { vault: id, ...terms }) => {
    require(terms.lockSeconds <= LOCK_SECONDS_MAX, REFUSAL.parameter_out_of_bounds, () => `a lock of ${terms.lockSeconds} s`);
    const account = vaultAccountOf(id);
    const old = state.read(BACKSTOP_VAULT, id);
    if (state.read(ACCOUNT, account) === undefined) state.put(ACCOUNT, account, NEW_ACCOUNT);
    if (old !== undefined && old.operator !== NO_OPERATOR) state.remove(SESSION, sessionIdOf(account, old.operator));
    if (terms.operator !== NO_OPERATOR) {
      const session = { scope: SESSION_SCOPE.reduceOnly, expiry: TIME_BOUND - 1, notionalCap: 0n, markets: [] };
      state.put(SESSION, sessionIdOf(account, terms.operator), session);
    }
    state.put(BACKSTOP_VAULT, id, { ...(old ?? NEW_VAULT), ...terms });
  },
};
