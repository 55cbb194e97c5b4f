/**
 * The book as bytes for other nodes: batches of entries of the journal, and pages of an image of all of it.
 * Each is a body and 64 bytes of signature (EIP-712) over its hash. Sizes are checked before anything is read,
 * the signature before anything is decoded, and every byte has one meaning.
 */
import { concat, DecodeError, fromHex, Reader, toHex, Writer } from '../../state/codec/bytes.ts';
import { bytes32, choice, encode, struct, time, u16, u32, type Decoded, type Field } from '../../state/codec/layout.ts';
import { signature, signerOf, type CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest, typedStruct, type TypedStruct } from '../../state/codec/typedData.ts';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import { orderLayout } from '../../state/transactions/order.ts';
import type { Address } from '../../state/units.ts';
import { recover, signDigest } from '../crypto/recover.ts';
import { identityOf, type BriefChange, type BriefEvent, type PlacedOrder } from './bookEntry.ts';
import { BookError } from './bookError.ts';
import { CANCELLATIONS, type CancellationCode } from './matcher/codes.ts';
import type { OrderRecord, OrderStatus } from './orderRecord.ts';

/** What a network of peers carries in one message. */
export const BOOK_BATCH_BYTES_MAX = 256 * 1024;
/** About 100,000 orders: an image has pages, and nearly always one. */
export const BOOK_IMAGE_BYTES_MAX = 16 * 1024 * 1024;
/** An operation that does more is told in parts; 2,000 of the longest events are 200 kB. */
export const EVENTS_PER_ENTRY_MAX = 2_000;

/**
 * One operation of the desk, or a part of it. `number` counts them in an epoch; the operation took place after
 * `sequence` transactions. What is not the last part goes on in the next entry, which places nothing.
 */
export type BookEntry = BriefChange & Readonly<{ number: number; sequence: number; isContinued: boolean }>;
/** Entries in their order. One without entries says what the next number is. */
export type BookBatch = Readonly<{ epoch: number; first: number; entries: readonly BookEntry[] }>;

/** Where in the journal an image was drawn, and how many pages it has. */
export type ImageHead = Decoded<typeof imageHead>;
export type ImagePage = ImageHead &
  Readonly<{ page: number; bookSequences: readonly (readonly [number, number])[]; records: readonly OrderRecord[] }>;

const TEXT_UNITS_MAX = 64;
const ABSENT = 255;
const SELF_TRADES = ['cancelTaker', 'cancelMaker', 'cancelBoth'] as const;
const STATUSES: readonly OrderStatus[] = ['open', 'filled', 'cancelled', 'expired'];
/** By their place in the list: it may only grow at its end. */
const REASONS = Object.keys(CANCELLATIONS) as readonly CancellationCode[];
const EVENT_TYPES = ['accepted', 'rested', 'filled', 'clipped', 'cancelled', 'expired'] as const;

const oneOf = <T>(values: readonly T[]): Field<T> => {
  const index = choice(values.length);
  return {
    name: index.name,
    width: 1,
    read: (r) => values[index.read(r)]!,
    write: (w, value) => w.u8(values.indexOf(value)),
  };
};
/** UTF-16 units as they are, half pairs too: a client order id may be any text of JSON. */
const text: Field<string> = {
  name: `u8 n <= ${TEXT_UNITS_MAX}, n x u16`,
  width: null,
  read: (r) => unitsOf(r, r.u8()),
  write: (w, value) => {
    w.u8(value.length);
    for (let i = 0; i < value.length; i++) w.u16(value.charCodeAt(i));
  },
};
const optionalText: Field<string | undefined> = {
  name: `u8 ${ABSENT}, or ${text.name}`,
  width: null,
  read: (r) => {
    const count = r.u8();
    return count === ABSENT ? undefined : unitsOf(r, count);
  },
  write: (w, value) => void (value === undefined ? w.u8(ABSENT) : text.write(w, value)),
};
function unitsOf(r: Reader, count: number): string {
  if (count > TEXT_UNITS_MAX) throw new DecodeError(`expected at most ${TEXT_UNITS_MAX} units of text, got ${count}`);
  let out = '';
  for (let i = 0; i < count; i++) out += String.fromCharCode(r.u16());
  return out;
}
const flag = oneOf([false, true]);
const optional = <T>(field: Field<T>): Field<T | null> => ({
  name: `u8 < 2, (${field.name})`,
  width: null,
  read: (r) => (flag.read(r) ? field.read(r) : null),
  write: (w, value) => {
    flag.write(w, value !== null);
    if (value !== null) field.write(w, value);
  },
});

