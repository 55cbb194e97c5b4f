/** Small byte arrays cut from shared buffers: one allocation for dozens. A buffer lives as long as any cut of it. */
export class Slab {
  readonly #bytes: number;
  #buffer = new Uint8Array(0);
  #end = 0;

  /** Buffers are of so many bytes; what is longer gets one of its own. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Zeros. */
  cut(length: number): Uint8Array {
    if (length > this.#bytes) return new Uint8Array(length);
    if (this.#end + length > this.#buffer.length) {
      this.#buffer = new Uint8Array(this.#bytes);
      this.#end = 0;
    }
    return this.#buffer.subarray(this.#end, (this.#end += length));
  }

  copy(bytes: Uint8Array): Uint8Array {
    const copy = this.cut(bytes.length);
    copy.set(bytes);
    return copy;
  }
}
