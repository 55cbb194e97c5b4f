/** Canonical big-endian bytes: one reader, one writer, for records and transactions alike. */
import { BrokenInvariant } from '../errors.ts';

/** Bytes did not have the documented form. In a transaction it becomes the refusal `malformed`. */
export class DecodeError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const DIGITS = '0123456789abcdef';
const CODES = Uint8Array.from(DIGITS, (c) => c.charCodeAt(0));
/** Character codes that one call turns into text: as many arguments as any engine takes. */
const CODES_MAX = 4_096;

/** Character codes of short hex, by its bytes: filled anew by each call, so that none is built per call. */
const SHORT_BYTES = 64;
const shortCodes = Array.from({ length: SHORT_BYTES + 1 }, (_, count) => codesOf(count));
function codesOf(count: number): number[] {
  const codes: number[] = new Array(2 + 2 * count).fill(48);
  codes[1] = 120;
  return codes;
}

/** Lower-case hex with 0x. Cost: ~0.2 us for a digest: one flat string, not a rope of pairs. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  if (bytes.length > SHORT_BYTES) return longHex(bytes);
  const codes = shortCodes[bytes.length]!;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    codes[2 + 2 * i] = CODES[byte >> 4]!;
    codes[3 + 2 * i] = CODES[byte & 15]!;
  }
  return String.fromCharCode.apply(null, codes) as `0x${string}`;
}

function longHex(bytes: Uint8Array): `0x${string}` {
  let text = '';
  let codes: number[] = [48, 120];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    codes.push(CODES[byte >> 4]!, CODES[byte & 15]!);
    if (codes.length < CODES_MAX) continue;
    text += String.fromCharCode.apply(null, codes);
    codes = [];
  }
  return (text + String.fromCharCode.apply(null, codes)) as `0x${string}`;
}

/** Value of a hexadecimal digit by its character code, 255 where it is none. */
const DIGIT_OF = new Uint8Array(128).fill(255);
for (let i = 0; i < 16; i++) {
  DIGIT_OF[DIGITS.charCodeAt(i)] = i;
  DIGIT_OF[DIGITS.toUpperCase().charCodeAt(i)] = i;
}

/** Writes the bytes of 0x-hex, either case, at `at`. @throws DecodeError */
export function putHex(text: string, out: Uint8Array, at: number): void {
  if (text.length % 2 !== 0 || text.charCodeAt(0) !== 48 || text.charCodeAt(1) !== 120) {
    throw new DecodeError('hex: expected 0x and pairs of digits');
  }
  for (let i = 2; i < text.length; i += 2, at++) {
    const high = DIGIT_OF[text.charCodeAt(i)] ?? 255;
    const low = DIGIT_OF[text.charCodeAt(i + 1)] ?? 255;
    if (high > 15 || low > 15) throw new DecodeError('hex: not a hexadecimal digit');
    out[at] = (high << 4) | low;
  }
}

/** Bytes of 0x-hex, either case. @throws DecodeError */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length < 2 ? 0 : (text.length - 2) >> 1);
  putHex(text, bytes, 0);
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Integers up to here are exact in doubles, and so is the sum of any two. */
const SAFE_BOUND = 2 ** 52;

/** Reads fields in order. Every read is bounds-checked; `end` refuses anything left over. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }
  private take(count: number): number {
    const at = this.at;
    if (at + count > this.bytes.length) {
      throw new DecodeError(`expected ${count} more bytes at ${at}, have ${this.bytes.length - at}`);
    }
    this.at = at + count;
    return at;
  }
  u8(): number {
    return this.bytes[this.take(1)]!;
  }
  u16(): number {
    return this.view.getUint16(this.take(2));
  }
  u32(): number {
    return this.view.getUint32(this.take(4));
  }
  /** 40 bits as a number. */
  u40(): number {
    const at = this.take(5);
    return this.bytes[at]! * 2 ** 32 + this.view.getUint32(at + 1);
  }
  /** 48 bits as a bigint: lots and ticks of orders. */
  u48(): bigint {
    const at = this.take(6);
    return BigInt(this.view.getUint16(at) * 2 ** 32 + this.view.getUint32(at + 2));
  }
  /** 64 bits that hold a time, height or counter below 2^48, as a number. */
  time(): number {
    const at = this.take(8);
    const high = this.view.getUint32(at);
    if (high >= 2 ** 16) throw new DecodeError(`expected a value below 2^48 at ${at}`);
    return high * 2 ** 32 + this.view.getUint32(at + 4);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8));
  }
  i64(): bigint {
    return this.view.getBigInt64(this.take(8));
  }
  /** 64 bits of a safe integer, |value| <= 2^52, as a double. */
  safe(): number {
    const at = this.take(8);
    const value = this.view.getInt32(at) * 2 ** 32 + this.view.getUint32(at + 4);
    // Rounding can not hide an excess: up to 2^53 the sum is exact, above it stays above.
    if (value > SAFE_BOUND || value < -SAFE_BOUND) throw new DecodeError('expected |value| <= 2^52');
    return value;
  }
  u128(): bigint {
    const at = this.take(16);
    // Most amounts fit 64 bits: then no wide integer is built.
    const low = this.view.getBigUint64(at + 8);
    if (this.view.getUint32(at) === 0 && this.view.getUint32(at + 4) === 0) return low;
    return (this.view.getBigUint64(at) << 64n) | low;
  }
  i128(): bigint {
    const at = this.take(16);
    const top = this.view.getInt32(at);
    const next = this.view.getInt32(at + 4);
    if (top === next && (top === 0 || top === -1) && this.view.getInt32(at + 8) >> 31 === top) {
      return this.view.getBigInt64(at + 8);
    }
    return (this.view.getBigInt64(at) << 64n) | this.view.getBigUint64(at + 8);
  }
  raw(count: number): Uint8Array {
    const at = this.take(count);
    return this.bytes.slice(at, at + count);
  }
  hex(count: number): `0x${string}` {
    const at = this.take(count);
    return toHex(this.bytes.subarray(at, at + count));
  }
  rest(): Uint8Array {
    return this.raw(this.bytes.length - this.at);
  }
  end(): void {
    if (this.at !== this.bytes.length) {
      throw new DecodeError(`expected the end at ${this.at}, have ${this.bytes.length - this.at} more bytes`);
    }
  }
}

