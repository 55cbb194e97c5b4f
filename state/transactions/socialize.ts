/** What an account owes that has nothing left: paid by the fund as far as it goes, the rest shared by all withdrawals. */
import { existing } from '../access.ts';
import { accountId, struct, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { fixRate } from '../ledger/deficit.ts';
import { settledCash } from '../ledger/interest.ts';
import { moveCash } from '../ledger/ledger.ts';
import { closeAuction } from '../liquidation/lifecycle.ts';
import { max, min } from '../math/integer.ts';
import { ACCOUNT } from '../records/account.ts';
import { AUCTION } from '../records/auction.ts';
import { POOL } from '../records/pool.ts';
import { REFUSAL } from '../refusals.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ account: accountId });
export type Socialize = Decoded<typeof layout>;

export const socialize: TransactionType<Socialize> = {
  type: 22,
  name: 'socialize',
  layout,
  refusals: ['account_not_found', 'account_holds_assets', 'account_is_healthy'],
  apply: (state, { account: id }) => {
    const account = state.read(ACCOUNT, id);
    if (account === undefined) throw new Refusal(REFUSAL.account_not_found, id);
    require(account.positions.length + account.collaterals.length === 0, REFUSAL.account_holds_assets);
    const pool = existing(state, POOL, 0);
    const owed = -settledCash(account, pool);
    require(owed > 0n, REFUSAL.account_is_healthy, () => `cash ${-owed}`);
    const auction = state.read(AUCTION, id);
    // All of the fund: nobody shares a loss before it is empty, and it holds what withdrawals provided for this one.
    const fromFund = min(owed, pool.insurance);
    moveCash(state, 'insurance', id, fromFund, 'insurance');
    if (auction !== undefined) closeAuction(state, id, { ...auction, fundLeft: max(auction.fundLeft - fromFund, 0n) });
    if (owed > fromFund) {
      moveCash(state, 'deficit', id, owed - fromFund, 'loss');
      fixRate(state);
    }
    state.effect({ kind: 'socialized', account: id, fromFund, loss: owed - fromFund });
  },
};