const placedLayout: Field<PlacedOrder> = struct({
  instrument: u32,
  order: orderLayout,
  clientOrderId: optionalText,
  selfTrade: oneOf(SELF_TRADES),
  lots: time,
  sequence: time,
  replaces: optional(bytes32),
});
const entryHead = struct({
  sequence: time,
  millis: time,
  isContinued: flag,
  placed: optional(placedLayout),
  events: u16,
});
const eventType = oneOf(EVENT_TYPES);
const reason = oneOf(REASONS);

const recordLayout = struct({
  instrument: u32,
  order: orderLayout,
  clientOrderId: optionalText,
  selfTrade: oneOf(SELF_TRADES),
  sequence: time,
  acceptedMillis: time,
  updatedMillis: time,
  status: oneOf(STATUSES),
  reason: text,
  filledLots: time,
  remainingLots: time,
});
const imageHead = struct({
  epoch: time,
  /** The last entry that the image includes. */
  number: time,
  sequence: time,
  millis: time,
  nextSequence: time,
  pages: u16,
});
const SIGNATURE_BYTES = signature.width!;
const BATCH_HEAD_BYTES = 8 + 8 + 4;
const PAGE_HEAD_BYTES = imageHead.width! + 2 + 4 + 4;
export const BATCH_ENTRIES_BYTES_MAX = BOOK_BATCH_BYTES_MAX - BATCH_HEAD_BYTES - SIGNATURE_BYTES;
/** Records of a page; the books of the first have room too: 12 bytes each. */
export const PAGE_RECORDS_BYTES_MAX = BOOK_IMAGE_BYTES_MAX - PAGE_HEAD_BYTES - SIGNATURE_BYTES - 1024 * 1024;

/** What the sequencer signs: the two can not be taken for each other, nor for blocks or receipts. */
const batchTyped = typedStruct('BookBatch', [{ name: 'hash', type: 'bytes32' }]);
const imageTyped = typedStruct('BookImage', [{ name: 'hash', type: 'bytes32' }]);

const digestOf = (domainSeparator: Uint8Array, typed: TypedStruct, body: Uint8Array): Uint8Array =>
  typedDigest(domainSeparator, typed, { hash: toHex(keccak256(body)) });

function seal(typed: TypedStruct, body: Uint8Array, domainSeparator: Uint8Array, key: Uint8Array): Uint8Array {
  return concat(body, fromHex(signDigest(digestOf(domainSeparator, typed, body), key)));
}

/** The body of a message of `signer`. @throws BookError */
function unseal(
  typed: TypedStruct,
  bytes: Uint8Array,
  bytesMax: number,
  domainSeparator: Uint8Array,
  signer: Address,
): Uint8Array {
  if (bytes.length > bytesMax) throw new BookError('BOOK_TOO_LARGE', `at most ${bytesMax} bytes, got ${bytes.length}`);
  if (bytes.length < SIGNATURE_BYTES) throw new BookError('BOOK_MALFORMED', `${bytes.length} bytes`);
  const body = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  const signed = toHex(bytes.subarray(body.length)) as CompactSignature;
  const found = signerOf(recover, digestOf(domainSeparator, typed, body), signed);
  if (found !== signer) throw new BookError('BOOK_WRONG_SIGNER', `signed by ${found ?? 'nobody'}`);
  return body;
}

/** @throws BookError */
function read<T>(body: Uint8Array, take: (r: Reader) => T): T {
  try {
    const r = new Reader(body);
    const value = take(r);
    r.end();
    return value;
  } catch (error) {
    if (error instanceof DecodeError) throw new BookError('BOOK_MALFORMED', error.message);
    throw error;
  }
}

/* BATCHES */

const writer = new Writer();

export function encodeEntry({ sequence, millis, isContinued, placed, events }: Omit<BookEntry, 'number'>): Uint8Array {
  entryHead.write(writer.reset(), { sequence, millis, isContinued, placed, events: events.length });
  for (const event of events) writeEvent(writer, event);
  return writer.finish();
}

function writeEvent(w: Writer, event: BriefEvent): void {
  eventType.write(w, event.type);
  if (event.type === 'filled') bytes32.write(w, event.maker);
  else if ('id' in event) bytes32.write(w, event.id);
  if ('lots' in event) time.write(w, event.lots);
  if (event.type !== 'cancelled') return;
  reason.write(w, event.reason);
  text.write(w, event.detail);
}

