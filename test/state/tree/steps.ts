/** Random steps over random small tries, with the truth about them in plain maps. */
import { Trie } from '../../../state/tree/trie.ts';
import type { FoldRecord } from '../../../state/tree/witness.ts';
import { closeKeys, fromHex, toHex, valueHex } from './naive.ts';

export type Step = {
  trie: Trie;
  before: Map<string, string>;
  after: Map<string, string>;
  /** What the step says, ascending by key, neighbours not yet among them. */
  records: FoldRecord[];
};

/** A step of up to `recordsMax` records: reads, absences, updates, inserts and deletes. */
export function randomStep(random: (below: number) => number, recordsMax: number): Step {
  const keys = closeKeys(random, 1 + random(60), random(8) === 0 ? 254 : 30);
  const before = new Map<string, string>();
  for (const key of keys) if (random(3) !== 0) before.set(key, valueHex(random(1_000)));
  const trie = Trie.from(
    [...before].map(([key, value]) => ({ key: fromHex(key), valueHash: fromHex(value) })),
  );
  const after = new Map(before);
  const touched = new Set(
    Array.from({ length: 1 + random(recordsMax) }, () => keys[random(keys.length)]!),
  );
  const records = [...touched].sort().map((key) => {
    const old = before.get(key) ?? null;
    const next = [old, null, valueHex(random(1_000))][random(3)]!;
    if (next === null) after.delete(key);
    else after.set(key, next);
    return { key: fromHex(key), before: bytesOf(old), after: bytesOf(next) };
  });
  return { trie, before, after, records };
}

export const bytesOf = (hex: string | null): Uint8Array | null =>
  hex === null ? null : fromHex(hex);
export const hexOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : toHex(bytes);
