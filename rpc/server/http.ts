/** JSON-RPC by HTTP POST; whoever else has paths on this port is asked first. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RpcError } from '../schema/errors.ts';
import type { ConnectionContext } from './context.ts';
import type { Dispatch } from './dispatcher.ts';
import { errorReply } from './envelope.ts';
import type { ServerLimits } from './limits.ts';
import { isOriginAllowed, type CorsOrigins } from './origin.ts';

export interface HttpPorts {
  readonly dispatch: Dispatch;
  readonly contextOf: (request: IncomingMessage) => ConnectionContext;
  readonly limits: ServerLimits;
  readonly corsOrigins: CorsOrigins;
  readonly banner: string;
  /** Answers paths of its own, such as those of the operator; whether it did. */
  readonly handleOther: HandleOther | undefined;
}

export type HandleOther = (request: IncomingMessage, response: ServerResponse) => boolean;

/** How far past the limit a body is read and thrown away, so that the client sees our answer. */
const DISCARD_FACTOR = 4;
const PREFLIGHT_SECONDS = '600';
const JSON_TYPE = 'application/json';
const JSON_TYPES: ReadonlySet<string> = new Set([JSON_TYPE, 'application/json-rpc']);

type Headers = Readonly<Record<string, string>>;

/** Answers with a text, unless that was done or there is nobody any more. */
export function end(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  if (response.headersSent || response.destroyed) return;
  const type = headers['content-type'] ?? 'text/plain; charset=utf-8';
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': length });
  response.end(text);
}

const endJson = (response: ServerResponse, text: string): void =>
  end(response, 200, text, { 'content-type': JSON_TYPE });

/** Answers one HTTP request. */
export function handleHttp(
  request: IncomingMessage,
  response: ServerResponse,
  ports: HttpPorts,
): void {
  const isAllowed = isOriginAllowed(request, ports.corsOrigins);
  if (isAllowed) allowOrigin(request, response, ports.corsOrigins);
  const path = (request.url ?? '/').split('?', 1)[0];
  if (ports.handleOther?.(request, response) === true) return;
  if (path !== '/') return end(response, 404, 'JSON-RPC is at /\n');
  switch (request.method) {
    case 'POST':
      // A browser asks before it posts JSON; one that posts all the same gets nothing done.
      if (!isAllowed) return end(response, 403, 'this origin is not allowed here\n');
      return answerPost(request, response, ports);
    case 'GET':
    case 'HEAD':
      return end(response, 200, ports.banner);
    case 'OPTIONS':
      response.writeHead(204, { allow: 'POST, GET, HEAD, OPTIONS' });
      response.end();
      return undefined;
    default:
      return end(response, 405, 'use POST\n', { allow: 'POST, GET, HEAD, OPTIONS' });
  }
}

function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: CorsOrigins,
): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', allowed === '*' ? '*' : origin);
  response.setHeader('vary', 'origin');
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'POST, GET');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
}

function answerPost(request: IncomingMessage, response: ServerResponse, ports: HttpPorts): void {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (!JSON_TYPES.has(type) || encoding !== 'identity') {
    request.resume();
    return end(response, 415, `send ${JSON_TYPE}, uncompressed\n`);
  }
  return readBody(request, response, ports.limits.requestBytesMax, (body) => {
    if (!isUtf8(body)) {
      const facts = { expected: 'UTF-8', received: 'other bytes' };
      return endJson(response, errorReply(null, new RpcError('PARSE_ERROR', facts)));
    }
    const reply = ports.dispatch(body.toString('utf8'), ports.contextOf(request));
    if (reply === undefined || typeof reply === 'string') return answerReply(response, reply);
    void reply.then((text) => answerReply(response, text));
    return undefined;
  });
}

function answerReply(response: ServerResponse, reply: string | undefined): void {
  if (reply !== undefined) return endJson(response, reply);
  if (response.destroyed) return;
  response.writeHead(204);
  response.end();
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
  use: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const refuse = (): void =>
    end(response, 413, `the limit is ${bytesMax} bytes\n`, { connection: 'close' });
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bytesMax) {
      chunks.push(chunk);
      return;
    }
    chunks.length = 0;
    if (bytes <= DISCARD_FACTOR * bytesMax || response.headersSent) return;
    response.on('finish', () => request.socket.destroySoon());
    request.pause();
    refuse();
  });
  request.on('end', () => {
    if (bytes > bytesMax) refuse();
    else use(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  });
  // The client has gone in the middle of its request: nobody to answer.
  request.on('error', () => undefined);
}
