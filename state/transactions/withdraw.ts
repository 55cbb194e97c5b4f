/** Moves a balance out of an account into a withdrawal that L1 pays, less its share of losses. */
import { existing, type StateAccess } from '../access.ts';
import { address, u128, u16 } from '../codec/layout.ts';
import { require } from '../errors.ts';
import { keepRate, provisionUp, withheldUp } from '../ledger/deficit.ts';
import { adjustCollateral, holdingOf, moveCash } from '../ledger/ledger.ts';
import { ACCOUNT } from '../records/account.ts';
import { ASSET, CASH_ASSET } from '../records/asset.ts';
import { POOL } from '../records/pool.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import type { AccountId, MicroUsd } from '../units.ts';
import { defineAction } from './action.ts';
import { createWithdrawal } from './createWithdrawal.ts';
import { requireFreeEquity } from './marginRule.ts';

const ZERO_ADDRESS = `0x${'00'.repeat(20)}`;

export const withdraw = defineAction({
  type: 5,
  name: 'Withdraw',
  parts: { asset: [u16, 'uint16'], amount: [u128, 'uint128'], recipient: [address, 'address'] },
  refusals: [
    'amount_must_be_positive',
    'recipient_must_not_be_zero',
    'asset_not_found',
    'balance_too_low',
    'withdrawal_throttled',
    'pool_liquidity_too_low',
    'marks_stale',
    'initial_margin_too_low',
    'unrealised_profit',
  ],
  apply: (state, { id, account }, body) => {
    require(body.amount > 0n, REFUSAL.amount_must_be_positive);
    require(body.recipient !== ZERO_ADDRESS, REFUSAL.recipient_must_not_be_zero);
    const asset = state.read(ASSET, body.asset);
    require(asset !== undefined, REFUSAL.asset_not_found, () => `asset ${body.asset}`);
    // Cash can not go below zero by a withdrawal: profit of open positions is not paid out.
    const balance = holdingOf(state, account, body.asset);
    require(balance >= body.amount, REFUSAL.balance_too_low, () =>
      `balance ${balance}, wanted ${body.amount}`);
    const isCash = body.asset === CASH_ASSET;
    const pool = existing(state, POOL, 0);
    const shared = isCash ? withheldUp(pool, body.amount) : 0n;
    const provision = isCash ? provisionUp(pool, body.amount) : 0n;
    const paid = body.amount - shared - provision;
    require(paid > 0n, REFUSAL.withdrawal_throttled, () =>
      `${pool.flagged} of losses are in the open, the fund has ${pool.insurance}`);
    require(asset.deposited - asset.withdrawn >= paid, REFUSAL.pool_liquidity_too_low);

    if (isCash) payOut(state, id, paid, shared, provision);
    else adjustCollateral(state, id, body.asset, -paid, 'withdrawal');
    const books = existing(state, ASSET, body.asset);
    state.put(ASSET, body.asset, { ...books, withdrawn: books.withdrawn + paid });
    createWithdrawal(state, id, body.asset, paid, body.recipient);
    requireFreeEquity(computeMargin(state, id, existing(state, ACCOUNT, id)));
  },
});

/** What is withheld pays the loss that is shared, and provides for those that are in the open. */
function payOut(state: StateAccess, id: AccountId, paid: MicroUsd, shared: MicroUsd, provision: MicroUsd): void {
  moveCash(state, id, 'l1', paid, 'withdrawal');
  if (shared > 0n) {
    moveCash(state, id, 'deficit', shared, 'loss');
    keepRate(state);
  }
  moveCash(state, id, 'insurance', provision, 'loss');
}
