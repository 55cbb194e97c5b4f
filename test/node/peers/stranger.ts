/** A libp2p node that is none of ours: it speaks the protocols of a chain and says what a test wants it to say. */
import '../../../node/peers/withResolvers.ts';
import { randomBytes } from 'node:crypto';
import { gossipsub, type GossipSub } from '@libp2p/gossipsub';
import { identify, type Identify } from '@libp2p/identify';
import type { Libp2p, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { Incoming, framed, write } from '../../../node/peers/frames.ts';
import { ANSWERS, HEAD_BYTES_MAX, REQUEST_BYTES_MAX, type Subject, type Topic } from '../../../node/peers/limits.ts';
import {
  packAnswerHead,
  packHead,
  protocolName,
  topicName,
  unpackAnswerHead,
  unpackRequest,
  type AnswerHead,
  type Head,
  type Request,
} from '../../../node/peers/wire.ts';
import { CHAIN, Watched } from './rig.ts';

const STEP_MILLIS = 20_000;
const soon = (): AbortSignal => AbortSignal.timeout(STEP_MILLIS);

type Say = (stream: Stream, request: Request) => Promise<void>;

export class Stranger {
  readonly node: Libp2p<{ identify: Identify; gossip: GossipSub }>;
  readonly connected = new Watched(0);
  /** Neighbours in the mesh of blocks. */
  readonly meshed = new Watched<readonly string[]>([]);

  /** `head` is what it says it has. */
  static async open(head: Head | null, says: Partial<Record<Subject, Say>> = {}): Promise<Stranger> {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        gossip: gossipsub({
          globalSignaturePolicy: 'StrictNoSign',
          allowPublishToZeroTopicPeers: true,
          // It says what it likes as often as it likes.
          msgIdFn: () => randomBytes(20),
        }),
      },
    });
    const stranger = new Stranger(node);
    const status: Say = (stream) => answer(stream, [packHead(head)]);
    for (const [subject, say] of Object.entries({ status, ...says }) as [Subject, Say][]) {
      await node.handle(protocolName(CHAIN, subject), async (stream) => {
        const incoming = new Incoming(stream, 4 + REQUEST_BYTES_MAX, STEP_MILLIS, soon());
        const frame = await incoming.frame(REQUEST_BYTES_MAX);
        // Who it speaks to may hang up on it.
        await say(stream, unpackRequest(subject, frame)).catch(() => {});
      });
    }
    return stranger;
  }

  private constructor(node: Stranger['node']) {
    this.node = node;
    node.addEventListener('peer:connect', () => this.connected.set(node.getPeers().length));
    node.addEventListener('peer:disconnect', () => this.connected.set(node.getPeers().length));
    node.services.gossip.addEventListener('gossipsub:graft', ({ detail: { peerId, topic } }) => {
      if (topic === topicName(CHAIN, 'blocks')) this.meshed.set([...this.meshed.value, peerId]);
    });
    for (const topic of ['blocks', 'book'] as const) node.services.gossip.subscribe(topicName(CHAIN, topic));
  }

  get id(): string {
    return this.node.peerId.toString();
  }

  async dial(address: string): Promise<void> {
    await this.node.dial(multiaddr(address));
  }

  async gossip(topic: Topic, bytes: Uint8Array): Promise<void> {
    await this.node.services.gossip.publish(topicName(CHAIN, topic), bytes);
  }

  /** Sends `bytes` as a request and gives the head of the answer. */
  async ask(subject: Subject, bytes: Uint8Array): Promise<AnswerHead> {
    const stream = await this.stream(subject);
    const incoming = new Incoming(stream, 4 + HEAD_BYTES_MAX + ANSWERS[subject].bytesMax, STEP_MILLIS, soon());
    await write(stream, bytes, STEP_MILLIS);
    await stream.close();
    return unpackAnswerHead(subject, await incoming.frame(HEAD_BYTES_MAX));
  }

  stream(subject: Subject): Promise<Stream> {
    return this.node.getConnections()[0]!.newStream(protocolName(CHAIN, subject));
  }
}

/** An answer as an honest peer gives it. */
export async function answer(stream: Stream, parts: readonly Uint8Array[]): Promise<void> {
  const head: AnswerHead =
    parts.length === 0 ? { code: 'NONE', lengths: [] } : { code: 'OK', lengths: parts.map(({ length }) => length) };
  await write(stream, framed(packAnswerHead(head)), STEP_MILLIS);
  for (const part of parts) await write(stream, part, STEP_MILLIS);
  await stream.close();
}
