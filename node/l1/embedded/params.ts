// Reads JSON-RPC parameters that anybody may have written: a typed value, or a clear -32602.
import type { Address, Hash, Hex } from 'viem';
import { invalidParams } from './errors.ts';

/** Hex characters of one data parameter: 256 KiB of bytes, twice the largest transaction. */
const DATA_HEX_MAX = 2 * 262_144;
const UINT256_HEX_MAX = 64;

const HEX = /^0x[0-9a-fA-F]*$/;
const QUANTITY = /^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$/;

/** What a reader gets wrong is always shown, but never at a length that could flood a log. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;
  return value === null ? 'null' : text;
}

const expected = (name: string, what: string, value: unknown) =>
  invalidParams(`invalid argument ${name}: expected ${what}, received ${shown(value)}`);

export function readData(name: string, value: unknown): Hex {
  const isData = typeof value === 'string' && value.length % 2 === 0;
  if (!isData || value.length > DATA_HEX_MAX + 2 || !HEX.test(value)) {
    throw expected(name, `0x-hex of whole bytes, at most ${DATA_HEX_MAX / 2} of them`, value);
  }
  return value.toLowerCase() as Hex;
}

export function readAddress(name: string, value: unknown): Address {
  if (typeof value !== 'string' || value.length !== 42 || !HEX.test(value)) {
    throw expected(name, 'an address, 0x and 40 hex digits', value);
  }
  return value.toLowerCase() as Address;
}

export function readHash(name: string, value: unknown): Hash {
  if (typeof value !== 'string' || value.length !== 66 || !HEX.test(value)) {
    throw expected(name, 'a hash, 0x and 64 hex digits', value);
  }
  return value.toLowerCase() as Hash;
}

/** A hex quantity below 2^256. Leading zeros are refused, as geth refuses them. */
export function readQuantity(name: string, value: unknown): bigint {
  const isShort = typeof value === 'string' && value.length <= UINT256_HEX_MAX + 2;
  if (!isShort || !QUANTITY.test(value)) {
    throw expected(name, 'a quantity, 0x and up to 64 hex digits without leading zeros', value);
  }
  return BigInt(value);
}

/** A count or a number of seconds: hex quantity or JSON integer, at most `maximum`. */
export function readInteger(name: string, value: unknown, maximum: number): number {
  const number = typeof value === 'number' ? value : Number(readQuantity(name, value));
  if (!Number.isSafeInteger(number) || number < 0 || number > maximum) {
    throw expected(name, `an integer from 0 to ${maximum}`, value);
  }
  return number;
}

export function readBoolean(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw expected(name, 'true or false', value);
  return value;
}

export function readObject(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(name, 'an object', value);
  }
  return value as Record<string, unknown>;
}

export function readArray(name: string, value: unknown, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > lengthMax) {
    throw expected(name, `an array of at most ${lengthMax} items`, value);
  }
  return value;
}

const TAGS = ['latest', 'pending', 'safe', 'finalized', 'earliest'] as const;
export type BlockTag = (typeof TAGS)[number];
export type BlockReference =
  | { readonly kind: 'tag'; readonly tag: BlockTag }
  | { readonly kind: 'number'; readonly number: bigint }
  | { readonly kind: 'hash'; readonly hash: Hash };

/** A tag, a number, or EIP-1898's `{blockHash}` / `{blockNumber}`; `absent` when left out. */
export function readBlock(name: string, value: unknown, absent: BlockTag): BlockReference {
  if (value === undefined || value === null) return { kind: 'tag', tag: absent };
  if (typeof value === 'object') {
    const object = readObject(name, value);
    if (object.blockHash !== undefined) {
      return { kind: 'hash', hash: readHash(`${name}.blockHash`, object.blockHash) };
    }
    return { kind: 'number', number: readQuantity(`${name}.blockNumber`, object.blockNumber) };
  }
  const tag = TAGS.find((known) => known === value);
  if (tag !== undefined) return { kind: 'tag', tag };
  if (typeof value !== 'string' || !value.startsWith('0x')) {
    throw expected(name, `a block number or one of ${TAGS.join(', ')}`, value);
  }
  return { kind: 'number', number: readQuantity(name, value) };
}

/** Both spellings are in use, `input` and the older `data`; if both are there they must agree. */
export function readInput(object: Record<string, unknown>): Hex {
  const input = object.input === undefined ? undefined : readData('input', object.input);
  const data = object.data === undefined ? undefined : readData('data', object.data);
  if (input !== undefined && data !== undefined && input !== data) {
    throw invalidParams('both "data" and "input" are set and not equal: send one of them');
  }
  return input ?? data ?? '0x';
}
