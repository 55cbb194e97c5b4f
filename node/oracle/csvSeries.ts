// One underlying's observations in time order, and what each is still worth when bars are missing.
import { CsvError } from './csvReader.ts';
import type { CsvFormat } from './csvFormats.ts';
import type { CsvSeriesInfo } from './csv.ts';
import type { PriceQuote } from './source.ts';
import { WAD } from './source.ts';

export type SeriesIdentity = Readonly<{
  file: string;
  format: CsvFormat;
  symbol: string;
  underlying: number;
  /** Null: the smallest step in the file. */
  intervalSeconds: number | null;
  hasInnerPath: boolean;
  /** Null: five bars. */
  fadeSeconds: number | null;
}>;

type Bar = Readonly<{ open: bigint; high: bigint; low: bigint; close: bigint }>;
type Row = Readonly<{
  seconds: number;
  line: number;
  minutes: number | null;
  bar: Bar;
  startsSegment: boolean;
}>;

/** A price and when it was seen. */
export type Observation = Readonly<{
  seconds: number;
  price: bigint;
  /** The recording begins anew here: no return leads to this price from the one before. */
  startsSegment: boolean;
}>;

const FADE_BARS = 5;

/** Collects rows in file order; the bar length may only be known at the end. */
export class SeriesBuilder {
  readonly #identity: SeriesIdentity;
  readonly #rows: Row[] = [];
  #blankRows = 0;
  #lastSeconds = -1;
  #isOfBars = false;
  #startsSegment = true;

  constructor(identity: SeriesIdentity) {
    this.#identity = identity;
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** What comes next continues nothing that came before. */
  startSegment(): void {
    this.#startsSegment = true;
  }

  addBar(openSeconds: number, bar: Bar, minutes: number | null, line: number): void {
    this.#isOfBars = true;
    this.#requireLater(openSeconds, line);
    this.#push(openSeconds, line, minutes, bar);
  }

  #push(seconds: number, line: number, minutes: number | null, bar: Bar): void {
    this.#rows.push({ seconds, line, minutes, bar, startsSegment: this.#startsSegment });
    this.#startsSegment = false;
  }

  /** A price at an instant: a bar whose close is that instant and that has no inside. */
  addPrice(seconds: number, price: bigint, line: number): void {
    this.#requireLater(seconds, line);
    const bar = { open: price, high: price, low: price, close: price };
    this.#push(seconds, line, null, bar);
  }

  addBlank(seconds: number, line: number): void {
    this.#requireLater(seconds, line);
    this.#blankRows++;
  }

