/** How requests travel: one POST each, or one WebSocket for all and for notifications. */
import { WebSocket, type RawData } from 'ws';
import type { ErrorObject } from '../schema/errors.ts';
import type { Notice } from '../subscriptions/channel.ts';

/** An error the server told. */
export class RemoteError extends Error {
  readonly code: number;
  readonly data: ErrorObject['data'];

  constructor({ code, message, data }: ErrorObject) {
    super(`${data?.name ?? code}: ${message}`);
    this.name = 'RemoteError';
    this.code = code;
    this.data = data;
  }
}

/** The connection failed, or what came back was no JSON-RPC. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}
/** There is no connection: the request did not leave. */
export class NotSentError extends TransportError {}

export type NoticeListener = (notice: Notice) => void;
export interface Transport {
  call(method: string, params: unknown): Promise<unknown>;
  /** Absent where the server cannot push. */
  onNotice?(listener: NoticeListener): void;
  close(): Promise<void>;
}

type Answer = Readonly<{ id?: unknown; result?: unknown; error?: ErrorObject }>;

function resultOf(answer: Answer): unknown {
  if (answer.error !== undefined) throw new RemoteError(answer.error);
  return answer.result;
}

export class HttpTransport implements Transport {
  readonly #url: string;
  #ids = 0;

  constructor(url: string) {
    this.#url = url;
  }

  async call(method: string, params: unknown): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++this.#ids, method, params });
    const headers = { 'content-type': 'application/json' };
    let answer: Answer;
    try {
      const response = await fetch(this.#url, { method: 'POST', headers, body });
      answer = (await response.json()) as Answer;
    } catch (cause) {
      throw new TransportError(`${this.#url} gave no answer to ${method}; is the node running?`, { cause });
    }
    return resultOf(answer);
  }

  async close(): Promise<void> {}
}

type Waiting = Readonly<{ resolve: (value: unknown) => void; reject: (error: unknown) => void }>;

export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: NoticeListener[] = [];
  readonly #closed: Promise<void>;
  #ids = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#received(data));
    socket.on('error', () => undefined); // A close follows and says it to whoever waits.
    this.#closed = new Promise((resolve) => {
      socket.on('close', () => {
        const error = new TransportError('the connection has closed; what was in flight is unknown');
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve();
      });
    });
  }

  static open(url: string): Promise<WebSocketTransport> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const failed = (cause: Error): void =>
        reject(new NotSentError(`${url} does not answer; is the node running?`, { cause }));
      socket.once('error', failed);
      socket.once('open', () => {
        socket.off('error', failed);
        resolve(new WebSocketTransport(socket));
      });
    });
  }

  call(method: string, params: unknown): Promise<unknown> {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new NotSentError('the connection has closed'));
    }
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  onNotice(listener: NoticeListener): void {
    this.#listeners.push(listener);
  }

  close(): Promise<void> {
    this.#socket.close();
    return this.#closed;
  }

  #received(data: RawData): void {
    const message = JSON.parse((data as Buffer).toString('utf8')) as Answer & {
      method?: string;
      params?: Notice;
    };
    if (message.method === 'subscription') {
      for (const listener of this.#listeners) listener(message.params!);
      return;
    }
    const waiting = this.#waiting.get(message.id as number);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id as number);
    if (message.error !== undefined) waiting.reject(new RemoteError(message.error));
    else waiting.resolve(message.result);
  }
}
