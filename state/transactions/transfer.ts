/** Moves a balance to another account; the sender must meet initial margin afterwards. */
import { existing } from '../access.ts';
import { address, u128, u16, u8 } from '../codec/layout.ts';
import { MAX_COLLATERALS } from '../constants.ts';
import { require } from '../errors.ts';
import { adjustCollateral, balanceOf, holdingOf, isWithinAccountCap, moveCash } from '../ledger/ledger.ts';
import { ACCOUNT, accountIdOf } from '../records/account.ts';
import { ASSET, CASH_ASSET } from '../records/asset.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { defineAction } from './action.ts';
import { NEW_ACCOUNT } from './deposit.ts';
import { requireFreeEquity } from './marginRule.ts';

export const transfer = defineAction({
  type: 6,
  name: 'Transfer',
  parts: {
    asset: [u16, 'uint16'],
    amount: [u128, 'uint128'],
    toOwner: [address, 'address'],
    toSubaccount: [u8, 'uint8'],
  },
  refusals: [
    'amount_must_be_positive',
    'accounts_must_differ',
    'asset_not_found',
    'balance_too_low',
    'too_many_collaterals',
    'account_cap',
    'marks_stale',
    'initial_margin_too_low',
    'unrealised_profit',
  ],
  apply: (state, { id, account }, body) => {
    const to = accountIdOf(body.toOwner, body.toSubaccount);
    require(body.amount > 0n, REFUSAL.amount_must_be_positive);
    require(to !== id, REFUSAL.accounts_must_differ);
    const asset = state.read(ASSET, body.asset);
    require(asset !== undefined, REFUSAL.asset_not_found, () => `asset ${body.asset}`);
    const isCash = body.asset === CASH_ASSET;
    const balance = holdingOf(state, account, body.asset);
    require(balance >= body.amount, REFUSAL.balance_too_low, () => `balance ${balance}, wanted ${body.amount}`);
    const receiver = state.read(ACCOUNT, to) ?? NEW_ACCOUNT;
    require(
      isCash || balanceOf(receiver, body.asset) > 0n || receiver.collaterals.length < MAX_COLLATERALS,
      REFUSAL.too_many_collaterals,
    );
    require(isWithinAccountCap(state, receiver, body.asset, asset, body.amount), REFUSAL.account_cap);

    // Receiving only adds value: the receiver's margin can not get worse.
    state.put(ACCOUNT, to, receiver);
    if (isCash) moveCash(state, id, to, body.amount, 'transfer');
    else {
      adjustCollateral(state, id, body.asset, -body.amount, 'transfer');
      adjustCollateral(state, to, body.asset, body.amount, 'transfer');
    }
    requireFreeEquity(computeMargin(state, id, existing(state, ACCOUNT, id)));
  },
});
