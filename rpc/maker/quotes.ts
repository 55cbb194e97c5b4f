/** What the devnet market maker quotes: a ladder on both sides of the mark, leaning against its position. */
export type Market = Readonly<{
  mark: number;
  tick: number;
  lot: number;
  /** Units held, positive when long. */
  position: number;
}>;
export type Quote = Readonly<{ side: 'buy' | 'sell'; priceTicks: number; lots: number }>;

/** Distance of each level from the mark, and its notional in USD. */
const LEVELS = [
  { away: 0.0004, notional: 5_000 },
  { away: 0.001, notional: 10_000 },
  { away: 0.0025, notional: 20_000 },
] as const;
/** Position at which the whole ladder has moved by its first level, in USD. */
const INVENTORY = 250_000;

/** The ladder for one market; bids stay below asks whatever the tick. */
export function quotesOf({ mark, tick, lot, position }: Market): Quote[] {
  const lean = Math.max(-2, Math.min(2, (position * mark) / INVENTORY)) * LEVELS[0].away;
  const centre = mark * (1 - lean);
  return LEVELS.flatMap(({ away, notional }) => {
    const lots = Math.max(1, Math.round(notional / (mark * lot)));
    const bid = Math.floor((centre * (1 - away)) / tick);
    const ask = Math.max(bid + 1, Math.ceil((centre * (1 + away)) / tick));
    return [
      { side: 'buy', priceTicks: bid, lots },
      { side: 'sell', priceTicks: ask, lots },
    ] as const;
  }).filter(({ priceTicks }) => priceTicks > 0);
}
