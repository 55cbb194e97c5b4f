/**
 * One node as its operator sees it: whether it lives, whether it is ready and why not, and its figures. Made before
 * the node is, so that a long start can be watched.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Doubt, Meter } from '../../node/ports/operation.ts';
import { VERSION } from '../methods/system.ts';
import type { NodeView } from '../methods/view.ts';
import type { Logger } from '../server/context.ts';
import { end } from '../server/http.ts';
import { listen, type Address } from '../server/listen.ts';
import { isLocalProgram } from '../server/origin.ts';
import { CallMeters } from './callMeters.ts';
import { chainMeters } from './chainMeters.ts';
import { doubtsOf } from './doubts.ts';
import { newRegistry, register } from './meters.ts';

export type Role = 'sequencer' | 'follower';
export type OperationOptions = Readonly<{ role: Role; logger: Logger }>;

type Answer = Readonly<{ status: number; type: string; text: string }>;

const JSON_TYPE = 'application/json';
/** Of a port of its own: scrapers and health checkers are few. */
const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 10_000;

export class Operation {
  readonly calls = new CallMeters();
  readonly #o: OperationOptions;
  readonly #registry: Registry = newRegistry();
  #node: NodeView | null = null;
  #isStopping = false;
  #start = 'the chain is being opened';
  #collecting: Promise<string> | null = null;

  constructor(options: OperationOptions) {
    this.#o = options;
    this.#register([
      {
        name: 'tidepool_build_info',
        help: 'Always 1.',
        type: 'gauge',
        read: () => [[{ version: VERSION, network: this.#node?.network.name ?? '', role: options.role }, 1]],
      },
      {
        name: 'tidepool_ready',
        help: 'Whether /readyz says so.',
        type: 'gauge',
        read: () => (this.doubts().length === 0 ? 1 : 0),
      },
      {
        name: 'tidepool_doubt',
        help: '1 for each reason of /readyz.',
        type: 'gauge',
        read: () => this.doubts().map(({ code }) => [{ code }, 1]),
      },
      ...this.calls.meters,
    ]);
  }

  /** What a start that takes long is doing. */
  starting(what: string): void {
    this.#start = what;
  }

  /** The node is open, and its door is about to be: with `meters` of the door. */
  serves(node: NodeView, meters: readonly Meter[]): void {
    this.#node = node;
    this.#register([...chainMeters(node), ...(node.meters ?? []), ...meters]);
  }

  /** From here to its end the node is not ready. */
  stops(): void {
    this.#isStopping = true;
  }

  /** Reasons not to be ready, those first that say most. */
  doubts(): Doubt[] {
    if (this.#isStopping) return [{ code: 'STOPPING', detail: 'the node is shutting down' }];
    if (this.#node === null) return [{ code: 'STARTING', detail: this.#start }];
    return doubtsOf(this.#node);
  }

  /** Answers its paths on the port of JSON-RPC, figures to programs of this machine alone. Whether it did. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean =>
    this.#answer(request, response, isLocalProgram(request));

  /** Opens a port of its own, where figures are for all who reach it. @throws ListenError */
  async listen(address: Address): Promise<{ port: number; close: () => Promise<void> }> {
    const server = createServer((request, response) => {
      if (!this.#answer(request, response, true)) end(response, 404, 'ask for /livez, /readyz or /metrics\n');
    });
    server.maxConnections = CONNECTIONS_MAX;
    server.requestTimeout = server.headersTimeout = REQUEST_MS_MAX;
    await listen(server, address);
    server.on('error', (error) => this.#o.logger.warn({ err: error }, 'the port of the metrics had trouble'));
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { port: (server.address() as AddressInfo).port, close };
  }

  #answer(request: IncomingMessage, response: ServerResponse, mayMeasure: boolean): boolean {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const find = this.#paths.get(path);
    if (find === undefined) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      end(response, 405, 'use GET\n', { allow: 'GET, HEAD' });
      return true;
    }
    find(mayMeasure).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        this.#o.logger.error({ err: error, path }, 'a path of the operator has failed');
        send(response, { status: 500, type: 'text/plain', text: 'see the log\n' });
      },
    );
    return true;
  }

  readonly #paths: ReadonlyMap<string, (mayMeasure: boolean) => Promise<Answer>> = new Map([
    // Whoever reads this knows that the event loop turns; a node that can not go on ends.
    ['/livez', async () => json(200, { alive: true })],
    ['/readyz', async () => this.#readiness()],
    ['/healthz', async () => this.#readiness()],
    ['/metrics', async (mayMeasure: boolean) => (mayMeasure ? this.#metrics() : NOT_HERE)],
  ]);

  #readiness(): Answer {
    const reasons = this.doubts();
    return reasons.length === 0 ? json(200, { ready: true }) : json(503, { ready: false, reasons });
  }

  /** Who asks while figures are being read gets the same ones: any number of scrapers cost what one does. */
  async #metrics(): Promise<Answer> {
    this.#collecting ??= this.#registry.metrics().finally(() => {
      this.#collecting = null;
    });
    return { status: 200, type: this.#registry.contentType, text: await this.#collecting };
  }

  #register(meters: readonly Meter[]): void {
    const onTrouble = (meter: string, error: unknown): void =>
      this.#o.logger.warn({ err: error, meter }, 'a meter can not be read');
    for (const meter of meters) register(this.#registry, meter, onTrouble);
  }
}

const NOT_HERE: Answer = {
  status: 403,
  type: 'text/plain',
  text: 'figures are for programs of this machine; --metrics-port opens a port for others\n',
};
const json = (status: number, value: object): Answer => ({ status, type: JSON_TYPE, text: `${JSON.stringify(value)}\n` });

function send(response: ServerResponse, { status, type, text }: Answer): void {
  end(response, status, text, { 'content-type': type, 'cache-control': 'no-store' });
}
