/**
 * The node among others: gossips blocks and the book, asks for ranges and snapshots, answers the same.
 * libp2p runs in a thread of its own, where everything that comes from strangers is checked as far as
 * that needs no state; only bytes that were checked cross over, and no more than this side takes.
 */
import { Worker } from 'node:worker_threads';
import type { SealedBlock } from '../chain/block.ts';
import { decodeBlock, encodeBlock } from '../chain/blockWire.ts';
import { TurnoverMap } from '../collections/turnoverMap.ts';
import type { Address, Digest } from '../../state/units.ts';
import {
  ANSWERS,
  BLOCKS_PER_ANSWER_MAX,
  MESSAGE_BYTES_MAX,
  TIMING,
  UNPUBLISHED_BYTES_MAX,
  type Timing,
  type Topic,
} from './limits.ts';
import { PeersError } from './peersError.ts';
import { partsIn, type PeerSource } from './source.ts';
import {
  buffersOf,
  copied,
  type Answer,
  type Facts,
  type PeerFacts,
  type PeersFigures,
  type ThreadOptions,
  type ToMain,
  type ToThread,
  type Verdict,
} from './thread.ts';
import type { SignedHeader } from './variants.ts';
import type { Head, Request } from './wire.ts';

export { PeersError } from './peersError.ts';
export type { PeerSource } from './source.ts';
export type { PeerFacts, PeersFigures, Verdict } from './thread.ts';
export type { SignedHeader } from './variants.ts';
export type { Head } from './wire.ts';

export type PeersOptions = Omit<ThreadOptions, 'timing'> &
  Readonly<{
    source: PeerSource;
    onTrouble: (what: string, error: unknown) => void;
    timing?: Partial<Timing>;
  }>;

/** A thread that ends again this soon after it was started again stays down. */
const RESTART_MILLIS_MIN = 60_000;
/** What closing may take before the thread is ended without its leave. */
const CLOSE_MILLIS_MAX = 3_000;
const THREAD_MEMORY_MIB = 512;

type Asked = { resolve: (answers: readonly Answer[]) => void; reject: (error: PeersError) => void };

export class Peers {
  readonly #options: PeersOptions;
  readonly #asked = new TurnoverMap<number, Asked>();
  readonly #onBlock: ((block: SealedBlock, peer: string) => void | Promise<void>)[] = [];
  readonly #onEquivocation: ((a: SignedHeader, b: SignedHeader) => void)[] = [];
  readonly #onFacts: ((peers: readonly PeerFacts[]) => void)[] = [];
  #judgeBook: (bytes: Uint8Array, peer: string) => Verdict | Promise<Verdict> = () => 'ignore';
  readonly #turns: Record<Topic, Promise<void>> = { blocks: Promise.resolve(), book: Promise.resolve() };
  #signers: readonly Address[];
  #worker: Worker | null = null;
  #restartedMillis = 0;
  #facts!: Facts;
  #id = '';
  #asks = 0;
  #unpublishedBytes = 0;
  #unpublished = 0;
  #isClosing = false;

  /** @throws PeersError where the key is damaged or an address can not be listened at */
  static async open(options: PeersOptions): Promise<Peers> {
    const peers = new Peers(options);
    await peers.#start();
    return peers;
  }

  private constructor(options: PeersOptions) {
    this.#options = options;
    this.#signers = options.signers;
  }

  get id(): string {
    return this.#id;
  }

  /** Where others reach this node, each with its id. */
  get addresses(): readonly string[] {
    return this.#facts.addresses;
  }

  peers(): readonly PeerFacts[] {
    return this.#facts.peers;
  }

  /** What peers say or have shown to be their newest block: claims, no more. */
  heads(): readonly Readonly<{ peer: string; head: Head }>[] {
    return this.#facts.peers.flatMap(({ id, head }) => (head === null ? [] : [{ peer: id, head }]));
  }