  #requireLater(seconds: number, line: number): void {
    if (seconds <= this.#lastSeconds) {
      const column = this.#identity.format === 'daily' ? 'date' : 'ts_ms';
      const after = new Date(this.#lastSeconds * 1000).toISOString();
      const received = new Date(seconds * 1000).toISOString();
      throw new CsvError(this.#identity.file, line, column, `a time after ${after}`, received);
    }
    this.#lastSeconds = seconds;
  }

  finish(): Series {
    const { file } = this.#identity;
    const interval = this.#identity.intervalSeconds ?? this.#smallestStep();
    const first = (this.#rows[0] as Row).seconds;
    const times: number[] = [];
    const prices: bigint[] = [];
    const confidences: bigint[] = [];
    const segments = new Set<number>();
    let closed = -1;
    for (const { seconds, line, minutes, bar, startsSegment } of this.#rows) {
      if ((seconds - first) % interval !== 0) {
        const expected = `a time on the grid of ${interval} s that starts with the first row`;
        throw new CsvError(file, line, this.#isOfBars ? 'ts_ms' : 'date', expected);
      }
      // A recording may count a repeated minute: more than whole is whole.
      const isPartial = minutes !== null && minutes * 60 < interval;
      const confidence = isPartial ? (WAD * BigInt(minutes * 60)) / BigInt(interval) : WAD;
      const add = (at: number, price: bigint): void => {
        times.push(at);
        prices.push(price);
        confidences.push(confidence);
      };
      if (startsSegment) segments.add(times.length);
      const close = this.#isOfBars ? seconds + interval : seconds;
      if (this.#isOfBars && this.#identity.hasInnerPath && interval >= 3) {
        // Where bars touch, the close of the one before stands for the open of the next.
        if (closed !== seconds) add(seconds, bar.open);
        const isUp = bar.close >= bar.open;
        add(seconds + Math.floor(interval / 3), isUp ? bar.low : bar.high);
        add(seconds + Math.floor((2 * interval) / 3), isUp ? bar.high : bar.low);
      }
      add(close, bar.close);
      closed = close;
    }
    const columns = {
      times: Float64Array.from(times),
      prices: BigInt64Array.from(prices),
      confidences: BigInt64Array.from(confidences),
      segments,
    };
    return new Series(
      this.#identity,
      interval,
      columns,
      this.rows,
      this.#blankRows,
      this.#missing(interval),
    );
  }

  #smallestStep(): number {
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 1; i < this.#rows.length; i++) {
      const step = (this.#rows[i] as Row).seconds - (this.#rows[i - 1] as Row).seconds;
      if (step < smallest) smallest = step;
    }
    if (Number.isFinite(smallest)) return smallest;
    const expected =
      'the bar length in the name (as in _1m_) or at least two rows to infer it from';
    throw new CsvError(this.#identity.file, 0, null, expected);
  }

  #missing(interval: number): number {
    const first = (this.#rows[0] as Row).seconds;
    const last = (this.#rows.at(-1) as Row).seconds;
    return Math.round((last - first) / interval) + 1 - this.#rows.length;
  }
}

type Columns = Readonly<{
  times: Float64Array;
  prices: BigInt64Array;
  confidences: BigInt64Array;
  /** Indices at which a segment starts. */
  segments: ReadonlySet<number>;
}>;

export class Series {
  readonly file: string;
  readonly symbol: string;
  readonly underlying: number;
  readonly #columns: Columns;
  readonly #interval: number;
  readonly #fade: number;
  readonly #info: CsvSeriesInfo;
  /** Where the last answer was found: only a hint that makes the next one quick. */
  #hint = 0;

  constructor(
    identity: SeriesIdentity,
    interval: number,
    columns: Columns,
    rows: number,
    blankRows: number,
    missingBars: number,
  ) {
    this.file = identity.file;
    this.symbol = identity.symbol;
    this.underlying = identity.underlying;
    this.#columns = columns;
    this.#interval = interval;
    this.#fade = identity.fadeSeconds ?? FADE_BARS * interval;
    const fromSeconds = columns.times[0] as number;
    const toSeconds = columns.times.at(-1) as number;
    const { file, underlying, format } = identity;
    this.#info = {
      ...{ file, underlying, format, rows, blankRows, missingBars },
      ...{ intervalSeconds: interval, fromSeconds, toSeconds },
    };
  }

  info(): CsvSeriesInfo {
    return this.#info;
  }

  /** Every observation in the order of time. */
  *observations(): Generator<Observation> {
    const { times, prices, segments } = this.#columns;
    for (let i = 0; i < times.length; i++) {
      yield {
        seconds: times[i] as number,
        price: prices[i] as bigint,
        startsSegment: segments.has(i),
      };
    }
  }

  quoteAt(timeSeconds: number): PriceQuote | null {
    const index = this.#lastAt(timeSeconds);
    if (index < 0) return null;
    const seen = this.#columns.times[index] as number;
    const confidence = this.#fadeOf(this.#columns.confidences[index] as bigint, timeSeconds - seen);
    if (confidence <= 0n) return null;
    const price = this.#columns.prices[index] as bigint;
    return { underlying: this.underlying, price, confidence, timeSeconds: seen };
  }

  /** Whole until the next bar is due, half once it is missing, then linearly to nothing. */
  #fadeOf(confidence: bigint, ageSeconds: number): bigint {
    const late = Math.ceil(ageSeconds - this.#interval);
    if (ageSeconds < this.#interval) return confidence;
    if (late >= this.#fade) return 0n;
    return (confidence * BigInt(this.#fade - late)) / BigInt(2 * this.#fade);
  }

  /** The last observation at or before the time; -1 when there is none. */
  #lastAt(timeSeconds: number): number {
    const { times } = this.#columns;
    const hint = this.#hint;
    // Time usually moves on by a bar or less.
    for (let i = hint; i < hint + 4; i++) {
      if (!((times[i] as number) <= timeSeconds)) break;
      if (i + 1 === times.length || (times[i + 1] as number) > timeSeconds) return (this.#hint = i);
    }
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] as number) <= timeSeconds) low = middle + 1;
      else high = middle;
    }
    this.#hint = Math.max(0, low - 1);
    return low - 1;
  }
}
