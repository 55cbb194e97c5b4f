// What traders and statistics see of a node: read straight from its state, since reads decide nothing.
import type { Network } from '../../genesis/genesis.ts';
import type { TidepoolNode } from '../../node/node.ts';
import { existing } from '../../state/access.ts';
import { ACCOUNT, AUCTION_STATUS } from '../../state/records/account.ts';
import { ASSET, CASH_ASSET } from '../../state/records/asset.ts';
import { AUCTION } from '../../state/records/auction.ts';
import { INSTRUMENT, INSTRUMENT_KIND } from '../../state/records/instrument.ts';
import { POOL } from '../../state/records/pool.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { grossValueDown, pledgeValueDown } from '../../state/risk/equity.ts';
import { computeMargin, marginOf } from '../../state/risk/margin.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import type { AccountId } from '../../state/units.ts';
import { modeOf, type AccountMargins, type ModeName } from './efficiency.ts';
import { auctionViews } from './auctionView.ts';
import { ChainView } from './chainView.ts';
import type { AssetSketch, MarketSketch } from './population.ts';
import type { ConservationCheck } from './statistics.ts';
import { Trail, type MarketView, type TraderView } from './traders.ts';

const STEPS_PER_UNIT = 1e8;
const MICRO_USD = 1e6;
const WAD = 1e18;

type Terms = Network['instruments'][number];
const kindOf = ({ kind }: Terms): MarketSketch['kind'] =>
  kind === INSTRUMENT_KIND.perpetual ? 'perpetual' : 'future';

/** Markets on the chosen underlyings. */
export const marketSketches = (
  network: Network,
  isChosen: (underlying: number) => boolean,
): MarketSketch[] =>
  network.instruments
    .filter(({ underlying }) => isChosen(underlying))
    .map((terms) => ({
      ...{ market: terms.instrument, underlying: terms.underlying, kind: kindOf(terms) },
    }));

/** Assets with what one token is worth at these prices of underlyings. */
export const assetSketches = (
  network: Network,
  pricesUsd: Readonly<Record<number, number>>,
): AssetSketch[] =>
  network.assets.map(({ asset, symbol, decimals, underlying, ratio, accountCap }) => ({
    ...{ asset, symbol, decimals },
    usd: ((pricesUsd[underlying] ?? 1) * Number(ratio)) / WAD,
    underlying: asset === CASH_ASSET ? null : underlying,
    most: accountCap,
  }));

/** Underlyings among the chosen ones on which the rule lists options. */
export const optionUnderlyings = (network: Network, isChosen: (underlying: number) => boolean): number[] =>
  network.underlyings.filter(({ id, strikeStep }) => strikeStep > 0n && isChosen(id)).map(({ id }) => id);

export type MarginFigures = Readonly<{
  equityUsd: number;
  initialMarginUsd: number;
  maintenanceMarginUsd: number;
}>;

export class Views {
  readonly #node: TidepoolNode;
  readonly #terms: readonly Terms[];
  readonly #trails = new Map<number, Trail>();
  readonly #chains: ChainView;

  constructor(node: TidepoolNode, markets: readonly MarketSketch[], chains: readonly number[]) {
    this.#node = node;
    this.#chains = new ChainView(node, chains);
    const shown = new Set(markets.map(({ market }) => market));
    this.#terms = node.network.instruments.filter(({ instrument }) => shown.has(instrument));
    for (const market of shown) this.#trails.set(market, new Trail());
  }

