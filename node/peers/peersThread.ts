/** The thread of the peers: libp2p lives here, and what comes from strangers is read and judged here. */
import { parentPort, workerData } from 'node:worker_threads';
import { TopicValidatorResult, type MeshPeer, type Message } from '@libp2p/gossipsub';
import type { Connection, PeerId } from '@libp2p/interface';
import { blockHash, headerLayout } from '../chain/block.ts';
import { TurnoverMap } from '../collections/turnoverMap.ts';
import { fromHex, Reader } from '../../state/codec/bytes.ts';
import { signature } from '../../state/codec/signature.ts';
import type { Address } from '../../state/units.ts';
import { Client } from './client.ts';
import { Counters } from './counters.ts';
import { Dialer } from './dialer.ts';
import { createHost, type Host } from './host.ts';
import { identityIn } from './identity.ts';
import { judgeBlock } from './judgement.ts';
import { ANSWERS, CONNECTIONS_MAX, MESSAGE_BYTES_MAX, QUEUE, type Topic } from './limits.ts';
import { Outbox } from './outbox.ts';
import { PeersError } from './peersError.ts';
import { Server } from './server.ts';
import { Standings } from './standing.ts';
import {
  buffersOf,
  copied,
  type Answer,
  type Facts,
  type PeerFacts,
  type ThreadOptions,
  type ToMain,
  type ToThread,
} from './thread.ts';
import { Variants } from './variants.ts';
import { withResolvers, type Resolvers } from './withResolvers.ts';
import { topicName, unpackHead, type Head, type Request } from './wire.ts';

/** Facts are told this long after they change, all that changed meanwhile at once, and every second. */
const FACTS_MILLIS = 50;
const FACTS_EVERY_MILLIS = 1_000;
/** A connection on which gossip has not come to be by then is of no use; a new one may be. */
const GOSSIP_MILLIS_MAX = 10_000;

const MISSED_STATUSES_MAX = 3;

const port = parentPort!;
const options = workerData as ThreadOptions;
const { timing, chain } = options;
const domainSeparator = fromHex(chain);

const tell = (message: ToMain, handed: ArrayBuffer[] = []): void => port.postMessage(message, handed);
const trouble = (what: string, error: unknown): void =>
  tell({ kind: 'trouble', what, message: error instanceof Error ? error.message : String(error) });

class PeersThread {
  readonly #host: Host;
  readonly #standings: Standings;
  readonly #server: Server;
  readonly #client: Client;
  readonly #dialer: Dialer;
  readonly #variants = new Variants((a, b) => tell({ kind: 'equivocation', a, b }));
  readonly #heads = new Map<string, Head | null>();
  /** Neighbours in the mesh of blocks. */
  readonly #mesh = new Set<string>();
  readonly #missedStatuses = new Map<string, number>();
  readonly #since = new Map<string, number>();
  readonly #outboxes: Readonly<Record<Topic, Outbox>>;
  readonly #gossip = new Counters();
  readonly #looking = new TurnoverMap<number, Resolvers<readonly Uint8Array[] | null>>();
  #looks = 0;
  #signers: readonly Address[] = options.signers;
  #bytesIn = 0;
  #bytesOut = 0;
  #factsTimer: NodeJS.Timeout | null = null;
  /** Whether somebody was told that blocks come from the future: once is enough until they do not. */
  #isAheadTold = false;

  static async open(): Promise<void> {
    const key = await identityIn(options.directory);
    let host: Host | null = null;
    const standings: Standings = new Standings(timing.banMillis, (peer) => {
      for (const connection of host!.getConnections()) {
        if (connection.remotePeer.toString() === peer) connection.abort(new Error('banned'));
      }
    });
    host = await createHost(options, key, standings);
    const thread = new PeersThread(host, standings);
    await thread.#start();
  }

