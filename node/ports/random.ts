// Randomness as a port: seeded where a run must repeat, the operating system's where it must not.
import { randomFillSync } from 'node:crypto';

/** A stream of random numbers. Every method draws only from this stream. */
export interface Random {
  /** Uniform in [0, 2^32). */
  nextU32(): number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  nextFloat(): number;
  /** Uniform integer in [0, bound), without bias; bound in [1, 2^32]. */
  nextInt(bound: number): number;
  /** True with the given probability. */
  nextBool(probability: number): boolean;
  /** Mean 0, variance 1, bell-shaped, within +-6. */
  nextNormal(): number;
  /** One item of a list that is not empty. */
  pick<T>(items: readonly T[]): T;
  nextBytes(length: number): Uint8Array;
  /**
   * An independent stream. For a seeded generator it depends on the seed and the label alone, not
   * on how much was drawn before: a new user of randomness does not shift the others.
   */
  fork(label: string): Random;
}

/** What a generator adds to a source of 32-bit words. */
abstract class RandomFromWords implements Random {
  abstract nextU32(): number;
  abstract fork(label: string): Random;

  nextFloat(): number {
    const high = this.nextU32() >>> 5; // 27 bits
    const low = this.nextU32() >>> 6; // 26 bits
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  nextInt(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 0x100000000) {
      throw new RangeError(`nextInt: bound must be an integer in [1, 2^32], received ${bound}`);
    }
    // Words above the last whole multiple of the bound would favour the small results.
    const limit = 0x100000000 - (0x100000000 % bound);
    let word = this.nextU32();
    while (word >= limit) word = this.nextU32();
    return word % bound;
  }

  nextBool(probability: number): boolean {
    return this.nextFloat() < probability;
  }

  /** The sum of twelve uniforms: only additions, so every machine draws the same bits. */
  nextNormal(): number {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += this.nextU32();
    return sum / 0x100000000 - 6;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('pick: the list is empty');
    return items[this.nextInt(items.length)] as T;
  }

  nextBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.nextU32();
      for (let j = 0; j < 4 && i + j < length; j++) bytes[i + j] = (word >>> (8 * j)) & 0xff;
    }
    return bytes;
  }
}

/** Rounds thrown away after seeding, so that near seeds give unrelated streams. */
const WARM_UP_ROUNDS = 16;

/** Four well-mixed words from any text (FNV-1a over the characters, then a finaliser per word). */
function wordsOf(text: string): [number, number, number, number] {
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x1b873593];
  for (let lane = 0; lane < 4; lane++) {
    let hash = words[lane] as number;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    words[lane] = hash ^ (hash >>> 16);
  }
  return words;
}

/** Small Fast Counting generator: 128 bits of state of which 32 count, so no cycle is short. */
class SeededRandom extends RandomFromWords {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    super();
    this.#seed = seed;
    [this.#a, this.#b, this.#c, this.#counter] = wordsOf(seed);
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.nextU32();
  }

  override nextU32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  override fork(label: string): Random {
    // Lengths before texts, so that no two pairs of seed and label read alike.
    return new SeededRandom(`${this.#seed.length}:${this.#seed}/${label}`);
  }
}

class SystemRandom extends RandomFromWords {
  readonly #words = new Uint32Array(1024);
  #next = 1024;

  override nextU32(): number {
    if (this.#next === this.#words.length) {
      randomFillSync(this.#words);
      this.#next = 0;
    }
    return this.#words[this.#next++] as number;
  }

  override nextBytes(length: number): Uint8Array {
    return randomFillSync(new Uint8Array(length));
  }

  override fork(): Random {
    return this;
  }
}

/** The same seed gives the same stream on every machine. Not for keys or nonces. */
export function seededRandom(seed: string | number | bigint): Random {
  return new SeededRandom(String(seed));
}

/** Unpredictable, from the operating system. */
export function systemRandom(): Random {
  return new SystemRandom();
}

/**
 * e^x from additions, multiplications and one division per term: IEEE 754 fixes their result, while
 * `Math.exp` may differ between engines and would make a seeded run differ with it.
 */
export function exponential(x: number): number {
  if (!(x >= -700 && x <= 700)) throw new RangeError(`exponential: ${x} is outside +-700`);
  let halvings = 0;
  let reduced = x;
  while (reduced > 0.5 || reduced < -0.5) {
    reduced /= 2;
    halvings++;
  }
  let term = 1;
  let sum = 1;
  for (let i = 1; i <= 16; i++) {
    term = (term * reduced) / i;
    sum += term;
  }
  for (let i = 0; i < halvings; i++) sum *= sum;
  return sum;
}
