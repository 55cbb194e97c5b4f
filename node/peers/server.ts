/** Answers what peers ask: each within its rate, a bounded number at once, every step within its time. */
import type { Connection, Stream } from '@libp2p/interface';
import { Counters } from './counters.ts';
import { ExchangeError, Incoming, framed, write } from './frames.ts';
import type { Host } from './host.ts';
import {
  ANSWERS,
  REQUEST_BYTES_MAX,
  SERVED_AT_ONCE_MAX,
  STREAMS_PER_SUBJECT_MAX,
  SUBJECTS,
  TOKENS_IN_ALL,
  TOKENS_PER_PEER,
  type Subject,
  type Timing,
} from './limits.ts';
import type { Standings } from './standing.ts';
import { TokenBucket } from './tokenBucket.ts';
import { packAnswerHead, protocolName, unpackRequest, type AnswerCode, type Head, type Request } from './wire.ts';
import type { Digest } from '../../state/units.ts';

/** What the main thread has: null for nothing. */
type Look = (request: Request) => Promise<readonly Uint8Array[] | null>;

export class Server {
  readonly #host: Host;
  readonly #timing: Timing;
  readonly #standings: Standings;
  readonly #look: Look;
  readonly #onHead: (peer: string, head: Head | null) => void;
  readonly #inAll = new TokenBucket(TOKENS_IN_ALL, Date.now());
  readonly #buckets = new Map<string, TokenBucket>();
  #serving = 0;
  /** By `<subject>.<result>`. */
  readonly counters = new Counters();
  bytesOut = 0;

  constructor(
    host: Host,
    timing: Timing,
    standings: Standings,
    look: Look,
    onHead: (peer: string, head: Head | null) => void,
  ) {
    this.#host = host;
    this.#timing = timing;
    this.#standings = standings;
    this.#look = look;
    this.#onHead = onHead;
  }

  async start(chain: Digest): Promise<void> {
    for (const subject of SUBJECTS) {
      await this.#host.handle(
        protocolName(chain, subject),
        (stream, connection) => this.#serve(subject, stream, connection),
        { maxInboundStreams: STREAMS_PER_SUBJECT_MAX, maxOutboundStreams: STREAMS_PER_SUBJECT_MAX },
      );
    }
    // A bucket outlives a connection that was dropped to have it filled; not its peer for long.
    this.#host.addEventListener('peer:disconnect', ({ detail }) => {
      setTimeout(() => this.#forget(detail.toString()), this.#timing.exchangeMillis).unref();
    });
  }

  #forget(peer: string): void {
    const isBack = this.#host.getPeers().some((connected) => connected.toString() === peer);
    if (!isBack) this.#buckets.delete(peer);
  }

  async #serve(subject: Subject, stream: Stream, connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString();
    if (this.#serving >= SERVED_AT_ONCE_MAX) {
      this.counters.add(`${subject}.busy`);
      stream.abort(new Error('too much is being answered'));
      return;
    }
    this.#serving++;
    try {
      const result = await this.#exchange(subject, stream, peer);
      this.counters.add(`${subject}.${result}`);
    } catch (error) {
      const code = error instanceof ExchangeError ? error.code : 'CUT';
      this.counters.add(`${subject}.${code.toLowerCase()}`);
      if (code === 'MALFORMED' || code === 'OVERSIZED') this.#standings.offend(peer, 'invalid');
      if (code === 'STALLED') this.#standings.offend(peer, 'useless');
      stream.abort(error as Error);
    } finally {
      this.#serving--;
    }
  }

  async #exchange(subject: Subject, stream: Stream, peer: string): Promise<string> {
    const { stepMillis, exchangeMillis } = this.#timing;
    const { tokens } = ANSWERS[subject];
    const now = Date.now();
    const own = this.#buckets.get(peer) ?? new TokenBucket(TOKENS_PER_PEER, now);
    this.#buckets.set(peer, own);
    if (!own.take(tokens, now)) {
      this.#standings.offend(peer, 'flood');
      await this.#answer(stream, 'BUSY', []);
      return 'flood';
    }
    if (!this.#inAll.take(tokens, now)) {
      await this.#answer(stream, 'BUSY', []);
      return 'busy';
    }
    const incoming = new Incoming(stream, 4 + REQUEST_BYTES_MAX, stepMillis, AbortSignal.timeout(exchangeMillis));
    const request = unpackRequest(subject, await incoming.frame(REQUEST_BYTES_MAX));
    if (request.subject === 'status') this.#onHead(peer, request.head);
    let parts: readonly Uint8Array[] | null;
    try {
      parts = await this.#look(request);
    } catch {
      await this.#answer(stream, 'FAILED', []);
      return 'failed';
    }
    await this.#answer(stream, parts === null ? 'NONE' : 'OK', parts ?? []);
    return parts === null ? 'none' : 'served';
  }

  async #answer(stream: Stream, code: AnswerCode, parts: readonly Uint8Array[]): Promise<void> {
    const { stepMillis } = this.#timing;
    await write(stream, framed(packAnswerHead({ code, lengths: parts.map(({ length }) => length) })), stepMillis);
    for (const part of parts) {
      await write(stream, part, stepMillis);
      this.bytesOut += part.length;
    }
    await stream.close({ signal: AbortSignal.timeout(stepMillis) });
  }
}
