/** A devnet as the methods see it: the node, its contracts, its heads, and what only the L1 link knows. */
import type { Devnet } from '../node/devnet.ts';
import { viewOfL1 } from './l1View.ts';
import type { NodeView } from './methods/view.ts';
import { sequencerOperation } from './operation/sequencerOperation.ts';
import { viewOfSequencer } from './sequencerView.ts';

export function viewOf(devnet: Devnet): NodeView {
  const { node, deployment } = devnet;
  return {
    ...viewOfSequencer(node.sequencer),
    network: node.network,
    binding: node.binding,
    clock: node.clock,
    store: node.store,
    deployment,
    ...viewOfL1(devnet),
    ...sequencerOperation(devnet),
    equivocations: () => devnet.publication.equivocations.all,
  };
}
