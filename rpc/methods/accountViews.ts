/** Accounts, orders and histories in human units: shared by methods and subscriptions. */
import { existing, type RecordSource } from '../../state/access.ts';
import { outstandingUp, recovered } from '../../state/ledger/claims.ts';
import { settledCash } from '../../state/ledger/interest.ts';
import { fundingOwedUp } from '../../state/ledger/positions.ts';
import { ownerOf, subaccountOf, type Account } from '../../state/records/account.ts';
import { CLAIM } from '../../state/records/claim.ts';
import { CASH_ASSET } from '../../state/records/asset.ts';
import { wadMulDown } from '../../state/math/integer.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import type { Parameters } from '../../state/records/parameters.ts';
import type { Pool } from '../../state/records/pool.ts';
import { pledgeValueDown } from '../../state/risk/equity.ts';
import { marginOf, type Margin } from '../../state/risk/margin.ts';
import { reputationFactor } from '../../state/risk/reputation.ts';
import { loadPortfolio, type Portfolio } from '../../state/risk/portfolio.ts';
import { decodeFlags } from '../../state/transactions/order.ts';
import type { AccountId } from '../../state/units.ts';
import type { FillEntry, LedgerEntry } from '../../node/sequencer/history.ts';
import type { OrderRecord } from '../../node/sequencer/orderRecord.ts';
import type { Service } from './service.ts';
import { lotsText, priceText, ticksText, toDecimal, usdText, wadText } from './units.ts';
import { stakesJson } from './vaultViews.ts';

export const MODE_NAME = ['portfolio', 'cross', 'isolated'] as const;
export const AUCTION_NAME = ['none', 'solvent', 'insolvent'] as const;
const TIME_IN_FORCE_NAME = ['gtc', 'ioc', 'fok'] as const;
const HEALTH_DECIMALS = 4;

export const whoseJson = (account: AccountId) => ({
  owner: ownerOf(account),
  subaccount: subaccountOf(account),
  account,
});

export function marginJson(margin: Margin) {
  const { equity, initialEquity, maintenance, initial } = margin;
  return {
    equity: usdText(equity),
    initialEquity: usdText(initialEquity),
    maintenanceMargin: usdText(maintenance),
    initialMargin: usdText(initial),
    freeCollateral: usdText(initialEquity - initial),
    /** Equity over maintenance; below one the account can be liquidated. */
    health: maintenance === 0n ? null : toDecimal((equity * 10n ** 4n) / maintenance, HEALTH_DECIMALS),
  };
}

export function positionsJson({ directory }: Service, portfolio: Portfolio) {
  return portfolio.holdings.map(({ position, instrument }) => {
    const { size, quote } = position;
    const market = directory.marketOf(position.instrument);
    const notional = size * instrument.markPerLot;
    // -quote [1e-6] x 1e10 / (lots x lot size [1e-8]) is the average price in 1e-8 USD.
    const entryPrice = (-quote * 10n ** 10n) / (size * instrument.lotSize);
    return {
      market: market.symbol,
      size: lotsText(size, instrument),
      entryPrice: priceText(entryPrice),
      markPrice: priceText(instrument.markPrice),
      notional: usdText(notional),
      unrealisedPnl: usdText(notional + quote),
      fundingOwed: usdText(fundingOwedUp(position, instrument)),
    };
  });
}

export function accountJson(service: Service, id: AccountId, account: Account) {
  const { node, directory } = service;
  const portfolio = loadPortfolio(node.executor.state, id, account);
  const cash = usdText(settledCash(account, portfolio.pool));
  const pledges = portfolio.pledges.map(({ balance, asset, underlying }, i) => {
    const { symbol, decimals } = directory.assetOf(account.collaterals[i]!.asset);
    const value = pledgeValueDown(balance, asset, underlying.indexPrice, portfolio.now);
    return { asset: symbol, balance: toDecimal(balance, decimals), value: usdText(value) };
  });
  return {
    ...whoseJson(id),
    mode: MODE_NAME[account.mode],
    auction: AUCTION_NAME[account.auction],
    actionNonce: account.actionNonce.toString(),
    orderNonceFloor: account.orderNonceFloor.toString(),
    cash,
    balances: [{ asset: directory.assetOf(CASH_ASSET).symbol, balance: cash, value: cash }, ...pledges],
    positions: positionsJson(service, portfolio),
    openOrders: node.desk.matcher.open(id).length,
    reputation: reputationJson(account, portfolio.parameters),
    stakes: stakesJson(node.executor.state, id),
    claim: claimJson(node.executor.state, id, portfolio.pool),
    ...marginJson(marginOf(portfolio)),
  };
}

