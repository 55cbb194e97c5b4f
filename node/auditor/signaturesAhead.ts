/**
 * Recovers the signatures of posted trades and prices before their steps are replayed: they are half
 * of the work, and the part of it that needs no state. What can not be read is left to the replay.
 */
import { decodePayload } from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import { DecodeError } from '../../state/codec/bytes.ts';
import { decode } from '../../state/codec/layout.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { decodeFlags, orderDigest } from '../../state/transactions/order.ts';
import { postPrices, reportDigest } from '../../state/transactions/postPrices.ts';
import { trade } from '../../state/transactions/trade.ts';
import type { SignatureRecovery } from '../sequencer/recovery.ts';

type Signed = Readonly<{ digest: Uint8Array; signature: CompactSignature }>;

/** Resolves when the signers of the payload's trades and prices are known to `recovery`. */
export const recoverAhead = (payload: Uint8Array, domainSeparator: Uint8Array, recovery: SignatureRecovery): Promise<void> =>
  recoverSigners(bodiesOf(payload), domainSeparator, recovery);

/** The same of transactions. */
export async function recoverSigners(
  bodies: readonly Uint8Array[],
  domainSeparator: Uint8Array,
  recovery: SignatureRecovery,
): Promise<void> {
  const signed = bodies.flatMap((body) => signedIn(body, domainSeparator));
  await Promise.all(signed.map(({ digest, signature }) => recovery.prepare(digest, signature, 'ahead')));
}

function bodiesOf(payload: Uint8Array): Uint8Array[] {
  try {
    return decodePayload(payload).map(({ body }) => body);
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}

function signedIn(body: Uint8Array, domainSeparator: Uint8Array): Signed[] {
  try {
    if (body[0] === trade.type) return ordersOf(body, domainSeparator);
    if (body[0] === postPrices.type) return reportsOf(body, domainSeparator);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return [];
}

function ordersOf(body: Uint8Array, domainSeparator: Uint8Array): Signed[] {
  const { instrument, taker, fills } = decode(trade.layout, body.subarray(1));
  return [taker, ...fills.map(({ maker }) => maker)].flatMap((order) => {
    const flags = decodeFlags(order.flags);
    if (flags === null) return [];
    return { digest: orderDigest(domainSeparator, { instrument, ...order }, flags), signature: order.signature };
  });
}

function reportsOf(body: Uint8Array, domainSeparator: Uint8Array): Signed[] {
  const { points, reports } = decode(postPrices.layout, body.subarray(1));
  return reports.map(({ time, prices, signature }) => ({
    digest: reportDigest(domainSeparator, points, time, prices),
    signature,
  }));
}
