/** Publishers: each signs what it saw; the chain takes the median of enough of them. */
import { encodeTransaction } from '../../state/transactions/all.ts';
import { postPrices, reportDigest, type PricePoint } from '../../state/transactions/postPrices.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import type { Price, Seconds } from '../../state/units.ts';
import type { Network } from '../../genesis/genesis.ts';
import { signDigest } from '../crypto/recover.ts';
import type { PriceQuote, PriceSource } from './source.ts';

/** Annual carry of the devnet's forward curve [1e-18]: forwards are the index grown at this rate. */
export type ForwardCurve = (quote: PriceQuote, expiry: Seconds, now: Seconds) => Price;

const SECONDS_PER_YEAR = 31_536_000n;
/** Forwards at a flat annual carry [1e-4]. */
export const flatCarry =
  (basisPoints: bigint): ForwardCurve =>
  ({ price }, expiry, now) =>
    price + (price * basisPoints * BigInt(expiry - now)) / (10_000n * SECONDS_PER_YEAR);

export type PublisherOptions = Readonly<{
  network: Network;
  source: PriceSource;
  keys: readonly Uint8Array[];
  forward?: ForwardCurve;
}>;

/** Signs reports for one network with a set of publisher keys. */
export class Publishers {
  readonly #options: PublisherOptions;
  readonly #forward: ForwardCurve;
  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#forward = options.forward ?? flatCarry(400n);
  }

  /**
   * A signed `postPrices` transaction of what the source knows at `now`; null where it knows nothing
   * newer than `after` (the time of the last post).
   */
  report(domainSeparator: Uint8Array, now: Seconds, after: (underlying: number) => Seconds): Uint8Array | null {
    const { network, source, keys } = this.#options;
    const points: PricePoint[] = [];
    const prices: Price[] = [];
    for (const quote of source.quoteAt(now) ?? []) {
      // A quote is vouched for as of now while it is recent; a silent source stays silent.
      if (quote.confidence === 0n || now <= after(quote.underlying)) continue;
      points.push({ underlying: quote.underlying, expiry: 0, quantity: QUANTITY.price });
      prices.push(quote.price);
      for (const expiry of expiriesOf(network, quote.underlying, now)) {
        points.push({ underlying: quote.underlying, expiry, quantity: QUANTITY.price });
        prices.push(this.#forward(quote, expiry, now));
      }
    }
    if (points.length === 0) return null;
    const digest = reportDigest(domainSeparator, points, now, prices);
    const reports = keys.map((key) => ({ time: now, prices, signature: signDigest(digest, key) }));
    return encodeTransaction(postPrices, { points, reports });
  }
}

function expiriesOf(network: Network, underlying: number, now: Seconds): Seconds[] {
  const expiries = network.instruments
    .filter((i) => i.underlying === underlying && i.expiry > now)
    .map((i) => i.expiry);
  return [...new Set(expiries)].sort((a, b) => a - b);
}
