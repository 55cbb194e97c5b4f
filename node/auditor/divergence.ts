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

/** JSON of what an auditor tells: big integers as decimal strings, bytes as hex. */
export const plainJson = (value: unknown, indent?: number): string =>
  JSON.stringify(
    value,
    (_, part: unknown) => {
      if (typeof part === 'bigint') return part.toString();
      if (part instanceof Uint8Array) return toHex(part);
      return part instanceof Float64Array ? [...part] : part;
    },
    indent,
  );
export const divergenceJson = (divergence: Divergence): string => plainJson(divergence, 2);
