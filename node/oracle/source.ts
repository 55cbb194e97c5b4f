// What an oracle reads prices from: one interface, be the feed synthetic, recorded or live.

/** 1.0 as a ratio with 18 decimals. */
export const WAD = 10n ** 18n;
/** 1 USD in the unit of prices. */
export const PRICE_UNITS_PER_USD = 10n ** 8n;

/** The names that files and people use for the underlyings of the development network. */
export const UNDERLYING_IDS: Readonly<Record<string, number>> = { USDC: 0, BTC: 1, ETH: 2, SOL: 3 };

export type PriceQuote = Readonly<{
  underlying: number;
  /** Unit: 1e-8 USD. Always above zero. */
  price: bigint;
  /** Unit: 1e-18. One is certain; a quote that deserves none is left out. */
  confidence: bigint;
  /** When the price was seen; never after the time that was asked for. */
  timeSeconds: number;
}>;

/**
 * Prices by time. The answer for a time depends on the source and that time alone: not on what was
 * asked before, nor how often.
 */
export interface PriceSource {
  readonly name: string;
  /** The underlyings it speaks for, ascending. */
  readonly underlyings: readonly number[];
  /** Quotes known at that time, by ascending underlying; null when there is none. */
  quoteAt(timeSeconds: number): PriceQuote[] | null;
  /** From the first to the last price; absent when it never ends. */
  readonly span?: Readonly<{ fromSeconds: number; toSeconds: number }>;
}

/**
 * Several sources as one. An underlying belongs to the first source that names it, also while that
 * source is silent: a price may go stale, but it never jumps from one source to another.
 */
export function combine(...sources: readonly PriceSource[]): PriceSource {
  if (sources.length === 0) throw new RangeError('combine: expected at least one source');
  const owners = new Map<number, PriceSource>();
  for (const source of sources) {
    for (const underlying of source.underlyings) {
      if (!owners.has(underlying)) owners.set(underlying, source);
    }
  }
  const used = sources.filter((source) => source.underlyings.some((u) => owners.get(u) === source));
  const spans = used.flatMap((source) => (source.span === undefined ? [] : [source.span]));
  const combined: PriceSource = {
    name: used.map((source) => source.name).join(' + '),
    underlyings: [...owners.keys()].sort((a, b) => a - b),
    quoteAt(timeSeconds) {
      const quotes = used.flatMap((source) =>
        (source.quoteAt(timeSeconds) ?? []).filter((q) => owners.get(q.underlying) === source),
      );
      if (quotes.length === 0) return null;
      return quotes.sort((a, b) => a.underlying - b.underlying);
    },
  };
  if (spans.length === 0) return combined;
  // Where every source has prices; when they never meet, the end lies before the start.
  const fromSeconds = Math.max(...spans.map((span) => span.fromSeconds));
  const toSeconds = Math.min(...spans.map((span) => span.toSeconds));
  return { ...combined, span: { fromSeconds, toSeconds } };
}
