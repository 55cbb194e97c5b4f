/**
 * The transition: one transaction, one step, one root. `applyTransaction` over the whole state,
 * `applyStateless` over the witness of one step: the same outcome and the same root, always.
 */
import { Draft, type RecordSource, type Touched } from './access.ts';
import { equalBytes } from './codec/bytes.ts';
import { decode, encodeShared } from './codec/layout.ts';
import { sha256 } from './crypto/sha256.ts';
import type { Effect } from './effects.ts';
import { KIND_BOUND } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import type { RecordChange, State } from './state.ts';
import { runStep, type Outcome } from './step.ts';
import { decodeWitness, witnessOf, type WitnessEntry, type WitnessRecord } from './stepWitness.ts';
import { recordKey } from './tree/node.ts';
import { fold, type FoldRecord } from './tree/witness.ts';
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

/** A witness that does not belong to the root it was given with, or lacks a record of the step. */
export class WitnessMismatch extends Error {
  override readonly name = 'WitnessMismatch';
}

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
  const { entries, folding } = decodeWitness(witness);
  const source = new WitnessSource();
  for (const entry of entries) if ('kind' in entry) source.add(entry);
  const draft = new Draft(source);
  const outcome = runStep(draft, bytes, context);
  if (entries.length === 0) return { outcome, root: rootBefore };
  const { pre, post } = fold(foldRecords(entries, draft.touched), folding);
  if (!equalBytes(pre, rootBefore)) throw new WitnessMismatch('the witness is of another root');
  return { outcome, root: post };
}

/** What the step says of each record of the witness; one it did not touch is unchanged. */
function foldRecords(entries: readonly WitnessEntry[], touched: readonly Touched[]): FoldRecord[] {
  const changed: (Map<RecordId, Touched> | undefined)[] = new Array(KIND_BOUND);
  for (const record of touched) {
    if (record.before !== record.after) (changed[record.kind.type] ??= new Map()).set(record.id, record);
  }
  return entries.map((entry) => {
    if ('valueHash' in entry) return { key: entry.key, before: entry.valueHash, after: entry.valueHash };
    const { kind, id, idBytes, value } = entry;
    const key = recordKey(kind.type, idBytes);
    const before = value === null ? null : sha256(value);
    const change = changed[kind.type]?.get(id);
    if (change === undefined) return { key, before, after: before };
    const after = change.after === undefined ? null : sha256(encodeShared(change.kind.layout, change.after));
    return { key, before, after };
  });
}
