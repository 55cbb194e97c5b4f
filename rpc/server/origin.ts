/** Who may ask from where: browsers by the page they show, operators by the machine they are on. */
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** Pages that may call us, by origin; `'*'` for all. Programs send no origin and need no leave. */
export type CorsOrigins = readonly string[] | '*';

const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

export const isLoopback = (ip: string): boolean =>
  ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');

const hostName = (host: string): string =>
  host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':', 1)[0] ?? '');

/** Whether the page that sends the request may do so; a page that we serve ourselves may. */
export function isOriginAllowed(request: IncomingMessage, allowed: CorsOrigins): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed === '*' || allowed.includes(origin)) return true;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/**
 * Whether a request comes straight from a program on this machine: no page of a browser, no proxy
 * that speaks for others, and no host name that a stranger could point at us.
 */
export function isLocalProgram(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (!isLoopback(request.socket.remoteAddress ?? '') || origin !== undefined) return false;
  if (FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined)) return false;
  const name = hostName(host ?? '');
  return name === 'localhost' || isIP(name) !== 0;
}
