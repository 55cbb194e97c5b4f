/**
 * SHA-256, the hash of the state tree: a precompile on L1 and hashed in bulk by SIMD off it.
 * The one file of `state/` that knows where the digest comes from.
 */
import { hash } from 'node:crypto';
import { hashInto } from '@chainsafe/hashtree';

/** Digest of any bytes. Cost: ~1 us for 1 KB. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}

/**
 * Digests each 64-byte node of `nodes` into 32 bytes of `out`: `out.length * 2 === nodes.length`.
 * Cost: ~0.16 us for a single node, ~0.05 us each in bulk.
 */
export function sha256Nodes(nodes: Uint8Array, out: Uint8Array): void {
  hashInto(nodes, out);
}
