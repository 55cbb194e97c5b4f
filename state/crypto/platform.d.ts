/** What `state/` uses of the platform: one digest. Nothing else of Node compiles here. */
declare module 'node:crypto' {
  export function hash(algorithm: 'sha256', data: Uint8Array, outputEncoding: 'buffer'): Uint8Array;
}
declare module '@chainsafe/hashtree' {
  export function hashInto(nodes: Uint8Array, out: Uint8Array): void;
}
declare module 'hash-wasm' {
  interface Hasher {
    init(): Hasher;
    update(data: Uint8Array): Hasher;
    digest(encoding: 'binary'): Uint8Array;
  }
  export function createKeccak(bits: 256): Promise<Hasher>;
}
