/**
 * The one interface through which a step sees the state. A draft records what it touches: that
 * record of touches is the witness, and its changes are the step.
 */
import { MAX_RECORDS_PER_STEP } from './constants.ts';
import type { Effect } from './effects.ts';
import { BrokenInvariant, Refusal } from './errors.ts';
import { KIND_BOUND, type AnyKind } from './records/all.ts';
import type { Kind, RecordId } from './records/kind.ts';
import { REFUSAL } from './refusals.ts';

/** Where records come from: the whole state, or the witness of one step. */
export interface RecordSource {
  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined;
}

export interface StateAccess extends RecordSource {
  /** Replaces or creates a record. Records are values: never edited in place. */
  put<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): void;
  remove<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): void;
  effect(effect: Effect): void;
  /** What the step changed so far survives a later refusal: how a forced item is consumed. */
  keep(): void;
}

export type Touched = { kind: AnyKind; id: RecordId; before: unknown; after: unknown };
export class Draft implements StateAccess {
  readonly touched: Touched[] = [];
  readonly effects: Effect[] = [];
  private readonly source: RecordSource;
  private readonly byKind: (Map<RecordId, Touched> | undefined)[] = new Array(KIND_BOUND);
  private kept = { changes: 0, effects: 0 };
  private readonly changes: { record: Touched; previous: unknown }[] = [];

  constructor(source: RecordSource) {
    this.source = source;
  }

  private touch(kind: AnyKind, id: RecordId): Touched {
    const records = (this.byKind[kind.type] ??= new Map());
    const known = records.get(id);
    if (known !== undefined) return known;
    if (this.touched.length >= MAX_RECORDS_PER_STEP) throw new Refusal(REFUSAL.too_many_records);
    const value = this.source.read(kind, id);
    const record = { kind, id, before: value, after: value };
    records.set(id, record);
    this.touched.push(record);
    return record;
  }

  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined {
    return this.touch(kind, id).after as T | undefined;
  }

  put<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): void {
    const record = this.touch(kind, id);
    this.changes.push({ record, previous: record.after });
    record.after = value;
  }

  remove<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): void {
    const record = this.touch(kind, id);
    this.changes.push({ record, previous: record.after });
    record.after = undefined;
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  keep(): void {
    this.kept = { changes: this.changes.length, effects: this.effects.length };
  }

  /** Undoes what was not kept. Reads stay recorded: a refusal is proved with them. */
  rollback(): void {
    while (this.changes.length > this.kept.changes) {
      const { record, previous } = this.changes.pop()!;
      record.after = previous;
    }
    this.effects.length = this.kept.effects;
  }
}

/** A record that must exist: genesis or an earlier check put it there. */
export function existing<T, Id extends RecordId>(state: RecordSource, kind: Kind<T, Id>, id: Id): T {
  const value = state.read(kind, id);
  if (value === undefined) throw new BrokenInvariant(`${kind.name} ${id} must exist`);
  return value;
}
