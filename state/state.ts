/**
 * The whole state in memory: records by kind and id, and the trie over their hashes. Idle records
 * are packed bytes; recently used ones are decoded.
 */
import type { RecordSource, Touched } from './access.ts';
import { ByteHeap } from './byteHeap.ts';
import { decode, encodeShared } from './codec/layout.ts';
import { sha256 } from './crypto/sha256.ts';
import { KIND_BOUND, KINDS, kindOf, type AnyKind } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import { Slab } from './slab.ts';
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

/** A record in use: decoded, and perhaps its bytes in the heap. An idle one is the place of its bytes alone. */
class Entry {
  readonly kind: AnyKind;
  readonly id: RecordId;
  /** Place of its bytes; NOWHERE where they are of an earlier value, or of none. */
  place: number;
  /** Undefined once the record is idle again or gone: then nothing but a generation knows the entry. */
  decoded: unknown;
  /** Its key in the trie, once it was needed. */
  key: Uint8Array | undefined = undefined;

  constructor(kind: AnyKind, id: RecordId, place: number, decoded: unknown) {
    this.kind = kind;
    this.id = id;
    this.place = place;
    this.decoded = decoded;
  }
}
type Held = Entry | number;
const NOWHERE = -1;
/** Decoded records kept at most: two generations of this many. ~2 KB each. */
const DECODED_GENERATION = 50_000;
/** Copies of changed records share buffers of this many bytes. */
const COPIES_BYTES = 2 ** 15;

export class State implements RecordSource {
  private readonly records: Map<RecordId, Held>[] = Array.from({ length: KIND_BOUND }, () => new Map());
  private trie: Trie;
  private readonly heap = new ByteHeap();
  private young: Entry[] = [];
  private fading: readonly Entry[] = [];
  private faded = 0;
  private readonly copies = new Slab(COPIES_BYTES);

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
      state.records[type]!.set(kind.idOf(id), state.heap.put(value));
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
    const records = this.records[kind.type]!;
    const held = records.get(id);
    if (held === undefined) return undefined;
    if (typeof held !== 'number') return held.decoded as T;
    const decoded = decode(kind.layout, this.heap.view(held));
    const entry = new Entry(kind, id, held, decoded);
    records.set(id, entry);
    this.remember(entry);
    return decoded;
  }

  /** Canonical bytes of a record, a copy. */
  bytesOf(kind: AnyKind, id: RecordId): Uint8Array | undefined {
    return this.viewOf(kind, id)?.slice();
  }

  /** Canonical bytes of a record. A view: read it before anything else is encoded. */
  viewOf(kind: AnyKind, id: RecordId): Uint8Array | undefined {
    const held = this.records[kind.type]!.get(id);
    return held === undefined ? undefined : this.viewOfHeld(held);
  }

  private viewOfHeld(held: Held): Uint8Array {
    const place = typeof held === 'number' ? held : held.place;
    if (place !== NOWHERE) return this.heap.view(place);
    const { kind, decoded } = held as Entry;
    return encodeShared(kind.layout, decoded);
  }

  /** Where a record has its place in the tree, whether there is one or not. Not to be changed. */
  keyOf(kind: AnyKind, id: RecordId): Uint8Array {
    const held = this.records[kind.type]!.get(id);
    if (typeof held !== 'object') return recordKey(kind.type, kind.idBytes(id));
    return (held.key ??= recordKey(kind.type, kind.idBytes(id)));
  }

  /** Ids of all records of a kind, oldest first. */
  idsOf<Id extends RecordId>(kind: Kind<any, Id>): IterableIterator<Id> {
    return this.records[kind.type]!.keys() as IterableIterator<Id>;
  }

  /** Every record, for snapshots. */
  *all(): Generator<RawRecord> {
    for (const { type, idBytes } of KINDS) {
      for (const [id, held] of this.records[type]!) {
        yield { type, id: idBytes(id), value: this.viewOfHeld(held).slice() };
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
      const entry = this.entryOf(kind, id, after); // Before its bytes: to make room may encode others.
      const bytes = encodeShared(kind.layout, after);
      this.trie.set((entry.key ??= recordKey(kind.type, kind.idBytes(id))), sha256(bytes));
      changes.push({ kind, id, before, value: this.copies.copy(bytes) });
    }
    return changes;
  }

  private remove(kind: AnyKind, id: RecordId): void {
    const records = this.records[kind.type]!;
    const key = this.keyOf(kind, id);
    const held = records.get(id)!;
    this.forgetBytes(held);
    if (typeof held !== 'number') held.decoded = undefined;
    records.delete(id);
    this.trie.set(key, null);
  }

  /** The entry of a record, old or new, with its new value. */
  private entryOf(kind: AnyKind, id: RecordId, decoded: unknown): Entry {
    const records = this.records[kind.type]!;
    const held = records.get(id);
    if (held !== undefined) this.forgetBytes(held);
    if (typeof held === 'object') {
      held.place = NOWHERE;
      held.decoded = decoded;
      return held;
    }
    const entry = new Entry(kind, id, NOWHERE, decoded);
    records.set(id, entry);
    this.remember(entry);
    return entry;
  }

  private forgetBytes(held: Held): void {
    const place = typeof held === 'number' ? held : held.place;
    if (place !== NOWHERE) this.heap.release(place);
  }

  /**
   * Two generations: while the young one fills, the one before it fades, two entries for each that
   * comes, so that no step pays for all. A cache, never state.
   */
  private remember(entry: Entry): void {
    this.young.push(entry);
    this.fade();
    this.fade();
    if (this.young.length < DECODED_GENERATION) return;
    this.fading = this.young;
    this.faded = 0;
    this.young = [];
  }

  private fade(): void {
    const entry = this.fading[this.faded];
    if (entry === undefined) return;
    this.faded += 1;
    if (entry.decoded === undefined) return;
    const { kind, id, place, decoded } = entry;
    const idle = place === NOWHERE ? this.heap.put(encodeShared(kind.layout, decoded)) : place;
    this.records[kind.type]!.set(id, idle);
    entry.decoded = undefined;
  }
}
