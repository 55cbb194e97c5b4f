// What of the keeper's work the protocol refused, and how long an underlying went without a price for it.
import { decode } from '../../state/codec/layout.ts';
import { refusalName } from '../../state/refusals.ts';
import { transactionOf } from '../../state/transactions/all.ts';
import { mark } from '../../state/transactions/mark.ts';
import { postPrices } from '../../state/transactions/postPrices.ts';
import { roll } from '../../state/transactions/roll.ts';

export type KeeperSummary = Readonly<{
  /** Steps by what they were, of which underlying, and why they were refused. */
  refused: Readonly<Record<string, number>>;
  /** Longest time between two accepted prices by underlying [s]. */
  silenceSeconds: Readonly<Record<string, number>>;
}>;

export class KeeperLog {
  readonly #refused = new Map<string, number>();
  readonly #silence = new Map<string, number>();

  refused(bytes: Uint8Array, code: number, symbolOf: (underlying: number) => string): void {
    const name = transactionOf(bytes[0])?.name ?? 'unknown';
    const underlying = underlyingOf(bytes);
    const of = underlying === null ? '' : ` of ${symbolOf(underlying)}`;
    const key = `${name}${of}: ${refusalName(code) ?? code}`;
    this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
  }

  /** The last accepted price of an underlying is so old. */
  age(symbol: string, seconds: number): void {
    this.#silence.set(symbol, Math.max(this.#silence.get(symbol) ?? 0, seconds));
  }

  summary(): KeeperSummary {
    const refused = [...this.#refused].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return { refused: Object.fromEntries(refused), silenceSeconds: Object.fromEntries(this.#silence) };
  }
}

function underlyingOf(bytes: Uint8Array): number | null {
  const body = bytes.subarray(1);
  switch (bytes[0]) {
    case postPrices.type:
      return decode(postPrices.layout, body).points[0]?.underlying ?? null;
    case mark.type:
      return decode(mark.layout, body).underlying;
    case roll.type:
      return decode(roll.layout, body).underlying;
    default:
      return null;
  }
}
