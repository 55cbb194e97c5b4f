/** What only a node that follows can doubt and count: how far behind it is, and whether it still agrees. */
import { gapText } from '../../node/follower/followedBook.ts';
import type { FollowerNode } from '../../node/follower/followerNode.ts';
import type { Doubt, Meter } from '../../node/ports/operation.ts';
import { l1Operation } from './l1Operation.ts';
import { peerMeters } from './peerMeters.ts';

export function followerOperation({ follower, clock, peers, book }: FollowerNode): { doubts: () => Doubt[]; meters: Meter[] } {
  const l1 = l1Operation(follower.watcher, clock);
  const meters: Meter[] = [
    {
      name: 'tidepool_follower_lag_blocks',
      help: 'Blocks that somebody is known to have and this node has not executed.',
      type: 'gauge',
      read: () => follower.lagBlocks,
    },
    {
      name: 'tidepool_block_delay_seconds',
      help: 'From the second in which a block was opened to its execution here; whole seconds at the source.',
      type: 'histogram',
      read: () => follower.blockDelaySeconds,
    },
    {
      name: 'tidepool_divergence_total',
      help: '1 once a block or batch was found to be wrong; divergence.json tells which.',
      type: 'counter',
      read: () => (follower.disagreement === null ? 0 : 1),
    },
    {
      name: 'tidepool_equivocations_total',
      help: 'Heights of which the sequencer was seen to sign two blocks.',
      type: 'counter',
      read: () => follower.equivocations.all.length,
    },
    ...l1.meters,
    ...(peers === null ? [] : peerMeters(peers)),
  ];
  const bookDoubts = (): Doubt[] =>
    peers === null || book.gap === null ? [] : [{ code: 'SYNCING', detail: gapText(book.gap) }];
  return { doubts: () => [...follower.doubts(), ...bookDoubts(), ...l1.doubts()], meters };
}
