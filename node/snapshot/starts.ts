/** Where a replay of the chain of a store may begin: at genesis, unless the store began later, or at a snapshot. */
import type { RawRecord } from '../../state/state.ts';
import type { StartAt } from '../chain/replayed.ts';
import type { Store } from '../store/store.ts';
import type { SnapshotMaker } from './maker.ts';
import { readBase } from './restore.ts';

export const startsOf =
  (store: Store, genesis: () => readonly RawRecord[], snapshots: SnapshotMaker | null): StartAt =>
  async (height) => {
    const snapshot = await snapshots?.startAt(height);
    if (snapshot != null) return snapshot;
    return (await readBase(store)) === undefined ? { height: 0, records: genesis() } : null;
  };
