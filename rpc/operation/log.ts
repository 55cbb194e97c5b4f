/** The log of a command: one JSON line for each event, without what an L1 provider takes for a password. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type LogOptions = Readonly<{
  logLevel: string;
  /** URL of the L1: errors of the client quote it, and providers put their keys into it. */
  l1: string;
}>;

/** Writes to standard output unless told otherwise. */
export function openLog({ logLevel, l1 }: LogOptions, destination?: DestinationStream): Logger {
  const options = { name: 'tidepool', level: logLevel, hooks: { streamWrite: hiding(l1) } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Takes password, path and query of a URL out of a text; scheme, host and port stay. */
export function hiding(url: string): (text: string) => string {
  if (!URL.canParse(url)) return (text) => text;
  const { origin, pathname, search, password } = new URL(url);
  // Short ones are no secrets, and everywhere.
  const hidden = [url, `${pathname}${search}`, pathname, search, password].filter((secret) => secret.length > 3 && secret !== origin);
  // The longest first: of one that holds another, the rest would stay.
  hidden.sort((a, b) => b.length - a.length);
  return (text) => hidden.reduce((left, secret) => left.replaceAll(secret, secret === url ? origin : '***'), text);
}
