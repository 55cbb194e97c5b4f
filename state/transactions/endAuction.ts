/** Ends the auction of an account that is healthy again: by its owner, by the market, or because nothing is left. */
import { existing } from '../access.ts';
import { accountId, struct, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { closeAuction } from '../liquidation/lifecycle.ts';
import { ACCOUNT } from '../records/account.ts';
import { AUCTION } from '../records/auction.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import type { TransactionType } from './context.ts';

const layout = struct({ account: accountId });
export type EndAuction = Decoded<typeof layout>;

export const endAuction: TransactionType<EndAuction> = {
  type: 19,
  name: 'endAuction',
  layout,
  refusals: ['auction_not_found', 'marks_stale', 'account_is_unhealthy'],
  apply: (state, { account: id }) => {
    const auction = state.read(AUCTION, id);
    if (auction === undefined) throw new Refusal(REFUSAL.auction_not_found, id);
    const margin = computeMargin(state, id, existing(state, ACCOUNT, id));
    require(margin.fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old');
    require(margin.equity >= margin.maintenance, REFUSAL.account_is_unhealthy, () =>
      `equity ${margin.equity}, maintenance margin ${margin.maintenance}`);
    closeAuction(state, id, auction);
  },
};
