/**
 * One WebSocket connection: requests in, replies and events out. All that is sent in one turn of
 * the event loop leaves in one system call. A client that reads slowly is read slowly.
 */
import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import { RpcError } from '../schema/errors.ts';
import type { Hub } from '../subscriptions/channel.ts';
import { SubscriberSession, type Sink } from '../subscriptions/session.ts';
import type { ConnectionContext, Logger } from './context.ts';
import type { Dispatch, Reply } from './dispatcher.ts';
import { errorReply } from './envelope.ts';
import type { ServerLimits } from './limits.ts';

export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_TRY_LATER = 1013;
/** For the close frame to reach a client that may not read any more. */
const CLOSE_GRACE_MS = 1_000;
const TEXT_FRAME = { binary: false } as const;

export interface WebSocketPorts {
  readonly dispatch: Dispatch;
  readonly hub: Hub | undefined;
  readonly logger: Logger;
  readonly limits: ServerLimits;
}

export class WebSocketConnection implements Sink {
  readonly context: ConnectionContext;
  private readonly ws: WebSocket;
  private readonly socket: Socket;
  private readonly ports: WebSocketPorts;
  /** Requests that have arrived but wait until replies have left. */
  private readonly backlog: RawData[] = [];
  private inFlight = 0;
  private isCorked = false;
  private isClosing = false;
  private isRetiring = false;
  private wasHeard = true;
  private slowSinceMs: number | undefined;

  constructor(ws: WebSocket, socket: Socket, context: ConnectionContext, ports: WebSocketPorts) {
    this.ws = ws;
    this.socket = socket;
    this.context = context;
    this.ports = ports;
    if (ports.hub !== undefined) context.subscriptions = new SubscriberSession(ports.hub, this);
    ws.on('message', (data, isBinary) => this.received(data, isBinary));
    ws.on('pong', () => {
      this.wasHeard = true;
    });
    // What follows an error is always a close; there is nobody to tell.
    ws.on('error', () => undefined);
    ws.on('close', () => this.closed());
    socket.on('drain', () => this.drained());
  }

  isReady(): boolean {
    if (this.ws.bufferedAmount <= this.ports.limits.bufferedBytesSlow) return true;
    this.slowSinceMs ??= performance.now();
    return false;
  }

  send(frame: string | Buffer): void {
    if (this.ws.readyState !== WebSocket.OPEN || this.isClosing) return;
    if (!this.isCorked) {
      this.isCorked = true;
      this.socket.cork();
      process.nextTick(this.uncork);
    }
    this.ws.send(frame, TEXT_FRAME);
    if (this.ws.bufferedAmount > this.ports.limits.bufferedBytesMax) {
      this.close(CLOSE_TRY_LATER, 'slow consumer: too much unread');
    }
  }

  report(error: unknown, subscription: string): void {
    const facts = { err: error, subscription, connection: this.context.id };
    this.ports.logger.error(facts, 'a channel failed to give what a subscriber needs');
  }

  /** To be called every `keepaliveMs`: finds peers that have gone or that do not read. */
  check(nowMs: number): void {
    const { slowMsMax } = this.ports.limits;
    if (this.slowSinceMs !== undefined && nowMs - this.slowSinceMs >= slowMsMax) {
      this.close(CLOSE_TRY_LATER, `slow consumer: nothing read for ${slowMsMax} ms`);
      return;
    }
    // While we do not read, a pong cannot be seen either.
    if (this.ws.isPaused) return;
    if (!this.wasHeard) {
      this.ws.terminate();
      return;
    }
    this.wasHeard = false;
    this.ws.ping();
  }

  /** Lets what was begun finish, then says goodbye. */
  retire(): void {
    this.isRetiring = true;
    this.ws.pause();
    this.backlog.length = 0;
    if (this.inFlight === 0) this.close(CLOSE_GOING_AWAY, 'the node is shutting down');
  }

  terminate(): void {
    this.ws.terminate();
  }

  private close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.context.subscriptions?.close();
    this.backlog.length = 0;
    this.ws.close(code, reason);
    // The answer to the close frame has to be read.
    this.ws.resume();
    setTimeout(() => this.ws.terminate(), CLOSE_GRACE_MS).unref();
  }

  private closed(): void {
    this.isClosing = true;
    this.backlog.length = 0;
    this.context.subscriptions?.close();
  }

  private readonly uncork = (): void => {
    this.isCorked = false;
    this.socket.uncork();
  };

  private received(data: RawData, isBinary: boolean): void {
    this.wasHeard = true;
    if (this.isClosing || this.isRetiring) return;
    if (isBinary) {
      const facts = { expected: 'a text frame', received: 'a binary frame' };
      this.send(errorReply(null, new RpcError('PARSE_ERROR', facts)));
    } else if (this.backlog.length > 0 || !this.mayAnswer()) {
      // At most what one read from the socket has brought: no further read happens.
      this.backlog.push(data);
      this.ws.pause();
    } else {
      this.answer(data);
    }
  }

  private mayAnswer(): boolean {
    return this.inFlight < this.ports.limits.inFlightMax && this.isReady();
  }

  private answer(data: RawData): void {
    const { context } = this;
    // A text message is one Buffer: the server never asks ws for fragments.
    const reply = this.ports.dispatch((data as Buffer).toString('utf8'), context);
    const effects = context.takeEffects();
    if (reply === undefined || typeof reply === 'string') {
      this.replied(reply, effects);
      return;
    }
    this.inFlight += 1;
    void reply.then((text) => {
      this.inFlight -= 1;
      this.replied(text, effects);
      if (this.isRetiring && this.inFlight === 0) this.retire();
      else if (this.backlog.length > 0) this.resume();
    });
  }

  private replied(reply: Reply, effects: readonly (() => void)[]): void {
    if (reply !== undefined) this.send(reply);
    for (const effect of effects) effect();
  }

  private drained(): void {
    if (!this.isReady()) return;
    this.slowSinceMs = undefined;
    if (this.isClosing) return;
    this.context.subscriptions?.drained();
    this.resume();
  }

  /** Answers what has waited, then reads on. */
  private resume(): void {
    let answered = 0;
    while (answered < this.backlog.length && this.mayAnswer() && !this.isClosing) {
      this.answer(this.backlog[answered] as RawData);
      answered += 1;
    }
    this.backlog.splice(0, answered);
    if (this.backlog.length === 0 && !this.isRetiring) this.ws.resume();
  }
}
