/** Where a posted chain departs from the rules, told so that nobody has to search. */
import { toHex } from '../../state/codec/bytes.ts';

/** One record that the step changes, before and after it, by our replay; null where there is none. */
export type Difference = Readonly<{ record: string; before: unknown; ours: unknown }>;

export type Divergence = Readonly<{
  batch: number;
  /** Index in the batch; null where the header itself is wrong. */
  transaction: number | null;
  /** Type of the transaction, or `header`. */
  kind: string;
  rule: string;
  expected: string;
  posted: string;
  /** What our replay of the transaction came to. */
  outcome: string;
  difference: readonly Difference[];
}>;

/** A divergence as JSON: big integers as decimal strings, bytes as hex. */
export const divergenceJson = (divergence: Divergence): string =>
  JSON.stringify(
    divergence,
    (_, value: unknown) => {
      if (typeof value === 'bigint') return value.toString();
      if (value instanceof Uint8Array) return toHex(value);
      return value instanceof Float64Array ? [...value] : value;
    },
    2,
  );
