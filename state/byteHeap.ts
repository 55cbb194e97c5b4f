/**
 * Bytes of idle records, packed into chunks: a buffer of its own for each would cost more memory
 * than what it holds. A place is a number; released places of a length serve that length again.
 */
const CHUNK_BYTES = 2 ** 18;

export class ByteHeap {
  private readonly chunks: Uint8Array[] = [];
  /** First free byte of the last chunk. */
  private end = CHUNK_BYTES;
  private readonly released = new Map<number, number[]>();

  /** Stores a copy of `bytes`, at most one chunk long, and says where. */
  put(bytes: Uint8Array): number {
    const at = this.released.get(bytes.length)?.pop() ?? this.allocate(bytes.length);
    this.chunkOf(at).set(bytes, at % CHUNK_BYTES);
    return at;
  }

  /** The `length` bytes stored at `at`. A view: valid until they are released. */
  view(at: number, length: number): Uint8Array {
    const from = at % CHUNK_BYTES;
    return this.chunkOf(at).subarray(from, from + length);
  }

  release(at: number, length: number): void {
    const places = this.released.get(length);
    if (places === undefined) this.released.set(length, [at]);
    else places.push(at);
  }

  private chunkOf(at: number): Uint8Array {
    return this.chunks[Math.floor(at * (1 / CHUNK_BYTES))]!; // A power of two: exact.
  }

  private allocate(length: number): number {
    if (length > CHUNK_BYTES) throw new RangeError(`${length} bytes exceed a chunk`);
    if (this.end + length > CHUNK_BYTES) {
      this.chunks.push(new Uint8Array(CHUNK_BYTES));
      this.end = 0;
    }
    const at = (this.chunks.length - 1) * CHUNK_BYTES + this.end;
    this.end += length;
    return at;
  }
}
