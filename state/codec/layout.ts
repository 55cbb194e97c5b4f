/**
 * Record and message layouts as data: one list of named fields gives the type, the encoder and the
 * decoder, and the table in the specification is checked against it.
 */
import { DecodeError, Reader, Writer } from './bytes.ts';

export type Field<T> = Readonly<{
  /** As the specification writes it: `u64`, `i128`, `20 B`, ... */
  name: string;
  /** Fixed width in bytes, or null where the length depends on the value. */
  width: number | null;
  read: (r: Reader) => T;
  write: (w: Writer, value: T) => void;
}>;

export const u8: Field<number> = { name: 'u8', width: 1, read: (r) => r.u8(), write: (w, v) => w.u8(v) };
export const u16: Field<number> = { name: 'u16', width: 2, read: (r) => r.u16(), write: (w, v) => w.u16(v) };
export const u32: Field<number> = { name: 'u32', width: 4, read: (r) => r.u32(), write: (w, v) => w.u32(v) };
export const u40: Field<number> = { name: 'u40', width: 5, read: (r) => r.u40(), write: (w, v) => w.u40(v) };
export const u48: Field<bigint> = { name: 'u48', width: 6, read: (r) => r.u48(), write: (w, v) => w.u48(v) };
/** A time, height or counter: 8 bytes, below 2^48. */
export const time: Field<number> = { name: 'time', width: 8, read: (r) => r.time(), write: (w, v) => w.time(v) };
export const u64: Field<bigint> = { name: 'u64', width: 8, read: (r) => r.u64(), write: (w, v) => w.u64(v) };
export const i64: Field<bigint> = { name: 'i64', width: 8, read: (r) => r.i64(), write: (w, v) => w.i64(v) };
export const u128: Field<bigint> = { name: 'u128', width: 16, read: (r) => r.u128(), write: (w, v) => w.u128(v) };
export const i128: Field<bigint> = { name: 'i128', width: 16, read: (r) => r.i128(), write: (w, v) => w.i128(v) };
export const bytesField = (count: number): Field<`0x${string}`> => ({
  name: `${count} B`,
  width: count,
  read: (r) => r.hex(count),
  write: (w, v) => w.hex(v, count),
});
export const address = bytesField(20);
export const bytes32 = bytesField(32);
export const accountId = bytesField(21);

/** Everything that is left. */
export const rest: Field<Uint8Array> = {
  name: 'rest',
  width: null,
  read: (r) => r.rest(),
  write: (w, v) => w.raw(v),
};

/** A byte that must be one of the first `bound` values. */
export const choice = <T extends number>(bound: number): Field<T> => ({
  name: `u8 < ${bound}`,
  width: 1,
  read: (r) => {
    const value = r.u8();
    if (value >= bound) throw new DecodeError(`expected a choice below ${bound}, got ${value}`);
    return value as T;
  },
  write: (w, v) => w.u8(v),
});

type List<T> = Field<readonly T[]> & Readonly<{ item: Field<T>; max: number }>;
/** A u8 count, then the items. */
export const list = <T>(item: Field<T>, max: number): List<T> => ({
  item,
  max,
  name: `u8 n <= ${max}, n x (${item.name})`,
  width: null,
  read: (r) => {
    const count = r.u8();
    if (count > max) throw new DecodeError(`expected at most ${max} items, got ${count}`);
    const items: T[] = new Array(count);
    for (let i = 0; i < count; i++) items[i] = item.read(r);
    return items;
  },
  write: (w, items) => {
    w.u8(items.length);
    for (const item_ of items) item.write(w, item_);
  },
});

/**
 * Exactly `count` i64 values held as doubles. Each is a safe integer (|v| <= 2^52, the decoder
 * refuses more), so that sums of products below 2^53 are exact at the speed of the processor.
 */
export const safeIntegers = (count: number): Field<Float64Array> => ({
  name: `${count} x i64`,
  width: 8 * count,
  read: (r) => {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = r.safe();
    return values;
  },
  write: (w, values) => {
    for (let i = 0; i < count; i++) w.safe(values[i]!);
  },
});

type Fields = Record<string, Field<any>>;
type Values<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> };
/** The value a layout holds. */
export type Decoded<L> = L extends Field<infer T> ? T : never;

type Struct<F extends Fields> = Field<Values<F>> & Readonly<{ fields: F }>;
/** Reader and writer of a struct, written out by hand. */
type ByHand<F extends Fields> = Pick<Field<Values<F>>, 'read' | 'write'>;

/**
 * Fields in order, packed without gaps. `byHand`, for what a step reads and writes dozens of, must do
 * the same as the list of fields says.
 */
export function struct<F extends Fields>(fields: F, byHand?: ByHand<F>): Struct<F> {
  const names = Object.keys(fields);
  const parts = Object.values(fields);
  const widths = parts.map((field) => field.width);
  return {
    fields,
    name: parts.map((field, i) => `${names[i]} ${field.name}`).join(' | '),
    width: widths.includes(null) ? null : widths.reduce<number>((sum, width) => sum + width!, 0),
    read: (r) => {
      const out: Record<string, unknown> = {};
      for (let i = 0; i < parts.length; i++) out[names[i]!] = parts[i]!.read(r);
      return out as Values<F>;
    },
    write: (w, value) => {
      for (let i = 0; i < parts.length; i++) parts[i]!.write(w, value[names[i] as keyof F]);
    },
    ...byHand,
  };
}

const writer = new Writer();

/** Encodes a whole value into a shared buffer. A view: valid until the next `encode`. */
export function encodeShared<T>(field: Field<T>, value: T): Uint8Array {
  field.write(writer.reset(), value);
  return writer.written();
}

/** Encodes a whole value. Not re-entrant: one shared buffer. */
export function encode<T>(field: Field<T>, value: T): Uint8Array {
  field.write(writer.reset(), value);
  return writer.finish();
}

/** Decodes a whole value: every byte is used. @throws DecodeError */
export function decode<T>(field: Field<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = field.read(reader);
  reader.end();
  return value;
}
