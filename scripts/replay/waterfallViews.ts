// The waterfall as the state has it: over time in dollars, and at the end to the micro-dollar.
import { existing } from '../../state/access.ts';
import { distressOf } from '../../state/liquidation/distress.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { CLAIM } from '../../state/records/claim.ts';
import { POOL } from '../../state/records/pool.ts';
import { BACKSTOP_VAULT, vaultAccountOf } from '../../state/records/vault.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import type { State } from '../../state/state.ts';
import type { WaterfallSample, WaterfallState } from './waterfallLog.ts';

const MICRO_USD = 1e6;
const WAD = 1e18;

export const claimsOf = (state: State): bigint =>
  [...state.idsOf(CLAIM)].reduce((sum, id) => sum + existing(state, CLAIM, id).amount, 0n);

export function waterfallSampleOf(state: State): WaterfallSample {
  const { insurance, deficit, auctioned } = existing(state, POOL, 0);
  const usd = (micro: bigint): number => Number(micro) / MICRO_USD;
  const vaults = [...state.idsOf(BACKSTOP_VAULT)].map(vaultAccountOf);
  const worth = vaults.map((id) => distressOf(loadPortfolio(state, id, existing(state, ACCOUNT, id))).value);
  return {
    fundUsd: usd(insurance),
    vaultUsd: usd(worth.reduce((sum, value) => sum + value, 0n)),
    deficitUsd: usd(deficit),
    claimsUsd: usd(claimsOf(state)),
    auctionedUsd: usd(auctioned),
  };
}

export function waterfallStateOf(state: State): WaterfallState {
  const { insurance, deficit, withdrawalRate } = existing(state, POOL, 0);
  const cashOf = new Map([...state.idsOf(ACCOUNT)].map((id) => [id, existing(state, ACCOUNT, id).cash]));
  return { cashOf, claims: claimsOf(state), insurance, deficit, withdrawalRate: Number(withdrawalRate) / WAD };
}
