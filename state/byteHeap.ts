/**
 * Bytes of idle records, packed into chunks: a buffer of its own for each would cost more memory
 * than what it holds. A place is one small number, for the length stands before the bytes; released
 * places of a size serve that size again.
 */
const CHUNK_BYTES = 2 ** 18;
/** Places count these, so that 8 GiB of them are small integers, which a map holds without a box. */
const UNIT_BYTES = 4;
const UNITS_PER_CHUNK = CHUNK_BYTES * 2 ** -2;
const CHUNKS_MAX = 2 ** 31 * (1 / UNITS_PER_CHUNK);
const LENGTH_BYTES = 2;
const LENGTH_MAX = 2 ** 16 - 1;

/** Units that a length and so many bytes take. */
const unitsOf = (length: number): number => (length + LENGTH_BYTES + UNIT_BYTES - 1) >> 2;

export class ByteHeap {
  private readonly chunks: Uint8Array[] = [];
  /** First free unit of the last chunk. */
  private end = UNITS_PER_CHUNK;
  private readonly released = new Map<number, number[]>();

  /** Stores a copy of `bytes`, at most 2^16 - 1 of them, and says where. */
  put(bytes: Uint8Array): number {
    const { length } = bytes;
    if (length > LENGTH_MAX) throw new RangeError(`${length} bytes are no record`);
    const units = unitsOf(length);
    const place = this.released.get(units)?.pop() ?? this.allocate(units);
    const chunk = this.chunkOf(place);
    const from = startOf(place);
    chunk[from] = length >> 8;
    chunk[from + 1] = length;
    chunk.set(bytes, from + LENGTH_BYTES);
    return place;
  }

  /** The bytes stored at `place`. A view: valid until they are released. */
  view(place: number): Uint8Array {
    const from = startOf(place) + LENGTH_BYTES;
    return this.chunkOf(place).subarray(from, from + this.lengthAt(place));
  }

  release(place: number): void {
    const units = unitsOf(this.lengthAt(place));
    const places = this.released.get(units);
    if (places === undefined) this.released.set(units, [place]);
    else places.push(place);
  }

  private lengthAt(place: number): number {
    const chunk = this.chunkOf(place);
    const from = startOf(place);
    return (chunk[from]! << 8) | chunk[from + 1]!;
  }

  private chunkOf(place: number): Uint8Array {
    return this.chunks[Math.floor(place * (1 / UNITS_PER_CHUNK))]!; // A power of two: exact.
  }

  private allocate(units: number): number {
    if (this.end + units > UNITS_PER_CHUNK) {
      if (this.chunks.length === CHUNKS_MAX) throw new RangeError('the heap is full');
      this.chunks.push(new Uint8Array(CHUNK_BYTES));
      this.end = 0;
    }
    const place = (this.chunks.length - 1) * UNITS_PER_CHUNK + this.end;
    this.end += units;
    return place;
  }
}

/** First byte of a place in its chunk. */
const startOf = (place: number): number => (place % UNITS_PER_CHUNK) * UNIT_BYTES;
