/** What a node that follows L1 answers of it: heads, batches, proofs for withdrawals. */
import type { Heads as FollowedHeads } from '../node/l1/heads.ts';
import type { Watcher } from '../node/l1/watcher.ts';
import type { WithdrawalProofs } from '../node/l1/withdrawalProofs.ts';
import type { BatchFacts, NodeView } from './methods/view.ts';

export type L1Parts = Readonly<{ heads: FollowedHeads; watcher: Watcher; withdrawals: WithdrawalProofs }>;

export function viewOfL1({ heads, watcher, withdrawals }: L1Parts): Pick<NodeView, 'heads' | 'proofs' | 'batches'> {
  const safetyOf = (height: number): BatchFacts['safety'] => {
    const safety = heads.safetyOf(height);
    return safety === 'soft' ? 'posted' : safety;
  };
  return {
    heads,
    proofs: {
      withdrawal: async (index) => (await withdrawals.of(index)) ?? undefined,
    },
    batches: {
      get: async (index) => {
        const batch = watcher.batches[index];
        if (batch === undefined) return undefined;
        const { header } = batch;
        return {
          index,
          hash: batch.hash,
          parentHash: header.parentHash,
          preRoot: header.preRoot,
          postRoot: header.postRoot,
          firstHeight: Number(header.firstHeight),
          lastHeight: Number(header.lastHeight),
          transactions: header.txCount,
          payloadHash: header.payloadHash,
          payloadBytes: header.payloadBytes,
          safety: safetyOf(Number(header.lastHeight)),
          l1Transaction: batch.transactionHash,
        };
      },
    },
  };
}
