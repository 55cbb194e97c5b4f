/** Which steps are kept with their witness: whoever is sold may ask why, and check the answer. */
import { bid } from '../../state/transactions/bid.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { forced } from '../../state/transactions/forced.ts';
import { startAuction } from '../../state/transactions/startAuction.ts';

/** Bytes of a forced transaction before the action: its type and the sender on L1. */
export const FORCED_HEAD_BYTES = 21;

export function isExplained(bytes: Uint8Array): boolean {
  const type = bytes[0] === forced.type ? bytes[FORCED_HEAD_BYTES] : bytes[0];
  return type === bid.type || (bytes[0] !== forced.type && (type === startAuction.type || type === endAuction.type));
}
