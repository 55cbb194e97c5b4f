/** Sells shares of a backstop vault for its cash. */
import { existing } from '../access.ts';
import { u128, u16 } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { moveCash } from '../ledger/ledger.ts';
import { cashDown, onDay, vaultDistress } from '../liquidation/vault.ts';
import { ACCOUNT } from '../records/account.ts';
import { CHAIN } from '../records/chain.ts';
import { STAKE, stakeIdOf } from '../records/stake.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../records/vault.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { defineAction } from './action.ts';
import { requireFreeEquity } from './marginRule.ts';

export const vaultWithdraw = defineAction({
  type: 24,
  name: 'VaultWithdraw',
  parts: { vault: [u16, 'uint16'], shares: [u128, 'uint128'] },
  refusals: [
    'vault_not_found',
    'balance_too_low',
    'vault_locked',
    'marks_stale',
    'vault_insolvent',
    'amount_must_be_positive',
    'initial_margin_too_low',
    'unrealised_profit',
  ],
  apply: (state, { id }, { vault: vaultId, shares }) => {
    const vault = state.read(BACKSTOP_VAULT, vaultId);
    if (vault === undefined) throw new Refusal(REFUSAL.vault_not_found, `vault ${vaultId}`);
    const stakeId = stakeIdOf(vaultId, id);
    const stake = state.read(STAKE, stakeId);
    require(stake !== undefined && stake.shares >= shares, REFUSAL.balance_too_low, () => `shares ${stake?.shares ?? 0n}`);
    const { timestamp: now } = existing(state, CHAIN, 0);
    require(now >= stake!.lockedUntil, REFUSAL.vault_locked, () => `until ${stake!.lockedUntil}`);
    // Equity, after haircuts and at the conservative price: who leaves does not gain by what is not sold yet.
    const { margin, value } = vaultDistress(state, vaultId);
    require(margin.initialEquity >= 0n, REFUSAL.vault_insolvent, () => `equity ${margin.initialEquity}`);
    const amount = cashDown(vault, margin.initialEquity, shares);
    require(amount > 0n, REFUSAL.amount_must_be_positive);

    const from = vaultAccountOf(vaultId);
    moveCash(state, from, id, amount, 'vault');
    const today = onDay(vault, value, now);
    state.put(BACKSTOP_VAULT, vaultId, { ...today, shares: vault.shares - shares, dayValue: today.dayValue - amount });
    if (stake!.shares === shares) state.remove(STAKE, stakeId);
    else state.put(STAKE, stakeId, { ...stake!, shares: stake!.shares - shares });
    // It keeps what it needs, and lends nothing: its own margin is checked as that of who withdraws.
    requireFreeEquity(computeMargin(state, from, existing(state, ACCOUNT, from)));
  },
});
