/** Bytes on a stream of libp2p: read up to a limit that is known before they are held, written as they drain. */
import type { Stream } from '@libp2p/interface';

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  /**
   * STALLED: no byte for too long; CUT: it ended early; OVERSIZED, MALFORMED: what no honest peer sends;
   * UNTRUE: well formed and false; FOREIGN: no peer of this chain.
   */
  readonly code: 'STALLED' | 'CUT' | 'OVERSIZED' | 'MALFORMED' | 'UNTRUE' | 'FOREIGN';
  constructor(code: ExchangeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Written at once: what a fresh window of the muxer takes, a few times over. */
const PIECE_BYTES = 64 * 1024;

export class Incoming {
  readonly #stepMillis: number;
  readonly #signal: AbortSignal;
  readonly #stream: Stream;
  #bytesMax: number;
  #received = 0;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #isEnded = false;
  #wake = (): void => {};

  /** Aborts the stream as soon as it brought more than `bytesMax`. */
  constructor(stream: Stream, bytesMax: number, stepMillis: number, signal: AbortSignal) {
    this.#stream = stream;
    this.#bytesMax = bytesMax;
    this.#stepMillis = stepMillis;
    this.#signal = signal;
    const ended = (): void => {
      this.#isEnded = true;
      this.#wake();
    };
    stream.addEventListener('message', ({ data }) => this.#take(data.subarray()));
    stream.addEventListener('end', ended);
    stream.addEventListener('close', ended);
    if (stream.readableEnded) ended();
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** What may come in all, now that it is known. */
  limit(bytesMax: number): void {
    this.#bytesMax = bytesMax;
    this.#check();
  }

  /** The next `length` bytes, in a buffer of their own. @throws ExchangeError */
  async read(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#held < length) await this.#more();
    const read = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const chunk = this.#chunks[0]!;
      const taken = chunk.subarray(0, length - at);
      read.set(taken, at);
      at += taken.length;
      if (taken.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(taken.length);
    }
    this.#held -= length;
    return read;
  }

  /** A frame: its length in four bytes, then that many. @throws ExchangeError */
  async frame(bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
    const length = new DataView((await this.read(4)).buffer).getUint32(0);
    if (length > bytesMax) throw new ExchangeError('OVERSIZED', `a frame of ${length} bytes, at most ${bytesMax} expected`);
    return this.read(length);
  }

  #take(chunk: Uint8Array): void {
    this.#received += chunk.length;
    this.#held += chunk.length;
    this.#chunks.push(chunk);
    this.#check();
    this.#wake();
  }

  #check(): void {
    if (this.#received <= this.#bytesMax) return;
    this.#chunks = [];
    this.#held = 0;
    this.#stream.abort(new ExchangeError('OVERSIZED', `expected at most ${this.#bytesMax} bytes`));
  }

  async #more(): Promise<void> {
    if (this.#received > this.#bytesMax) {
      throw new ExchangeError('OVERSIZED', `expected at most ${this.#bytesMax} bytes, got ${this.#received}`);
    }
    if (this.#isEnded) throw new ExchangeError('CUT', 'the stream ended early');
    if (this.#signal.aborted) throw new ExchangeError('STALLED', 'the exchange took too long');
    let timer: NodeJS.Timeout;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      const stalled = new ExchangeError('STALLED', `no byte in ${this.#stepMillis} ms`);
      timer = setTimeout(() => reject(stalled), this.#stepMillis);
    }).finally(() => clearTimeout(timer));
  }
}

/** @throws ExchangeError where the other side does not take it */
export async function write(stream: Stream, bytes: Uint8Array, stepMillis: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (stream.status !== 'open') throw new ExchangeError('CUT', 'the stream was closed');
    if (stream.send(bytes.subarray(at, at + PIECE_BYTES))) continue;
    try {
      await stream.onDrain({ signal: AbortSignal.timeout(stepMillis) });
    } catch {
      const code = stream.status === 'open' ? 'STALLED' : 'CUT';
      throw new ExchangeError(code, 'the other side does not take what it asked for');
    }
  }
}

export function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}
