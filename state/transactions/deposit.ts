/**
 * Credits what L1 took in. A deposit can not be refused, for the money is already in the Vault:
 * what the account may not hold goes straight back as a withdrawal to the owner.
 */
import { existing, type StateAccess } from '../access.ts';
import { accountId, encode, struct, u128, u16, type Decoded } from '../codec/layout.ts';
import { DEPOSITED_BOUND, MAX_COLLATERALS } from '../constants.ts';
import { adjustCollateral, balanceOf, isWithinAccountCap, moveCash } from '../ledger/ledger.ts';
import { ACCOUNT, MARGIN_MODE, ownerOf, type Account } from '../records/account.ts';
import { ASSET, ASSET_STATUS, CASH_ASSET } from '../records/asset.ts';
import { WAD } from '../units.ts';
import { createWithdrawal } from './createWithdrawal.ts';
import { consumeItem, INBOX_KIND } from './inbox.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ asset: u16, account: accountId, amount: u128 });
export type Deposit = Decoded<typeof layout>;

export const deposit: TransactionType<Deposit> = {
  type: 2,
  name: 'deposit',
  layout,
  refusals: [],
  apply: (state, body) => {
    consumeItem(state, INBOX_KIND.deposit, encode(layout, body));
    if (!mayHold(state, body)) {
      // The token may be unknown to the chain; the books of a known asset stay untouched.
      createWithdrawal(state, body.account, body.asset, body.amount, ownerOf(body.account));
      return;
    }
    if (state.read(ACCOUNT, body.account) === undefined) state.put(ACCOUNT, body.account, NEW_ACCOUNT);
    const asset = existing(state, ASSET, body.asset);
    state.put(ASSET, body.asset, { ...asset, deposited: asset.deposited + body.amount });
    if (body.asset === CASH_ASSET) moveCash(state, 'l1', body.account, body.amount, 'deposit');
    else adjustCollateral(state, body.account, body.asset, body.amount, 'deposit');
  },
};

export const NEW_ACCOUNT: Account = {
  mode: MARGIN_MODE.portfolio,
  auction: 0,
  actionNonce: 0n,
  orderNonceFloor: 0n,
  marginHeld: 0n,
  reputationTime: 0,
  score: 0n,
  feesPaid: 0n,
  cash: 0n,
  interestIndex: WAD,
  collaterals: [],
  positions: [],
};

function mayHold(state: StateAccess, { asset: id, account: holder, amount }: Deposit): boolean {
  const asset = state.read(ASSET, id);
  if (asset === undefined || asset.status !== ASSET_STATUS.active) return false;
  const outstanding = asset.deposited - asset.withdrawn;
  if (amount === 0n || outstanding + amount > asset.cap) return false;
  if (asset.deposited + amount >= DEPOSITED_BOUND) return false;
  const account = state.read(ACCOUNT, holder);
  if (!isWithinAccountCap(state, account, id, asset, amount)) return false;
  if (account === undefined || id === CASH_ASSET) return true;
  return balanceOf(account, id) > 0n || account.collaterals.length < MAX_COLLATERALS;
}
