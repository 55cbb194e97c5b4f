/** The way from a node that follows to its sequencer: one WebSocket, opened when there is something to send. */
import type { Clock } from '../../node/ports/clock.ts';
import type { Forwarder } from '../methods/view.ts';
import { CATALOGUE } from '../schema/catalogue.ts';
import { RpcError, type ErrorFacts } from '../schema/errors.ts';
import { TidepoolClient } from './client.ts';
import { NotSentError, RemoteError } from './transport.ts';

export type SequencerLinkOptions = Readonly<{
  /** ws:// or wss:// */
  url: string;
  clock: Clock;
  /** Calls without an answer at once; one more is refused. */
  pendingMax?: number;
  /** An answer that takes longer does not come; the connection is given up. */
  answerMillis?: number;
  /** After a connection failed there is no other for so long. */
  restMillis?: number;
}>;

export class SequencerLink implements Forwarder {
  readonly #options: Required<SequencerLinkOptions>;
  #client: Promise<TidepoolClient> | null = null;
  #pending = 0;
  #restsUntilMillis = 0;
  #isClosed = false;

  constructor(options: SequencerLinkOptions) {
    this.#options = { pendingMax: 1_000, answerMillis: 10_000, restMillis: 1_000, ...options };
  }

  async forward(method: string, params: unknown): Promise<unknown> {
    if (this.#isClosed) throw new RpcError('SHUTTING_DOWN', { nonceConsumed: false });
    if (this.#pending >= this.#options.pendingMax) {
      throw new RpcError('QUEUE_FULL', { nonceConsumed: false, retryAfterMs: 50 });
    }
    this.#pending += 1;
    try {
      return await this.#ask(method, params, this.#client === null);
    } finally {
      this.#pending -= 1;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#drop(this.#client);
  }

  /** A connection that was there may have died since: what it did not send is sent over a new one. */
  async #ask(method: string, params: unknown, isNew: boolean): Promise<unknown> {
    const connection = this.#connect();
    const client = await this.#inTime(connection).catch(() => null);
    if (client === null) {
      void this.#drop(connection);
      throw unreachable({ nonceConsumed: false });
    }
    try {
      return await this.#inTime(client.request(method, params));
    } catch (thrown) {
      if (thrown instanceof RemoteError) throw relayed(thrown);
      void this.#drop(connection);
      if (!(thrown instanceof NotSentError)) {
        throw unreachable({ detail: 'the connection was lost before the answer came: it may have been executed' });
      }
      if (isNew) throw unreachable({ nonceConsumed: false });
    }
    return this.#ask(method, params, true);
  }

  #connect(): Promise<TidepoolClient> {
    if (this.#client !== null) return this.#client;
    const { url, clock, restMillis } = this.#options;
    const now = clock.nowMillis();
    if (now < this.#restsUntilMillis) {
      throw unreachable({ nonceConsumed: false, retryAfterMs: this.#restsUntilMillis - now });
    }
    const connection = TidepoolClient.connect(url);
    this.#client = connection;
    connection.catch(() => (this.#restsUntilMillis = clock.nowMillis() + restMillis));
    return connection;
  }

  /** Gives up a connection unless another has taken its place. */
  async #drop(connection: Promise<TidepoolClient> | null): Promise<void> {
    if (this.#client === connection) this.#client = null;
    const client = await connection?.catch(() => null);
    await client?.close();
  }

  #inTime<T>(promise: Promise<T>): Promise<T> {
    const { clock, answerMillis } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimer(answerMillis, () => reject(new Error('no answer in time')));
      promise.then(resolve, reject).finally(cancel);
    });
  }
}

const unreachable = (facts: ErrorFacts): RpcError => new RpcError('SEQUENCER_UNREACHABLE', facts);

/** The error as it was told. One that this node has no name for comes from a node of another version. */
function relayed({ code, message, data }: RemoteError): RpcError {
  const known = CATALOGUE[data?.name];
  if (known?.code === code) return new RpcError(data.name, data);
  return new RpcError('INTERNAL_ERROR', { detail: 'the sequencer gave an error unknown here', received: message });
}
