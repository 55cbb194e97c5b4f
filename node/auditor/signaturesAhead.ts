/**
 * Recovers the signatures of posted trades before their steps are replayed: they are most of the
 * work, and the one part of it that needs no state. What can not be read here is left to the replay.
 */
import { decodePayload } from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import { Refusal } from '../../state/errors.ts';
import { decodeBody } from '../../state/transactions/context.ts';
import { decodeFlags, orderDigest } from '../../state/transactions/order.ts';
import { trade } from '../../state/transactions/trade.ts';
import type { SignatureRecovery } from '../sequencer/recovery.ts';

/** Resolves when the signatures of the payload's trades are known to `recovery`. */
export async function recoverAhead(
  payload: Uint8Array,
  domainSeparator: Uint8Array,
  recovery: SignatureRecovery,
): Promise<void> {
  const pending: unknown[] = [];
  for (const body of bodiesOf(payload)) {
    const posted = tradeOf(body);
    if (posted === null) continue;
    const { instrument, taker, fills } = posted;
    for (const order of [taker, ...fills.map(({ maker }) => maker)]) {
      const flags = decodeFlags(order.flags);
      if (flags === null) continue;
      pending.push(recovery.prepare(orderDigest(domainSeparator, { ...order, instrument }, flags), order.signature));
    }
  }
  await Promise.all(pending);
}

function bodiesOf(payload: Uint8Array): Uint8Array[] {
  try {
    return decodePayload(payload).map(({ body }) => body);
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}

function tradeOf(body: Uint8Array) {
  if (body[0] !== trade.type) return null;
  try {
    return decodeBody(trade.layout, body.subarray(1));
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
