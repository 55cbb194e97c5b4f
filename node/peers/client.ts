/** Asks peers, the most promising first; who does not answer in time, or not the truth, is scored and the next is asked. */
import { createHash } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { blockSigner, type SealedBlock } from '../chain/block.ts';
import { decodeBlock } from '../chain/blockWire.ts';
import { DecodeError, fromHex } from '../../state/codec/bytes.ts';
import type { Address, Digest } from '../../state/units.ts';
import { Counters } from './counters.ts';
import { ExchangeError, Incoming, framed, write } from './frames.ts';
import type { Host } from './host.ts';
import { ASKED_AT_ONCE_MAX, HEAD_BYTES_MAX, TOKENS_PER_PEER, ANSWERS, type Timing } from './limits.ts';
import { PeersError } from './peersError.ts';
import type { Offence, Standings } from './standing.ts';
import type { Answer } from './thread.ts';
import { TokenBucket } from './tokenBucket.ts';
import type { Variants } from './variants.ts';
import { packRequest, protocolName, unpackAnswerHead, type AnswerCode, type Head, type Request } from './wire.ts';

/** Below what a peer allows, so that clocks that differ make nobody a flood. */
const OWN_RATE = { perSecond: 0.8 * TOKENS_PER_PEER.perSecond, burst: 0.8 * TOKENS_PER_PEER.burst };
/** Blocks checked before others have a turn of the thread. */
const CHECKED_AT_ONCE = 8;

const OFFENCE: Readonly<Record<ExchangeError['code'], Offence>> = {
  STALLED: 'useless',
  CUT: 'useless',
  OVERSIZED: 'invalid',
  MALFORMED: 'invalid',
  UNTRUE: 'lied',
  FOREIGN: 'foreign',
};

/** What it is worth to say that one has it: less than two answers that did not come. */
const CLAIM_POINTS = 30;
const BUSY_POINTS = 5;
/** A question ends when so many did not answer it: next time others come before them. */
const FAILURES_MAX = 4;

type Lane = { bucket: TokenBucket; active: number; waiting: (() => void)[] };
type Known = Readonly<{
  host: Host;
  timing: Timing;
  standings: Standings;
  variants: Variants;
  chain: Digest;
  /** Who signs blocks, the newest first: those before signed older ones. */
  signers: () => readonly Address[];
  heads: ReadonlyMap<string, Head | null>;
}>;

export class Client {
  readonly #known: Known;
  readonly #domainSeparator: Uint8Array;
  readonly #lanes = new Map<string, Lane>();
  /** By `<subject>.<result>`. */
  readonly counters = new Counters();
  bytesIn = 0;

  constructor(known: Known) {
    this.#known = known;
    this.#domainSeparator = fromHex(known.chain);
    known.host.addEventListener('peer:disconnect', ({ detail }) => this.#lanes.delete(detail.toString()));
  }

  /** The first good answer. @throws PeersError where nobody gives one */
  async first(request: Request, bytesMax: number): Promise<Answer> {
    const order = this.#order(request);
    if (order.length === 0) throw new PeersError('NO_PEERS', 'no peer is connected');
    const results: (AnswerCode | 'ERROR')[] = [];
    for (const peer of order) {
      const answer = await this.ask(peer, request, bytesMax);
      if (typeof answer === 'object') return answer;
      results.push(answer);
      if (results.filter((result) => result === 'ERROR').length === FAILURES_MAX) break;
    }
    const what = `${request.subject} of ${results.length} peers`;
    if (results.includes('BUSY')) throw new PeersError('BUSY', `${what}: too busy to answer; ask again in a second`);
    if (results.every((result) => result === 'NONE')) throw new PeersError('NOBODY_HAS_IT', `${what}: they have none`);
    throw new PeersError('NOBODY_ANSWERED', `${what}: ${results.join(', ')}`);
  }

  /** All good answers. @throws PeersError where there is nobody to ask */
  async every(request: Request, bytesMax: number): Promise<readonly Answer[]> {
    const order = this.#order(request);
    if (order.length === 0) throw new PeersError('NO_PEERS', 'no peer is connected');
    const answers = await Promise.all(order.map((peer) => this.ask(peer, request, bytesMax)));
    return answers.filter((answer) => typeof answer === 'object');
  }

  /** Asks one peer, in its turn. What it did wrong is on its record. */
  async ask(peer: string, request: Request, bytesMax: number): Promise<Answer | AnswerCode | 'ERROR'> {
    const { subject } = request;
    const lane = await this.#enter(peer, ANSWERS[subject].tokens);
    try {
      const { code, parts } = await this.#exchange(peer, request, bytesMax);
      this.counters.add(`${subject}.${code.toLowerCase()}`);
      return code === 'OK' ? { peer, parts } : code;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      this.counters.add(`${subject}.${error.code.toLowerCase()}`);
      // Who has left did nothing wrong; one that says nothing of its head is looked after by who asked.
      const isSilent = subject === 'status' && OFFENCE[error.code] === 'useless';
      if (!isSilent && this.#isConnected(peer)) this.#known.standings.offend(peer, OFFENCE[error.code]);
      return 'ERROR';
    } finally {
      lane.active--;
      lane.waiting.shift()?.();
    }
  }

  #isConnected(peer: string): boolean {
    return this.#known.host.getConnections(peerIdFromString(peer)).some(({ status }) => status === 'open');
  }

  /** Those that say they have it first, the best behaved and least busy of them before the others. */
  #order(request: Request): string[] {
    const { heads, standings, host } = this.#known;
    const needed = request.subject === 'blocks' ? request.from : 0;
    const rankOf = (peer: string): number => {
      const saysSo = (heads.get(peer)?.height ?? -1) >= needed;
      const busy = this.#lanes.get(peer)?.active ?? 0;
      return (saysSo ? CLAIM_POINTS : 0) + standings.scoreOf(peer) - BUSY_POINTS * busy;
    };
    const ranked = host.getPeers().map((id) => ({ peer: id.toString(), rank: rankOf(id.toString()) }));
    return ranked.sort((a, b) => b.rank - a.rank).map(({ peer }) => peer);
  }

