/** One step over a draft: the same code for the whole state and for a witness of it. */
import type { Draft } from './access.ts';
import { MAX_TRANSACTION_BYTES } from './constants.ts';
import { Refusal, require } from './errors.ts';
import { REFUSAL } from './refusals.ts';
import { transactionOf } from './transactions/all.ts';
import { decodeBody, type Context } from './transactions/context.ts';

/** A transaction was applied, or refused by rule `code` (changing only what the rule keeps). */
export type Outcome =
  | Readonly<{ ok: true }>
  | Readonly<{ ok: false; code: number; detail: string; party: number | undefined }>;

/** Runs one transaction over `draft`. Total: any bytes have exactly one outcome. */
export function runStep(draft: Draft, bytes: Uint8Array, context: Context): Outcome {
  try {
    require(bytes.length <= MAX_TRANSACTION_BYTES, REFUSAL.malformed, () => `${bytes.length} bytes`);
    const type = transactionOf(bytes[0]);
    if (type === undefined) throw new Refusal(REFUSAL.unknown_transaction_type, `type ${bytes[0]}`);
    type.apply(draft, decodeBody(type.layout, bytes.subarray(1)), context);
    return { ok: true };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    draft.rollback();
    return { ok: false, code: thrown.code, detail: thrown.detail, party: thrown.party };
  }
}
