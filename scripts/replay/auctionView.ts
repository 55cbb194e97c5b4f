// Running auctions as a trader who bids sees them.
import type { TidepoolNode } from '../../node/node.ts';
import { usdText } from '../../rpc/methods/units.ts';
import { existing } from '../../state/access.ts';
import { distressOf, priceDown } from '../../state/liquidation/distress.ts';
import { elapsedOf, offerNow, priceOf } from '../../state/liquidation/offer.ts';
import { ACCOUNT, ownerOf, subaccountOf } from '../../state/records/account.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import { accountHash } from '../../state/transactions/bid.ts';
import type { AccountId } from '../../state/units.ts';
import type { AuctionView } from './traders.ts';

const MICRO_USD = 1e6;
const WAD = 1e18;

/** Those that sell, in the order in which they began. */
export const auctionViews = ({ executor }: TidepoolNode): AuctionView[] =>
  [...executor.state.idsOf(AUCTION)].flatMap((id) => viewOf(executor.state, id) ?? []);

function viewOf(state: TidepoolNode['executor']['state'], id: AccountId): AuctionView | null {
  const [account, auction] = [existing(state, ACCOUNT, id), existing(state, AUCTION, id)];
  const portfolio = loadPortfolio(state, id, account);
  const distress = distressOf(portfolio);
  const { equity, maintenance, fresh } = distress.margin;
  const elapsed = elapsedOf(portfolio, existing(state, CHAIN, 0), auction.start);
  const offer = elapsed < 0 || !fresh || equity >= maintenance ? null : offerNow(auction, distress, portfolio, elapsed);
  if (offer === null) return null;
  const positions = portfolio.holdings.map(({ position, instrument }) => position.size * instrument.markPerLot);
  const pledged = portfolio.pledges.map((pledge) => priceDown(pledge, pledge.balance, portfolio.now));
  const gross = [...positions, ...pledged].reduce((sum, usd) => sum + Math.abs(Number(usd)), 0);
  return {
    ...{ owner: ownerOf(id), subaccount: subaccountOf(id), expected: accountHash(account) },
    price: usdText(priceOf(offer)),
    compensationUsd: Number(offer.fromAccount + offer.fromFund) / MICRO_USD,
    grossUsd: gross / MICRO_USD,
    share: Number(offer.share) / WAD,
  };
}
