/** Takes a share of an account in auction: its positions at their marks, its collateral at its price, and a compensation. */
import { existing } from '../access.ts';
import { toHex } from '../codec/bytes.ts';
import { address, bytes32, encode, i128, u64, u8 } from '../codec/layout.ts';
import { sha256 } from '../crypto/sha256.ts';
import { Refusal, require } from '../errors.ts';
import { SALE_REFUSALS, sell } from '../liquidation/sale.ts';
import { ACCOUNT, accountIdOf, type Account } from '../records/account.ts';
import { AUCTION } from '../records/auction.ts';
import { REFUSAL } from '../refusals.ts';
import { defineAction } from './action.ts';

/** Any state of the account will do. */
export const ANY_STATE = `0x${'00'.repeat(32)}` as const;
/** What a bidder names to be sure of what is for sale: the hash of the account's record. */
export const accountHash = (account: Account): `0x${string}` => toHex(sha256(encode(ACCOUNT.layout, account)));

export const bid = defineAction({
  type: 18,
  name: 'Bid',
  parts: {
    /** Whose portfolio. */
    fromOwner: [address, 'address'],
    fromSubaccount: [u8, 'uint8'],
    /** Most that is taken of it as it is [1e-18]. */
    share: [u64, 'uint64'],
    /** Highest price for all of it [1e-6 USD]: its value less the compensation; negative: what must be paid. */
    maxPrice: [i128, 'int128'],
    /** SHA-256 of its record, or 0. */
    expected: [bytes32, 'bytes32'],
  },
  refusals: [
    'accounts_must_differ',
    'bid_too_small',
    'auction_not_found',
    'auction_changed',
    ...SALE_REFUSALS.filter((name) => name !== 'bid_too_small'),
  ],
  apply: (state, { id: bidder }, { fromOwner, fromSubaccount, share, maxPrice, expected }) => {
    const id = accountIdOf(fromOwner, fromSubaccount);
    require(id !== bidder, REFUSAL.accounts_must_differ);
    require(share > 0n, REFUSAL.bid_too_small);
    const auction = state.read(AUCTION, id);
    if (auction === undefined) throw new Refusal(REFUSAL.auction_not_found, id);
    const isExpected = expected === ANY_STATE || expected === accountHash(existing(state, ACCOUNT, id));
    require(isExpected, REFUSAL.auction_changed);
    sell(state, auction, id, bidder, { share, maxPrice: () => maxPrice });
  },
});
