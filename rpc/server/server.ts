/** The door of the node: JSON-RPC 2.0 over HTTP and WebSocket on one port. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ServiceInfo } from '../schema/openrpc.ts';
import type { Registry } from '../schema/registry.ts';
import type { Hub } from '../subscriptions/channel.ts';
import { ConnectionContext, type CallObserver, type Logger } from './context.ts';
import { createDispatcher, type Dispatch } from './dispatcher.ts';
import { handleHttp, type HandleOther } from './http.ts';
import { resolveLimits, type ServerLimits } from './limits.ts';
import { listen, type Address } from './listen.ts';
import { isLocalProgram, isOriginAllowed, type CorsOrigins } from './origin.ts';
import { DEFAULT_RATE_LIMITS, RateLimiter, addressGroup, type RateOptions } from './rate.ts';
import { WebSocketConnection } from './websocket.ts';

export interface RpcServerOptions {
  readonly registry: Registry;
  readonly info: ServiceInfo;
  readonly logger: Logger;
  /** Absent: no subscriptions. Its methods belong into the registry: `subscriptionMethods(hub)`. */
  readonly hub?: Hub;
  readonly limits?: Partial<ServerLimits>;
  /** Absent: the default rates; `null`: none. */
  readonly rate?: RateOptions | null;
  /** Pages of other origins that may call; none unless named. */
  readonly corsOrigins?: CorsOrigins;
  /** Who may administrate; programs on this machine unless told otherwise. */
  readonly isAdmin?: (request: IncomingMessage) => boolean;
  /** The address that is charged, for nodes behind a proxy; the peer unless told otherwise. */
  readonly clientIp?: (request: IncomingMessage) => string;
  /** Answers further paths by HTTP; whether it did. */
  readonly handleOther?: HandleOther;
  readonly observe?: CallObserver;
  readonly checkResults?: boolean;
}

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Lets running requests finish for at most `timeoutMs`, then cuts off what is left. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

export interface RpcServer {
  readonly dispatch: Dispatch;
  /** How many WebSockets are open. */
  readonly connections: number;
  /** Throws a `ListenError` such as PORT_IN_USE. Port 0 takes any that is free. */
  start(address: Address): Promise<RunningServer>;
}

const CLOSE_MS_MAX = 5_000;
const SWEEP_MS = 20;
/** HTTP connections beside the WebSockets: health checkers, scripts. */
const HTTP_CONNECTIONS_MAX = 1_000;
/** Longer than the minute that load balancers keep theirs. */
const HTTP_KEEPALIVE_MS = 65_000;

/** Builds the server; nothing listens before `start`. */
export const createRpcServer = (options: RpcServerOptions): RpcServer => new Door(options);

class Door implements RpcServer {
  readonly dispatch: Dispatch;
  private readonly options: RpcServerOptions;
  private readonly limits: ServerLimits;
  private readonly sockets = new Set<WebSocketConnection>();
  private readonly socketsByIp = new Map<string, number>();
  private readonly httpContexts = new WeakMap<Socket, Map<boolean, ConnectionContext>>();
  private readonly upgrades: WebSocketServer;
  private contexts = 0;
  private isClosing = false;

