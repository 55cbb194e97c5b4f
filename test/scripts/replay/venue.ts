// A toy exchange for testing traders: fills against an endless book, in part when told to.
import type { Random } from '../../../node/ports/random.ts';
import type { Intent, MarketView, OptionView, OrderView, TraderView } from '../../../scripts/replay/traders.ts';

export const sketches = [
  { market: 1, underlying: 1, kind: 'perpetual' },
  { market: 2, underlying: 1, kind: 'future' },
  { market: 3, underlying: 1, kind: 'future' },
  { market: 4, underlying: 2, kind: 'perpetual' },
  { market: 5, underlying: 2, kind: 'future' },
] as const;

export const assets = [
  { asset: 0, symbol: 'USDC', decimals: 6, usd: 1, underlying: null },
  { asset: 1, symbol: 'WETH', decimals: 18, usd: 3_000, underlying: 2 },
  { asset: 2, symbol: 'WBTC', decimals: 8, usd: 60_000, underlying: 1 },
  { asset: 3, symbol: 'wstETH', decimals: 18, usd: 3_500, underlying: 2 },
] as const;

const DAY = 86_400;

/** The five markets at these marks, with a spread of two ticks around the mark. */
export function markets(prices: Readonly<Record<number, number>>): MarketView[] {
  return sketches.map(({ market, underlying, kind }): MarketView => {
    const tickUsd = underlying === 1 ? 0.5 : 0.05;
    const markUsd = prices[market] as number;
    const ticks = Math.round(markUsd / tickUsd);
    return {
      ...{ market, underlying, kind, markUsd, indexUsd: markUsd, tickUsd },
      expirySeconds: kind === 'future' ? (market === 3 ? 90 * DAY : 30 * DAY) : null,
      ...{ bestBidTicks: ticks - 1, bestAskTicks: ticks + 1 },
      lotSize: underlying === 1 ? 0.0001 : 0.001,
      trail: [],
    };
  });
}

/** Three expiries of seven strikes each, two percent apart, at marks that are roughly right. */
export function options(prices: Readonly<Record<number, number>>, time: number): OptionView[] {
  const perpetuals = sketches.filter(({ kind }) => kind === 'perpetual');
  return perpetuals.flatMap(({ market, underlying }) => {
    const indexUsd = prices[market] as number;
    const tickUsd = underlying === 1 ? 0.5 : 0.05;
    return [1, 2, 7].flatMap((days) =>
      [-3, -2, -1, 0, 1, 2, 3].flatMap((step) =>
        (['call', 'put'] as const).map((kind): OptionView => {
          const strikeUsd = indexUsd * (1 + step / 50);
          const sign = kind === 'call' ? 1 : -1;
          const timeValue = 0.02 * Math.sqrt(days) * indexUsd;
          const markUsd = Math.max(0, sign * (indexUsd - strikeUsd)) + timeValue / (1 + Math.abs(step));
          const ticks = Math.round(markUsd / tickUsd);
          return {
            market: 1_000 * underlying + 100 * days + 10 * (step + 3) + (kind === 'call' ? 0 : 1),
            ...{ underlying, kind, strikeUsd, markUsd, indexUsd, tickUsd },
            expirySeconds: time + days * DAY,
            ...{ bestBidTicks: ticks - 1, bestAskTicks: ticks + 1 },
            lotSize: underlying === 1 ? 0.001 : 0.01,
            delta: sign * (0.5 - (sign * step) / 8),
          };
        }),
      ),
    );
  });
}

export class Venue {
  readonly positions = new Map<number, number>();
  readonly orders: OrderView[] = [];
  readonly intents: Intent[] = [];
  #orderIds = 0;

  view(time: number, shown: readonly MarketView[], more: Partial<TraderView> = {}): TraderView {
    return {
      ...{ timeSeconds: time, equityUsd: 100_000, initialMarginUsd: 0, maintenanceMarginUsd: 0 },
      ...{ positions: new Map(this.positions), collateral: new Map(), markets: shown, options: [], auctions: [] },
      openOrders: [...this.orders],
      ...more,
    };
  }

  /** Takes every marketable order, whole or a random part; keeps the rest as open orders. */
  apply(intents: readonly Intent[], random: Random | null): void {
    for (const intent of intents) {
      this.intents.push(intent);
      if (intent.kind === 'place' && intent.marketable) {
        const filled = random === null ? intent.sizeLots : random.nextInt(intent.sizeLots + 1);
        this.fill(intent.market, intent.side === 'buy' ? filled : -filled);
      } else if (intent.kind === 'place') {
        const { market, side, priceTicks, sizeLots } = intent;
        const id = String(this.#orderIds++);
        this.orders.push({ id, market, side, priceTicks, remainingLots: sizeLots });
      } else if (intent.kind !== 'bid') {
        this.#cancel(intent);
      }
    }
  }

  fill(market: number, signedLots: number): void {
    this.positions.set(market, (this.positions.get(market) ?? 0) + signedLots);
  }

  #cancel(intent: Exclude<Intent, { kind: 'place' | 'bid' }>): void {
    for (let i = this.orders.length - 1; i >= 0; i--) {
      const { id, market } = this.orders[i] as OrderView;
      const isMeant =
        intent.kind === 'cancel'
          ? intent.id === id
          : intent.market === null || intent.market === market;
      if (isMeant) this.orders.splice(i, 1);
    }
  }
}
