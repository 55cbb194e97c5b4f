// The embedded L1 as JSON-RPC over HTTP for wallets and scripts on this machine, and for nobody
// else by default.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbeddedL1, RpcRequest } from './embeddedL1.ts';
import { EmbeddedL1Error, L1RpcError, RPC_CODE } from './errors.ts';

export const L1_HOST_DEFAULT = '127.0.0.1';
export const L1_PORT_DEFAULT = 8_545;
/** A batch of a few of the largest transactions in hex; geth takes 5 MiB too. */
const BODY_BYTES_MAX = 5 * 1_024 * 1_024;
const BATCH_REQUESTS_MAX = 100;
const RESPONSE_BYTES_MAX = 25_000_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Names under which a browser reaches this machine; any other Host is a rebound DNS name. */
const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** Pages on this machine. */
const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
/** Wallets, which live in browser extensions. */
const WALLET_ORIGIN = /^(chrome|moz|safari-web)-extension:\/\/[\w-]+$/;

export type L1ServerOptions = {
  readonly l1: EmbeddedL1;
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Web origins allowed beside the local ones. */
  readonly origins?: readonly string[];
  /** Offers evm_mine, tidepool_reorg and the like to whoever can connect. */
  readonly developmentMethods?: boolean;
};

export type L1Server = { readonly url: string; readonly port: number; close(): Promise<void> };

type Settings = Required<L1ServerOptions>;

/** Starts to listen. Throws `EmbeddedL1Error` `port_in_use` or `server_failed`. */
export async function serveEmbeddedL1(options: L1ServerOptions): Promise<L1Server> {
  const settings: Settings = {
    host: L1_HOST_DEFAULT,
    port: L1_PORT_DEFAULT,
    origins: [],
    developmentMethods: false,
    ...options,
  };
  const server = createServer((request, response) => {
    handle(settings, request, response).catch(() => response.destroy());
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await listen(server, settings);
  const { port } = server.address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return { url: `http://${host}:${port}`, port, close: () => close(server) };
}

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const message = isTaken
        ? `port ${port} on ${host} is in use: stop the other program or choose another port`
        : `cannot listen on ${host}:${port}: ${error.message}`;
      const fault = isTaken ? 'port_in_use' : 'server_failed';
      reject(new EmbeddedL1Error(fault, message, { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(
  settings: Settings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  if (!isHostAllowed(settings, request.headers.host)) {
    return send(response, 403, plainError('invalid host: use the address the L1 listens on'));
  }
  if (origin !== undefined && !isOriginAllowed(settings, origin)) {
    return send(response, 403, plainError(`origin not allowed: ${origin.slice(0, 80)}`));
  }
  if (origin !== undefined) allowOrigin(response, origin);
  if (request.method === 'OPTIONS') return send(response, 204, '');
  if (request.method !== 'POST') {
    return send(response, 405, plainError('expected POST with a JSON-RPC body'));
  }
  const body = await readBody(request);
  if (body === null) {
    response.setHeader('connection', 'close');
    const message = `request body too large: at most ${BODY_BYTES_MAX} bytes`;
    return send(response, 413, plainError(message));
  }
  const answer = await answerBody(settings, body);
  if (answer.length > RESPONSE_BYTES_MAX) {
    const message = `response too large: at most ${RESPONSE_BYTES_MAX} bytes`;
    return send(response, 200, errorText(null, new L1RpcError(RPC_CODE.limitExceeded, message)));
  }
  // A body of notifications alone has no answer.
  send(response, answer === '' ? 204 : 200, answer);
}

function isHostAllowed(settings: Settings, header: string | undefined): boolean {
  if (header === undefined) return false;
  const name = header.replace(/:\d+$/, '').toLowerCase();
  if (LOCAL_HOSTS.has(name) || name === settings.host) return true;
  // Who listens on every interface has chosen to be reached by any name.
  return settings.host === '0.0.0.0' || settings.host === '::';
}

const isOriginAllowed = (settings: Settings, origin: string): boolean =>
  LOCAL_ORIGIN.test(origin) || WALLET_ORIGIN.test(origin) || settings.origins.includes(origin);

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('vary', 'origin');
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, text === '' ? {} : { 'content-type': 'application/json' });
  response.end(text);
}

/** Null when the body is larger than allowed; what is left of it is not read. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > BODY_BYTES_MAX) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function answerBody(settings: Settings, body: string): Promise<string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return errorText(null, new L1RpcError(RPC_CODE.parseError, 'parse error: body is not JSON'));
  }
  if (!Array.isArray(parsed)) return (await answerOne(settings, parsed)) ?? '';
  if (parsed.length === 0 || parsed.length > BATCH_REQUESTS_MAX) {
    const message = `invalid batch: expected 1 to ${BATCH_REQUESTS_MAX} requests`;
    return errorText(null, new L1RpcError(RPC_CODE.invalidRequest, message));
  }
  const answers: string[] = [];
  let length = 0;
  // One after another: a batch may send a transaction and then ask for its receipt.
  for (const one of parsed) {
    const answer = await answerOne(settings, one);
    if (answer !== null) answers.push(answer);
    length += answer?.length ?? 0;
    if (length > RESPONSE_BYTES_MAX) break;
  }
  return answers.length === 0 ? '' : `[${answers.join(',')}]`;
}

type Id = string | number | null;

async function answerOne(settings: Settings, given: unknown): Promise<string | null> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const request = (isObject ? given : {}) as { jsonrpc?: unknown; id?: unknown; method?: unknown };
  const id = readId(request.id);
  if (request.jsonrpc !== '2.0' || typeof request.method !== 'string') {
    const message = 'invalid request: expected jsonrpc "2.0" and a method';
    return errorText(id, new L1RpcError(RPC_CODE.invalidRequest, message));
  }
  const { l1, developmentMethods } = settings;
  const provider = developmentMethods ? l1.request : l1.requestPublic;
  try {
    const result = await provider(given as RpcRequest);
    return request.id === undefined ? null : JSON.stringify({ jsonrpc: '2.0', id, result });
  } catch (error) {
    return request.id === undefined ? null : errorText(id, error);
  }
}

const readId = (id: unknown): Id => (typeof id === 'string' || typeof id === 'number' ? id : null);

function errorText(id: Id, error: unknown): string {
  const isRpc = error instanceof L1RpcError;
  const code = isRpc ? error.code : RPC_CODE.internal;
  const message = isRpc ? error.message : `internal error: ${(error as Error).message}`;
  const data = isRpc && error.data !== undefined ? { data: error.data } : {};
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...data } });
}

const plainError = (message: string): string =>
  errorText(null, new L1RpcError(RPC_CODE.invalidRequest, message));
