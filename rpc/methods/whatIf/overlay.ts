/** A copy-on-write view of the state: what would be, without touching what is. */
import type { RecordSource, StateAccess } from '../../../state/access.ts';
import type { Effect } from '../../../state/effects.ts';
import { KIND_BOUND } from '../../../state/records/all.ts';
import type { Kind, RecordId } from '../../../state/records/kind.ts';

/**
 * Remembers what it read, so that one simulation speaks of one moment while the sequencer moves on.
 * Records are values, so a view of a view costs what it changes.
 */
export class Overlay implements StateAccess {
  readonly effects: Effect[] = [];
  readonly #source: RecordSource;
  readonly #records: (Map<RecordId, unknown> | undefined)[] = new Array(KIND_BOUND);

  constructor(source: RecordSource) {
    this.#source = source;
  }

  #of(type: number): Map<RecordId, unknown> {
    return (this.#records[type] ??= new Map());
  }

  read<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): T | undefined {
    const records = this.#of(kind.type);
    if (records.has(id)) return records.get(id) as T | undefined;
    const value = this.#source.read(kind, id);
    records.set(id, value);
    return value;
  }

  put<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id, value: T): void {
    this.#of(kind.type).set(id, value);
  }

  remove<T, Id extends RecordId>(kind: Kind<T, Id>, id: Id): void {
    this.#of(kind.type).set(id, undefined);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Nothing here is ever rolled back: a refused step is a fork that is dropped. */
  keep(): void {}

  fork(): Overlay {
    return new Overlay(this);
  }
}
