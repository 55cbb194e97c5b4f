/** Canonical big-endian bytes: one reader, one writer, for records and transactions alike. */
import { invariant } from '../errors.ts';

/** Bytes did not have the documented form. In a transaction it becomes the refusal `malformed`. */
export class DecodeError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Lower-case hex with 0x. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  let text = '0x';
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!];
  return text as `0x${string}`;
}

const digit = (code: number): number =>
  code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : code >= 65 && code <= 70 ? code - 55 : -1;

/** Bytes of 0x-hex, either case. @throws DecodeError */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !text.startsWith('0x')) throw new DecodeError('hex: expected 0x and pairs of digits');
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) {
    const high = digit(text.charCodeAt(2 + 2 * i));
    const low = digit(text.charCodeAt(3 + 2 * i));
    if (high < 0 || low < 0) throw new DecodeError('hex: not a hexadecimal digit');
    bytes[i] = high * 16 + low;
  }
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

const MASK64 = 2n ** 64n - 1n;

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
  u128(): bigint {
    const at = this.take(16);
    const high = this.view.getBigUint64(at);
    const low = this.view.getBigUint64(at + 8);
    return high === 0n ? low : (high << 64n) | low;
  }
  i128(): bigint {
    const at = this.take(16);
    const high = this.view.getBigInt64(at);
    const low = this.view.getBigUint64(at + 8);
    return high === 0n ? low : (high << 64n) | low;
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
    invariant(Number.isInteger(value) && value >= 0 && value < bound, `${value} fits ${count} bytes`);
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
    this.bytes[at] = Number((BigInt(value) >> 32n) & 255n);
    this.view.setUint32(at + 1, value % 2 ** 32);
    return this;
  }
  u48(value: bigint): this {
    invariant(value >= 0n && value < 2n ** 48n, `${value} fits u48`);
    const at = this.grow(6);
    this.view.setUint16(at, Number(value >> 32n));
    this.view.setUint32(at + 2, Number(value & 0xffff_ffffn));
    return this;
  }
  time(value: number): this {
    const at = this.natural(value, 2 ** 48, 8);
    this.view.setBigUint64(at, BigInt(value));
    return this;
  }
  u64(value: bigint): this {
    invariant(value >= 0n && value <= MASK64, `${value} fits u64`);
    this.view.setBigUint64(this.grow(8), value);
    return this;
  }
  i64(value: bigint): this {
    invariant(BigInt.asIntN(64, value) === value, `${value} fits i64`);
    this.view.setBigInt64(this.grow(8), value);
    return this;
  }
  u128(value: bigint): this {
    invariant(value >= 0n && value < 2n ** 128n, `${value} fits u128`);
    return this.wide(value);
  }
  i128(value: bigint): this {
    invariant(BigInt.asIntN(128, value) === value, `${value} fits i128`);
    return this.wide(value);
  }
  private wide(value: bigint): this {
    const at = this.grow(16);
    this.view.setBigInt64(at, value >> 64n);
    this.view.setBigUint64(at + 8, value & MASK64);
    return this;
  }
  raw(value: Uint8Array): this {
    const at = this.grow(value.length);
    this.bytes.set(value, at);
    return this;
  }
  /** Hex of exactly `count` bytes. */
  hex(value: string, count: number): this {
    invariant(value.length === 2 + 2 * count, `${value} is ${count} bytes of hex`);
    return this.raw(fromHex(value));
  }
  /** Forgets what an encoder that threw left behind. */
  reset(): this {
    this.at = 0;
    return this;
  }
  finish(): Uint8Array {
    const out = this.bytes.slice(0, this.at);
    this.at = 0;
    return out;
  }
}
