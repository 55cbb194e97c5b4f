/** The curve, native: recovery and signing. The slow pure-JS fallback is never taken silently. */
import { createRequire } from 'node:module';
import { keccak256 } from '../../state/crypto/keccak256.ts';
import { concat, toHex } from '../../state/codec/bytes.ts';
import type { Recover } from '../../state/codec/signature.ts';
import type { Address } from '../../state/units.ts';

type Native = {
  ecdsaRecover(signature: Uint8Array, recid: number, digest: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
  privateKeyVerify(key: Uint8Array): boolean;
};
// `secp256k1` falls back to elliptic where its binding is missing; `bindings` throws instead.
const native = createRequire(import.meta.url)('secp256k1/bindings') as Native;

const addressOf = (publicKey: Uint8Array): Address =>
  toHex(keccak256(publicKey.subarray(1)).subarray(12));

/** Address behind a signature, or null: what the ecrecover precompile answers. Cost: ~50 us. */
export const recover: Recover = (digest, r, s, parity) => {
  try {
    return addressOf(native.ecdsaRecover(concat(r, s), parity, digest, false));
  } catch {
    return null; // r or s out of range, or no point there: the binding says it by throwing.
  }
};

/** A 32-byte private key's address. @throws RangeError for a key that is none */
export function addressOfKey(privateKey: Uint8Array): Address {
  if (privateKey.length !== 32 || !native.privateKeyVerify(privateKey)) {
    throw new RangeError('a private key is 32 bytes, above zero and below the order of the curve');
  }
  return addressOf(native.publicKeyCreate(privateKey, false));
}

/** Signs a digest: compact form (EIP-2098), 64 bytes as hex. Cost: ~40 us. */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): `0x${string}` {
  const { signature, recid } = native.ecdsaSign(digest, privateKey);
  const compact = signature.slice();
  if ((recid & 1) === 1) compact[32] = compact[32]! | 128;
  return toHex(compact);
}
