// What goes wrong in a replay beside the market: silences of the oracle, an outage of the sequencer, a crowd in debt.
import type { PriceSource } from '../../node/oracle/source.ts';
import type { Random } from '../../node/ports/random.ts';
import { uniform } from './draws.ts';
import type { Market } from './market.ts';

/** From its first second to the one before its last. */
export type Span = Readonly<{ fromSeconds: number; toSeconds: number }>;

/** How much of what they may borrow leveraged traders do borrow. */
export const LEVERAGES = ['even', 'tail', 'full', 'mixed'] as const;
export type Leverage = (typeof LEVERAGES)[number];

export type Scenario = Readonly<{
  outage: Span | null;
  gaps: readonly Span[];
  /** USD that depositors bring into a backstop vault; null: there is none. */
  vaultUsd: number | null;
  /** Null: the crowd of other replays. */
  leverage: Leverage | null;
  /** From when liquidators bid; null: never. */
  biddersFromSeconds: number | null;
}>;
export const CALM: Scenario = { outage: null, gaps: [], vaultUsd: null, leverage: null, biddersFromSeconds: 0 };

export const OUTAGE_SECONDS = 1_800;
export const GAP_SECONDS = 300;
export const HOUR_SECONDS = 3_600;
const LOOK_SECONDS = 60;

export const isWithin = (span: Span | null, seconds: number): boolean =>
  span !== null && seconds >= span.fromSeconds && seconds < span.toSeconds;

/** The hour in which the first recorded price, or BTC, falls most. */
export function worstHour({ source, series, fromSeconds, toSeconds }: Market): Span {
  const underlying = series[0]?.underlying ?? 1;
  const priceAt = (seconds: number): number =>
    Number(source.quoteAt(seconds)?.find((quote) => quote.underlying === underlying)?.price ?? 0n);
  let [worst, start] = [Number.POSITIVE_INFINITY, fromSeconds];
  for (let at = fromSeconds; at + HOUR_SECONDS <= toSeconds; at += LOOK_SECONDS) {
    const before = priceAt(at);
    const ratio = before === 0 ? 1 : priceAt(at + HOUR_SECONDS) / before;
    if (ratio < worst) [worst, start] = [ratio, at];
  }
  return { fromSeconds: start, toSeconds: start + HOUR_SECONDS };
}

/** An outage in the middle of that hour. */
export function outageIn({ fromSeconds, toSeconds }: Span): Span {
  const start = Math.floor((fromSeconds + toSeconds - OUTAGE_SECONDS) / 2);
  return { fromSeconds: start, toSeconds: start + OUTAGE_SECONDS };
}

/** So many silences, each somewhere in its own part of the time. */
export function gapsIn({ fromSeconds, toSeconds }: Span, count: number, random: Random): Span[] {
  const part = (toSeconds - fromSeconds) / count;
  return Array.from({ length: count }, (_, n) => {
    const start = Math.floor(fromSeconds + part * n + random.nextFloat() * Math.max(part - GAP_SECONDS, 0));
    return { fromSeconds: start, toSeconds: start + GAP_SECONDS };
  });
}

/** The same source, silent in the gaps. */
export const withGaps = (source: PriceSource, gaps: readonly Span[]): PriceSource => ({
  ...source,
  quoteAt: (seconds) => (gaps.some((gap) => isWithin(gap, seconds)) ? null : source.quoteAt(seconds)),
});

/** Initial margin over equity at which a leveraged trader is content: evenly spread, mostly high, all that is allowed, or any of these. */
export function useOf(leverage: Leverage, random: Random): number {
  switch (leverage) {
    case 'even':
      return uniform(random, 0.3, 0.97);
    case 'tail':
      return 0.3 + 0.69 * random.nextFloat() ** 0.25;
    case 'full':
      return uniform(random, 0.97, 0.995);
    case 'mixed':
      return useOf(random.pick(['even', 'tail', 'full'] as const), random);
  }
}
