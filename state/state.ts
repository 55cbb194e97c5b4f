/**
 * The whole state in memory: records by kind and id, and the trie over their hashes. Idle records
 * are kept as bytes; recently used ones also decoded.
 */
import type { RecordSource, Touched } from './access.ts';
import { decode, encode } from './codec/layout.ts';
import { sha256 } from './crypto/sha256.ts';
import { KIND_BOUND, KINDS, kindOf, type AnyKind } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import { recordKey } from './tree/node.ts';
import { Trie, type Leaf } from './tree/trie.ts';

/** One record as stored and sent: its kind's byte, its id, its value. */
export type RawRecord = Readonly<{ type: number; id: Uint8Array; value: Uint8Array }>;
/** A record a step changed; `value` null: deleted. */
export type RecordChange = Readonly<{ kind: AnyKind; id: RecordId; value: Uint8Array | null }>;

type Entry = { bytes: Uint8Array; decoded: unknown };

/** Decoded records kept at most: two generations of this many. ~2 KB each. */
const DECODED_GENERATION = 50_000;

export class State implements RecordSource {
  private readonly records: Map<RecordId, Entry>[] = Array.from({ length: KIND_BOUND }, () => new Map());
  private trie: Trie;
  private young = new Set<Entry>();
  private old = new Set<Entry>();

  private constructor(trie: Trie) {
    this.trie = trie;
  }

  /** A state of these records. @throws DecodeError for a record of an unknown or wrong form */
  static from(records: Iterable<RawRecord>): State {
    const state = new State(new Trie());
    const leaves: Leaf[] = [];
    for (const { type, id, value } of records) {
      const kind = kindOf(type, id);
      if (kind === undefined) throw new RangeError(`record type ${type} is unknown`);
      state.records[type]!.set(kind.idOf(id), { bytes: value, decoded: undefined });
      leaves.push({ key: recordKey(type, id), valueHash: sha256(value) });
    }
    state.trie = Trie.from(leaves);
    return state;
  }

  get root(): Uint8Array {
    return this.trie.root;
  }

  /** Number of records. */
  get size(): number {
    return this.trie.size;
  }

  /** The trie as it stands: for witnesses and proofs, never to be changed. */
  get tree(): Trie {
    return this.trie;
  }

  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined {
    const entry = this.records[kind.type]!.get(id);
    if (entry === undefined) return undefined;
    if (entry.decoded === undefined) {
      entry.decoded = decode(kind.layout, entry.bytes);
      this.remember(entry);
    }
    return entry.decoded as T;
  }

  /** Canonical bytes of a record. */
  bytesOf(kind: AnyKind, id: RecordId): Uint8Array | undefined {
    return this.records[kind.type]!.get(id)?.bytes;
  }

  /** Ids of all records of a kind, oldest first. */
  idsOf<Id extends RecordId>(kind: Kind<any, Id>): IterableIterator<Id> {
    return this.records[kind.type]!.keys() as IterableIterator<Id>;
  }

  /** Every record, for snapshots. */
  *all(): Generator<RawRecord> {
    for (const { type, idBytes } of KINDS) {
      for (const [id, { bytes }] of this.records[type]!) yield { type, id: idBytes(id), value: bytes };
    }
  }

  /** Writes what a step changed. Returns the changed records; the root follows from `root`. */
  commit(touched: readonly Touched[]): RecordChange[] {
    const changes: RecordChange[] = [];
    for (const { kind, id, before, after } of touched) {
      if (before === after) continue;
      const records = this.records[kind.type]!;
      const key = recordKey(kind.type, kind.idBytes(id));
      if (after === undefined) {
        records.delete(id);
        this.trie.set(key, null);
        changes.push({ kind, id, value: null });
        continue;
      }
      const bytes = encode(kind.layout, after);
      this.store(records, id, bytes, after);
      this.trie.set(key, sha256(bytes));
      changes.push({ kind, id, value: bytes });
    }
    return changes;
  }

  private store(records: Map<RecordId, Entry>, id: RecordId, bytes: Uint8Array, decoded: unknown): void {
    const entry = records.get(id);
    if (entry === undefined) {
      const created = { bytes, decoded };
      records.set(id, created);
      this.remember(created);
      return;
    }
    entry.bytes = bytes;
    if (entry.decoded === undefined) this.remember(entry);
    entry.decoded = decoded;
  }

  /** Two generations: when the young one is full, the old one is forgotten. A cache, never state. */
  private remember(entry: Entry): void {
    this.young.add(entry);
    if (this.young.size < DECODED_GENERATION) return;
    for (const stale of this.old) if (!this.young.has(stale)) stale.decoded = undefined;
    this.old = this.young;
    this.young = new Set();
  }
}
