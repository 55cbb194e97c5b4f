/**
 * What one market may have on sale at once, and what its insolvent accounts may cost the insurance fund in a day: a
 * thin one shall drain neither the bidders nor the fund that all markets share.
 */
import { existing, type RecordSource, type StateAccess } from '../access.ts';
import { max, min, wadMulDown } from '../math/integer.ts';
import { NO_MARKET, type Auction } from '../records/auction.ts';
import { MARKET, type Market } from '../records/market.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { POOL } from '../records/pool.ts';
import type { Underlying } from '../records/underlying.ts';
import type { ScanRisk } from '../risk/fastScan.ts';
import { SECONDS_PER_DAY, type MicroUsd, type Seconds } from '../units.ts';

/**
 * The underlying that an account would lose most by; of those where nothing offsets, by collateral: that which it has
 * most of. Of equals the lowest.
 */
export function marketOf({ books, losses }: ScanRisk): number {
  let market = NO_MARKET;
  let [loss, pledged] = [-1n, 0n];
  books.all.forEach((book, at) => {
    const own = losses[at]!;
    const isWorse = own !== loss ? own > loss : book.pledged !== pledged ? book.pledged > pledged : book.id < market;
    if (isWorse) [market, loss, pledged] = [book.id, own, book.pledged];
  });
  return market;
}

/** Most maintenance margin of a market that may be in auction at once. */
export const marketHole = ({ averageDailyVolume }: Underlying, { auctionMarketShare }: Parameters): MicroUsd =>
  wadMulDown(averageDailyVolume, auctionMarketShare);

/** The first auction always starts: what is larger than the limit is not stuck. */
export const hasRoom = (auctioned: MicroUsd, maintenance: MicroUsd, most: MicroUsd): boolean =>
  auctioned === 0n || auctioned + maintenance <= most;

const dayOf = (time: Seconds): number => Math.floor(time / SECONDS_PER_DAY);

const UNUSED: Market = { auctioned: 0n, fundDay: 0, fundLimit: 0n, fundUsed: 0n };
export const readMarket = (state: RecordSource, id: number): Market => state.read(MARKET, id) ?? UNUSED;

/** What the fund may commit to a market on the day of `now`, and what it has: with its income the limit grows, by what it pays it does not shrink. */
export function fundOf(market: Market, insurance: MicroUsd, parameters: Parameters, now: Seconds) {
  const isToday = dayOf(now) === market.fundDay;
  const share = wadMulDown(insurance, parameters.insolventMarketShare);
  return {
    fundDay: dayOf(now),
    fundLimit: max(share, isToday ? market.fundLimit : 0n),
    fundUsed: isToday ? market.fundUsed : 0n,
  };
}

/** Counts an auction that starts for its market; the fund commits what it wants, as far as it may. Returns the auction. */
export function enterMarket(state: StateAccess, auction: Auction): Auction {
  const { market: id, start, maintenance, fundLeft: wanted } = auction;
  if (id === NO_MARKET) return auction;
  const market = readMarket(state, id);
  const entered = { ...market, auctioned: market.auctioned + maintenance };
  if (wanted === 0n) {
    state.put(MARKET, id, entered);
    return auction;
  }
  const fund = fundOf(market, existing(state, POOL, 0).insurance, existing(state, PARAMETERS, PARAMETERS_PAGE), start);
  const fundLeft = min(wanted, fund.fundLimit - fund.fundUsed);
  state.put(MARKET, id, { ...entered, ...fund, fundUsed: fund.fundUsed + fundLeft });
  return { ...auction, fundLeft };
}

/** Takes an auction from its market; what the fund has not paid for it is free again, on the day that it was committed. */
export function leaveMarket(state: StateAccess, { market: id, start, maintenance, fundLeft }: Auction): void {
  if (id === NO_MARKET) return;
  const market = existing(state, MARKET, id);
  const unused = dayOf(start) === market.fundDay ? fundLeft : 0n;
  state.put(MARKET, id, { ...market, auctioned: market.auctioned - maintenance, fundUsed: market.fundUsed - unused });
}
