/**
 * Pays an account what has been recovered of what it gave up in rounds of deleveraging, after recovering for all claims
 * what can be. Anybody may ask for anybody: some accounts, those of vaults, have nobody who signs.
 */
import { address, u8 } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { payClaim, recover } from '../ledger/claims.ts';
import { accountIdOf } from '../records/account.ts';
import { CLAIM } from '../records/claim.ts';
import { REFUSAL } from '../refusals.ts';
import { defineAction } from './action.ts';

export const redeemClaim = defineAction({
  type: 25,
  name: 'RedeemClaim',
  parts: {
    /** Whose claim, and who is paid. */
    toOwner: [address, 'address'],
    toSubaccount: [u8, 'uint8'],
  },
  refusals: ['claim_not_found', 'nothing_recovered'],
  apply: (state, _, { toOwner, toSubaccount }) => {
    const id = accountIdOf(toOwner, toSubaccount);
    const claim = state.read(CLAIM, id);
    if (claim === undefined) throw new Refusal(REFUSAL.claim_not_found, id);
    recover(state);
    const due = payClaim(state, id, claim);
    require(due > 0n, REFUSAL.nothing_recovered);
  },
});
