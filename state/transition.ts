/**
 * The transition: one transaction, one step, one root. `applyTransaction` over the whole state,
 * `applyStateless` over the witness of one step: the same outcome and the same root, always.
 */
import { Draft, type RecordSource, type Touched } from './access.ts';
import { DecodeError, equalBytes, Reader, Writer } from './codec/bytes.ts';
import { decode, encodeShared } from './codec/layout.ts';
import { MAX_RECORDS_PER_STEP } from './constants.ts';
import { sha256 } from './crypto/sha256.ts';
import type { Effect } from './effects.ts';
import { invariant } from './errors.ts';
import { KIND_BOUND, kindOf, type AnyKind } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import type { RecordChange, State } from './state.ts';
import { runStep, type Outcome } from './step.ts';
import { recordKey } from './tree/node.ts';
import type { Leaf } from './tree/trie.ts';
import { buildWitness, fold, withNeighbours, type FoldRecord } from './tree/witness.ts';
import type { Context } from './transactions/context.ts';

export type StepResult = Readonly<{
  outcome: Outcome;
  /** Root after the step. */
  root: Uint8Array;
  effects: readonly Effect[];
  changes: readonly RecordChange[];
  /** Proves the step; undefined unless asked for. */
  witness: Uint8Array | undefined;
}>;

/** Applies one transaction. Cost: ~100 us for a trade, and one trie commit. */
export function applyTransaction(
  state: State,
  bytes: Uint8Array,
  context: Context,
  options: { witness?: boolean } = {},
): StepResult {
  const draft = new Draft(state);
  const outcome = runStep(draft, bytes, context);
  const witness = options.witness === true ? witnessOf(state, draft.touched) : undefined;
  const changes = state.commit(draft.touched);
  return { outcome, root: state.root, effects: draft.effects, changes, witness };
}

/** Runs one transaction without keeping its changes: what would happen. */
export function simulateTransaction(state: RecordSource, bytes: Uint8Array, context: Context): Outcome {
  return runStep(new Draft(state), bytes, context);
}

/**
 * Witness of a step, before it is committed. Bytes: u8 record count, each type u8 | id length u8 |
 * id | value length u16 (65,535: absent) | value; u8 neighbour count, each key 32 B | value hash
 * 32 B; then the fold. Limits: 96 records and as many neighbours, ~80 KB.
 */
function witnessOf(state: State, touched: readonly Touched[]): Uint8Array {
  const w = new Writer();
  w.u8(touched.length);
  const records = touched.map(({ kind, id, before }) => {
    const idBytes = kind.idBytes(id);
    w.u8(kind.type).u8(idBytes.length).raw(idBytes);
    if (before === undefined) w.u16(ABSENT);
    else {
      const value = state.bytesOf(kind, id);
      invariant(value !== undefined && value.length < ABSENT, 'a record that was read has bytes');
      w.u16(value.length).raw(value);
    }
    return { key: recordKey(kind.type, idBytes) };
  });
  if (records.length === 0) return w.u8(0).finish();
  const { bytes, neighbours } = buildWitness(state.tree, records);
  w.u8(neighbours.length);
  for (const { key, valueHash } of neighbours) w.raw(key).raw(valueHash);
  return w.raw(bytes).finish();
}

const ABSENT = 0xffff;

/** A witness that does not belong to the root it was given with, or lacks a record of the step. */
export class WitnessMismatch extends Error {
  override readonly name = 'WitnessMismatch';
}

type WitnessRecord = Readonly<{ kind: AnyKind; id: RecordId; idBytes: Uint8Array; value: Uint8Array | null }>;

/** The records of a witness, by kind and id. A record that is not listed can not be read. */
class WitnessSource implements RecordSource {
  private readonly records: Map<RecordId, Uint8Array | null>[] = Array.from(
    { length: KIND_BOUND },
    () => new Map(),
  );
  add({ kind, id, value }: WitnessRecord): void {
    this.records[kind.type]!.set(id, value);
  }
  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined {
    const value = this.records[kind.type]!.get(id);
    if (value === undefined) throw new WitnessMismatch(`${kind.name} ${id} is not in the witness`);
    return value === null ? undefined : decode(kind.layout, value);
  }
}

/**
 * Outcome and root of one transaction from the root before it and a witness.
 * @throws WitnessMismatch, WitnessError or DecodeError for anything but a true witness of the step
 */
export function applyStateless(
  rootBefore: Uint8Array,
  bytes: Uint8Array,
  witness: Uint8Array,
  context: Context,
): { outcome: Outcome; root: Uint8Array } {
  const { records, neighbours, folding } = decodeWitness(witness);
  const source = new WitnessSource();
  for (const record of records) source.add(record);
  const draft = new Draft(source);
  const outcome = runStep(draft, bytes, context);
  if (records.length === 0) return { outcome, root: rootBefore };
  const { pre, post } = fold(withNeighbours(foldRecords(records, draft.touched), neighbours), folding);
  if (!equalBytes(pre, rootBefore)) throw new WitnessMismatch('the witness is of another root');
  return { outcome, root: post };
}

function decodeWitness(witness: Uint8Array): {
  records: WitnessRecord[];
  neighbours: Leaf[];
  folding: Uint8Array;
} {
  const r = new Reader(witness);
  const count = r.u8();
  if (count > MAX_RECORDS_PER_STEP) throw new DecodeError(`${count} records exceed the step bound`);
  const records = Array.from({ length: count }, () => {
    const type = r.u8();
    const idBytes = r.raw(r.u8());
    const length = r.u16();
    const kind = kindOf(type, idBytes);
    if (kind === undefined) throw new DecodeError(`record type ${type} is unknown`);
    return { kind, id: kind.idOf(idBytes), idBytes, value: length === ABSENT ? null : r.raw(length) };
  });
  const neighbours = Array.from({ length: r.u8() }, () => ({ key: r.raw(32), valueHash: r.raw(32) }));
  return { records, neighbours, folding: r.rest() };
}

/** What the step says of each record of the witness; one it did not touch is unchanged. */
function foldRecords(records: readonly WitnessRecord[], touched: readonly Touched[]): FoldRecord[] {
  const changed: (Map<RecordId, Touched> | undefined)[] = new Array(KIND_BOUND);
  for (const record of touched) {
    if (record.before !== record.after) (changed[record.kind.type] ??= new Map()).set(record.id, record);
  }
  return records.map(({ kind, id, idBytes, value }) => {
    const key = recordKey(kind.type, idBytes);
    const before = value === null ? null : sha256(value);
    const change = changed[kind.type]?.get(id);
    if (change === undefined) return { key, before, after: before };
    const after = change.after === undefined ? null : sha256(encodeShared(change.kind.layout, change.after));
    return { key, before, after };
  });
}
