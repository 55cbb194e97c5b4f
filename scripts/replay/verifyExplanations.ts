// Asks for the explanation of every step of every auction, and checks each from its witness alone.
import { verifyLiquidation } from '../../rpc/cli/verifyLiquidation.ts';
import type { Door } from './door.ts';

const PAGE = 100;
type Page = { entries: { seq: number }[]; cursor?: string };
type Explanation = { hash: string; evidence: { root: string } };

/** Tells of each explanation whether it holds, and whether its root is that of the receipt. */
export async function verifyExplanations(door: Door, tell: (holds: boolean) => void): Promise<void> {
  const seen = new Set<number>();
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? { limit: PAGE } : { limit: PAGE, cursor };
    const page = (await door.call('liquidation_history', params)) as Page;
    for (const { seq } of page.entries) {
      if (seen.has(seq)) continue;
      seen.add(seq);
      const explanation = (await door.call('liquidation_explain', { seq })) as Explanation;
      const { stateRoot } = (await door.call('chain_getReceipt', { hash: explanation.hash })) as { stateRoot: string };
      tell(verifyLiquidation(explanation, { root: stateRoot }).every(({ ok }) => ok));
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
}
