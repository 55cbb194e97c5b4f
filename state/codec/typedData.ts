/** EIP-712 hashing of flat structs: what wallets show is what the chain checks. */
import { keccak256 } from '../crypto/keccak256.ts';
import { toHex, Writer } from './bytes.ts';
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
}>;

const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0)); // ASCII names only.

export function typedStruct(name: string, fields: readonly TypedField[]): TypedStruct {
  const text = `${name}(${fields.map((f) => `${f.type} ${f.name}`).join(',')})`;
  return { name, fields, typeHash: keccak256(utf8(text)) };
}

/** How a number of 16 bytes is extended to 32. */
const NEGATIVE = new Uint8Array(16).fill(0xff);
const POSITIVE = new Uint8Array(16);

/** Appends 32 bytes: a number on the right, or an address. */
function putField(w: Writer, type: SolidityType, value: unknown): void {
  if (type === 'address') w.zeros(12).hex(value as string, 20);
  else if (type === 'bytes32') w.hex(value as string, 32);
  else if (type === 'string') w.raw(keccak256(utf8(value as string)));
  else if (type === 'uint32[]') w.raw(keccak256(words(value as readonly number[])));
  else if (type === 'int128') w.raw((value as bigint) < 0n ? NEGATIVE : POSITIVE).i128(value as bigint);
  else if (typeof value === 'boolean') w.zeros(31).u8(value ? 1 : 0);
  else if (typeof value === 'number') w.zeros(24).time(value);
  else w.zeros(16).u128(value as bigint);
}

/** The items of an array, one word each. Its own writer: the struct around it is being written. */
function words(values: readonly number[]): Uint8Array {
  const w = new Writer();
  for (const value of values) w.zeros(28).u32(value);
  return w.finish();
}

const writer = new Writer();

/** keccak256(typeHash || fields, 32 bytes each). Numbers are below 2^48, bigints below 2^128. */
export function structHash(struct: TypedStruct, value: Readonly<Record<string, unknown>>): Uint8Array {
  const w = writer.reset().raw(struct.typeHash);
  for (const { name, type } of struct.fields) putField(w, type, value[name]);
  return keccak256(w.written());
}

/** The digest a wallet signs: keccak256(0x1901 || domain separator || struct hash). */
export function typedDigest(
  domainSeparator: Uint8Array,
  struct: TypedStruct,
  value: Readonly<Record<string, unknown>>,
): Uint8Array {
  const hash = structHash(struct, value);
  return keccak256(writer.reset().u16(0x1901).raw(domainSeparator).raw(hash).written());
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
