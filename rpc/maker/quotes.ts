/** What the devnet market maker quotes: a ladder on both sides of the mark, leaning against its position. */
export type Market = Readonly<{
  mark: number;
  /** Price of a unit of what is traded on: sizes are dollars of it. */
  unitPrice: number;
  tick: number;
  lot: number;
  /** Units held, positive when long. */
  position: number;
  levels: readonly Level[];
}>;
export type Quote = Readonly<{ side: 'buy' | 'sell'; priceTicks: number; lots: number }>;
/** Distance from the mark, as a share of it, and notional in USD. */
export type Level = Readonly<{ away: number; notional: number }>;

export const LINEAR_LEVELS: readonly Level[] = [
  { away: 0.0004, notional: 5_000 },
  { away: 0.001, notional: 10_000 },
  { away: 0.0025, notional: 20_000 },
];
/** A share of the premium, of which a point of volatility is one or two percent. */
export const OPTION_LEVELS: readonly Level[] = [
  { away: 0.015, notional: 25_000 },
  { away: 0.04, notional: 100_000 },
];
/** Position at which the whole ladder has moved by its first level, in USD. */
const INVENTORY = 250_000;

/** The ladder for one market; bids stay below asks whatever the tick. */
export function quotesOf({ mark, unitPrice, tick, lot, position, levels }: Market): Quote[] {
  const lean = Math.max(-2, Math.min(2, (position * unitPrice) / INVENTORY)) * (levels[0]?.away ?? 0);
  const centre = mark * (1 - lean);
  return levels.flatMap(({ away, notional }) => {
    const lots = Math.max(1, Math.round(notional / (unitPrice * lot)));
    const bid = Math.floor((centre * (1 - away)) / tick);
    const ask = Math.max(bid + 1, Math.ceil((centre * (1 + away)) / tick));
    return [
      { side: 'buy', priceTicks: bid, lots },
      { side: 'sell', priceTicks: ask, lots },
    ] as const;
  }).filter(({ priceTicks }) => priceTicks > 0);
}
