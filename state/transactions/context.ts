/** What a step is given beside the state: the curve. And what each transaction file provides. */
import type { StateAccess } from '../access.ts';
import { DecodeError } from '../codec/bytes.ts';
import { decode, type Field } from '../codec/layout.ts';
import type { Recover } from '../codec/signature.ts';
import { Refusal } from '../errors.ts';
import { REFUSAL, type RefusalName } from '../refusals.ts';

export type Context = Readonly<{ recover: Recover }>;

export type TransactionType<T> = Readonly<{
  /** First byte of its encoding. Never reused. */
  type: number;
  name: string;
  /** What follows the type byte. */
  layout: Field<T>;
  /** Its refusals in order of precedence, after `malformed`. */
  refusals: readonly RefusalName[];
  /** Checks, then writes. Throws a Refusal; the caller rolls back. */
  apply: (state: StateAccess, body: T, context: Context) => void;
}>;

/** Decodes the body of a transaction; bytes of another form are the refusal `malformed`. */
export function decodeBody<T>(layout: Field<T>, bytes: Uint8Array): T {
  try {
    return decode(layout, bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw new Refusal(REFUSAL.malformed, error.message);
    throw error;
  }
}
