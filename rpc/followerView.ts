/** A follower as the methods see it: everything is its own but where actions take effect. */
import type { FollowerNode } from '../node/follower/followerNode.ts';
import { existing } from '../state/access.ts';
import { CHAIN } from '../state/records/chain.ts';
import { viewOfL1 } from './l1View.ts';
import type { Forwarder, NodeView } from './methods/view.ts';
import { followerOperation } from './operation/followerOperation.ts';

export function viewOfFollower(node: FollowerNode, forwarder?: Forwarder): NodeView {
  const { follower, network, binding, deployment, clock, store, withdrawals } = node;
  const { executor, history, heads, watcher, chain } = follower;
  return {
    ...{ network, binding, deployment, clock, store, executor, history },
    desk: node.book,
    screen: () => node.screen,
    get sequencerAddress() {
      return follower.sequencer;
    },
    domainSeparator: existing(executor.state, CHAIN, 0).domainSeparator,
    onBlock: (listener) => chain.onBlock(listener),
    ...(forwarder === undefined ? {} : { forwarder }),
    ...viewOfL1({ heads, watcher, withdrawals }),
    ...followerOperation(node),
    equivocations: () => follower.equivocations.all,
  };
}
