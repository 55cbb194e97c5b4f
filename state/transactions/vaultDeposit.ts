/** Buys shares of a backstop vault with cash. */
import { existing } from '../access.ts';
import { u128, u16 } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { holdingOf, moveCash } from '../ledger/ledger.ts';
import { onDay, sharesDown, vaultDistress } from '../liquidation/vault.ts';
import { ACCOUNT } from '../records/account.ts';
import { CASH_ASSET } from '../records/asset.ts';
import { CHAIN } from '../records/chain.ts';
import { STAKE, stakeIdOf } from '../records/stake.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../records/vault.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { defineAction } from './action.ts';
import { requireFreeEquity } from './marginRule.ts';

export const vaultDeposit = defineAction({
  type: 23,
  name: 'VaultDeposit',
  parts: { vault: [u16, 'uint16'], amount: [u128, 'uint128'] },
  refusals: [
    'vault_not_found',
    'balance_too_low',
    'marks_stale',
    'vault_insolvent',
    'amount_must_be_positive',
    'initial_margin_too_low',
    'unrealised_profit',
  ],
  apply: (state, { id, account }, { vault: vaultId, amount }) => {
    const vault = state.read(BACKSTOP_VAULT, vaultId);
    if (vault === undefined) throw new Refusal(REFUSAL.vault_not_found, `vault ${vaultId}`);
    require(holdingOf(state, account, CASH_ASSET) >= amount, REFUSAL.balance_too_low);
    // Worth without haircuts: who comes in does not gain by them.
    const { value } = vaultDistress(state, vaultId);
    require(value >= 0n, REFUSAL.vault_insolvent, () => `worth ${value}`);
    const shares = sharesDown(vault, value, amount);
    require(shares > 0n, REFUSAL.amount_must_be_positive, 'not a share');

    moveCash(state, id, vaultAccountOf(vaultId), amount, 'vault');
    const { timestamp: now } = existing(state, CHAIN, 0);
    const today = onDay(vault, value, now);
    state.put(BACKSTOP_VAULT, vaultId, { ...today, shares: vault.shares + shares, dayValue: today.dayValue + amount });
    const stakeId = stakeIdOf(vaultId, id);
    const held = state.read(STAKE, stakeId)?.shares ?? 0n;
    state.put(STAKE, stakeId, { shares: held + shares, lockedUntil: now + Number(vault.lockSeconds) });
    requireFreeEquity(computeMargin(state, id, existing(state, ACCOUNT, id)));
  },
});
