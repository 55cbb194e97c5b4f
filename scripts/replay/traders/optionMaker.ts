// Quotes options around their marks and keeps the delta of its whole book near zero in the perpetual.
import type { Decide, Intent, OptionView, TraderView } from '../traders.ts';
import { clamp, hasRoom, positionOf, takeNow } from '../traders.ts';
import { expiriesOf, legsOf, lotsOfNotional } from './legs.ts';
import { requote, type Level } from './requote.ts';

export type OptionMakerParameters = Readonly<{
  underlying: number;
  /** How many expiries, from the nearest, and how far from the index in strikes, over the index. */
  expiries: number;
  reach: number;
  /** Half the spread: a share of the mark, and a share of the index. */
  halfSpread: number;
  floor: number;
  /** Worth of the underlying behind one quote, and behind the largest position, over equity. */
  quoteShare: number;
  positionShare: number;
  /** How many half spreads a full position moves the quotes. */
  skew: number;
  /** Chance that it looks at its quotes when asked; its delta it looks at every time. */
  activity: number;
  /** It hedges a delta worth more than this share of equity. */
  band: number;
}>;

/** Below this share of equity above initial margin it only reduces. */
const ROOM_SHARE = 0.2;
/** With so many positions it opens no others: an account has an end, and old strikes stay in it. */
const POSITIONS_MOST = 24;

export const optionMaker =
  (parameters: OptionMakerParameters): Decide =>
  (view, random) => {
    const quotes = random.nextBool(parameters.activity) ? quoteChain(parameters, view) : [];
    return [...hedgeDelta(parameters, view), ...quotes];
  };

function hedgeDelta({ underlying, band }: OptionMakerParameters, view: TraderView): Intent[] {
  const perpetual = view.markets.find((m) => m.underlying === underlying && m.kind === 'perpetual');
  if (perpetual === undefined) return [];
  const ofOptions = legsOf(view, underlying).reduce(
    (units, { option, lots }) => units + lots * option.lotSize * option.delta,
    0,
  );
  const held = positionOf(view, perpetual.market);
  const units = ofOptions + held * perpetual.lotSize;
  if (Math.abs(units) * perpetual.indexUsd <= band * Math.max(0, view.equityUsd)) return [];
  const lots = Math.round(-units / perpetual.lotSize);
  if (lots === 0) return [];
  // Without room a hedge may still be refused; one that only unwinds an older hedge never is.
  const reduceOnly = lots * held < 0 && Math.abs(lots) <= Math.abs(held);
  return [takeNow(perpetual, lots, { reduceOnly })];
}

function quoteChain(parameters: OptionMakerParameters, view: TraderView): Intent[] {
  const { underlying, expiries, reach } = parameters;
  const quoted = new Set(expiriesOf(view, underlying).slice(0, expiries));
  const isFull = view.positions.size >= POSITIONS_MOST;
  return view.options
    .filter((option) => option.underlying === underlying)
    .flatMap((option) => {
      const isHeld = positionOf(view, option.market) !== 0;
      const isNear = Math.abs(option.strikeUsd / option.indexUsd - 1) <= reach;
      const isWanted = quoted.has(option.expirySeconds) && isNear && (isHeld || !isFull);
      return quoteOption(parameters, view, option, isWanted);
    });
}

function quoteOption(
  parameters: OptionMakerParameters,
  view: TraderView,
  option: OptionView,
  isWanted: boolean,
): Intent[] {
  const half = parameters.halfSpread * option.markUsd + parameters.floor * option.indexUsd;
  const isReducing = !hasRoom(view, ROOM_SHARE);
  const levels = isWanted ? bothSides(parameters, view, option, half, isReducing) : [];
  return requote(view, option, levels, Math.max(1, half / (3 * option.tickUsd)), isReducing);
}

function bothSides(
  parameters: OptionMakerParameters,
  view: TraderView,
  option: OptionView,
  half: number,
  isReducing: boolean,
): Level[] {
  const position = positionOf(view, option.market);
  const most = Math.max(1, lotsOfNotional(parameters.positionShare * view.equityUsd, option));
  const inventory = clamp(position / most, -1, 1);
  const centre = option.markUsd - parameters.skew * inventory * half;
  const size = Math.max(1, lotsOfNotional(parameters.quoteShare * view.equityUsd, option));
  const bid = Math.min(
    Math.floor((centre - half) / option.tickUsd),
    (option.bestAskTicks ?? Number.POSITIVE_INFINITY) - 1,
  );
  const ask = Math.max(
    ...[Math.ceil((centre + half) / option.tickUsd), (option.bestBidTicks ?? 0) + 1, bid + 1, 1],
  );
  const room = (full: boolean, against: number): number =>
    isReducing ? Math.min(size, Math.max(0, against)) : full ? 0 : size;
  const [buys, sells] = [room(inventory >= 1, -position), room(inventory <= -1, position)];
  return [
    ...(buys > 0 && bid >= 1 ? [{ side: 'buy' as const, priceTicks: bid, sizeLots: buys }] : []),
    ...(sells > 0 ? [{ side: 'sell' as const, priceTicks: ask, sizeLots: sells }] : []),
  ];
}
