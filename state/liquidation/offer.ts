/**
 * What an auction offers right now: how much of the portfolio is for sale, and what is paid for it.
 * A bidder takes a share of every position at its mark and of every collateral at its price, and is
 * compensated in cash; so "price" is the value of what is sold less the compensation.
 *
 * Bids leave behind what they did not get of the value they took: `reserved`. It is not for sale, so
 * what is left to be sold shrinks by the share that was taken and costs the same per share of the
 * original, in however many bids it is taken (the form of Derive v2, research/margin 2.4).
 */
import { clamp, divDown, max, min, wadMulUp } from '../math/integer.ts';
import { AUCTION_KIND, type Auction } from '../records/auction.ts';
import type { Chain } from '../records/chain.ts';
import type { Parameters } from '../records/parameters.ts';
import type { Portfolio } from '../risk/portfolio.ts';
import { WAD, type MicroUsd, type Seconds, type Wad } from '../units.ts';
import { fundShare, priceShare } from './curve.ts';
import type { Distress } from './distress.ts';
import { leastShare } from './slice.ts';

/** For the whole of what is for sale [1e-6 USD]; a bid pays and gets its share of each. */
export type Offer = Readonly<{
  /** Value less what earlier bids left behind. */
  value: MicroUsd;
  /** To the bidder by the account, and by the fund. */
  fromAccount: MicroUsd;
  fromFund: MicroUsd;
  /** To the fund by the account. */
  penalty: MicroUsd;
  /** To the account by the fund: what it owes beyond all it has. */
  owed: MicroUsd;
  /** Largest share that may be taken [1e-18]. */
  share: Wad;
}>;

/** What all of it costs [1e-6 USD]: its value less the compensation; negative: what is paid to who takes it. */
export const priceOf = ({ value, fromAccount, fromFund }: Offer): MicroUsd => value - fromAccount - fromFund;

/**
 * When an auction of this portfolio that started at `start` sells from. Outages, of blocks or of a
 * price that it rests on, send the clock back and add a time of grace.
 */
export function opensAt({ holdings, pledges, parameters }: Portfolio, { resumeTime }: Chain, start: Seconds): Seconds {
  let resumed = resumeTime;
  for (const { underlying } of [...holdings, ...pledges]) resumed = Math.max(resumed, underlying.resumeTime);
  return resumed === 0 ? start : Math.max(start, resumed + Number(parameters.auctionGrace));
}

/** Seconds since it opened; negative: it has not yet. */
export const elapsedOf = (portfolio: Portfolio, chain: Chain, start: Seconds): Seconds =>
  portfolio.now - opensAt(portfolio, chain, start);

/**
 * What an auction that is open sells at the time of the portfolio, with what can not be cut and what the
 * fund has taken into account: no bid takes more than its share, which is 0 where the fund is empty.
 */
export function offerNow(auction: Auction, distress: Distress, portfolio: Portfolio, elapsed: Seconds): Offer | null {
  const offer = offerOf(auction, distress, portfolio.parameters, elapsed);
  if (offer === null) return null;
  const fund = min(auction.fundLeft, portfolio.pool.insurance);
  const limited = portfolio.holdings.length === 0 ? withinFund(offer, fund) : offer;
  return { ...limited, share: min(max(offer.share, leastShare(portfolio)), payableShare(limited, fund)) };
}

/** Without positions nothing can be deleveraged, so collateral is sold for less where the fund has less. */
function withinFund(offer: Offer, fund: MicroUsd): Offer {
  const fromFund = min(offer.fromFund, fund);
  return { ...offer, fromFund, owed: min(offer.owed, fund - fromFund) };
}

/** Of what the fund would pay for all, the share it has [1e-18]. */
function payableShare({ fromFund, owed }: Offer, fund: MicroUsd): Wad {
  const all = fromFund + owed;
  return all <= fund ? WAD : (fund * WAD) / all;
}

/** Value above one part of maintenance in so many is not given away: far enough from the border of insolvency. */
const REGAINED_PARTS = 2n;
export const hasRegained = ({ margin, value }: Distress): boolean => value > margin.maintenance / REGAINED_PARTS;

/** May it begin anew? A solvent auction where it has nothing to offer, an insolvent one where there is value again. */
export const isOver = ({ kind }: Auction, distress: Distress, offer: Offer | null): boolean =>
  kind === AUCTION_KIND.solvent ? offer === null : hasRegained(distress);

/** The offer `elapsed` seconds after it opened; null: the price has run out, or there is nothing to pay with. */
export function offerOf(auction: Auction, distress: Distress, parameters: Parameters, elapsed: Seconds): Offer | null {
  return auction.kind === AUCTION_KIND.solvent
    ? solventOffer(auction, distress, parameters, elapsed)
    : insolventOffer(auction, distress, parameters, elapsed);
}

function solventOffer(auction: Auction, distress: Distress, parameters: Parameters, elapsed: Seconds): Offer | null {
  const value = distress.value - auction.reserved;
  const share = priceShare(parameters, auction.stepSeconds, elapsed);
  if (value <= 0n || share === null) return null;
  const fromAccount = divDown(value * (WAD - share), WAD);
  const penalty = wadMulUp(value, min(parameters.auctionPenalty, share));
  return { value, fromAccount, fromFund: 0n, penalty, owed: 0n, share: shareToTarget(distress, parameters, fromAccount + penalty) };
}

/** All that is left of the account, then the fund: from the value, or nothing, towards maintenance margin. */
function insolventOffer(auction: Auction, { value: all, margin }: Distress, parameters: Parameters, elapsed: Seconds): Offer {
  const value = all - auction.reserved;
  const fromAccount = max(value, 0n);
  const beyond = max(margin.maintenance - fromAccount, 0n);
  const fromFund = divDown(beyond * fundShare(parameters, auction.stepSeconds, elapsed), WAD);
  return { value, fromAccount, fromFund, penalty: 0n, owed: max(-value, 0n), share: WAD };
}

/**
 * Share that brings the account to its target, maintenance and a buffer, at least that of its last
 * dust. Each share costs `cost` of equity, saves haircuts and takes at most `slope` of maintenance with
 * it, so a bid never goes past the target: (1 + buffer) x (maintenance - p x slope) <= equity + p x
 * (haircuts - cost) at its end.
 */
function shareToTarget({ margin, haircuts, slope }: Distress, parameters: Parameters, cost: MicroUsd): Wad {
  const buffered = WAD + parameters.auctionBuffer;
  const missing = margin.maintenance * buffered - margin.equity * WAD;
  const gained = slope * buffered + (haircuts - cost) * WAD;
  if (gained <= 0n) return WAD;
  const share = clamp((missing * WAD) / gained, 0n, WAD);
  return margin.maintenance * (WAD - share) < parameters.auctionDust * WAD ? WAD : share;
}
