/**
 * The state as it was at a sealed height: what proofs against a posted root need. Replays sealed
 * blocks from genesis on the first question, and only goes forward afterwards.
 */
import { equalBytes, fromHex } from '../../state/codec/bytes.ts';
import { BrokenInvariant } from '../../state/errors.ts';
import type { RawRecord } from '../../state/state.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Store } from '../store/store.ts';
import { readBlock } from './executor.ts';

export class ReplayedState {
  readonly #store: Store;
  readonly #genesis: () => readonly RawRecord[];
  readonly #context: Context;
  #state: State | null = null;
  #height = 0;
  /** Questions are answered one after the other: they share one state. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: Store, genesis: () => readonly RawRecord[], context: Context) {
    this.#store = store;
    this.#genesis = genesis;
    this.#context = context;
  }

  /** Asks `question` of the state after the block at `height`. Cost: one replay of what lies between. */
  at<T>(height: number, question: (state: State) => T): Promise<T> {
    const answer = this.#turn.then(async () => question(await this.#advance(height)));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #advance(height: number): Promise<State> {
    if (this.#state === null || height < this.#height) {
      this.#state = State.from(this.#genesis());
      this.#height = 0;
    }
    while (this.#height < height) {
      const block = await readBlock(this.#store, this.#height + 1);
      if (block === undefined) throw new RangeError(`block ${this.#height + 1} is not sealed yet`);
      for (const { bytes } of block.transactions) applyTransaction(this.#state, bytes, this.#context);
      if (!equalBytes(this.#state.root, fromHex(block.header.stateRoot))) {
        throw new BrokenInvariant(`block ${block.header.height} replays to another root`);
      }
      this.#height += 1;
    }
    return this.#state;
  }
}
