/** A transaction in several signed forms of one nonce, each paying more: at most one is ever mined. */
import type { TransactionReceipt } from 'viem';
import type { Digest } from '../../state/units.ts';
import type { Fees } from './fees.ts';
import type { L1Provider } from './provider.ts';

/** One signed form. */
export type Variant = Fees & Readonly<{ raw: Digest; hash: Digest }>;

/** What an L1 node answers to a transaction it needs not: it has it, mined it, or has a better one. */
const HARMLESS = /already known|already imported|nonce too low|underpriced|already exists/i;

/** Hands a form to L1. @throws where L1 neither takes it nor has no need of it */
export async function broadcast({ publicClient }: L1Provider, { raw }: Variant): Promise<void> {
  try {
    await publicClient.sendRawTransaction({ serializedTransaction: raw });
  } catch (error) {
    if (!HARMLESS.test((error as Error).message)) throw error;
  }
}

/** The receipt of whichever form was mined, or null. */
export async function receiptOf(
  { publicClient }: L1Provider,
  variants: readonly Variant[],
): Promise<TransactionReceipt | null> {
  for (const { hash } of variants) {
    try {
      return await publicClient.getTransactionReceipt({ hash });
    } catch (error) {
      if ((error as Error).name !== 'TransactionReceiptNotFoundError') throw error;
    }
  }
  return null;
}
