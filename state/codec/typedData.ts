/** EIP-712 hashing of flat structs: what wallets show is what the chain checks. */
import { keccak256 } from '../crypto/keccak256.ts';
import { invariant } from '../errors.ts';
import { putHex, toHex, Writer } from './bytes.ts';
import type { Address, Digest } from '../units.ts';

export type SolidityType =
  | 'address'
  | 'bool'
  | 'bytes32'
  | 'string'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'uint128'
  | 'uint256'
  | 'int128'
  | 'uint32[]';
export type TypedField = Readonly<{ name: string; type: SolidityType }>;
export type TypedStruct = Readonly<{
  name: string;
  fields: readonly TypedField[];
  typeHash: Uint8Array;
  /** What is hashed: the type's hash and a word a field. Each call writes the same bytes of every field. */
  message: Uint8Array;
  view: DataView;
}>;

const WORD = 32;
const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0)); // ASCII names only.

export function typedStruct(name: string, fields: readonly TypedField[]): TypedStruct {
  const text = `${name}(${fields.map((f) => `${f.type} ${f.name}`).join(',')})`;
  const typeHash = keccak256(utf8(text));
  const message = new Uint8Array(WORD * (1 + fields.length));
  message.set(typeHash);
  return { name, fields, typeHash, message, view: new DataView(message.buffer) };
}

/** Writes a field into its word: a natural number on the right, or an address. */
function putField({ message, view }: TypedStruct, at: number, type: SolidityType, value: unknown): void {
  if (type === 'address') putBytes(message, at + 12, value as string, 20);
  else if (type === 'bytes32') putBytes(message, at, value as string, WORD);
  else if (type === 'string') message.set(keccak256(utf8(value as string)), at);
  else if (type === 'uint32[]') message.set(keccak256(words(value as readonly number[])), at);
  else if (type === 'int128') {
    invariant(BigInt.asIntN(128, value as bigint) === value, 'a bigint fits 128 bits');
    message.fill((value as bigint) < 0n ? 0xff : 0, at, at + 16);
    view.setBigInt64(at + 16, (value as bigint) >> 64n);
    view.setBigUint64(at + 24, BigInt.asUintN(64, value as bigint));
  } else if (typeof value === 'boolean') message[at + 31] = value ? 1 : 0;
  else if (typeof value === 'number') {
    invariant(Number.isInteger(value) && value >= 0 && value < 2 ** 48, 'a number is below 2^48');
    view.setBigUint64(at + 16, 0n);
    view.setUint32(at + 24, Math.floor(value * 2 ** -32));
    view.setUint32(at + 28, value >>> 0);
  } else {
    invariant(BigInt.asUintN(128, value as bigint) === value, 'a bigint is below 2^128');
    view.setBigUint64(at + 16, (value as bigint) >> 64n);
    view.setBigUint64(at + 24, value as bigint); // Its low 64 bits.
  }
}

function putBytes(message: Uint8Array, at: number, hex: string, count: number): void {
  invariant(hex.length === 2 + 2 * count, 'hex is as long as its field');
  putHex(hex, message, at);
}

/** The items of an array, one word each. */
function words(values: readonly number[]): Uint8Array {
  const w = new Writer();
  for (const value of values) w.zeros(28).u32(value);
  return w.finish();
}

/** keccak256(typeHash || fields, 32 bytes each). Numbers are below 2^48, bigints below 2^128. */
export function structHash(struct: TypedStruct, value: Readonly<Record<string, unknown>>): Uint8Array {
  const { fields, message } = struct;
  for (let i = 0; i < fields.length; i++) {
    const { name, type } = fields[i]!;
    putField(struct, WORD * (i + 1), type, value[name]);
  }
  return keccak256(message);
}

/** 0x1901 || domain separator || struct hash. */
const signed = new Uint8Array(2 + 2 * WORD);
signed.set([0x19, 0x01]);

/** The digest a wallet signs: keccak256(0x1901 || domain separator || struct hash). */
export function typedDigest(
  domainSeparator: Uint8Array,
  struct: TypedStruct,
  value: Readonly<Record<string, unknown>>,
): Uint8Array {
  signed.set(domainSeparator, 2);
  signed.set(structHash(struct, value), 2 + WORD);
  return keccak256(signed);
}

const DOMAIN = typedStruct('EIP712Domain', [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
]);
export const DOMAIN_NAME = 'Tidepool';
export const DOMAIN_VERSION = '1';

/** Domain separator of the chain whose L1 is `chainId` and whose Rollup contract is at `rollup`. */
export const domainSeparatorOf = (chainId: number, rollup: Address): Digest =>
  toHex(
    structHash(DOMAIN, { name: DOMAIN_NAME, version: DOMAIN_VERSION, chainId, verifyingContract: rollup }),
  );
