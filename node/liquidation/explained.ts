/** Which steps are kept with their witness: whoever is sold may ask why, and check the answer. */
import { absorb } from '../../state/transactions/absorb.ts';
import { bid } from '../../state/transactions/bid.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { forced } from '../../state/transactions/forced.ts';
import { socialize } from '../../state/transactions/socialize.ts';
import { startAuction } from '../../state/transactions/startAuction.ts';

/** Bytes of a forced transaction before the action: its type and the sender on L1. */
export const FORCED_HEAD_BYTES = 21;

/** Steps of anybody's, which cannot be forced. */
const STEPS: ReadonlySet<number> = new Set([startAuction, endAuction, absorb, deleverage, socialize].map(({ type }) => type));

export function isExplained(bytes: Uint8Array): boolean {
  const type = bytes[0] === forced.type ? bytes[FORCED_HEAD_BYTES] : bytes[0];
  return type === bid.type || (bytes[0] !== forced.type && STEPS.has(type!));
}
