/** Auctions in human units: what is for sale and for how much, and what has happened to them. */
import { existing } from '../../state/access.ts';
import { distressOf, priceDown } from '../../state/liquidation/distress.ts';
import { offerNow, opensAt, priceOf, type Offer } from '../../state/liquidation/offer.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { AUCTION, NO_MARKET, type Auction } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { vaultAccountOf } from '../../state/records/vault.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { accountHash } from '../../state/transactions/bid.ts';
import type { AccountId } from '../../state/units.ts';
import type { LiquidationEntry } from '../../node/sequencer/history.ts';
import { marginJson, positionsJson, whoseJson } from './accountViews.ts';
import type { Names, Service } from './service.ts';
import { lotsText, priceText, toDecimal, usdText, wadText } from './units.ts';

export const AUCTION_KIND_NAME = ['solvent', 'insolvent'] as const;

/** For the whole of what is for sale; a bid pays and gets its share of each. */
export const offerJson = (offer: Offer) => ({
  price: usdText(priceOf(offer)),
  value: usdText(offer.value),
  compensation: usdText(offer.fromAccount + offer.fromFund),
  fromAccount: usdText(offer.fromAccount),
  fromFund: usdText(offer.fromFund),
  penalty: usdText(offer.penalty),
  owed: usdText(offer.owed),
  share: wadText(offer.share),
});

export const auctionRecordJson = (auction: Auction, { underlying }: Pick<Names, 'underlying'>) => ({
  kind: AUCTION_KIND_NAME[auction.kind],
  start: auction.start,
  stepSeconds: Number(auction.stepSeconds),
  bids: auction.bids,
  sold: wadText(auction.sold),
  reserved: usdText(auction.reserved),
  fundLeft: usdText(auction.fundLeft),
  valueAtStart: usdText(auction.value),
  maintenanceAtStart: usdText(auction.maintenance),
  underlying: auction.market === NO_MARKET ? null : underlying(auction.market),
});

/** A running auction as a bidder sees it. */
export function auctionJson(service: Service, id: AccountId) {
  const { state } = service.node.executor;
  const [account, auction] = [existing(state, ACCOUNT, id), existing(state, AUCTION, id)];
  const portfolio = loadPortfolio(state, id, account);
  const distress = distressOf(portfolio);
  const { margin } = distress;
  const opens = opensAt(portfolio, existing(state, CHAIN, 0), auction.start);
  const elapsed = portfolio.now - opens;
  const offer = elapsed < 0 ? null : offerNow(auction, distress, portfolio, elapsed);
  const isHealthy = margin.equity >= margin.maintenance;
  const status = isHealthy ? 'healthy' : !margin.fresh ? 'stale' : elapsed < 0 ? 'waiting' : offer === null ? 'over' : 'open';
  const stepSeconds = Number(auction.stepSeconds);
  return {
    ...whoseJson(id),
    ...auctionRecordJson(auction, service.names),
    status: status as 'healthy' | 'stale' | 'waiting' | 'over' | 'open',
    opens,
    nextStep: elapsed < 0 ? opens : opens + (Math.floor(elapsed / stepSeconds) + 1) * stepSeconds,
    offer: offer === null || isHealthy ? null : offerJson(offer),
    ...marginJson(margin),
    value: usdText(distress.value),
    positions: positionsJson(service, portfolio),
    collateral: account.collaterals.map(({ asset, balance }, i) => {
      const { symbol, decimals } = service.directory.assetOf(asset);
      const price = priceDown(portfolio.pledges[i]!, balance, portfolio.now);
      return { asset: symbol, balance: toDecimal(balance, decimals), value: usdText(price) };
    }),
    expected: accountHash(account),
  };
}

/** A price by the lot [1e-6 USD] as one by the unit. */
export const pricePerUnit = (perLot: bigint, lotSize: bigint): string => priceText((perLot * 10n ** 10n) / lotSize);

/** The vault that an account is of, or null. */
export function vaultOf(account: AccountId): number | null {
  const vault = Number.parseInt(account.slice(-6, -2), 16);
  return vaultAccountOf(vault) === account ? vault : null;
}

/** What happened in a liquidation, as it was at that moment. */
export function liquidationJson(service: Service, entry: LiquidationEntry) {
  const { time, sequence: seq, height } = entry;
  const head = { time, seq, height, safety: service.safetyOf(height), ...whoseJson(entry.account) };
  switch (entry.kind) {
    case 'auctionStarted':
      return {
        type: 'start' as const,
        ...head,
        kind: AUCTION_KIND_NAME[entry.isSolvent ? 0 : 1],
        equity: usdText(BigInt(entry.equity)),
        maintenanceMargin: usdText(BigInt(entry.maintenance)),
        value: usdText(BigInt(entry.value)),
        reward: usdText(BigInt(entry.reward)),
      };
    case 'bid':
      return {
        type: 'bid' as const,
        ...head,
        bidder: whoseJson(entry.bidder),
        vault: vaultOf(entry.bidder),
        share: wadText(BigInt(entry.share)),
        price: usdText(BigInt(entry.price)),
        compensation: usdText(BigInt(entry.compensation)),
        penalty: usdText(BigInt(entry.penalty)),
        fromFund: usdText(BigInt(entry.fromFund)),
      };
    case 'auctionEnded':
      return { type: 'end' as const, ...head };
    case 'deleveraged': {
      const market = service.directory.marketOf(entry.instrument);
      return {
        type: 'deleverage' as const,
        ...head,
        holder: whoseJson(entry.holder),
        market: market.symbol,
        size: lotsText(BigInt(entry.lots), market),
        price: pricePerUnit(BigInt(entry.markPerLot), market.lotSize),
        haircut: usdText(BigInt(entry.haircut)),
      };
    }
    case 'socialized':
      return {
        type: 'socialize' as const,
        ...head,
        fromFund: usdText(BigInt(entry.fromFund)),
        loss: usdText(BigInt(entry.loss)),
      };
  }
}
