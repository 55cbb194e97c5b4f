/** Backstop vaults in human units, and what an account has of them. */
import { existing } from '../../state/access.ts';
import { distressOf, type Distress } from '../../state/liquidation/distress.ts';
import { cashDown, onDay } from '../../state/liquidation/vault.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { STAKE, stakeIdOf } from '../../state/records/stake.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../../state/records/vault.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import type { State } from '../../state/state.ts';
import type { AccountId, Seconds } from '../../state/units.ts';
import { usdText } from './units.ts';

const NO_OPERATOR = `0x${'00'.repeat(20)}`;

const vaultIds = (state: State): number[] => [...state.idsOf(BACKSTOP_VAULT)].sort((a, b) => a - b);

/** At the newest marks, fresh or not. */
function distressOfVault(state: State, vault: number): Distress {
  const id = vaultAccountOf(vault);
  return distressOf(loadPortfolio(state, id, existing(state, ACCOUNT, id)));
}

export const vaultsJson = (state: State, now: Seconds) =>
  vaultIds(state).map((vault) => {
    const record = existing(state, BACKSTOP_VAULT, vault);
    const { margin, value } = distressOfVault(state, vault);
    const today = onDay(record, value, now);
    return {
      vault,
      account: vaultAccountOf(vault),
      operator: record.operator === NO_OPERATOR ? null : record.operator,
      shares: usdText(record.shares),
      value: usdText(value),
      equity: usdText(margin.initialEquity),
      lossCap: usdText(record.lossCap),
      lostToday: usdText(today.dayValue - value),
      day: today.day,
      lockSeconds: Number(record.lockSeconds),
    };
  });

/** What an account has of each vault, and what a withdrawal of all of it would pay now. */
export const stakesJson = (state: State, account: AccountId) =>
  vaultIds(state).flatMap((vault) => {
    const stake = state.read(STAKE, stakeIdOf(vault, account));
    if (stake === undefined) return [];
    const { initialEquity } = distressOfVault(state, vault).margin;
    const paid = initialEquity < 0n ? 0n : cashDown(existing(state, BACKSTOP_VAULT, vault), initialEquity, stake.shares);
    return [{ vault, shares: usdText(stake.shares), value: usdText(paid), lockedUntil: stake.lockedUntil }];
  });
