/** Publishers: each signs what it saw; the chain takes the median of enough of them. */
import { MAX_TERMS } from '../../state/constants.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { postPrices, reportDigest, type PricePoint } from '../../state/transactions/postPrices.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import type { Price, Seconds } from '../../state/units.ts';
import { signDigest } from '../crypto/recover.ts';
import type { PriceQuote, PriceSource } from './source.ts';
import { VolatilityTracker } from './volatility.ts';

/** Annual carry of the devnet's forward curve [1e-18]: forwards are the index grown at this rate. */
export type ForwardCurve = (quote: PriceQuote, expiry: Seconds, now: Seconds) => Price;

const SECONDS_PER_YEAR = 31_536_000n;
/** Forwards at a flat annual carry [1e-4]. */
export const flatCarry =
  (basisPoints: bigint): ForwardCurve =>
  ({ price }, expiry, now) =>
    price + (price * basisPoints * BigInt(expiry - now)) / (10_000n * SECONDS_PER_YEAR);

export type ListedExpiry = Readonly<{ expiry: Seconds; hasOptions: boolean }>;
/** What a publisher asks the chain: the time of the last post, and what is listed, ascending. */
export type PostedChain = Readonly<{
  postedAt: (underlying: number) => Seconds;
  expiriesOf: (underlying: number, now: Seconds) => readonly ListedExpiry[];
}>;

export type PublisherOptions = Readonly<{
  source: PriceSource;
  keys: readonly Uint8Array[];
  forward?: ForwardCurve;
}>;

/** Signs reports with a set of publisher keys. */
export class Publishers {
  readonly #options: PublisherOptions;
  readonly #forward: ForwardCurve;
  readonly #trackers = new Map<number, VolatilityTracker>();
  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#forward = options.forward ?? flatCarry(400n);
  }

  /**
   * Signed `postPrices` transactions, one for each underlying, of what the source knows at `now` beyond the last
   * post. `chain` says what is listed: forwards, and a slice where options are.
   */
  reports(domainSeparator: Uint8Array, now: Seconds, chain: PostedChain): Uint8Array[] {
    const reports: Uint8Array[] = [];
    for (const quote of this.#options.source.quoteAt(now) ?? []) {
      // A quote is vouched for as of now while it is recent; a silent source stays silent.
      if (quote.confidence === 0n || now <= chain.postedAt(quote.underlying)) continue;
      reports.push(this.#report(domainSeparator, now, quote, chain.expiriesOf(quote.underlying, now)));
    }
    return reports;
  }

  #report(domainSeparator: Uint8Array, now: Seconds, quote: PriceQuote, expiries: readonly ListedExpiry[]): Uint8Array {
    const { underlying } = quote;
    const tracker = this.#trackerOf(underlying);
    tracker.see(quote.price, now);
    const points: PricePoint[] = [{ underlying, expiry: 0, quantity: QUANTITY.price }];
    const prices: Price[] = [quote.price];
    for (const { expiry, hasOptions } of expiries.slice(0, MAX_TERMS)) {
      const slice = hasOptions ? tracker.slice(expiry - now) : [];
      [this.#forward(quote, expiry, now), ...slice].forEach((value, place) => {
        points.push({ underlying, expiry, quantity: place === 0 ? QUANTITY.price : QUANTITY.theta + place - 1 });
        prices.push(value);
      });
    }
    const digest = reportDigest(domainSeparator, points, now, prices);
    const reports = this.#options.keys.map((key) => ({ time: now, prices, signature: signDigest(digest, key) }));
    return encodeTransaction(postPrices, { points, reports });
  }

  #trackerOf(underlying: number): VolatilityTracker {
    let tracker = this.#trackers.get(underlying);
    if (tracker === undefined) this.#trackers.set(underlying, (tracker = new VolatilityTracker()));
    return tracker;
  }
}
