/** How an auction begins and ends: the account's flag, its record, and the pool's total of what is on sale. */
import { existing, type StateAccess } from '../access.ts';
import { ACCOUNT, AUCTION_STATUS } from '../records/account.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { POOL } from '../records/pool.ts';
import type { AccountId } from '../units.ts';

/** Opens `auction`, in place of the one that runs, if any. */
export function openAuction(state: StateAccess, id: AccountId, auction: Auction): void {
  const before = state.read(AUCTION, id)?.maintenance ?? 0n;
  const account = existing(state, ACCOUNT, id);
  const isSolvent = auction.kind === AUCTION_KIND.solvent;
  state.put(ACCOUNT, id, { ...account, auction: isSolvent ? AUCTION_STATUS.solvent : AUCTION_STATUS.insolvent });
  state.put(AUCTION, id, auction);
  addAuctioned(state, auction.maintenance - before);
}

export function closeAuction(state: StateAccess, id: AccountId, { maintenance }: Auction): void {
  const account = existing(state, ACCOUNT, id);
  state.put(ACCOUNT, id, { ...account, auction: AUCTION_STATUS.none });
  state.remove(AUCTION, id);
  addAuctioned(state, -maintenance);
  state.effect({ kind: 'auctionEnded', account: id });
}

function addAuctioned(state: StateAccess, change: bigint): void {
  const pool = existing(state, POOL, 0);
  state.put(POOL, 0, { ...pool, auctioned: pool.auctioned + change });
}