  private constructor(host: Host, standings: Standings) {
    this.#host = host;
    this.#standings = standings;
    const outboxOf = (topic: Topic): Outbox =>
      new Outbox(QUEUE[topic], (id, bytes, peer) =>
        tell({ kind: 'gossip', id, topic, bytes, peer }, buffersOf([bytes])),
      );
    this.#outboxes = { blocks: outboxOf('blocks'), book: outboxOf('book') };
    const look = (request: Request): Promise<readonly Uint8Array[] | null> => this.#look(request);
    this.#server = new Server(host, timing, standings, look, (peer, head) => this.#heard(peer, head));
    this.#client = new Client({
      host,
      timing,
      standings,
      chain,
      variants: this.#variants,
      signers: () => this.#signers,
      heads: this.#heads,
    });
    this.#dialer = new Dialer(host, options.bootstrap, timing);
  }

  async #start(): Promise<void> {
    const host = this.#host;
    await this.#server.start(chain);
    host.addEventListener('peer:connect', ({ detail }) => {
      this.#since.set(detail.toString(), Date.now());
      void this.#status(detail.toString());
      this.#changed();
    });
    host.addEventListener('peer:disconnect', ({ detail }) => {
      this.#since.delete(detail.toString());
      this.#heads.delete(detail.toString());
      this.#mesh.delete(detail.toString());
      this.#missedStatuses.delete(detail.toString());
      this.#changed();
    });
    host.addEventListener('peer:discovery', ({ detail }) => {
      // Half of the room is for those who come by themselves.
      if (host.getConnections().length < CONNECTIONS_MAX / 2) host.dial(detail.id).catch(() => {});
    });
    const gossip = host.services.gossip;
    gossip.addEventListener('gossipsub:graft', ({ detail }) => this.#meshed(detail, true));
    gossip.addEventListener('gossipsub:prune', ({ detail }) => this.#meshed(detail, false));
    gossip.topicValidators.set(topicName(chain, 'blocks'), (peer, message) => this.#onBlock(peer, message));
    gossip.topicValidators.set(topicName(chain, 'book'), (peer, message) => this.#onBook(peer, message));
    try {
      await host.start();
    } catch (error) {
      throw new PeersError('LISTEN_FAILED', (error as Error).message);
    }
    gossip.subscribe(topicName(chain, 'blocks'));
    gossip.subscribe(topicName(chain, 'book'));
    port.on('message', (message: ToThread) => this.#on(message));
    this.#dialer.start();
    setInterval(() => this.#tick(), timing.statusMillis);
    setInterval(() => this.#tellFacts(), FACTS_EVERY_MILLIS);
    tell({ kind: 'opened', id: host.peerId.toString(), facts: this.#facts() });
  }

  #on(message: ToThread): void {
    switch (message.kind) {
      case 'publish':
        return void this.#publish(message.topic, message.bytes);
      case 'judged':
        return this.#outboxes[message.topic].judged(message.id, message.verdict);
      case 'ask':
        return void this.#ask(message.id, message.request, message.bytesMax, message.everyone);
      case 'served':
        return this.#looking.get(message.id)?.resolve(message.parts);
      case 'failed':
        return this.#looking.get(message.id)?.reject(new Error('the node could not look'));
      case 'report':
        this.#standings.offend(message.peer, message.offence);
        return this.#changed();
      case 'signers':
        this.#signers = message.signers;
        return this.#variants.forget();
      case 'close':
        return void this.#close();
    }
  }

  /* GOSSIP */

  async #publish(topic: Topic, bytes: Uint8Array): Promise<void> {
    const { length } = bytes;
    if (topic === 'blocks') {
      const r = new Reader(bytes);
      const header = headerLayout.read(r);
      this.#variants.isNew({ header, hash: blockHash(header), signature: signature.read(r) });
    }
    try {
      await this.#host.services.gossip.publish(topicName(chain, topic), bytes);
      this.#gossip.add(`${topic}.published`);
      this.#bytesOut += length;
    } catch (error) {
      trouble('publishing', error);
    }
    tell({ kind: 'published', bytes: length });
  }

  #meshed({ peerId, topic }: MeshPeer, isIn: boolean): void {
    if (topic !== topicName(chain, 'blocks')) return;
    if (isIn) this.#mesh.add(peerId);
    else this.#mesh.delete(peerId);
    this.#changed();
  }

  #onBlock(id: PeerId, { data }: Message): TopicValidatorResult {
    const peer = id.toString();
    this.#bytesIn += data.length;
    this.#changed();
    const judged = judgeBlock(data, domainSeparator, this.#signers[0]!, this.#variants, Math.floor(Date.now() / 1_000));
    this.#gossip.add(`blocks.${judged.result}`);
    if (judged.verdict === 'reject') this.#standings.offend(peer, 'invalid');
    if (judged.block !== null && judged.result !== 'ahead') this.#showed(peer, judged.block);
    if (judged.result === 'ahead' && !this.#isAheadTold) {
      trouble('clock', `block ${judged.block!.header.height} is from the future: compare the clock of this machine`);
    }
    this.#isAheadTold = judged.result === 'ahead' || (this.#isAheadTold && judged.result !== 'accepted');
    // What is passed on stays with the gossip: the main thread is given bytes of its own.
    if (judged.verdict === 'accept') this.#outboxes.blocks.put(copied(data), peer, () => {});
    return judged.verdict as TopicValidatorResult;
  }

  /** What the book's messages say only the main thread knows; until it said so they go nowhere. */
  async #onBook(id: PeerId, { data }: Message): Promise<TopicValidatorResult> {
    const peer = id.toString();
    this.#bytesIn += data.length;
    this.#changed();
    if (data.length > MESSAGE_BYTES_MAX.book) {
      this.#gossip.add('book.oversized');
      this.#standings.offend(peer, 'invalid');
      return TopicValidatorResult.Reject;
    }
    const judged = withResolvers<TopicValidatorResult>();
    const timer = setTimeout(() => judged.resolve(TopicValidatorResult.Ignore), timing.judgementMillis);
    this.#outboxes.book.put(copied(data), peer, (verdict) => judged.resolve(verdict as TopicValidatorResult));
    const verdict = await judged.promise;
    clearTimeout(timer);
    this.#gossip.add(`book.${RESULT[verdict]}`);
    if (verdict === TopicValidatorResult.Reject) this.#standings.offend(peer, 'invalid');
    return verdict;
  }

  /* REQUESTS */

  async #ask(id: number, request: Request, bytesMax: number, everyone: boolean): Promise<void> {
    try {
      const answers: readonly Answer[] = everyone
        ? await this.#client.every(request, bytesMax)
        : [await this.#client.first(request, bytesMax)];
      tell({ kind: 'answers', id, answers }, answers.flatMap(({ parts }) => buffersOf(parts)));
    } catch (error) {
      if (!(error instanceof PeersError)) throw error;
      tell({ kind: 'refused', id, code: error.code, message: error.message });
    }
  }

  async #look(request: Request): Promise<readonly Uint8Array[] | null> {
    const id = this.#looks++;
    const looking = withResolvers<readonly Uint8Array[] | null>();
    this.#looking.set(id, looking);
    const timer = setTimeout(() => looking.reject(new Error('the node is too busy to look')), timing.stepMillis);
    tell({ kind: 'serve', id, request });
    try {
      return await looking.promise;
    } finally {
      clearTimeout(timer);
      this.#looking.delete(id);
    }
  }

  /* HEADS */

  async #status(peer: string): Promise<void> {
    let head: Head | null;
    try {
      head = unpackHead((await this.#look({ subject: 'status', head: null }))![0]!);
    } catch {
      return; // A main thread this busy has nothing to say now; the next tick asks again.
    }
    const answer = await this.#client.ask(peer, { subject: 'status', head }, ANSWERS.status.bytesMax);
    if (typeof answer === 'string') return this.#missed(peer, answer === 'ERROR');
    this.#missed(peer, false);
    try {
      this.#heard(peer, unpackHead(answer.parts[0]!));
    } catch {
      this.#standings.offend(peer, 'invalid');
    }
  }

  /** A connection over which nothing comes back is closed; its peer is dialled anew where it was dialled before. */
  #missed(peer: string, isMissed: boolean): void {
    const missed = isMissed ? (this.#missedStatuses.get(peer) ?? 0) + 1 : 0;
    this.#missedStatuses.set(peer, missed);
    if (missed < MISSED_STATUSES_MAX) return;
    for (const connection of this.#connectionsOf(peer)) connection.abort(new Error('it does not answer'));
  }

  #connectionsOf(peer: string): Connection[] {
    return this.#host.getConnections().filter(({ remotePeer }) => remotePeer.toString() === peer);
  }

  #heard(peer: string, head: Head | null): void {
    if (!this.#since.has(peer)) return;
    this.#heads.set(peer, head);
    this.#changed();
  }

  /** A peer that sends a block has it, whatever it said last. */
  #showed(peer: string, { header, hash }: Readonly<{ header: { height: number }; hash: Head['hash'] }>): void {
    if ((this.#heads.get(peer)?.height ?? 0) < header.height) this.#heard(peer, { height: header.height, hash });
  }

  #tick(): void {
    for (const connection of this.#host.getConnections()) {
      const isOld = connection.timeline.open < Date.now() - GOSSIP_MILLIS_MAX;
      const gossips = connection.streams.some((stream) => stream.direction === 'outbound' && isGossip(stream.protocol));
      if (isOld && !gossips && this.#host.getConnections(connection.remotePeer).length === 1) {
        connection.close().catch(() => {});
      }
    }
    for (const peer of this.#since.keys()) void this.#status(peer);
  }

  /* FACTS */

  #changed(): void {
    this.#factsTimer ??= setTimeout(() => this.#tellFacts(), FACTS_MILLIS);
  }

  #tellFacts(): void {
    if (this.#factsTimer !== null) clearTimeout(this.#factsTimer);
    this.#factsTimer = null;
    tell({ kind: 'facts', facts: this.#facts() });
  }

  #facts(): Facts {
    const host = this.#host;
    const peers = host.getPeers().map((peerId): PeerFacts => {
      const id = peerId.toString();
      return {
        id,
        address: host.getConnections(peerId)[0]?.remoteAddr.toString() ?? '',
        head: this.#heads.get(id) ?? null,
        score: this.#standings.scoreOf(id),
        connectedSinceMillis: this.#since.get(id) ?? Date.now(),
        gossips: this.#mesh.has(id),
      };
    });
    const { blocks, book } = this.#outboxes;
    return {
      peers,
      addresses: host.getMultiaddrs().map((address) => address.toString()),
      figures: {
        connected: peers.length,
        bans: this.#standings.bans,
        gossip: this.#gossip.all(),
        asked: this.#client.counters.all(),
        served: this.#server.counters.all(),
        queued: { blocks: blocks.queued, book: book.queued },
        dropped: { blocks: blocks.dropped, book: book.dropped },
        bytesIn: this.#bytesIn + this.#client.bytesIn,
        bytesOut: this.#bytesOut + this.#server.bytesOut,
      },
    };
  }

  /** The main thread waits a bounded time for this. */
  async #close(): Promise<void> {
    this.#dialer.stop();
    await this.#host.stop();
    process.exit(0);
  }
}

const RESULT = { accept: 'accepted', ignore: 'ignored', reject: 'rejected' } as const;
const isGossip = (protocol: string): boolean => protocol.startsWith('/meshsub/');

try {
  await PeersThread.open();
} catch (error) {
  const code = error instanceof PeersError ? error.code : 'LISTEN_FAILED';
  tell({ kind: 'notOpened', code, message: (error as Error).message });
}
