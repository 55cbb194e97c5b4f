/** Orders leaves by key for a bulk build: linear in their number, stable. */
import { HASH_BYTES, NODE_BYTES, compareKeys } from './node.ts';

const DIGITS = 1 << 16;

/**
 * The numbers of the leaves in `[from, to)` ascending by key, equal keys in their given order.
 * Keys are digests, so two passes over their first 32 bits leave hardly anything to compare.
 */
export function sortByKey(nodes: Uint8Array, from: number, to: number): Uint32Array {
  let order: Uint32Array = new Uint32Array(to - from);
  for (let i = 0; i < order.length; i++) order[i] = from + i;
  order = sortByDigit(nodes, order, 2);
  order = sortByDigit(nodes, order, 0);
  for (let start = 0, end = 1; start < order.length; start = end, end++) {
    const prefix = prefixOf(nodes, order[start]!);
    while (end < order.length && prefixOf(nodes, order[end]!) === prefix) end++;
    if (end - start > 1) sortRun(nodes, order.subarray(start, end));
  }
  return order;
}

/** One stable counting pass over the two key bytes at `offset`. */
function sortByDigit(nodes: Uint8Array, order: Uint32Array, offset: number): Uint32Array {
  const starts = new Uint32Array(DIGITS + 1);
  const digitOf = (node: number): number => {
    const at = node * NODE_BYTES + offset;
    return (nodes[at]! << 8) | nodes[at + 1]!;
  };
  for (const node of order) starts[digitOf(node) + 1]!++;
  for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1]! += starts[digit]!;
  const sorted = new Uint32Array(order.length);
  for (const node of order) sorted[starts[digitOf(node)]!++] = node;
  return sorted;
}

function sortRun(nodes: Uint8Array, run: Uint32Array): void {
  const keyOf = (node: number): Uint8Array =>
    nodes.subarray(node * NODE_BYTES, node * NODE_BYTES + HASH_BYTES);
  // Numbers rise in arrival order: with them as the last word the order is total.
  run.sort((one, other) => compareKeys(keyOf(one), keyOf(other)) || one - other);
}

function prefixOf(nodes: Uint8Array, node: number): number {
  const at = node * NODE_BYTES;
  const high = (nodes[at]! << 8) | nodes[at + 1]!;
  return (high << 16) | (nodes[at + 2]! << 8) | nodes[at + 3]!;
}
