/**
 * Puts an account below its maintenance margin up for auction, or anew where its auction is over: as
 * solvent while it has value to sell, as insolvent where hardly any is left and nobody wanted it.
 */
import { existing, type StateAccess } from '../access.ts';
import { accountId, struct, type Decoded } from '../codec/layout.ts';
import { Refusal, require } from '../errors.ts';
import { moveCash } from '../ledger/ledger.ts';
import { stepSecondsOf } from '../liquidation/curve.ts';
import { distressOf, sizeOf, type Distress } from '../liquidation/distress.ts';
import { openAuction } from '../liquidation/lifecycle.ts';
import { hasRoom, marketHole, readMarket } from '../liquidation/market.ts';
import { elapsedOf, hasRegained, isOver, offerOf } from '../liquidation/offer.ts';
import { max, min, wadMulDown } from '../math/integer.ts';
import { ACCOUNT } from '../records/account.ts';
import { AUCTION, AUCTION_KIND, NO_MARKET, type Auction } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { UNDERLYING } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { loadPortfolio, type Portfolio } from '../risk/portfolio.ts';
import { slashed } from '../risk/reputation.ts';
import type { AccountId, MicroUsd } from '../units.ts';
import type { TransactionType } from './context.ts';

/** The reward goes to `starter`; 21 zero bytes: to the insurance fund. */
const layout = struct({ account: accountId, starter: accountId });
export type StartAuction = Decoded<typeof layout>;
export const NOBODY: AccountId = `0x${'00'.repeat(21)}`;

/** Of the value, what a reward is at most: one part of this many. The penalty at the start is twice the reward. */
const REWARD_PARTS = 200n;

export const startAuction: TransactionType<StartAuction> = {
  type: 17,
  name: 'startAuction',
  layout,
  refusals: [
    'account_not_found',
    'accounts_must_differ',
    'auctions_paused',
    'marks_stale',
    'account_is_healthy',
    'auction_not_open',
    'account_in_auction',
    'auctions_full',
    'market_auctions_full',
  ],
  apply: (state, { account: id, starter }) => {
    const account = state.read(ACCOUNT, id);
    if (account === undefined) throw new Refusal(REFUSAL.account_not_found, id);
    require(starter === NOBODY || state.read(ACCOUNT, starter) !== undefined, REFUSAL.account_not_found, starter);
    require(starter !== id, REFUSAL.accounts_must_differ);
    const portfolio = loadPortfolio(state, id, account);
    const { now, pool } = portfolio;
    require(now >= pool.auctionPause, REFUSAL.auctions_paused, () => `until ${pool.auctionPause}`);
    const distress = distressOf(portfolio);
    const { margin, value } = distress;
    require(margin.fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old');
    require(margin.equity < margin.maintenance, REFUSAL.account_is_healthy, () =>
      `equity ${margin.equity}, maintenance margin ${margin.maintenance}`);
    const elapsed = elapsedOf(portfolio, existing(state, CHAIN, 0), 0);
    require(elapsed >= 0, REFUSAL.auction_not_open, () => `after an outage: in ${-elapsed} s`);
    const running = state.read(AUCTION, id);
    // What begins anew is in auction already: where all waited for room, none would ever leave.
    if (running !== undefined) requireOver(state, running, portfolio, distress);
    else requireRoom(state, portfolio, distress);

    state.put(ACCOUNT, id, slashed(account));
    const isSolvent = sellsAsSolvent(distress, running);
    // Once between two trades of the account: where its price hovers at the margin, starts and ends follow each other.
    const isRewarded = running === undefined && isSolvent && account.feesPaid > 0n;
    const reward = isRewarded ? rewardDown(distress, portfolio) : 0n;
    moveCash(state, id, starter === NOBODY ? 'insurance' : starter, reward, 'penalty');
    moveCash(state, id, 'insurance', reward, 'penalty');
    openAuction(state, id, opened(portfolio, distress, isSolvent));
    const { equity, maintenance } = margin;
    state.effect({ kind: 'auctionStarted', account: id, isSolvent, equity, maintenance, value, reward });
  },
};

function requireOver(state: StateAccess, running: Auction, portfolio: Portfolio, distress: Distress): void {
  const elapsed = Math.max(elapsedOf(portfolio, existing(state, CHAIN, 0), running.start), 0);
  const offer = offerOf(running, distress, portfolio.parameters, elapsed);
  require(isOver(running, distress, offer), REFUSAL.account_in_auction);
}

/**
 * As long as there is value to sell; but what nobody wanted at the lowest price is given away, unless
 * it is worth too much for that. Where all that is left is what earlier bids paid in, nobody was asked.
 */
function sellsAsSolvent(distress: Distress, running: Auction | undefined): boolean {
  if (running?.kind !== AUCTION_KIND.solvent) return distress.value > 0n;
  return hasRegained(distress) || (distress.value > 0n && distress.value <= running.reserved);
}

/** Together no more than bidders can take, in all and of its market. */
function requireRoom(state: StateAccess, { pool, parameters }: Portfolio, { margin, market }: Distress): void {
  const { maintenance } = margin;
  require(hasRoom(pool.auctioned, maintenance, parameters.auctionHole), REFUSAL.auctions_full, () =>
    `${pool.auctioned} of maintenance margin is in auction, at most ${parameters.auctionHole}`);
  if (market === NO_MARKET) return;
  const most = marketHole(existing(state, UNDERLYING, market), parameters);
  const { auctioned } = readMarket(state, market);
  require(hasRoom(auctioned, maintenance, most), REFUSAL.market_auctions_full, () =>
    `${auctioned} of maintenance margin is in auction of underlying ${market}, at most ${most}`);
}

/** An amount and a share of maintenance, so that starting pays for small and for large accounts. */
function rewardDown({ margin, value }: Distress, { parameters }: Portfolio): MicroUsd {
  const wanted = parameters.auctionTip + wadMulDown(margin.maintenance, parameters.auctionChip);
  return min(wanted, max(value, 0n) / REWARD_PARTS);
}

/** Room for a price that moves on while it is for sale: so many times what the account lacks. */
const WANTED_TIMES = 2n;

/** What an insolvent account wants of the fund: for one that is small not as much as for a large one. */
export function wantedOfFund({ parameters, pool }: Portfolio, { margin, value }: Distress): MicroUsd {
  return min(wadMulDown(pool.insurance, parameters.insolventShare), WANTED_TIMES * (margin.maintenance - value));
}

function opened(portfolio: Portfolio, distress: Distress, isSolvent: boolean): Auction {
  const { parameters, now } = portfolio;
  const { margin, value, market } = distress;
  return {
    kind: isSolvent ? AUCTION_KIND.solvent : AUCTION_KIND.insolvent,
    start: now,
    stepSeconds: stepSecondsOf(parameters, sizeOf(margin), margin.scan),
    bids: 0,
    sold: 0n,
    reserved: 0n,
    fundLeft: isSolvent ? 0n : wantedOfFund(portfolio, distress),
    value,
    maintenance: margin.maintenance,
    market,
  };
}
