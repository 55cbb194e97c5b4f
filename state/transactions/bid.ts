/** Takes a share of an account in auction: its positions at their marks, its collateral at its price, and a compensation. */
import { existing, type StateAccess } from '../access.ts';
import { toHex } from '../codec/bytes.ts';
import { address, bytes32, encode, i128, u64, u8 } from '../codec/layout.ts';
import { MAX_COLLATERALS, MAX_POSITIONS } from '../constants.ts';
import { sha256 } from '../crypto/sha256.ts';
import { Refusal, require } from '../errors.ts';
import { isWithinAccountCap, moveCash, moveSigned } from '../ledger/ledger.ts';
import { distressOf } from '../liquidation/distress.ts';
import { closeAuction } from '../liquidation/lifecycle.ts';
import { offerOf, opensAt, type Offer } from '../liquidation/offer.ts';
import { leastShare, moveSlice, sliceOf, type Slice } from '../liquidation/slice.ts';
import { divDown, divUp, max, min } from '../math/integer.ts';
import { ACCOUNT, accountIdOf, MARGIN_MODE, type Account } from '../records/account.ts';
import { ASSET } from '../records/asset.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { REFUSAL } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { loadPortfolio } from '../risk/portfolio.ts';
import { WAD, type AccountId, type MicroUsd, type Wad } from '../units.ts';
import { defineAction } from './action.ts';
import { requireInitialMargin } from './marginRule.ts';

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
    'marks_stale',
    'account_is_healthy',
    'auction_not_open',
    'auction_over',
    'price_above_limit',
    'insurance_exhausted',
    'account_cap',
    'too_many_positions',
    'isolated_needs_one_instrument',
    'too_many_collaterals',
    'initial_margin_too_low',
  ],
  apply: (state, { id: bidder }, body) => {
    const id = accountIdOf(body.fromOwner, body.fromSubaccount);
    require(id !== bidder, REFUSAL.accounts_must_differ);
    require(body.share > 0n, REFUSAL.bid_too_small);
    const auction = state.read(AUCTION, id);
    if (auction === undefined) throw new Refusal(REFUSAL.auction_not_found, id);
    const account = existing(state, ACCOUNT, id);
    const isExpected = body.expected === ANY_STATE || body.expected === accountHash(account);
    require(isExpected, REFUSAL.auction_changed);
    const portfolio = loadPortfolio(state, id, account);
    const distress = distressOf(portfolio);
    const { margin } = distress;
    require(margin.fresh, REFUSAL.marks_stale, 'prices or marks of the account in auction are too old');
    require(margin.equity < margin.maintenance, REFUSAL.account_is_healthy, () =>
      `equity ${margin.equity}, maintenance margin ${margin.maintenance}`);
    const elapsed = portfolio.now - opensAt(portfolio, existing(state, CHAIN, 0), auction.start);
    require(elapsed >= 0, REFUSAL.auction_not_open, () => `opens in ${-elapsed} s`);
    const offer = offerOf(auction, distress, portfolio.parameters, elapsed);
    if (offer === null) throw new Refusal(REFUSAL.auction_over, 'the price has run out: start the next auction');
    const price = offer.value - offer.fromAccount - offer.fromFund;
    require(price <= body.maxPrice, REFUSAL.price_above_limit, () => `${price}`);
    const payable = payableShare(offer, min(auction.fundLeft, portfolio.pool.insurance));
    require(payable > 0n, REFUSAL.insurance_exhausted);
    const most = max(offer.share, leastShare(portfolio));
    const slice = sliceOf(portfolio, min(min(body.share, most), payable));
    if (slice === null) throw new Refusal(REFUSAL.bid_too_small, 'not a lot of anything');

    moveSlice(state, id, bidder, portfolio, slice);
    const paid = pay(state, id, bidder, offer, slice);
    requireHolds(state, bidder, portfolio.account, slice);
    requireInitialMargin(computeMargin(state, bidder, existing(state, ACCOUNT, bidder)));
    state.effect({ kind: 'bid', account: id, bidder, share: slice.share, price, ...paid });
    keepOrClose(state, id, sold(auction, offer, slice.share, paid));
  },
});

/** Of what the fund would pay for all, the share it has [1e-18]. */
function payableShare({ fromFund, owed }: Offer, fund: MicroUsd): Wad {
  const all = fromFund + owed;
  return all <= fund ? WAD : (fund * WAD) / all;
}

type Paid = Readonly<{ compensation: MicroUsd; penalty: MicroUsd; fromFund: MicroUsd }>;

/** The cash of a slice: rounded down for the bidder, up for what the account owes. */
function pay(state: StateAccess, id: AccountId, bidder: AccountId, offer: Offer, { share, collateral }: Slice): Paid {
  const part = (whole: MicroUsd): MicroUsd => divDown(whole * share, WAD);
  const fromAccount = part(offer.fromAccount);
  const penalty = divUp(offer.penalty * share, WAD);
  const fromFund = part(offer.fromFund);
  const owed = part(offer.owed);
  moveSigned(state, bidder, id, collateral - fromAccount, 'auction');
  moveCash(state, id, 'insurance', penalty, 'penalty');
  moveCash(state, 'insurance', bidder, fromFund, 'insurance');
  moveCash(state, 'insurance', id, owed, 'insurance');
  return { compensation: fromAccount + fromFund, penalty, fromFund: fromFund + owed };
}

/** The limits of any account, for the bidder as it is now. */
function requireHolds(state: StateAccess, bidder: AccountId, from: Account, { balances }: Slice): void {
  const account = existing(state, ACCOUNT, bidder);
  from.collaterals.forEach(({ asset }, i) => {
    if (balances[i]! === 0n) return;
    require(isWithinAccountCap(state, account, asset, existing(state, ASSET, asset), 0n), REFUSAL.account_cap);
  });
  const count = account.positions.length;
  require(count <= MAX_POSITIONS, REFUSAL.too_many_positions);
  require(account.mode !== MARGIN_MODE.isolated || count <= 1, REFUSAL.isolated_needs_one_instrument);
  require(account.collaterals.length <= MAX_COLLATERALS, REFUSAL.too_many_collaterals);
}

/** What the bid left behind of the value it took is reserved; the fund has less left for this account. */
function sold(auction: Auction, { value }: Offer, share: Wad, { compensation, penalty, fromFund }: Paid): Auction {
  const isSolvent = auction.kind === AUCTION_KIND.solvent;
  const left = isSolvent ? max(divDown(value * share, WAD) - compensation - penalty, 0n) : 0n;
  return {
    ...auction,
    bids: auction.bids + 1,
    sold: auction.sold + ((WAD - auction.sold) * share) / WAD,
    reserved: auction.reserved + left,
    fundLeft: auction.fundLeft - fromFund,
  };
}

/** The auction stops the moment the account is healthy. */
function keepOrClose(state: StateAccess, id: AccountId, auction: Auction): void {
  const { equity, maintenance } = computeMargin(state, id, existing(state, ACCOUNT, id));
  if (equity >= maintenance) closeAuction(state, id, auction);
  else state.put(AUCTION, id, auction);
}
