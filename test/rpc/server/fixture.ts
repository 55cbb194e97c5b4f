/** A small service with one method for each way a call can go, and clients to talk to it. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { defineChannel, defineMethod, implement, type Method } from '../../../rpc/schema/core.ts';
import { RpcError } from '../../../rpc/schema/errors.ts';
import { createRegistry, type Registry } from '../../../rpc/schema/registry.ts';
import { address, decimalPositive } from '../../../rpc/schema/scalars.ts';
import { ConnectionContext, type Logger } from '../../../rpc/server/context.ts';
import { createRpcServer, type RpcServerOptions } from '../../../rpc/server/server.ts';
import { Hub, implementChannel, type Snapshot } from '../../../rpc/subscriptions/channel.ts';
import { subscriptionMethods } from '../../../rpc/subscriptions/subscribe.ts';

export const INFO = { title: 'Demo', version: '1.2.3' };

const nothing = z.strictObject({});

export const echoDefinition = defineMethod({
  name: 'demo_echo',
  summary: 'Gives back what it got.',
  params: z.strictObject({
    market: z.string().min(1).max(32),
    limit: z.int().min(1).max(100).optional(),
    owner: address.optional(),
    orders: z.array(z.strictObject({ price: decimalPositive })).optional(),
  }),
  result: z.looseObject({ market: z.string() }),
  errors: ['MARKET_NOT_FOUND'],
  kind: 'read',
  example: { params: { market: 'ETH-PERP' }, result: { market: 'ETH-PERP' } },
});

const plain = <R extends z.ZodType>(
  name: string,
  kind: 'read' | 'action' | 'admin',
  result: R,
  value: z.input<R>,
) =>
  defineMethod({
    name,
    summary: `The method ${name}.`,
    params: nothing,
    result,
    errors: [],
    kind,
    example: { params: {}, result: value },
  });

const side = z.enum(['buy', 'sell']);
const sideDefinition = defineMethod({
  name: 'demo_side',
  summary: 'Takes one of two words, one of two forms, and a page.',
  params: z.strictObject({
    side,
    form: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('limit'), price: decimalPositive }),
        z.strictObject({ type: z.literal('market') }),
      ])
      .optional(),
  }),
  result: side,
  errors: [],
  kind: 'action',
  example: { params: { side: 'buy' }, result: 'buy' },
});

const blobDefinition = defineMethod({
  name: 'demo_blob',
  summary: 'As many characters as asked for.',
  params: z.strictObject({ characters: z.int().min(0).max(10_000_000) }),
  result: z.string(),
  errors: [],
  kind: 'read',
  example: { params: { characters: 3 }, result: 'xxx' },
});

export const tradesChannel = defineChannel({
  name: 'trades',
  summary: 'Trades of a market.',
  params: z.strictObject({ market: z.string().max(32) }),
  event: z.strictObject({ price: z.string() }),
  retained: 4,
  example: { params: { market: 'ETH-PERP' }, event: { price: '1' } },
});

export const bookChannel = defineChannel({
  name: 'book',
  summary: 'The book of a market.',
  params: z.strictObject({ market: z.string().max(32), depth: z.int().optional() }),
  event: z.strictObject({ level: z.int() }),
  snapshot: z.strictObject({ levels: z.int() }),
  retained: 8,
  example: { params: { market: 'ETH-PERP' }, event: { level: 1 } },
});

export const AT = { height: 7, seq: 70, safety: 'soft', time: 1700000000 } as const;

export interface Demo {
  readonly registry: Registry;
  readonly hub: Hub;
  readonly logged: { facts: object; message: string }[];
  readonly logger: Logger;
  /** What the book looks like at present. */
  book: Snapshot<{ levels: number }>;
  /** Releases all calls of demo_wait. */
  release(): void;
  readonly waitingCalls: number;
  /** Resolves when `calls` calls of demo_wait are waiting. */
  untilWaiting(calls: number): Promise<void>;
  actions: number;
}

