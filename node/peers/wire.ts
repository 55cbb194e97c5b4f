/**
 * What nodes say to each other: names of topics and protocols, msgpack envelopes. What comes from a
 * peer is read with its shape checked: an envelope is small, and what it announces is checked before
 * it is read.
 */
import { Packr } from 'msgpackr';
import { toHex, fromHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import { ExchangeError } from './frames.ts';
import { ANSWERS, BLOCKS_PER_ANSWER_MAX, type Subject, type Topic } from './limits.ts';

/** What a node says is its newest block. */
export type Head = Readonly<{ height: number; hash: Digest }>;
export type Request = Readonly<
  | { subject: 'status'; head: Head | null }
  | { subject: 'blocks'; from: number; count: number }
  | { subject: 'manifest' }
  | { subject: 'chunk'; hash: Digest }
  | { subject: 'book' }
>;
/** OK: the parts follow; NONE: it has nothing of it; BUSY: ask later; FAILED: it could not look. */
export type AnswerCode = 'OK' | 'NONE' | 'BUSY' | 'FAILED';
export type AnswerHead = Readonly<{ code: AnswerCode; lengths: readonly number[] }>;

/** Peers of other chains share no topic and no protocol. */
const nameOf = (chain: Digest, what: string): string => `/tidepool/${chain.slice(2, 10)}/${what}/1`;
export const topicName = (chain: Digest, topic: Topic): string => nameOf(chain, `gossip-${topic}`);
export const protocolName = (chain: Digest, subject: Subject): string => nameOf(chain, subject);

const packr = new Packr({ useRecords: false, mapsAsObjects: true });

function open(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (error) {
    throw new ExchangeError('MALFORMED', `not an envelope: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ExchangeError('MALFORMED', 'expected an envelope with named fields');
  }
  return value as Record<string, unknown>;
}

function whole(value: unknown, name: string, min: number, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new ExchangeError('MALFORMED', `${name}: expected a whole number from ${min} to ${max}`);
}

function digest(value: unknown, name: string): Digest {
  if (value instanceof Uint8Array && value.length === 32) return toHex(value);
  throw new ExchangeError('MALFORMED', `${name}: expected 32 bytes`);
}

const headIn = (head: Head | null): unknown => (head === null ? null : { height: head.height, hash: fromHex(head.hash) });

function headOf(value: unknown): Head | null {
  if (value === null) return null;
  const { height, hash } = (value ?? {}) as Record<string, unknown>;
  return { height: whole(height, 'height', 0, Number.MAX_SAFE_INTEGER), hash: digest(hash, 'hash') };
}

export function packRequest(request: Request): Uint8Array {
  switch (request.subject) {
    case 'status':
      return packr.pack({ head: headIn(request.head) });
    case 'blocks':
      return packr.pack({ from: request.from, count: request.count });
    case 'chunk':
      return packr.pack({ hash: fromHex(request.hash) });
    default:
      return packr.pack({});
  }
}

/** @throws ExchangeError for anything that `packRequest` would not give */
export function unpackRequest(subject: Subject, bytes: Uint8Array): Request {
  const fields = open(bytes);
  switch (subject) {
    case 'status':
      return { subject, head: headOf(fields['head']) };
    case 'blocks': {
      const from = whole(fields['from'], 'from', 1, Number.MAX_SAFE_INTEGER - BLOCKS_PER_ANSWER_MAX);
      return { subject, from, count: whole(fields['count'], 'count', 1, BLOCKS_PER_ANSWER_MAX) };
    }
    case 'chunk':
      return { subject, hash: digest(fields['hash'], 'hash') };
    default:
      return { subject };
  }
}

/** The answer to `status`. */
export const packHead = (head: Head | null): Uint8Array => packr.pack({ head: headIn(head) });
export const unpackHead = (bytes: Uint8Array): Head | null => headOf(open(bytes)['head']);

export const packAnswerHead = ({ code, lengths }: AnswerHead): Uint8Array => packr.pack({ code, lengths });

/** @throws ExchangeError for what announces more than the subject allows */
export function unpackAnswerHead(subject: Subject, bytes: Uint8Array): AnswerHead {
  const { code, lengths } = open(bytes);
  if (code === 'NONE' || code === 'BUSY' || code === 'FAILED') return { code, lengths: [] };
  const { partsMax, partBytesMax, bytesMax } = ANSWERS[subject];
  if (code !== 'OK' || !Array.isArray(lengths) || lengths.length === 0 || lengths.length > partsMax) {
    throw new ExchangeError('MALFORMED', `expected an answer of 1 to ${partsMax} parts`);
  }
  const checked = lengths.map((length) => whole(length, 'length', 1, partBytesMax));
  const total = checked.reduce((sum, length) => sum + length, 0);
  if (total > bytesMax) throw new ExchangeError('OVERSIZED', `expected at most ${bytesMax} bytes, ${total} announced`);
  return { code, lengths: checked };
}