/** What has not been paid back, and what of it redeemClaim would pay now. */
function claimJson(state: RecordSource, id: AccountId, pool: Pool) {
  const claim = state.read(CLAIM, id);
  const due = claim === undefined ? 0n : claim.amount - outstandingUp(claim, recovered(pool));
  return { owed: usdText(claim?.amount ?? 0n), due: usdText(due) };
}

/** As of the last trade: it is brought up to date by the next one. */
const reputationJson = (account: Account, parameters: Parameters) => ({
  factor: wadText(reputationFactor(account, parameters)),
  score: usdText(account.score),
  feesPaid: usdText(account.feesPaid),
  reliefLimit: usdText(wadMulDown(account.feesPaid, parameters.reputationRelief)),
  marginHeld: usdText(account.marginHeld),
  time: account.reputationTime,
});

export function orderJson({ directory }: Service, record: OrderRecord) {
  const { order } = record;
  const flags = decodeFlags(order.flags)!;
  const market = directory.marketOf(record.instrument);
  return {
    orderId: record.digest,
    ...whoseJson(record.account),
    market: market.symbol,
    side: flags.buy ? ('buy' as const) : ('sell' as const),
    price: ticksText(order.limitTicks, market),
    size: lotsText(order.lots, market),
    filledSize: lotsText(record.filledLots, market),
    remainingSize: lotsText(record.remainingLots, market),
    timeInForce: TIME_IN_FORCE_NAME[flags.timeInForce],
    postOnly: flags.postOnly,
    reduceOnly: flags.reduceOnly,
    selfTrade: record.selfTrade,
    nonce: order.nonce.toString(),
    expiry: order.expiry,
    clientOrderId: record.clientOrderId ?? null,
    status: record.status,
    reason: record.reason,
    priority: record.sequence,
    acceptedMillis: record.acceptedMillis,
    updatedMillis: record.updatedMillis,
  };
}

/** The side of a fill that `account` took. */
export function fillJson(service: Service, entry: FillEntry, account: AccountId) {
  const market = service.directory.marketOf(entry.instrument);
  const isTaker = entry.taker === account;
  return {
    market: market.symbol,
    side: entry.takerBuys === isTaker ? ('buy' as const) : ('sell' as const),
    role: isTaker ? ('taker' as const) : ('maker' as const),
    price: priceText(BigInt(entry.price)),
    size: lotsText(entry.lots, market),
    notional: usdText(BigInt(entry.notional)),
    fee: usdText(BigInt(isTaker ? entry.takerFee : entry.makerFee)),
    orderId: isTaker ? entry.takerOrder : entry.makerOrder,
    time: entry.time,
    seq: entry.sequence,
    height: entry.height,
    safety: service.safetyOf(entry.height),
  };
}

export function ledgerJson(service: Service, entry: LedgerEntry) {
  const { directory, node } = service;
  const { time, sequence: seq, height } = entry;
  const stamp = { time, seq, height, safety: service.safetyOf(height) };
  const cashSymbol = directory.assetOf(CASH_ASSET).symbol;
  if (entry.kind === 'cash') {
    return { type: entry.reason, asset: cashSymbol, amount: usdText(BigInt(entry.amount)), ...stamp };
  }
  if (entry.kind === 'settled') {
    const market = directory.marketOf(entry.instrument);
    return {
      type: 'settled' as const,
      asset: cashSymbol,
      amount: usdText(BigInt(entry.amount)),
      market: market.symbol,
      size: lotsText(entry.lots, existing(node.executor.state, INSTRUMENT, entry.instrument)),
      price: priceText(BigInt(entry.price)),
      ...stamp,
    };
  }
  const { symbol, decimals } = directory.assetOf(entry.asset);
  const amount = toDecimal(BigInt(entry.amount), decimals);
  if (entry.kind === 'collateral') return { type: entry.reason, asset: symbol, amount, ...stamp };
  return { type: 'withdrawalRecord' as const, asset: symbol, amount, withdrawal: entry.index, ...stamp };
}
