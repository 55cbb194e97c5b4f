// Sells what its collateral is worth in futures or perpetuals, until its exposure is under one lot.
import type { Decide, Intent, MarketView, TraderView } from '../traders.ts';
import { exposureUnits, lotUsd, positionOf, takeNow } from '../traders.ts';

export type HedgerParameters = Readonly<{
  underlyings: readonly number[];
  /** What it hedges with; the other kind is taken when the market is not there. */
  instrument: 'perpetual' | 'future';
  /** Rebalances when its exposure exceeds this share of the hedged units, and one lot. */
  band: number;
  /** Largest order, USD. */
  clipUsd: number;
}>;

/** A future this near its expiry is no longer a hedge worth opening. */
const ROLL_SECONDS = 86_400;

export const hedger =
  (parameters: HedgerParameters): Decide =>
  (view) =>
    parameters.underlyings.flatMap((underlying) => hedge(parameters, view, underlying));

function hedge(parameters: HedgerParameters, view: TraderView, underlying: number): Intent[] {
  const market = hedgeMarket(parameters, view, underlying);
  if (market === null) return [];
  // Positions elsewhere, such as in an expiring future, count: the sum is what must vanish.
  const elsewhere = exposureUnits(view, underlying, market.market);
  const target = Math.trunc(-elsewhere / market.lotSize);
  const position = positionOf(view, market.market);
  const change = target - position;
  const bandLots = (parameters.band * Math.abs(elsewhere)) / market.lotSize;
  if (Math.abs(change) < Math.max(1, bandLots)) return [];
  const clip = Math.max(1, Math.floor(parameters.clipUsd / lotUsd(market)));
  const lots = Math.sign(change) * Math.min(clip, Math.abs(change));
  const isReducing = Math.abs(position + lots) < Math.abs(position) && lots * position < 0;
  const doesFlip = Math.abs(lots) > Math.abs(position);
  return [takeNow(market, lots, { reduceOnly: isReducing && !doesFlip })];
}

/** The nearest future that is not about to expire, or the perpetual, by preference. */
function hedgeMarket(
  parameters: HedgerParameters,
  view: TraderView,
  underlying: number,
): MarketView | null {
  const own = view.markets.filter((market) => market.underlying === underlying);
  const perpetual = own.find((market) => market.kind === 'perpetual');
  const future = nearestFuture(own, view.timeSeconds + ROLL_SECONDS);
  const [first, second] =
    parameters.instrument === 'perpetual' ? [perpetual, future] : [future, perpetual];
  return first ?? second ?? null;
}

/** The future that expires first after that time. */
export function nearestFuture(
  markets: readonly MarketView[],
  afterSeconds: number,
): MarketView | undefined {
  return markets
    .filter((market) => market.kind === 'future' && (market.expirySeconds ?? 0) > afterSeconds)
    .sort((a, b) => (a.expirySeconds ?? 0) - (b.expirySeconds ?? 0))[0];
}
