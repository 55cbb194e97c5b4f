/** The pool, its assets, and prices: one read of the newest state each. */
import { existing } from '../../state/access.ts';
import { borrowRateUp, lenderShareDown, utilisation } from '../../state/ledger/interest.ts';
import { fundOf, marketHole, readMarket } from '../../state/liquidation/market.ts';
import { ASSET, CASH_ASSET, type Asset } from '../../state/records/asset.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING, UNDERLYING_ROLE, type Term, type Underlying } from '../../state/records/underlying.ts';
import { volatilityAt } from '../../state/pricing/surface.ts';
import { collateralWeight, grossValueDown } from '../../state/risk/equity.ts';
import { haircutTarget, haircutTerms } from '../../state/risk/haircut.ts';
import { priceIsFresh } from '../../state/risk/portfolio.ts';
import { implement, type Method } from '../schema/core.ts';
import { assetsDefinition, poolDefinition, pricesDefinition } from '../schema/pool.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { priceText, toDecimal, usdText, wadText } from './units.ts';
import { vaultsJson } from './vaultViews.ts';

const STATUS_NAME = ['active', 'withdrawOnly'] as const;

export function poolMethods(service: Service): Method[] {
  const { node } = service;
  const { state } = node.executor;
  return [
    implement(poolDefinition, () => {
      const pool = existing(state, POOL, 0);
      const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
      const used = utilisation(pool);
      const borrowRate = borrowRateUp(used, parameters);
      return {
        cashPositive: usdText(pool.cashPositive),
        cashNegative: usdText(pool.cashNegative),
        openQuotes: usdText(pool.quoteTotal),
        clearing: usdText(pool.clearing),
        insurance: usdText(pool.insurance),
        fees: usdText(pool.fees),
        deficit: usdText(pool.deficit),
        deposited: usdText(pool.deposited),
        withdrawn: usdText(pool.withdrawn),
        utilisation: wadText(used),
        borrowRate: wadText(borrowRate),
        supplyRate: wadText(lenderShareDown(borrowRate, used, parameters)),
        withdrawalRate: wadText(pool.withdrawalRate),
        claims: usdText(pool.claims),
        recovery: usdText(pool.recovery),
        flagged: usdText(pool.flagged),
        auctioned: usdText(pool.auctioned),
        auctionPause: pool.auctionPause,
        markets: marketsJson(service, pool.insurance, parameters),
        vaults: vaultsJson(state, node.executor.timestamp),
        at: service.at(),
      };
    }),
    implement(assetsDefinition, () => {
      const ids = [...state.idsOf(ASSET)].sort((a, b) => a - b);
      return { assets: ids.map((id) => assetJson(service, id)), at: service.at() };
    }),
    implement(pricesDefinition, () => {
      const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
      const ids = [...state.idsOf(UNDERLYING)].sort((a, b) => a - b);
      const prices = ids.map((id) => {
        const underlying = existing(state, UNDERLYING, id);
        return {
          underlying: underlyingSymbol(node.network, id),
          indexPrice: priceText(underlying.indexPrice),
          stablePrice: priceText(underlying.stablePrice),
          confidence: wadText(underlying.confidence),
          time: underlying.oracleTime,
          fresh: priceIsFresh(underlying, parameters, node.executor.timestamp),
          terms: underlying.terms.map((term) => termJson(term, parameters, node.executor.timestamp)),
        };
      });
      return { prices, at: service.at() };
    }),
  ];
}

/** Of what may be held: what is in auction and what the fund commits today, and the limits of both. */
function marketsJson({ node, names }: Service, insurance: bigint, parameters: Parameters) {
  const { state, timestamp } = node.executor;
  const ids = [...state.idsOf(UNDERLYING)].sort((a, b) => a - b);
  return ids.flatMap((id) => {
    const underlying = existing(state, UNDERLYING, id);
    if (underlying.role !== UNDERLYING_ROLE.tradable) return [];
    const market = readMarket(state, id);
    const fund = fundOf(market, insurance, parameters, timestamp);
    return [{
      underlying: names.underlying(id),
      auctioned: usdText(market.auctioned),
      auctionLimit: usdText(marketHole(underlying, parameters)),
      fundLimit: usdText(fund.fundLimit),
      fundUsed: usdText(fund.fundUsed),
    }];
  });
}

function assetJson({ node, directory }: Service, id: number) {
  const { state, timestamp: now } = node.executor;
  const asset = existing(state, ASSET, id);
  const underlying = existing(state, UNDERLYING, asset.underlying);
  const units = (amount: bigint): string => toDecimal(amount, asset.decimals);
  return {
    asset: directory.assetOf(id).symbol,
    id,
    token: asset.token,
    decimals: asset.decimals,
    status: STATUS_NAME[asset.status],
    underlying: underlyingSymbol(node.network, asset.underlying),
    ratio: wadText(asset.ratio),
    price: priceText(underlying.indexPrice),
    haircut: wadText(asset.haircut),
    haircutTime: asset.haircutTime,
    ...haircutJson(id, asset, underlying, existing(state, PARAMETERS, PARAMETERS_PAGE)),
    weight: wadText(collateralWeight(asset, now)),
    ramp: asset.rampEnd <= now ? null : { start: asset.rampStart, end: asset.rampEnd },
    averageDailyVolume: usdText(asset.averageDailyVolume),
    cap: units(asset.cap),
    accountCap: units(asset.accountCap),
    held: units(asset.held),
    heldUsd: usdText(grossValueDown(asset.held, asset, underlying.indexPrice)),
    deposited: units(asset.deposited),
    withdrawn: units(asset.withdrawn),
  };
}

/** Where the haircut is drawn to, and by what. Cash has none. */
function haircutJson(id: number, asset: Asset, underlying: Underlying, parameters: Parameters) {
  if (id === CASH_ASSET) return { haircutTarget: '0', haircutTerms: null };
  const { base, volatility, liquidity, concentration } = haircutTerms(asset, underlying, parameters);
  return {
    haircutTarget: wadText(haircutTarget(asset, underlying, parameters)),
    haircutTerms: {
      base: wadText(base),
      volatility: wadText(volatility),
      liquidity: wadText(liquidity),
      concentration: wadText(concentration),
    },
  };
}

function termJson(term: Term, parameters: Parameters, now: number) {
  const { expiry, forward, theta, rho, psi, volatilityTime } = term;
  const slice =
    volatilityTime === 0
      ? null
      : {
          volatility: wadText(volatilityAt(term, 0n)),
          totalVariance: wadText(theta),
          skew: wadText(rho),
          curvature: wadText(psi),
          time: volatilityTime,
          fresh: BigInt(now - volatilityTime) <= parameters.maxVolatilityAge,
        };
  return { expiry, forward: priceText(forward), slice };
}
