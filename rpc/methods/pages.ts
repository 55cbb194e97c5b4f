/** Pages of histories: the cursor is the sequence number of the last item seen. */
import { RpcError } from '../schema/errors.ts';

export function cursorOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const before = Number(cursor);
  if (/^\d+$/.test(cursor) && Number.isSafeInteger(before)) return before;
  throw new RpcError('INVALID_PARAMS', { param: 'cursor', expected: 'the cursor of an earlier page' });
}

/**
 * A page of `entries`, newest first. Entries of one sequence number are never split by a cursor:
 * a cut one waits for the next page, unless nothing else would be left.
 */
export function pageOf<T>(
  entries: readonly T[],
  limit: number,
  sequenceOf: (entry: T) => number,
): { items: readonly T[]; next: { cursor?: string } } {
  const last = entries.at(-1);
  if (last === undefined || entries.length < limit) return { items: entries, next: {} };
  const cut = sequenceOf(last);
  const whole = entries.filter((entry) => sequenceOf(entry) !== cut);
  const lastWhole = whole.at(-1);
  if (lastWhole === undefined) return { items: entries, next: { cursor: String(cut) } };
  return { items: whole, next: { cursor: String(sequenceOf(lastWhole)) } };
}
