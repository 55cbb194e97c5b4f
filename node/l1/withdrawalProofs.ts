/** What L1 wants to see before it pays a withdrawal: its record, proved against the root of a batch. */
import { toHex } from '../../state/codec/bytes.ts';
import { encode } from '../../state/codec/layout.ts';
import { WITHDRAWAL } from '../../state/records/withdrawal.ts';
import type { State } from '../../state/state.ts';
import { recordKey } from '../../state/tree/node.ts';
import { prove } from '../../state/tree/proof.ts';
import type { Digest } from '../../state/units.ts';
import type { ReplayedState } from '../chain/replayed.ts';
import type { Watcher } from './watcher.ts';

export type WithdrawalProof = Readonly<{
  batch: number;
  value: Digest;
  proof: Digest;
  root: Digest;
  final: boolean;
}>;

export class WithdrawalProofs {
  readonly #state: State;
  readonly #watcher: Watcher;
  readonly #replayed: ReplayedState;

  constructor(state: State, watcher: Watcher, replayed: ReplayedState) {
    this.#state = state;
    this.#watcher = watcher;
    this.#replayed = replayed;
  }

  /** Against the newest final batch that has it, else against the newest posted one; null while none has. */
  async of(index: number): Promise<WithdrawalProof | null> {
    const record = this.#state.read(WITHDRAWAL, index);
    if (record === undefined) return null;
    const { batches, finalBatch } = this.#watcher;
    const has = (batch: number): boolean => Number(batches[batch]?.header.lastHeight ?? 0) >= record.height;
    const final = finalBatch !== null && has(finalBatch);
    const batch = final ? finalBatch : batches.length - 1;
    if (batch < 0 || !has(batch)) return null;
    const height = Number(batches[batch]!.header.lastHeight);
    return this.#replayed.at(height, (state) => {
      const key = recordKey(WITHDRAWAL.type, WITHDRAWAL.idBytes(index));
      return {
        batch,
        value: toHex(encode(WITHDRAWAL.layout, record)),
        // A record that exists has no neighbour: L1 takes the witness without their count.
        proof: toHex(prove(state.tree, key).subarray(1)),
        root: toHex(state.root),
        final,
      };
    });
  }
}
