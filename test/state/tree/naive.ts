/** The plain twin of the tree: maps, recursion, hex; too slow to ship, too plain to be wrong. */
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

export type Claim = Readonly<{ key: Hex; before: Hex | null; after: Hex | null }>;

const naiveComb = (left: Hex, right: Hex): Hex => {
  if (left === ZERO && (right === ZERO || isOdd(right))) return right;
  if (right === ZERO && isOdd(left)) return left;
  return naiveInner(left, right);
};

/**
 * The fold as the recursion it replaces. `depths` and `siblings` (ZERO for EMPTY) in reading order;
 * `null` for what the rules refuse. Without rule N it shows what the rule is for.
 */
export function naiveFold(
  claims: readonly Claim[],
  depths: readonly number[],
  siblings: readonly Hex[],
  hasRuleN: boolean,
): { pre: Hex; post: Hex } | null {
  let used = 0;
  const under = (from: number, to: number, depth: number): { pre: Hex; post: Hex } | null => {
    if (depth > 255) return null;
    if (to - from === 1 && depths[from]! <= depth) {
      const { key, before, after } = claims[from]!;
      const hashOf = (value: Hex | null) => (value === null ? ZERO : naiveLeaf(key, value));
      return depths[from] === depth ? { pre: hashOf(before), post: hashOf(after) } : null;
    }
    let middle = from;
    while (middle < to && naiveBit(claims[middle]!.key, depth) === 0) middle++;
    const left = middle > from ? under(from, middle, depth + 1) : null;
    const right = middle < to ? under(middle, to, depth + 1) : null;
    if ((middle > from && left === null) || (middle < to && right === null)) return null;
    if (left !== null && right !== null) {
      return { pre: naiveComb(left.pre, right.pre), post: naiveComb(left.post, right.post) };
    }
    const sibling = siblings[used++];
    const mine = (left ?? right)!;
    if (sibling === undefined || (hasRuleN && mine.pre === ZERO && isOdd(sibling))) return null;
    return left !== null
      ? { pre: naiveComb(mine.pre, sibling), post: naiveComb(mine.post, sibling) }
      : { pre: naiveComb(sibling, mine.pre), post: naiveComb(sibling, mine.post) };
  };
  const roots = under(0, claims.length, 0);
  return used === siblings.length ? roots : null;
}

/** The bytes of a witness from its parts, true or false. */
export function witnessBytes(depths: readonly number[], siblings: readonly Hex[]): Uint8Array {
  const map = new Uint8Array((siblings.length + 7) >> 3);
  siblings.forEach((hash, step) => {
    if (hash !== ZERO) map[step >> 3]! |= 0x80 >> (step & 7);
  });
  const head = [siblings.length >> 8, siblings.length & 0xff, ...depths, ...map];
  const listed = siblings.filter((hash) => hash !== ZERO).map((hash) => [...fromHex(hash)]);
  return new Uint8Array([...head, ...listed.flat()]);
}

/** The other way round. */
export function witnessParts(bytes: Uint8Array, count: number) {
  const steps = (bytes[0]! << 8) | bytes[1]!;
  const mapAt = 2 + count;
  let at = mapAt + ((steps + 7) >> 3);
  const siblings = Array.from({ length: steps }, (_, step) => {
    if (((bytes[mapAt + (step >> 3)]! << (step & 7)) & 0x80) === 0) return ZERO;
    return toHex(bytes.subarray(at, (at += 32)));
  });
  return { depths: [...bytes.subarray(2, mapAt)], siblings };
}
