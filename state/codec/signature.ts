/** Compact signatures (EIP-2098): r || yParity and s, 64 bytes. The curve itself is a port. */
import { fromHex } from './bytes.ts';
import { bytesField } from './layout.ts';
import type { Address } from '../units.ts';

export type CompactSignature = `0x${string}`;
export const signature = bytesField(64);

/**
 * Recovers the address behind a signature of `digest`, or null where there is none. `s` is given
 * without its parity bit. Must agree with the ecrecover precompile for every input.
 */
export type Recover = (digest: Uint8Array, r: Uint8Array, s: Uint8Array, parity: 0 | 1) => Address | null;

/** Half the order of secp256k1: larger `s` are refused, so that a signature has one form. */
const HALF_ORDER = fromHex('0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

function above(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return false;
}

/** Signer of `digest`, or null for anything that is not a valid compact signature. */
export const signerOf = (recover: Recover, digest: Uint8Array, compact: CompactSignature): Address | null =>
  signerOfBytes(recover, digest, fromHex(compact));

/** The same of the 64 bytes themselves. */
export function signerOfBytes(recover: Recover, digest: Uint8Array, compact: Uint8Array): Address | null {
  const r = compact.slice(0, 32);
  const s = compact.slice(32);
  const parity = s[0]! >= 128 ? 1 : 0;
  s[0] = s[0]! & 127;
  if (above(s, HALF_ORDER)) return null;
  return recover(digest, r, s, parity);
}
