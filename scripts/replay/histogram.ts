// Counts values in buckets that grow with them: percentiles to one percent in bounded memory.

/** The bounds of neighbouring buckets differ by two percent, so a middle is off by one at most. */
const GROWTH = 1.02;
/** Values at or below it share the first bucket. */
const SMALLEST = 1e-3;
const BUCKETS = 1_600;

export type HistogramSummary = Readonly<{
  count: number;
  mean: number;
  least: number;
  most: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
}>;

export class Histogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** `times` counts the value so often. */
  add(value: number, times = 1): void {
    if (!(value >= 0) || !Number.isFinite(value)) {
      throw new RangeError(`Histogram: expected a value of zero or more, received ${value}`);
    }
    const exponent = Math.ceil(Math.log(value / SMALLEST) / Math.log(GROWTH));
    const bucket = value <= SMALLEST ? 0 : Math.min(BUCKETS - 1, Math.max(1, exponent));
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + times;
    this.#count += times;
    this.#sum += value * times;
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
  }

  /** The value that this share of all values does not exceed; 0 without values. */
  quantile(share: number): number {
    if (this.#count === 0) return 0;
    // The small slack keeps 0.9 x 10 from becoming the tenth value.
    const rank = Math.max(1, Math.ceil(share * this.#count - 1e-9));
    if (rank >= this.#count) return this.#most;
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket] as number;
      if (seen < rank) continue;
      const upper = SMALLEST * GROWTH ** bucket;
      const middle = bucket === 0 ? this.#least : upper / Math.sqrt(GROWTH);
      return Math.min(this.#most, Math.max(this.#least, middle));
    }
    return this.#most;
  }

  summary(): HistogramSummary {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      mean: isEmpty ? 0 : this.#sum / this.#count,
      least: isEmpty ? 0 : this.#least,
      most: isEmpty ? 0 : this.#most,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
    };
  }
}
