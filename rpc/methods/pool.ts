/** The pool, its assets, and prices: one read of the newest state each. */
import { existing } from '../../state/access.ts';
import { borrowRateUp, lenderShareDown, utilisation } from '../../state/ledger/interest.ts';
import { ASSET } from '../../state/records/asset.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING, type Term } from '../../state/records/underlying.ts';
import { volatilityAt } from '../../state/pricing/surface.ts';
import { priceIsFresh } from '../../state/risk/portfolio.ts';
import { implement, type Method } from '../schema/core.ts';
import { assetsDefinition, poolDefinition, pricesDefinition } from '../schema/pool.ts';
import { underlyingSymbol } from './marketViews.ts';
import type { Service } from './service.ts';
import { priceText, toDecimal, usdText, wadText } from './units.ts';

const STATUS_NAME = ['active', 'withdrawOnly'] as const;

export function poolMethods(service: Service): Method[] {
  const { node, directory } = service;
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
        at: service.at(),
      };
    }),
    implement(assetsDefinition, () => {
      const ids = [...state.idsOf(ASSET)].sort((a, b) => a - b);
      const assets = ids.map((id) => {
        const asset = existing(state, ASSET, id);
        const units = (amount: bigint): string => toDecimal(amount, asset.decimals);
        return {
          asset: directory.assetOf(id).symbol,
          id,
          token: asset.token,
          decimals: asset.decimals,
          status: STATUS_NAME[asset.status],
          underlying: underlyingSymbol(node.network, asset.underlying),
          haircut: wadText(asset.haircut),
          ratio: wadText(asset.ratio),
          price: priceText(existing(state, UNDERLYING, asset.underlying).indexPrice),
          cap: units(asset.cap),
          held: units(asset.held),
          deposited: units(asset.deposited),
          withdrawn: units(asset.withdrawn),
        };
      });
      return { assets, at: service.at() };
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