  /** Remembers the marks as they are now. */
  step(now: number): void {
    this.#chains.step(now);
    for (const { instrument } of this.#terms) {
      const { markPrice } = existing(this.#node.executor.state, INSTRUMENT, instrument);
      if (markPrice > 0n) this.#trails.get(instrument)!.push(Number(markPrice) / STEPS_PER_UNIT);
    }
  }

  margin(id: AccountId): MarginFigures | null {
    const { state } = this.#node.executor;
    const account = state.read(ACCOUNT, id);
    if (account === undefined) return null;
    const { equity, initial, maintenance } = computeMargin(state, id, account);
    return {
      equityUsd: Number(equity) / MICRO_USD,
      initialMarginUsd: Number(initial) / MICRO_USD,
      maintenanceMarginUsd: Number(maintenance) / MICRO_USD,
    };
  }

  /** Auctions that run, accounts below maintenance margin that are in none, and the insurance fund. */
  liquidation(ids: readonly AccountId[]): { running: number; unattended: number; fundUsd: number } {
    const { state } = this.#node.executor;
    const unattended = ids.filter((id) => {
      const account = state.read(ACCOUNT, id);
      if (account === undefined || account.auction !== AUCTION_STATUS.none) return false;
      const { equity, maintenance } = computeMargin(state, id, account);
      return equity < maintenance;
    });
    const running = [...state.idsOf(AUCTION)].length;
    return { running, unattended: unattended.length, fundUsd: Number(existing(state, POOL, 0).insurance) / MICRO_USD };
  }

  /** Under each mode's rules; null while the account has nothing. */
  margins(id: AccountId, style: string): AccountMargins | null {
    const { state } = this.#node.executor;
    const account = state.read(ACCOUNT, id);
    if (account === undefined) return null;
    const portfolio = loadPortfolio(state, id, account);
    const initialOf = (name: ModeName): number => Number(marginOf(portfolio, modeOf(name)).initial) / MICRO_USD;
    const { equity, maintenance } = marginOf(portfolio);
    const haircuts = portfolio.pledges.reduce((sum, { balance, asset, underlying: { indexPrice } }) => {
      const weighted = pledgeValueDown(balance, asset, indexPrice, portfolio.now);
      return sum + grossValueDown(balance, asset, indexPrice) - weighted;
    }, 0n);
    return {
      style,
      initialUsd: {
        ...{ isolated: initialOf('isolated'), cross: initialOf('cross') },
        portfolio: initialOf('portfolio'),
      },
      isBelowMaintenance: equity < maintenance,
      netUsd: Number(equity + haircuts) / MICRO_USD,
    };
  }

  /** Null while the account has nothing, or no market is open. */
  trader(id: AccountId, timeSeconds: number): TraderView | null {
    const { executor, sequencer } = this.#node;
    const account = executor.state.read(ACCOUNT, id);
    const margin = this.margin(id);
    const markets = this.#markets(timeSeconds);
    if (account === undefined || margin === null || markets.length === 0) return null;
    const collateral = new Map<number, number>();
    for (const { asset, balance } of account.collaterals) {
      const { underlying, decimals, ratio } = existing(executor.state, ASSET, asset);
      const units = (Number(balance) / 10 ** decimals) * (Number(ratio) / WAD);
      collateral.set(underlying, (collateral.get(underlying) ?? 0) + units);
    }
    const node = this.#node;
    return {
      ...{ timeSeconds, ...margin, collateral, markets, options: this.#chains.options },
      // Only who bids looks.
      get auctions() {
        return auctionViews(node);
      },
      positions: new Map(account.positions.map((p) => [p.instrument, Number(p.size)])),
      openOrders: sequencer.desk.matcher.open(id).map((order) => ({
        ...{ id: order.id, market: order.instrument, side: order.side },
        ...{ priceTicks: order.priceTicks, remainingLots: order.remainingLots },
      })),
    };
  }

  #markets(now: number): MarketView[] {
    const { executor, sequencer } = this.#node;
    const { matcher } = sequencer.desk;
    const views: MarketView[] = [];
    for (const terms of this.#terms) {
      const record = existing(executor.state, INSTRUMENT, terms.instrument);
      if (record.markPrice === 0n || (record.expiry !== 0 && record.expiry <= now)) continue;
      const { indexPrice } = existing(executor.state, UNDERLYING, terms.underlying);
      views.push({
        ...{ market: terms.instrument, underlying: terms.underlying, kind: kindOf(terms) },
        expirySeconds: record.expiry === 0 ? null : record.expiry,
        markUsd: Number(record.markPrice) / STEPS_PER_UNIT,
        indexUsd: Number(indexPrice) / STEPS_PER_UNIT,
        bestBidTicks: matcher.bestBid(terms.instrument),
        bestAskTicks: matcher.bestAsk(terms.instrument),
        tickUsd: Number(record.tickSize) / STEPS_PER_UNIT,
        lotSize: Number(record.lotSize) / STEPS_PER_UNIT,
        trail: this.#trails.get(terms.instrument)!.values,
      });
    }
    return views;
  }

  /** Money inside against money that came in: USD from the pool, tokens from all accounts. */
  conservation(): ConservationCheck[] {
    const { executor, network } = this.#node;
    const { state } = executor;
    const p = existing(state, POOL, 0);
    const inside =
      p.cashPositive - p.cashNegative + p.quoteTotal + p.clearing + p.insurance + p.fees + p.recovery - p.deficit;
    const balances = new Map<number, bigint>();
    for (const id of state.idsOf(ACCOUNT)) {
      for (const { asset, balance } of existing(state, ACCOUNT, id).collaterals) {
        balances.set(asset, (balances.get(asset) ?? 0n) + balance);
      }
    }
    const tokens = network.assets
      .filter(({ asset }) => asset !== CASH_ASSET)
      .map(({ asset, symbol }) => {
        const { deposited, withdrawn } = existing(state, ASSET, asset);
        return { name: symbol, held: balances.get(asset) ?? 0n, owed: deposited - withdrawn };
      });
    return [{ name: 'USD', held: inside, owed: p.deposited - p.withdrawn }, ...tokens];
  }
}
