/** The plain twin of the tree: maps, recursion and two digests; too slow to ship, too plain to lie. */
import { createHash } from 'node:crypto';

export type Hex = string;
/** Value hash by key, both in lower-case hex without prefix. */
export type Records = ReadonlyMap<Hex, Hex>;

export const ZERO: Hex = '00'.repeat(32);

export const toHex = (bytes: Uint8Array): Hex => Buffer.from(bytes).toString('hex');
export const fromHex = (hex: Hex): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

const digest = (hex: Hex): Hex =>
  createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');

const withLastBit = (hash: Hex, bit: 0 | 1): Hex => {
  const last = Number.parseInt(hash.slice(62), 16);
  return hash.slice(0, 62) + ((last & 0xfe) | bit).toString(16).padStart(2, '0');
};

export const isOdd = (hash: Hex): boolean => Number.parseInt(hash.slice(63), 16) % 2 === 1;
export const naiveLeaf = (key: Hex, value: Hex): Hex => withLastBit(digest(key + value), 1);
export const naiveInner = (left: Hex, right: Hex): Hex => withLastBit(digest(left + right), 0);

export function naiveBit(key: Hex, index: number): number {
  return (Number.parseInt(key[index >> 2]!, 16) >> (3 - (index & 3))) & 1;
}

/** T(S, depth), word for word. */
export function naiveRoot(records: Records, depth = 0): Hex {
  return naiveSubtree([...records], depth);
}

function naiveSubtree(records: [Hex, Hex][], depth: number): Hex {
  if (records.length === 0) return ZERO;
  if (records.length === 1) return naiveLeaf(...records[0]!);
  const side = (bit: number) => records.filter(([key]) => naiveBit(key, depth) === bit);
  return naiveInner(naiveSubtree(side(0), depth + 1), naiveSubtree(side(1), depth + 1));
}

/** A source of numbers that one seed fixes: splitmix32. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) % below;
  };
}

/** A value hash: any digest will do. */
export const valueHex = (number: number): Hex => digest(number.toString(16).padStart(8, '0'));

/**
 * Keys that meet often: `count` keys that differ in a few bits near the top, and one in three only
 * in a bit as deep as `depthMax`. Distinct, not sorted.
 */
export function closeKeys(random: (below: number) => number, count: number, depthMax = 40): Hex[] {
  const keys = new Set<Hex>();
  while (keys.size < count) {
    const others = [...keys];
    const base = others[random(others.length || 1)] ?? valueHex(random(1 << 30));
    const key = fromHex(random(2) === 0 ? valueHex(random(1 << 30)) : base);
    const bits = random(3) === 0 ? depthMax : 6;
    const bit = random(bits);
    key[bit >> 3]! ^= 0x80 >> (bit & 7);
    if (random(2) === 0) key[31] = random(256);
    // The tree refuses keys that differ in their last bit only.
    key[31]! &= 0xfe;
    keys.add(toHex(key));
  }
  return [...keys];
}
