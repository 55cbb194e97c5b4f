/**
 * The state as it was at a sealed height: what proofs against a posted root need. The first question
 * replays sealed blocks from genesis or the best snapshot; the next ones go on from there.
 */
import { equalBytes, fromHex } from '../../state/codec/bytes.ts';
import { BrokenInvariant } from '../../state/errors.ts';
import type { RawRecord } from '../../state/state.ts';
import { State } from '../../state/state.ts';
import { applyTransaction } from '../../state/transition.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Store } from '../store/store.ts';
import { readBlock } from './executor.ts';

/** A state to replay from: the records after the block of this height. */
export type Start = Readonly<{ height: number; records: readonly RawRecord[] }>;
/** The best start at or below a height, or null where there is none. */
export type StartAt = (height: number) => Promise<Start | null>;

/** The node does not have the state of a height any more, nor one before it to replay from. */
export class StateGone extends RangeError {
  override readonly name = 'StateGone';
}

export class ReplayedState {
  readonly #store: Store;
  readonly #startAt: StartAt;
  readonly #context: Context;
  #state: State | null = null;
  #height = 0;
  /** Questions are answered one after the other: they share one state. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: Store, startAt: StartAt, context: Context) {
    this.#store = store;
    this.#startAt = startAt;
    this.#context = context;
  }

  /**
   * Asks `question` of the state after the block at `height`. Cost: one replay of what lies between.
   * @throws StateGone, and RangeError where the block is not sealed yet
   */
  at<T>(height: number, question: (state: State) => T): Promise<T> {
    const answer = this.#turn.then(async () => question(await this.#advance(height)));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #advance(height: number): Promise<State> {
    if (this.#state === null || height < this.#height) {
      const start = await this.#startAt(height);
      if (start === null) throw new StateGone(`the state of block ${height} is not kept here; ask a node that has all blocks`);
      this.#state = State.from(start.records);
      this.#height = start.height;
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