  async #enter(peer: string, tokens: number): Promise<Lane> {
    const lane = this.#lanes.get(peer) ?? { bucket: new TokenBucket(OWN_RATE, Date.now()), active: 0, waiting: [] };
    this.#lanes.set(peer, lane);
    while (lane.active >= ASKED_AT_ONCE_MAX) await new Promise<void>((resolve) => lane.waiting.push(resolve));
    lane.active++;
    while (!lane.bucket.take(tokens, Date.now())) await setTimeout(lane.bucket.waitMillis(tokens));
    return lane;
  }

  async #exchange(
    peer: string,
    request: Request,
    bytesMax: number,
  ): Promise<{ code: AnswerCode; parts: readonly Uint8Array[] }> {
    const { stepMillis, exchangeMillis } = this.#known.timing;
    const stream = await this.#open(peer, request);
    const signal = AbortSignal.timeout(exchangeMillis);
    try {
      const incoming = new Incoming(stream, 4 + HEAD_BYTES_MAX + bytesMax, stepMillis, signal);
      await write(stream, framed(packRequest(request)), stepMillis);
      await stream.close({ signal: AbortSignal.timeout(stepMillis) });
      const head = await incoming.frame(HEAD_BYTES_MAX);
      const { code, lengths } = unpackAnswerHead(request.subject, head);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      if (total > bytesMax) throw new ExchangeError('OVERSIZED', `expected at most ${bytesMax} bytes, ${total} announced`);
      incoming.limit(4 + head.length + total);
      const parts: Uint8Array[] = [];
      for (const length of lengths) parts.push(await incoming.read(length));
      this.bytesIn += total;
      if (code === 'OK') await this.#check(request, parts);
      return { code, parts };
    } catch (error) {
      const failure = error instanceof ExchangeError ? error : new ExchangeError('CUT', (error as Error).message);
      stream.abort(failure);
      throw failure;
    }
  }

  async #open(peer: string, { subject }: Request): Promise<Stream> {
    const { host, chain, timing } = this.#known;
    const connection = host.getConnections(peerIdFromString(peer)).find(({ status }) => status === 'open');
    if (connection === undefined) throw new ExchangeError('CUT', 'it is not connected any more');
    const signal = AbortSignal.timeout(timing.stepMillis);
    try {
      return await connection.newStream(protocolName(chain, subject), { signal });
    } catch (error) {
      const isForeign = (error as Error).name === 'UnsupportedProtocolError';
      const code = isForeign ? 'FOREIGN' : signal.aborted ? 'STALLED' : 'CUT';
      throw new ExchangeError(code, (error as Error).message);
    }
  }

  async #check(request: Request, parts: readonly Uint8Array[]): Promise<void> {
    if (request.subject === 'blocks') return this.#checkBlocks(request.from, request.count, parts);
    if (request.subject !== 'chunk') return;
    const hash = createHash('sha256').update(parts[0]!).digest('hex');
    if (request.hash !== `0x${hash}`) throw new ExchangeError('UNTRUE', `expected ${request.hash}, got 0x${hash}`);
  }

  async #checkBlocks(from: number, count: number, parts: readonly Uint8Array[]): Promise<void> {
    const { variants, signers } = this.#known;
    if (parts.length > count) throw new ExchangeError('MALFORMED', `expected ${count} blocks, got ${parts.length}`);
    let parent: Digest | null = null;
    for (const [i, part] of parts.entries()) {
      if (i % CHECKED_AT_ONCE === CHECKED_AT_ONCE - 1) await setImmediate();
      const block = decoded(part);
      const { height, parentHash } = block.header;
      if (height !== from + i) throw new ExchangeError('UNTRUE', `expected block ${from + i}, got ${height}`);
      if (parent !== null && parentHash !== parent) throw new ExchangeError('UNTRUE', `block ${height} is of another chain`);
      const signer = blockSigner(this.#domainSeparator, block);
      if (signer === null || !signers().includes(signer)) throw new ExchangeError('UNTRUE', `block ${height} is forged`);
      variants.compare(block);
      parent = block.hash;
    }
  }
}

function decoded(bytes: Uint8Array): SealedBlock {
  try {
    return decodeBlock(bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw new ExchangeError('UNTRUE', error.message);
    throw error;
  }
}