/** Writes fields in order. A value out of its field is our own fault, never an input's. */
export class Writer {
  private bytes = new Uint8Array(1_024);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  /** Makes room; `view` may be another one afterwards. */
  private grow(count: number): number {
    const at = this.at;
    this.at = at + count;
    if (this.at > this.bytes.length) {
      const larger = new Uint8Array(2 * this.at);
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
  private natural(value: number, bound: number, count: number): number {
    if (!(Number.isInteger(value) && value >= 0 && value < bound)) misfit(value, `${count} bytes`);
    return this.grow(count);
  }
  u8(value: number): this {
    const at = this.natural(value, 2 ** 8, 1);
    this.bytes[at] = value;
    return this;
  }
  u16(value: number): this {
    const at = this.natural(value, 2 ** 16, 2);
    this.view.setUint16(at, value);
    return this;
  }
  u32(value: number): this {
    const at = this.natural(value, 2 ** 32, 4);
    this.view.setUint32(at, value);
    return this;
  }
  u40(value: number): this {
    const at = this.natural(value, 2 ** 40, 5);
    this.bytes[at] = highOf(value);
    this.view.setUint32(at + 1, value >>> 0);
    return this;
  }
  u48(value: bigint): this {
    if (BigInt.asUintN(48, value) !== value) misfit(value, 'u48');
    const at = this.grow(6);
    const number = Number(value);
    this.view.setUint16(at, highOf(number));
    this.view.setUint32(at + 2, number >>> 0);
    return this;
  }
  time(value: number): this {
    const at = this.natural(value, 2 ** 48, 8);
    this.view.setUint32(at, highOf(value));
    this.view.setUint32(at + 4, value >>> 0);
    return this;
  }
  u64(value: bigint): this {
    if (BigInt.asUintN(64, value) !== value) misfit(value, 'u64');
    const at = this.grow(8);
    this.view.setBigUint64(at, value);
    return this;
  }
  i64(value: bigint): this {
    if (BigInt.asIntN(64, value) !== value) misfit(value, 'i64');
    const at = this.grow(8);
    this.view.setBigInt64(at, value);
    return this;
  }
  /** A safe integer, |value| <= 2^52, as 64 bits. */
  safe(value: number): this {
    if (!(Number.isInteger(value) && Math.abs(value) <= SAFE_BOUND)) misfit(value, 'a safe integer');
    const at = this.grow(8);
    this.view.setInt32(at, highOf(value));
    this.view.setUint32(at + 4, value >>> 0);
    return this;
  }
  u128(value: bigint): this {
    if (BigInt.asUintN(128, value) !== value) misfit(value, 'u128');
    return this.wide(value);
  }
  i128(value: bigint): this {
    if (BigInt.asIntN(128, value) !== value) misfit(value, 'i128');
    return this.wide(value);
  }
  private wide(value: bigint): this {
    const at = this.grow(16);
    if (BigInt.asIntN(64, value) === value) {
      const sign = value < 0n ? -1 : 0;
      this.view.setInt32(at, sign);
      this.view.setInt32(at + 4, sign);
    } else this.view.setBigInt64(at, value >> 64n);
    this.view.setBigUint64(at + 8, value); // Its low 64 bits.
    return this;
  }
  raw(value: Uint8Array): this {
    const at = this.grow(value.length);
    this.bytes.set(value, at);
    return this;
  }
  zeros(count: number): this {
    const at = this.grow(count);
    this.bytes.fill(0, at, at + count);
    return this;
  }
  /** Hex of exactly `count` bytes. */
  hex(value: string, count: number): this {
    if (value.length !== 2 + 2 * count) misfit(value, `${count} bytes of hex`);
    const at = this.grow(count);
    putHex(value, this.bytes, at);
    return this;
  }
  /** Forgets what an encoder that threw left behind. */
  reset(): this {
    this.at = 0;
    return this;
  }
  /** What was written. A view: valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }
  finish(): Uint8Array {
    const out = this.bytes.slice(0, this.at);
    this.at = 0;
    return out;
  }
}

function misfit(value: number | bigint | string, field: string): never {
  throw new BrokenInvariant(`${value} fits ${field}`);
}

/** What is above the low 32 bits of a safe integer, rounded down: a product with 2^-32 is exact. */
const highOf = (value: number): number => Math.floor(value * 2 ** -32);