  constructor(options: RpcServerOptions) {
    this.options = options;
    this.limits = resolveLimits(options.limits);
    const { registry, logger, observe, checkResults, rate } = options;
    const limiter =
      rate === null ? undefined : new RateLimiter(rate ?? { limits: DEFAULT_RATE_LIMITS });
    this.dispatch = createDispatcher({
      registry,
      logger,
      limits: this.limits,
      ...(limiter === undefined
        ? {}
        : { charge: (context, definition, params) => limiter.charge(context, definition, params) }),
      ...(observe === undefined ? {} : { observe }),
      ...(checkResults === undefined ? {} : { checkResults }),
    });
    this.upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.limits.requestBytesMax,
    });
  }

  get connections(): number {
    return this.sockets.size;
  }

  async start(address: Address): Promise<RunningServer> {
    const { title, version } = this.options.info;
    const ports = {
      dispatch: this.dispatch,
      contextOf: (request: IncomingMessage) => this.httpContext(request),
      limits: this.limits,
      corsOrigins: this.options.corsOrigins ?? [],
      banner: `${title} ${version}: JSON-RPC 2.0 by POST or WebSocket; call rpc.discover\n`,
      handleOther: this.options.handleOther,
    };
    const server = createServer((request, response) => {
      if (this.isClosing) response.setHeader('connection', 'close');
      handleHttp(request, response, ports);
    });
    server.requestTimeout = this.limits.requestMsMax;
    server.headersTimeout = this.limits.requestMsMax;
    server.keepAliveTimeout = HTTP_KEEPALIVE_MS;
    server.maxConnections = this.limits.connectionsMax + HTTP_CONNECTIONS_MAX;
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    await listen(server, address);
    // Such as no file descriptor for one more connection: those that are open go on.
    server.on('error', (error) => {
      this.options.logger.warn({ err: error }, 'the server had trouble');
    });
    const keepalive = setInterval(() => this.checkSockets(), this.limits.keepaliveMs);
    keepalive.unref();
    const bound = server.address() as AddressInfo;
    return {
      host: address.host,
      port: bound.port,
      close: async ({ timeoutMs = CLOSE_MS_MAX } = {}) => {
        clearInterval(keepalive);
        await this.close(server, timeoutMs);
      },
    };
  }

  private newContext(
    request: IncomingMessage,
    transport: 'http' | 'websocket',
    admin: boolean,
  ): ConnectionContext {
    this.contexts += 1;
    const ip = this.ipOf(request);
    return new ConnectionContext({ id: `${transport}-${this.contexts}`, ip, transport, admin });
  }

  private ipOf(request: IncomingMessage): string {
    return this.options.clientIp?.(request) ?? request.socket.remoteAddress ?? 'unknown';
  }

  private isAdmin(request: IncomingMessage): boolean {
    return (this.options.isAdmin ?? isLocalProgram)(request);
  }

  /** One for each TCP connection; two, should it carry both the operator and others. */
  private httpContext(request: IncomingMessage): ConnectionContext {
    const admin = this.isAdmin(request);
    let contexts = this.httpContexts.get(request.socket);
    if (contexts === undefined) {
      contexts = new Map();
      this.httpContexts.set(request.socket, contexts);
    }
    let context = contexts.get(admin);
    if (context === undefined) {
      context = this.newContext(request, 'http', admin);
      contexts.set(admin, context);
    }
    return context;
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const group = addressGroup(this.ipOf(request));
    const refusal = this.upgradeRefusal(request, group);
    if (refusal !== undefined) {
      const body = `${refusal.reason}\n`;
      const lines = [
        `HTTP/1.1 ${refusal.status}`,
        'connection: close',
        'content-type: text/plain',
        `content-length: ${Buffer.byteLength(body)}`,
      ];
      socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
      return;
    }
    this.upgrades.handleUpgrade(request, socket, head, (ws) => {
      const context = this.newContext(request, 'websocket', this.isAdmin(request));
      const { logger, hub } = this.options;
      const connection = new WebSocketConnection(ws, request.socket, context, {
        dispatch: this.dispatch,
        limits: this.limits,
        logger,
        hub,
      });
      this.sockets.add(connection);
      this.socketsByIp.set(group, (this.socketsByIp.get(group) ?? 0) + 1);
      ws.on('close', () => this.forget(connection, group));
    });
  }

  private upgradeRefusal(
    request: IncomingMessage,
    group: string,
  ): { status: string; reason: string } | undefined {
    const { connectionsMax, connectionsPerIpMax } = this.limits;
    if (!isOriginAllowed(request, this.options.corsOrigins ?? [])) {
      return { status: '403 Forbidden', reason: 'this origin is not allowed here' };
    }
    if (this.isClosing || this.sockets.size >= connectionsMax) {
      const reason = this.isClosing ? 'the node is shutting down' : 'no connection is free';
      return { status: '503 Service Unavailable', reason };
    }
    if ((this.socketsByIp.get(group) ?? 0) >= connectionsPerIpMax) {
      const reason = `the limit is ${connectionsPerIpMax} connections from one address`;
      return { status: '429 Too Many Requests', reason };
    }
    return undefined;
  }

  private forget(connection: WebSocketConnection, group: string): void {
    this.sockets.delete(connection);
    const left = (this.socketsByIp.get(group) ?? 1) - 1;
    if (left === 0) this.socketsByIp.delete(group);
    else this.socketsByIp.set(group, left);
  }

  private checkSockets(): void {
    const nowMs = performance.now();
    for (const socket of this.sockets) socket.check(nowMs);
  }

  private async close(server: Server, timeoutMs: number): Promise<void> {
    this.isClosing = true;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    // A request that was being read when the end began keeps its connection: it is closed when answered.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.closeIdleConnections();
    for (const socket of this.sockets) socket.retire();
    const deadline = setTimeout(() => {
      for (const socket of this.sockets) socket.terminate();
      server.closeAllConnections();
    }, timeoutMs);
    await closed;
    clearTimeout(deadline);
    clearInterval(sweep);
  }
}
