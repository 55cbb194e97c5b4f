/**
 * The witness of a step as bytes: what a verifier needs who holds the root alone, on L1 too.
 *
 * u8 count of entries, then each, ascending by key; then the fold. An entry is a touched record:
 * type u8 | id | value length u16 (65,535: absent) | value; or a neighbour of the fold: 0 u8 | key
 * 32 B | value hash 32 B. At most 96 records and as many neighbours: ~80 KB.
 */
import type { Touched } from './access.ts';
import { DecodeError, Reader, Writer } from './codec/bytes.ts';
import { invariant } from './errors.ts';
import { kindOf, type AnyKind } from './records/all.ts';
import type { RecordId } from './records/kind.ts';
import type { State } from './state.ts';
import { compareKeys } from './tree/node.ts';
import type { Leaf } from './tree/trie.ts';
import { buildWitness } from './tree/witness.ts';

/** The type byte of an entry that is a neighbour; no record type has it. */
const NEIGHBOUR = 0;
const ABSENT = 0xffff;

export type WitnessRecord = Readonly<{ kind: AnyKind; id: RecordId; idBytes: Uint8Array; value: Uint8Array | null }>;

export type WitnessEntry = WitnessRecord | Leaf;

/** Of which one is made at a time: what it has grown to stays. */
const writer = new Writer();

/** Of the records a step touched, while `state` still stands before it. */
export function witnessOf(state: State, touched: readonly Touched[]): Uint8Array {
  if (touched.length === 0) return Uint8Array.of(0);
  const records = touched.map(({ kind, id }) => ({ kind, id, key: state.keyOf(kind, id) }));
  const { bytes, neighbours } = buildWitness(state.tree, records);
  const entries = [...records, ...neighbours].sort((a, b) => compareKeys(a.key, b.key));
  const w = writer.reset().u8(entries.length);
  for (const entry of entries) {
    if ('valueHash' in entry) {
      w.u8(NEIGHBOUR).raw(entry.key).raw(entry.valueHash);
      continue;
    }
    const { kind, id } = entry;
    w.u8(kind.type).raw(kind.idBytes(id));
    const value = state.viewOf(kind, id);
    if (value === undefined) {
      w.u16(ABSENT);
      continue;
    }
    invariant(value.length < ABSENT, 'a record is shorter than 65,535 bytes');
    w.u16(value.length).raw(value);
  }
  return w.raw(bytes).finish();
}

/** @throws DecodeError for bytes that are no list of entries; the fold is checked by who folds it */
export function decodeWitness(witness: Uint8Array): { entries: WitnessEntry[]; folding: Uint8Array } {
  const r = new Reader(witness);
  const entries: WitnessEntry[] = [];
  for (let left = r.u8(); left > 0; left--) {
    const type = r.u8();
    if (type === NEIGHBOUR) {
      entries.push({ key: r.raw(32), valueHash: r.raw(32) });
      continue;
    }
    const idLength = kindOf(type)?.idLength;
    if (idLength === undefined) throw new DecodeError(`record type ${type} is unknown`);
    const idBytes = r.raw(idLength);
    const length = r.u16();
    const kind = kindOf(type, idBytes)!;
    entries.push({ kind, id: kind.idOf(idBytes), idBytes, value: length === ABSENT ? null : r.raw(length) });
  }
  return { entries, folding: r.rest() };
}
