/** A subaccount: one balance, many positions. One record, so that margin reads one account. */
import { choice, i128, i64, list, struct, time, u128, u16, u32, u64, type Decoded } from '../codec/layout.ts';
import { MAX_COLLATERALS, MAX_POSITIONS } from '../constants.ts';
import { named } from './kind.ts';
import type { AccountId, Address } from '../units.ts';
import type { Kind } from './kind.ts';

export const MARGIN_MODE = { portfolio: 0, cross: 1, isolated: 2 } as const;
export type MarginMode = (typeof MARGIN_MODE)[keyof typeof MARGIN_MODE];
export const AUCTION_STATUS = { none: 0, solvent: 1, insolvent: 2 } as const;
export type AuctionStatus = (typeof AUCTION_STATUS)[keyof typeof AUCTION_STATUS];

const collateral = struct({ asset: u16, balance: u128 });
const positionFields = {
  instrument: u32,
  /** Signed lots, never 0. */
  size: i64,
  /** Signed cost so far [1e-6 USD]: minus what was paid, plus what was received. */
  quote: i128,
  /** Funding index up to which funding is settled. */
  fundingIndex: i128,
};
export const position = struct(positionFields, {
  read: (r) => ({ instrument: r.u32(), size: r.i64(), quote: r.i128(), fundingIndex: r.i128() }),
  write: (w, { instrument, size, quote, fundingIndex }) => {
    w.u32(instrument).i64(size).i128(quote).i128(fundingIndex);
  },
});
export type Collateral = Decoded<typeof collateral>;
export type Position = Decoded<typeof position>;

const layout = struct({
  mode: choice<MarginMode>(3),
  /** One more than the kind of its running auction. */
  auction: choice<AuctionStatus>(3),
  /** Last nonce of a signed action; actions must rise. */
  actionNonce: u64,
  /** Orders with a smaller nonce are void. */
  orderNonceFloor: u64,
  /** Initial margin that the last trade left with a buffer [1e-6 USD], and when that was. */
  marginHeld: u64,
  reputationTime: time,
  /** What reputation follows from: decayed margin held through time [1e-6 USD day], decayed fees paid [1e-6 USD]. */
  score: u128,
  feesPaid: u128,
  /** USD cash [1e-6 USD], negative when borrowed, and the interest index it is settled to. */
  cash: i128,
  interestIndex: u128,
  /** Ascending by asset, balances positive. */
  collaterals: list(collateral, MAX_COLLATERALS),
  /** Ascending by instrument. */
  positions: list(position, MAX_POSITIONS),
});
export type Account = Decoded<typeof layout>;
export const ACCOUNT: Kind<Account, AccountId> = named(6, 'account', 21, layout);

const SUBACCOUNT = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
export const accountIdOf = (owner: Address, subaccount: number): AccountId =>
  `${owner}${SUBACCOUNT[subaccount]!}`;
export const ownerOf = (account: AccountId): Address => account.slice(0, 42) as Address;
export const subaccountOf = (account: AccountId): number => Number.parseInt(account.slice(42), 16);
