/** The log of a command: one JSON line for each event, without what an L1 provider takes for a password. */
import { pino, type DestinationStream, type Logger } from 'pino';
import { hiding } from './hiding.ts';

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
