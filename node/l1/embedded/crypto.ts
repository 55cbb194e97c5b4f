// The hashing and signature recovery that the EVM uses, in native and WASM code instead of plain
// JavaScript.
import type { CustomCrypto } from '@ethereumjs/common';
import { createKeccak } from 'hash-wasm';
import secp256k1 from 'secp256k1';

const WORD_BYTES = 32;

function padLeft(bytes: Uint8Array): Uint8Array {
  const word = new Uint8Array(WORD_BYTES);
  word.set(bytes, WORD_BYTES - bytes.length);
  return word;
}

/** The recovery bit of a signature `v`: 0/1 itself, 27/28, or EIP-155 with its chain id. */
function recoveryOf(v: bigint, chainId: bigint | undefined): number {
  if (v === 0n || v === 1n) return Number(v);
  const recovery = chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  if (recovery !== 0n && recovery !== 1n) throw new Error('Invalid signature v value');
  return Number(recovery);
}

function ecrecover(
  messageHash: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const signature = new Uint8Array(2 * WORD_BYTES);
  signature.set(padLeft(r), 0);
  signature.set(padLeft(s), WORD_BYTES);
  const key = secp256k1.ecdsaRecover(signature, recoveryOf(v, chainId), messageHash, false);
  return key.slice(1); // The first byte only says "uncompressed".
}

/** Loads the WASM hasher once; the functions it returns are synchronous, as the EVM needs them. */
export async function loadCrypto(): Promise<CustomCrypto> {
  const hasher = await createKeccak(256);
  const keccak256 = (message: Uint8Array): Uint8Array =>
    hasher.init().update(message).digest('binary');
  return { keccak256, ecrecover };
}
