// The market of a replay: recorded prices where files were given, a seeded synthetic rest.
import type { Network } from '../../genesis/genesis.ts';
import type { CsvOptions, CsvSeriesInfo } from '../../node/oracle/csv.ts';
import { openCsv } from '../../node/oracle/csv.ts';
import type { PriceSource } from '../../node/oracle/source.ts';
import { combine, PRICE_UNITS_PER_USD } from '../../node/oracle/source.ts';
import { syntheticSource } from '../../node/oracle/synthetic.ts';
import { seededRandom } from '../../node/ports/random.ts';
import { networkFor, SYMBOLS } from './network.ts';

export type MarketOptions = Readonly<{
  /** `[NAME=]path[#column or venue]`, one underlying each; empty for a wholly synthetic market. */
  files: readonly string[];
  seed: string | number | bigint;
  /** Narrow the replay; otherwise it is as long as the recordings. */
  fromSeconds?: number;
  toSeconds?: number;
  /** USD by underlying, for what is synthetic. */
  startPrices?: Readonly<Record<number, number>>;
  csv?: CsvOptions;
}>;

export type Market = Readonly<{
  source: PriceSource;
  fromSeconds: number;
  toSeconds: number;
  /** The finest step at which recorded prices change: the natural step of the replay. */
  stepSeconds: number;
  series: readonly CsvSeriesInfo[];
  /** Terms of the network that prices all of this. */
  network: (genesisTime: number) => Network;
  /** USD by underlying at the start, to size deposits with. */
  startPricesUsd: Readonly<Record<number, number>>;
}>;

/** A wholly synthetic replay: this long, unless told otherwise, from this instant. */
const SYNTHETIC_SECONDS = 6 * 3_600;
const SYNTHETIC_FROM_SECONDS = Date.UTC(2025, 0, 1) / 1000;
const SYNTHETIC_STEP_SECONDS = 60;

export async function loadMarket(options: MarketOptions): Promise<Market> {
  const recorded = options.files.length === 0 ? null : await openCsv(options.files, { symbols: SYMBOLS, ...options.csv });
  const fromSeconds = Math.max(
    options.fromSeconds ?? recorded?.span.fromSeconds ?? SYNTHETIC_FROM_SECONDS,
    recorded?.span.fromSeconds ?? 0,
  );
  const toSeconds = Math.min(
    options.toSeconds ?? recorded?.span.toSeconds ?? fromSeconds + SYNTHETIC_SECONDS,
    recorded?.span.toSeconds ?? Number.MAX_SAFE_INTEGER,
  );
  if (!(toSeconds > fromSeconds)) {
    const known = recorded === null ? '' : `; the recordings reach ${spanText(recorded.span)}`;
    throw new RangeError(
      `replay: expected an end after the start, received ` +
        `${spanText({ fromSeconds, toSeconds })}${known}`,
    );
  }
  const synthetic = syntheticSource({
    random: seededRandom(options.seed).fork('market'),
    startSeconds: fromSeconds,
    ...(options.startPrices === undefined ? {} : { startPrices: options.startPrices }),
  });
  const source = recorded === null ? synthetic : combine(recorded, synthetic);
  const series = recorded?.series ?? [];
  const quotes = source.quoteAt(fromSeconds) ?? [];
  const usd = (price: bigint): number => Number(price) / Number(PRICE_UNITS_PER_USD);
  return {
    ...{ source, fromSeconds, toSeconds, series },
    network: networkFor(series.map(({ underlying }) => underlying)),
    stepSeconds: Math.min(
      ...series.map((one) => one.intervalSeconds),
      series.length === 0 ? SYNTHETIC_STEP_SECONDS : Number.POSITIVE_INFINITY,
    ),
    startPricesUsd: Object.fromEntries(quotes.map((q) => [q.underlying, usd(q.price)])),
  };
}

const spanText = (span: Readonly<{ fromSeconds: number; toSeconds: number }>): string =>
  [span.fromSeconds, span.toSeconds]
    .map((seconds) => new Date(seconds * 1000).toISOString())
    .join(' .. ');

/** A time on the command line: Unix seconds, or a date with or without a time, in UTC. */
export function parseTime(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?)?Z?$/.exec(text);
  const iso = match === null ? '' : `${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ':00'}.000Z`;
  const millis = Date.parse(iso);
  // Engines roll 2021-02-30 over to March; the way back tells.
  if (!Number.isFinite(millis) || new Date(millis).toISOString() !== iso) {
    throw new RangeError(
      `time: expected Unix seconds or YYYY-MM-DD[THH:MM[:SS]] in UTC, received "${text}"`,
    );
  }
  return millis / 1000;
}
