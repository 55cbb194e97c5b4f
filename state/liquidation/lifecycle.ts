/** How an auction begins and ends: the account's flag, its record, and the totals of pool and market of what is on sale. */
import { existing, type StateAccess } from '../access.ts';
import { max } from '../math/integer.ts';
import { ACCOUNT, AUCTION_STATUS } from '../records/account.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { POOL } from '../records/pool.ts';
import type { AccountId, MicroUsd } from '../units.ts';
import { enterMarket, leaveMarket } from './market.ts';

/** What an account owed beyond all it had when it was found out: what nobody may run from. */
const flaggedOf = ({ kind, value }: Auction): MicroUsd => (kind === AUCTION_KIND.insolvent ? max(-value, 0n) : 0n);

/** Opens `auction`, in place of the one that runs, if any. Of the fund it gets what it wants, as far as its market may have it. */
export function openAuction(state: StateAccess, id: AccountId, auction: Auction): void {
  const before = state.read(AUCTION, id);
  const account = existing(state, ACCOUNT, id);
  const isSolvent = auction.kind === AUCTION_KIND.solvent;
  state.put(ACCOUNT, id, { ...account, auction: isSolvent ? AUCTION_STATUS.solvent : AUCTION_STATUS.insolvent });
  if (before !== undefined) leave(state, before);
  state.put(AUCTION, id, enterMarket(state, auction));
  count(state, auction, 1n);
}

export function closeAuction(state: StateAccess, id: AccountId, auction: Auction): void {
  const account = existing(state, ACCOUNT, id);
  state.put(ACCOUNT, id, { ...account, auction: AUCTION_STATUS.none });
  state.remove(AUCTION, id);
  leave(state, auction);
  state.effect({ kind: 'auctionEnded', account: id });
}

function leave(state: StateAccess, auction: Auction): void {
  count(state, auction, -1n);
  leaveMarket(state, auction);
}

/** Adds the auction to the totals of the pool, or with -1 takes it from them. */
function count(state: StateAccess, auction: Auction, times: bigint): void {
  const pool = existing(state, POOL, 0);
  const auctioned = pool.auctioned + times * auction.maintenance;
  state.put(POOL, 0, { ...pool, auctioned, flagged: pool.flagged + times * flaggedOf(auction) });
}
