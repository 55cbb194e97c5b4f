/** Sells a share of an account in auction to a bidder at the offer of the moment. The one way out of an auction. */
import { existing, type StateAccess } from '../access.ts';
import { MAX_COLLATERALS, MAX_POSITIONS } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { isWithinAccountCap, moveCash, moveSigned } from '../ledger/ledger.ts';
import { divDown, divUp, max, min } from '../math/integer.ts';
import { ACCOUNT, MARGIN_MODE, type Account } from '../records/account.ts';
import { ASSET } from '../records/asset.ts';
import { AUCTION, AUCTION_KIND, type Auction } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT_STATUS } from '../records/instrument.ts';
import { REFUSAL, type RefusalName } from '../refusals.ts';
import { computeMargin } from '../risk/margin.ts';
import { loadPortfolio, type Portfolio } from '../risk/portfolio.ts';
import { requireInitialMargin } from '../transactions/marginRule.ts';
import { WAD, type AccountId, type MicroUsd, type Seconds, type Wad } from '../units.ts';
import { distressOf } from './distress.ts';
import { closeAuction } from './lifecycle.ts';
import { elapsedOf, offerNow, priceOf, type Offer } from './offer.ts';
import { moveSlice, sliceOf, type Slice } from './slice.ts';

/** In the order in which they are checked. */
export const SALE_REFUSALS: readonly RefusalName[] = [
  'marks_stale',
  'account_is_healthy',
  'auction_not_open',
  'deleveraging_is_on',
  'auction_over',
  'price_above_limit',
  'insurance_exhausted',
  'bid_too_small',
  'account_cap',
  'too_many_positions',
  'isolated_needs_one_instrument',
  'too_many_collaterals',
  'initial_margin_too_low',
];

export type Wanted = Readonly<{
  /** Most that is taken of the account as it is [1e-18]. */
  share: Wad;
  /** Highest price for all of it [1e-6 USD], given the offer and the seconds since it opened. */
  maxPrice: (offer: Offer, elapsed: Seconds) => MicroUsd;
}>;

/** Sells to `bidder`, which must meet initial margin afterwards; ends the auction where `id` is then healthy. */
export function sell(state: StateAccess, auction: Auction, id: AccountId, bidder: AccountId, wanted: Wanted): void {
  const portfolio = loadPortfolio(state, id, existing(state, ACCOUNT, id));
  const distress = distressOf(portfolio);
  const { margin } = distress;
  require(margin.fresh, REFUSAL.marks_stale, 'prices or marks of the account in auction are too old');
  require(margin.equity < margin.maintenance, REFUSAL.account_is_healthy, () =>
    `equity ${margin.equity}, maintenance margin ${margin.maintenance}`);
  const elapsed = elapsedOf(portfolio, existing(state, CHAIN, 0), auction.start);
  require(elapsed >= 0, REFUSAL.auction_not_open, () => `opens in ${-elapsed} s`);
  requireNoRound(portfolio);
  const offer = offerNow(auction, distress, portfolio, elapsed);
  if (offer === null) throw new Refusal(REFUSAL.auction_over, 'the price has run out: start the next auction');
  const price = priceOf(offer);
  require(price <= wanted.maxPrice(offer, elapsed), REFUSAL.price_above_limit, () => `${price}`);
  require(offer.share > 0n, REFUSAL.insurance_exhausted);
  const slice = sliceOf(portfolio, min(wanted.share, offer.share));
  if (slice === null) throw new Refusal(REFUSAL.bid_too_small, 'not a lot of anything');

  moveSlice(state, id, bidder, portfolio, slice);
  const paid = pay(state, id, bidder, offer, slice);
  requireHolds(state, bidder, portfolio.account, slice);
  requireInitialMargin(computeMargin(state, bidder, existing(state, ACCOUNT, bidder)));
  state.effect({ kind: 'bid', account: id, bidder, share: slice.share, price, ...paid });
  keepOrClose(state, id, sold(auction, offer, slice.share, paid));
}

/** What holders of a market close in a round is their share of it as it was: no lot changes hands meanwhile. */
function requireNoRound({ holdings }: Portfolio): void {
  const isOn = holdings.some(({ instrument }) => instrument.status === INSTRUMENT_STATUS.deleveraging);
  require(!isOn, REFUSAL.deleveraging_is_on);
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