  figures(): PeersFigures & Readonly<{ unpublished: number; asking: number }> {
    return { ...this.#facts.figures, unpublished: this.#unpublished, asking: this.#asked.size };
  }

  /* GOSSIP */

  publish(block: SealedBlock): void {
    this.#publish('blocks', encodeBlock(block));
  }

  /** Signed bytes of the book; its readers check them. */
  publishBook(bytes: Uint8Array): void {
    if (bytes.length > MESSAGE_BYTES_MAX.book) {
      throw new RangeError(`expected at most ${MESSAGE_BYTES_MAX.book} bytes of the book, got ${bytes.length}`);
    }
    this.#publish('book', bytes);
  }

  /**
   * Blocks with a good signature, each height at most twice. One at a time: while a listener's promise
   * is pending the next waits in a bounded queue that drops its oldest.
   */
  onBlock(listener: (block: SealedBlock, peer: string) => void | Promise<void>): void {
    this.#onBlock.push(listener);
  }

  /** Who says what becomes of a message of the book: only an accepted one is passed on. */
  onBook(judge: (bytes: Uint8Array, peer: string) => Verdict | Promise<Verdict>): void {
    this.#judgeBook = judge;
  }

  /** Two headers at one height, both signed by who signs now: once for each height. */
  onEquivocation(listener: (a: SignedHeader, b: SignedHeader) => void): void {
    this.#onEquivocation.push(listener);
  }

  /** Whenever peers come, go, or say something new, and every second. */
  onPeers(listener: (peers: readonly PeerFacts[]) => void): void {
    this.#onFacts.push(listener);
  }

  /* REQUESTS */

  /**
   * Blocks from `from` on, 1 to `count` of them: linked to each other, signed by one of the signers.
   * @throws PeersError
   */
  async blocks(from: number, count: number): Promise<Readonly<{ blocks: readonly SealedBlock[]; peer: string }>> {
    if (count < 1 || count > BLOCKS_PER_ANSWER_MAX) {
      throw new RangeError(`expected to ask for 1 to ${BLOCKS_PER_ANSWER_MAX} blocks, got ${count}`);
    }
    const { parts, peer } = await this.#first({ subject: 'blocks', from, count });
    return { blocks: parts.map(decodeBlock), peer };
  }

  /** Manifests of snapshots, of every peer that has one. @throws PeersError */
  async manifests(): Promise<readonly Readonly<{ manifest: Uint8Array; peer: string }>[]> {
    const answers = await this.#ask({ subject: 'manifest' }, ANSWERS.manifest.bytesMax, true);
    return answers.map(({ parts, peer }) => ({ manifest: parts[0]!, peer }));
  }

  /** The chunk with this sha256. @throws PeersError */
  async chunk(hash: Digest, bytesMax: number): Promise<Uint8Array> {
    const { parts } = await this.#first({ subject: 'chunk', hash }, Math.min(bytesMax, ANSWERS.chunk.bytesMax));
    return parts[0]!;
  }

  /** Pages of an image of the book, unchecked. @throws PeersError */
  async book(): Promise<Readonly<{ pages: readonly Uint8Array[]; peer: string }>> {
    const { parts, peer } = await this.#first({ subject: 'book' });
    return { pages: parts, peer };
  }

  /** A peer answered what this side found to be wrong. */
  report(peer: string, offence: 'invalid' | 'lied' | 'useless'): void {
    this.#tell({ kind: 'report', peer, offence });
  }

  /** The seat of the sequencer has another holder. */
  setSigners(signers: readonly Address[]): void {
    this.#signers = signers;
    this.#tell({ kind: 'signers', signers });
  }

  /** Ends within three seconds, whatever peers do. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.#tell({ kind: 'close' });
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MILLIS_MAX);
    await ended;
    clearTimeout(timer);
  }

  /* THE THREAD */

  async #start(): Promise<void> {
    const { directory, listen, bootstrap, mdns, chain, timing } = this.#options;
    const data: ThreadOptions = {
      directory,
      // A thread that is started again listens where its peers look for it.
      listen: this.#id === '' ? listen : this.#facts.addresses.map((address) => address.replace(/\/p2p\/.*$/, '')),
      bootstrap,
      mdns,
      chain,
      signers: this.#signers,
      timing: { ...TIMING, ...timing },
    };
    const worker = new Worker(new URL('./peersWorker.mjs', import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB },
    });
    await new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void => reject(new PeersError('LISTEN_FAILED', error.message));
      worker.once('error', failed);
      const left = (): void => reject(stopped());
      worker.once('exit', left);
      worker.once('message', (message: ToMain) => {
        worker.off('error', failed);
        worker.off('exit', left);
        if (this.#isClosing) void worker.terminate();
        if (message.kind !== 'opened') {
          void worker.terminate();
          const { code, message: text } = message as Extract<ToMain, { kind: 'notOpened' }>;
          return reject(new PeersError(code, text));
        }
        this.#id = message.id;
        this.#facts = message.facts;
        this.#worker = worker;
        worker.on('message', (next: ToMain) => this.#on(next));
        worker.on('error', (error) => this.#options.onTrouble('the thread of the peers', error));
        worker.on('exit', () => this.#ended());
        resolve();
      });
    });
  }

  /** One accident is mended; a thread that dies at once again stays down, and everybody hears of it. */
  #ended(): void {
    this.#worker = null;
    this.#unpublished = 0;
    this.#unpublishedBytes = 0;
    this.#facts = { ...this.#facts, peers: [] };
    for (const { reject } of this.#asked.values()) reject(stopped());
    this.#asked.clear();
    if (this.#isClosing) return;
    if (Date.now() - this.#restartedMillis < RESTART_MILLIS_MIN) {
      this.#options.onTrouble('the thread of the peers', new PeersError('STOPPED', 'it ended twice; this node has no peers'));
      return;
    }
    this.#restartedMillis = Date.now();
    this.#start().catch((error: unknown) => this.#options.onTrouble('the thread of the peers', error));
  }

  #tell(message: ToThread, handed: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, handed);
  }

  #on(message: ToMain): void {
    switch (message.kind) {
      case 'gossip':
        this.#turns[message.topic] = this.#turns[message.topic].then(() => this.#take(message));
        return;
      case 'published':
        this.#unpublished--;
        this.#unpublishedBytes -= message.bytes;
        return;
      case 'equivocation':
        for (const listener of this.#onEquivocation) listener(message.a, message.b);
        return;
      case 'answers':
        this.#asked.get(message.id)?.resolve(message.answers);
        this.#asked.delete(message.id);
        return;
      case 'refused':
        this.#asked.get(message.id)?.reject(new PeersError(message.code, message.message));
        this.#asked.delete(message.id);
        return;
      case 'serve':
        return void this.#serve(message.id, message.request);
      case 'facts':
        this.#facts = message.facts;
        for (const listener of this.#onFacts) listener(message.facts.peers);
        return;
      case 'trouble':
        return this.#options.onTrouble(message.what, new Error(message.message));
      case 'opened':
      case 'notOpened':
        return;
    }
  }

  #publish(topic: Topic, bytes: Uint8Array): void {
    if (this.#worker === null) return; // Whoever misses it asks for the range.
    if (this.#unpublishedBytes + bytes.length > UNPUBLISHED_BYTES_MAX) {
      this.#options.onTrouble('publishing', new PeersError('BUSY', 'the thread of the peers does not keep up'));
      return;
    }
    this.#unpublished++;
    this.#unpublishedBytes += bytes.length;
    const handed = copied(bytes);
    this.#tell({ kind: 'publish', topic, bytes: handed }, buffersOf([handed]));
  }

  async #take({ topic, id, bytes, peer }: Extract<ToMain, { kind: 'gossip' }>): Promise<void> {
    let verdict: Verdict = 'ignore';
    try {
      if (topic === 'book') verdict = await this.#judgeBook(bytes, peer);
      else {
        const block = decodeBlock(bytes);
        await Promise.all(this.#onBlock.map((listener) => listener(block, peer)));
        verdict = 'accept';
      }
    } catch (error) {
      this.#options.onTrouble(`a listener of ${topic}`, error);
    }
    this.#tell({ kind: 'judged', id, topic, verdict });
  }

  async #first(request: Request, bytesMax = ANSWERS[request.subject].bytesMax): Promise<Answer> {
    const [answer] = await this.#ask(request, bytesMax, false);
    return answer!;
  }

  #ask(request: Request, bytesMax: number, everyone: boolean): Promise<readonly Answer[]> {
    if (this.#worker === null) return Promise.reject(stopped());
    const id = this.#asks++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#tell({ kind: 'ask', id, request, bytesMax, everyone });
    });
  }

  async #serve(id: number, request: Request): Promise<void> {
    try {
      const parts = await partsIn(this.#options.source, request);
      this.#tell({ kind: 'served', id, parts }, parts === null ? [] : buffersOf(parts));
    } catch (error) {
      this.#options.onTrouble(`serving ${request.subject}`, error);
      this.#tell({ kind: 'failed', id });
    }
  }
}

const stopped = (): PeersError => new PeersError('STOPPED', 'the thread of the peers does not run');
