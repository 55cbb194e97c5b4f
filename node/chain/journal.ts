/** What a stretch of steps overwrote, so that a state can go back to where it began. */
import type { Touched } from '../../state/access.ts';
import { decode, encode } from '../../state/codec/layout.ts';
import type { AnyKind } from '../../state/records/all.ts';
import type { RecordId } from '../../state/records/kind.ts';
import type { RecordChange, State } from '../../state/state.ts';

type Overwritten = Readonly<{ kind: AnyKind; id: RecordId; value: Uint8Array | null }>;

export class Journal {
  /** The first value of each record that was changed, as bytes; null where there was none. */
  readonly #first = new Map<string, Overwritten>();
  /** Of the values that are kept. */
  bytes = 0;

  /** Takes note of what one step changed, right after it. */
  record(changes: readonly RecordChange[]): void {
    for (const { kind, id, before } of changes) {
      const key = `${kind.type} ${id}`;
      if (this.#first.has(key)) continue;
      const value = before === undefined ? null : encode(kind.layout, before);
      this.#first.set(key, { kind, id, value });
      this.bytes += value?.length ?? 0;
    }
  }

  /** Puts everything back, once. The root is then the one from before the first step. */
  undo(state: State): void {
    const changed: Touched[] = [];
    for (const { kind, id, value } of this.#first.values()) {
      const now = state.read(kind, id);
      if (now === undefined && value === null) continue; // It came and went.
      changed.push({ kind, id, before: now, after: value === null ? undefined : decode(kind.layout, value) });
    }
    state.commit(changed);
    this.#first.clear();
    this.bytes = 0;
  }
}
