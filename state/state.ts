/**
 * The whole state in memory: records by kind and id, and the trie over their hashes. Idle records
 * are packed bytes; recently used ones are decoded.
 */
import type { RecordSource, Touched } from './access.ts';
import { ByteHeap } from './byteHeap.ts';
import { decode, encode, encodeShared } from './codec/layout.ts';
import { sha256 } from './crypto/sha256.ts';
import { KIND_BOUND, KINDS, kindOf, type AnyKind } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import { recordKey } from './tree/node.ts';
import { Trie, type Leaf } from './tree/trie.ts';

/** One record as stored and sent: its kind's byte, its id, its value. */
export type RawRecord = Readonly<{ type: number; id: Uint8Array; value: Uint8Array }>;
/** A record a step changed; `value` null: deleted; `before` undefined: it did not exist. */
export type RecordChange = Readonly<{
  kind: AnyKind;
  id: RecordId;
  before: unknown;
  value: Uint8Array | null;
}>;

/** A record in memory: its bytes in the heap, its value, or both. */
class Entry {
  readonly kind: AnyKind;
  /** Place and length in the heap; NOWHERE while only `decoded` holds the record. */
  at: number;
  length: number;
  decoded: unknown = undefined;
  /** Its key in the trie: kept with a decoded record only. */
  key: Uint8Array | undefined = undefined;

  constructor(kind: AnyKind, at: number, length: number) {
    this.kind = kind;
    this.at = at;
    this.length = length;
  }
}
const NOWHERE = -1;
/** Decoded records kept at most: two generations of this many. ~2 KB each. */
const DECODED_GENERATION = 50_000;
/** Copies of changed records share buffers of this many bytes: one allocation for dozens. */
const COPIES_BYTES = 2 ** 15;

export class State implements RecordSource {
  private readonly records: Map<RecordId, Entry>[] = Array.from({ length: KIND_BOUND }, () => new Map());
  private trie: Trie;
  private readonly heap = new ByteHeap();
  private young = new Set<Entry>();
  private fading = new Set<Entry>().values();
  private copies = new Uint8Array(0);
  private copiesEnd = 0;

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
      state.records[type]!.set(kind.idOf(id), new Entry(kind, state.heap.put(value), value.length));
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
      entry.decoded = decode(kind.layout, this.heap.view(entry.at, entry.length));
      this.remember(entry);
    }
    return entry.decoded as T;
  }

  /** Canonical bytes of a record, a copy. */
  bytesOf(kind: AnyKind, id: RecordId): Uint8Array | undefined {
    const entry = this.records[kind.type]!.get(id);
    return entry === undefined ? undefined : this.bytesOfEntry(entry);
  }

  private bytesOfEntry({ kind, at, length, decoded }: Entry): Uint8Array {
    return at === NOWHERE ? encode(kind.layout, decoded) : this.heap.view(at, length).slice();
  }

  /** Ids of all records of a kind, oldest first. */
  idsOf<Id extends RecordId>(kind: Kind<any, Id>): IterableIterator<Id> {
    return this.records[kind.type]!.keys() as IterableIterator<Id>;
  }

  /** Every record, for snapshots. */
  *all(): Generator<RawRecord> {
    for (const { type, idBytes } of KINDS) {
      for (const [id, entry] of this.records[type]!) {
        yield { type, id: idBytes(id), value: this.bytesOfEntry(entry) };
      }
    }
  }

  /** Writes what a step changed. Returns the changed records; the root follows from `root`. */
  commit(touched: readonly Touched[]): RecordChange[] {
    const changes: RecordChange[] = [];
    for (const { kind, id, before, after } of touched) {
      if (before === after) continue;
      if (after === undefined) {
        this.remove(kind, id);
        changes.push({ kind, id, before, value: null });
        continue;
      }
      const entry = this.entryFor(kind, id);
      const bytes = encodeShared(kind.layout, after);
      this.forgetBytes(entry);
      entry.decoded = after;
      this.trie.set((entry.key ??= recordKey(kind.type, kind.idBytes(id))), sha256(bytes));
      changes.push({ kind, id, before, value: this.copyOf(bytes) });
    }
    return changes;
  }

  private remove(kind: AnyKind, id: RecordId): void {
    const entry = this.records[kind.type]!.get(id)!;
    this.forgetBytes(entry);
    entry.decoded = undefined; // So that fading passes it by.
    this.records[kind.type]!.delete(id);
    this.trie.set(recordKey(kind.type, kind.idBytes(id)), null);
  }

  /** The entry of a record, new or decoded. */
  private entryFor(kind: AnyKind, id: RecordId): Entry {
    const records = this.records[kind.type]!;
    let entry = records.get(id);
    if (entry === undefined) records.set(id, (entry = new Entry(kind, NOWHERE, 0)));
    if (entry.decoded === undefined) this.remember(entry);
    return entry;
  }

  private forgetBytes(entry: Entry): void {
    if (entry.at !== NOWHERE) this.heap.release(entry.at, entry.length);
    entry.at = NOWHERE;
  }

  private copyOf(bytes: Uint8Array): Uint8Array {
    if (this.copiesEnd + bytes.length > this.copies.length) {
      this.copies = new Uint8Array(Math.max(COPIES_BYTES, bytes.length));
      this.copiesEnd = 0;
    }
    const copy = this.copies.subarray(this.copiesEnd, this.copiesEnd + bytes.length);
    copy.set(bytes);
    this.copiesEnd += bytes.length;
    return copy;
  }

  /**
   * Two generations: while the young one fills, the one before it fades, two entries for each that
   * comes, so that no step pays for all. A cache, never state.
   */
  private remember(entry: Entry): void {
    this.young.add(entry);
    this.fade();
    this.fade();
    if (this.young.size < DECODED_GENERATION) return;
    this.fading = this.young.values();
    this.young = new Set();
  }

  private fade(): void {
    const { value: entry } = this.fading.next();
    if (entry === undefined || entry.decoded === undefined || this.young.has(entry)) return;
    if (entry.at === NOWHERE) {
      const bytes = encodeShared(entry.kind.layout, entry.decoded);
      entry.at = this.heap.put(bytes);
      entry.length = bytes.length;
    }
    entry.decoded = undefined;
    entry.key = undefined;
  }
}