function readEvent(r: Reader): BriefEvent {
  const type = eventType.read(r);
  switch (type) {
    case 'accepted':
    case 'rested':
      return { type };
    case 'filled':
      return { type, maker: bytes32.read(r), lots: time.read(r) };
    case 'clipped':
      return { type, id: bytes32.read(r), lots: time.read(r) };
    case 'cancelled':
      return { type, id: bytes32.read(r), reason: reason.read(r), detail: text.read(r) };
    case 'expired':
      return { type, id: bytes32.read(r) };
  }
}

/** `entries` are encoded and together at most BATCH_ENTRIES_BYTES_MAX. Cost: one signature, ~40 us. */
export function sealBatch(
  epoch: number,
  first: number,
  entries: readonly Uint8Array[],
  domainSeparator: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const w = new Writer();
  w.time(epoch).time(first).u32(entries.length);
  for (const entry of entries) w.raw(entry);
  return seal(batchTyped, w.finish(), domainSeparator, key);
}

/** @throws BookError */
export function openBatch(bytes: Uint8Array, domainSeparator: Uint8Array, signer: Address): BookBatch {
  return read(unseal(batchTyped, bytes, BOOK_BATCH_BYTES_MAX, domainSeparator, signer), (r) => {
    const epoch = r.time();
    const first = r.time();
    const count = r.u32();
    const entries: BookEntry[] = [];
    for (let i = 0; i < count; i++) entries.push(readEntry(r, first + i));
    return { epoch, first, entries };
  });
}

function readEntry(r: Reader, number: number): BookEntry {
  const head = entryHead.read(r);
  if (head.events > EVENTS_PER_ENTRY_MAX) throw new DecodeError(`expected at most ${EVENTS_PER_ENTRY_MAX} events`);
  const events: BriefEvent[] = [];
  for (let i = 0; i < head.events; i++) events.push(readEvent(r));
  const { sequence, millis, isContinued, placed } = head;
  return { number, sequence, millis, isContinued, placed, events };
}

/* IMAGES */

export const encodeRecord = (record: OrderRecord): Uint8Array => encode(recordLayout, record);

export function sealPage(
  head: ImageHead,
  page: number,
  bookSequences: readonly (readonly [number, number])[],
  records: readonly Uint8Array[],
  domainSeparator: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const w = new Writer();
  imageHead.write(w, head);
  w.u16(page).u32(bookSequences.length).u32(records.length);
  for (const [instrument, sequence] of bookSequences) w.u32(instrument).time(sequence);
  for (const record of records) w.raw(record);
  return seal(imageTyped, w.finish(), domainSeparator, key);
}

/** Cost: ~10 us a record, most of it the hash of the order. @throws BookError */
export function openPage(bytes: Uint8Array, domainSeparator: Uint8Array, signer: Address): ImagePage {
  return read(unseal(imageTyped, bytes, BOOK_IMAGE_BYTES_MAX, domainSeparator, signer), (r) => {
    const head = imageHead.read(r);
    const page = r.u16();
    const [books, records] = [r.u32(), r.u32()];
    if (page >= head.pages) throw new DecodeError(`expected a page below ${head.pages}, got ${page}`);
    const bookSequences: [number, number][] = [];
    for (let i = 0; i < books; i++) bookSequences.push([r.u32(), r.time()]);
    const all: OrderRecord[] = [];
    for (let i = 0; i < records; i++) all.push(readRecord(r, domainSeparator));
    return { ...head, page, bookSequences, records: all };
  });
}

function readRecord(r: Reader, domainSeparator: Uint8Array): OrderRecord {
  const record = recordLayout.read(r);
  const { order, instrument, status, filledLots, remainingLots } = record;
  if (filledLots + remainingLots > Number(order.lots)) throw new DecodeError('expected no more lots than were signed');
  if (status === 'open' && remainingLots === 0) throw new DecodeError('expected some lots of an open order');
  const { digest, account } = identityOf(order, instrument, domainSeparator);
  // One by one: a spread behind other fields is copied in the slow way.
  const { clientOrderId, selfTrade, sequence, acceptedMillis, updatedMillis, reason: ended } = record;
  return {
    digest,
    account,
    instrument,
    order,
    clientOrderId,
    selfTrade,
    sequence,
    acceptedMillis,
    updatedMillis,
    status,
    reason: ended,
    filledLots,
    remainingLots,
  };
}
