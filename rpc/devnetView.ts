/** A devnet as the methods see it: the node, its contracts, its heads, and what only the L1 link knows. */
import type { Devnet } from '../node/devnet.ts';
import type { BatchFacts, NodeView } from './methods/view.ts';
import { sequencerOperation } from './operation/sequencerOperation.ts';

export function viewOf(devnet: Devnet): NodeView {
  const { node, deployment, heads, watcher } = devnet;
  const safetyOf = (height: number): BatchFacts['safety'] => {
    const safety = heads.safetyOf(height);
    return safety === 'soft' ? 'posted' : safety;
  };
  return {
    network: node.network,
    binding: node.binding,
    clock: node.clock,
    store: node.store,
    executor: node.executor,
    sequencer: node.sequencer,
    deployment,
    heads,
    ...sequencerOperation(devnet),
    proofs: {
      withdrawal: async (index) => (await devnet.withdrawalProof(index)) ?? undefined,
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
