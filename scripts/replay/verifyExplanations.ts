// Asks for the explanation of every step of every auction, and checks each from its witness alone.
import { verifyLiquidation } from '../../rpc/cli/verifyLiquidation.ts';
import type { Door } from './door.ts';

const PAGE = 100;
type Page = { entries: { seq: number; height: number }[]; cursor?: string };
type Block = { block: { firstSequence: number; transactions: { root: string }[] } };

/** Tells of each explanation whether it holds against the root that the block has of that step. */
export async function verifyExplanations(door: Door, tell: (holds: boolean) => void): Promise<void> {
  const seen = new Set<number>();
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = (await door.call('liquidation_history', params)) as Page;
    for (const { seq, height } of page.entries) {
      if (seen.has(seq)) continue;
      seen.add(seq);
      const explanation = await door.call('liquidation_explain', { seq });
      const { block } = (await door.call('chain_getBlock', { height, transactions: true })) as Block;
      const { root } = block.transactions[seq - block.firstSequence]!;
      tell(verifyLiquidation(explanation, { root }).every(({ ok }) => ok));
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
}
