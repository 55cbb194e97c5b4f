/** EIP-712 hashing of flat structs: what wallets show is what the chain checks. */
import { keccak256 } from '../crypto/keccak256.ts';
import { concat, fromHex, toHex } from './bytes.ts';
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

function writeWord(out: Uint8Array, at: number, value: bigint): void {
  for (let i = at + 31, rest = value; rest > 0n && i >= at; i--, rest >>= 8n) out[i] = Number(rest & 255n);
}

function writeField(out: Uint8Array, at: number, type: SolidityType, value: unknown): void {
  if (type === 'address' || type === 'bytes32') {
    const bytes = fromHex(value as string);
    out.set(bytes, at + 32 - bytes.length);
  } else if (type === 'string') out.set(keccak256(utf8(value as string)), at);
  else if (type === 'uint32[]') out.set(keccak256(words(value as readonly number[])), at);
  else writeWord(out, at, BigInt(value as number | bigint | boolean));
}

function words(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(32 * values.length);
  values.forEach((value, i) => writeWord(out, 32 * i, BigInt(value)));
  return out;
}

/** keccak256(typeHash || fields, 32 bytes each). */
export function structHash(struct: TypedStruct, value: Readonly<Record<string, unknown>>): Uint8Array {
  const out = new Uint8Array(32 * (1 + struct.fields.length));
  out.set(struct.typeHash);
  struct.fields.forEach(({ name, type }, i) => writeField(out, 32 * (i + 1), type, value[name]));
  return keccak256(out);
}

const PREFIX = Uint8Array.of(0x19, 0x01);

/** The digest a wallet signs: keccak256(0x1901 || domain separator || struct hash). */
export const typedDigest = (
  domainSeparator: Uint8Array,
  struct: TypedStruct,
  value: Readonly<Record<string, unknown>>,
): Uint8Array => keccak256(concat(PREFIX, domainSeparator, structHash(struct, value)));

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
