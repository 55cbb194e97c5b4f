/** What a node that has peers can count of them. Labels are names of our own: a peer can make no new ones. */
import type { Meter } from '../../node/ports/operation.ts';
import type { Peers } from '../../node/peers/peers.ts';
import { byLabel } from './byLabel.ts';

export const peerMeters = (peers: Peers): Meter[] => [
  {
    name: 'tidepool_peers',
    help: 'Peers that are connected.',
    type: 'gauge',
    read: () => peers.figures().connected,
  },
  {
    name: 'tidepool_peer_bans_total',
    help: 'Peers that were cut off for what they sent.',
    type: 'counter',
    read: () => peers.figures().bans,
  },
  {
    name: 'tidepool_gossip_messages_total',
    help: 'Messages of the gossip by topic and what became of them.',
    type: 'counter',
    read: () => byLabel('result', peers.figures().gossip),
  },
  {
    name: 'tidepool_gossip_queue_depth',
    help: 'Messages that wait for this node, by topic.',
    type: 'gauge',
    read: () => byLabel('topic', peers.figures().queued),
  },
  {
    name: 'tidepool_gossip_dropped_total',
    help: 'Messages that this node did not take in time, by topic; ranges bring what they held.',
    type: 'counter',
    read: () => byLabel('topic', peers.figures().dropped),
  },
  {
    name: 'tidepool_peer_requests_total',
    help: 'What was asked of peers, by subject and result.',
    type: 'counter',
    read: () => byLabel('result', peers.figures().asked),
  },
  {
    name: 'tidepool_peer_answers_total',
    help: 'What peers asked of this node, by subject and result.',
    type: 'counter',
    read: () => byLabel('result', peers.figures().served),
  },
  {
    name: 'tidepool_peer_received_bytes_total',
    help: 'Bytes from peers.',
    type: 'counter',
    read: () => peers.figures().bytesIn,
  },
  {
    name: 'tidepool_peer_sent_bytes_total',
    help: 'Bytes to peers.',
    type: 'counter',
    read: () => peers.figures().bytesOut,
  },
];