export function createDemo(startSeq = 0): Demo {
  const waiting: (() => void)[] = [];
  let enough: { calls: number; resolve: () => void } | undefined;
  const logged: Demo['logged'] = [];
  const note = (facts: object, message: string): void => {
    logged.push({ facts, message });
  };
  const hub: Hub = new Hub({
    startSeq,
    subscriptionsMax: 4,
    channels: [
      implementChannel(tradesChannel, {
        check: ({ market }) => {
          if (market === 'NONE') throw new RpcError('MARKET_NOT_FOUND', { param: 'market' });
        },
      }),
      implementChannel(bookChannel, { snapshot: () => demo.book }),
    ],
  });
  const methods: Method[] = [
    implement(echoDefinition, (params) => params),
    implement(sideDefinition, (params) => params.side),
    implement(blobDefinition, ({ characters }) => 'x'.repeat(characters)),
    implement(plain('demo_later', 'read', z.string(), 'done'), () => Promise.resolve('done')),
    implement(plain('demo_wait', 'read', z.string(), 'done'), async () => {
      const released = new Promise<void>((resolve) => waiting.push(resolve));
      if (enough !== undefined && waiting.length >= enough.calls) enough.resolve();
      await released;
      return 'done';
    }),
    implement(plain('demo_refuse', 'action', z.null(), null), () => {
      throw new RpcError('INSUFFICIENT_MARGIN', { expected: '10', received: '3' });
    }),
    implement(plain('demo_refuseLater', 'read', z.null(), null), () =>
      Promise.reject(new RpcError('BLOCK_NOT_FOUND', { retryAfterMs: 250 })),
    ),
    implement(plain('demo_fail', 'read', z.null(), null), () => {
      throw new Error('secret path /etc');
    }),
    implement(plain('demo_failLater', 'read', z.null(), null), () =>
      Promise.reject(new Error('secret path /etc')),
    ),
    implement(plain('demo_bigint', 'read', z.any(), null), () => 1n),
    implement(plain('demo_nothing', 'read', z.any(), null), () => undefined),
    implement(plain('demo_act', 'action', z.int(), 1), () => ++demo.actions),
    implement(plain('demo_cancel', 'action', z.int(), 1), () => ++demo.actions),
    implement(plain('admin_stop', 'admin', z.string(), 'stopped'), () => 'stopped'),
    ...subscriptionMethods(hub),
  ];
  const demo: Demo = {
    registry: createRegistry(methods, INFO, hub.definitions),
    hub,
    logged,
    logger: { error: note, warn: note },
    book: { at: AT, data: { levels: 0 } },
    release: () => waiting.splice(0).forEach((resolve) => resolve()),
    get waitingCalls() {
      return waiting.length;
    },
    untilWaiting: (calls) =>
      new Promise((resolve) => {
        if (waiting.length >= calls) resolve();
        else enough = { calls, resolve };
      }),
    actions: 0,
  };
  return demo;
}

export const processContext = (admin = false): ConnectionContext =>
  new ConnectionContext({ id: 'test', ip: '127.0.0.1', transport: 'process', admin });

/** Starts `demo` on a free port. */
export async function startDemo(demo: Demo, options: Partial<RpcServerOptions> = {}) {
  const { registry, hub, logger } = demo;
  const server = createRpcServer({ registry, hub, logger, info: INFO, rate: null, ...options });
  const running = await server.start({ host: '127.0.0.1', port: 0 });
  return { server, ...running, url: `http://127.0.0.1:${running.port}/` };
}

export const call = (id: unknown, method: string, params?: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

/** One turn of the event loop: everything that was ready has run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Any message a server may send, loosely typed for tests. */
export type Message = any;

/** A WebSocket that keeps what arrives until somebody asks for it, in order. */
export class Client {
  readonly ws: WebSocket;
  private readonly arrived: string[] = [];
  private wanted: ((text: string) => void) | undefined;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      const { wanted } = this;
      this.wanted = undefined;
      if (wanted === undefined) this.arrived.push(data.toString());
      else wanted(data.toString());
    });
  }

  static async open(port: number, options: object = {}): Promise<Client> {
    const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false, ...options });
    const client = new Client(ws);
    await once(ws, 'open');
    return client;
  }

  send(text: string): void {
    this.ws.send(text);
  }

  async next(): Promise<Message> {
    const text =
      this.arrived.shift() ?? (await new Promise<string>((resolve) => (this.wanted = resolve)));
    return JSON.parse(text) as Message;
  }

  async call(method: string, params?: unknown): Promise<Message> {
    this.send(call(1, method, params));
    return this.next();
  }

  /** Resolves to the close code and reason. */
  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = (await once(this.ws, 'close')) as [number, Buffer];
    return { code, reason: reason.toString() };
  }

  async close(): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) return;
    const closed = this.closed();
    this.ws.close();
    await closed;
  }
}
