/** The libp2p node: TCP, noise, yamux, gossipsub; limits on everything that a stranger can make it hold. */
import './withResolvers.ts';
import { createHash } from 'node:crypto';
import { gossipsub, type GossipSub, type Message } from '@libp2p/gossipsub';
import { identify, type Identify } from '@libp2p/identify';
import type { Connection, Libp2p, MultiaddrConnection, PeerId, PrivateKey } from '@libp2p/interface';
import { mdns } from '@libp2p/mdns';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_MAX,
  GOSSIP_FRAME_BYTES_MAX,
  GOSSIP_UNSENT_BYTES_MAX,
  type Topic,
} from './limits.ts';
import type { Standings } from './standing.ts';
import type { ThreadOptions } from './thread.ts';
import { topicName } from './wire.ts';

export type Host = Libp2p<{ identify: Identify; gossip: GossipSub }>;

const MESSAGE_ID_BYTES = 20;
/** Gossip is passed on by 8 neighbours, 6 to 12; a heartbeat mends what is missing. */
const MESH = { D: 8, Dlo: 6, Dhi: 12, heartbeatInterval: 500 } as const;
/** What one frame may make this node decode: more than any honest peer packs into one. */
const DECODE_LIMITS = {
  maxSubscriptions: 16,
  maxMessages: 128,
  maxIhaveMessageIDs: 1_024,
  maxIwantMessageIDs: 1_024,
  maxIdontwantMessageIDs: 512,
  maxControlMessages: 16,
  maxPeerInfos: 16,
} as const;
/** What is refused counts squared: beside what the standing says, which is a part of the score as well. */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.1,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 50,
  // A chain may be idle: nobody is blamed for silence.
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.97,
} as const;

/** Id of a message: what it says, so that the same bytes are the same message whoever sends them. */
function messageId({ topic, data }: Message): Uint8Array {
  const hash = createHash('sha256').update(topic).update(data).digest();
  return new Uint8Array(hash.buffer, hash.byteOffset, MESSAGE_ID_BYTES);
}

/** The network address in `/ip4/1.2.3.4/tcp/5`. */
export const addressOf = (connection: Pick<Connection | MultiaddrConnection, 'remoteAddr'>): string =>
  connection.remoteAddr.toString().split('/')[2] ?? '';

/** Not started yet: handlers must be in place before the first peer comes. */
export async function createHost(options: ThreadOptions, key: PrivateKey, standings: Standings): Promise<Host> {
  const topics = (['blocks', 'book'] as const).map((topic: Topic) => topicName(options.chain, topic));
  const isBanned = (peer: PeerId): boolean => standings.isBanned(peer.toString());
  const host: Host = await createLibp2p({
    start: false,
    privateKey: key,
    addresses: { listen: [...options.listen] },
    transports: [tcp({ maxConnections: 2 * CONNECTIONS_MAX, backlog: 16 })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: 64, maxOutboundStreams: 64 })],
    peerDiscovery: options.mdns ? [mdns({ serviceTag: `_tidepool-${options.chain.slice(2, 10)}._udp.local` })] : [],
    connectionManager: { maxConnections: CONNECTIONS_MAX, inboundConnectionThreshold: 16 },
    // The exchange of heads shows who is alive; the monitor's pings cut off whoever is busy for two seconds.
    connectionMonitor: { enabled: false },
    connectionGater: {
      denyDialPeer: isBanned,
      denyInboundEncryptedConnection: isBanned,
      denyOutboundEncryptedConnection: isBanned,
      denyInboundConnection: (incoming) => {
        const address = addressOf(incoming);
        const same = host.getConnections().filter((connection) => addressOf(connection) === address);
        return same.length >= CONNECTIONS_PER_ADDRESS_MAX;
      },
    },
    nodeInfo: { name: 'tidepool', version: '1', userAgent: 'tidepool/1' },
    services: {
      identify: identify(),
      gossip: gossipsub({
        ...MESH,
        globalSignaturePolicy: 'StrictNoSign',
        msgIdFn: messageId,
        allowedTopics: topics,
        allowPublishToZeroTopicPeers: true,
        ignoreDuplicatePublishError: true,
        fallbackToFloodsub: false,
        floodPublish: false,
        batchPublish: true,
        emitSelf: false,
        decodeRpcLimits: DECODE_LIMITS,
        maxInboundDataLength: GOSSIP_FRAME_BYTES_MAX,
        maxOutboundBufferSize: GOSSIP_UNSENT_BYTES_MAX,
        maxInboundStreams: 2,
        maxOutboundStreams: 2,
        scoreParams: {
          topics: Object.fromEntries(topics.map((topic) => [topic, TOPIC_SCORE])) as never,
          appSpecificScore: (peer: string) => standings.scoreOf(peer),
          appSpecificWeight: 1,
          // Followers of one operator share an address; what an address may do is limited at the door.
          IPColocationFactorWeight: 0,
          retainScore: options.timing.banMillis,
        },
        // The standing cuts off who sends what is invalid; this is for who repeats it, which no validator sees.
        scoreThresholds: { gossipThreshold: -60, publishThreshold: -100, graylistThreshold: -200 },
      }),
    },
  });
  return host;
}
