/** Replays posted batches over a state and compares every root and every fact of their headers. */
import { setImmediate } from 'node:timers/promises';
import {
  decodePayload,
  payloadHash,
  type BatchHeader,
  type BatchStep,
} from '../../genesis/contracts/batch.ts';
import { FormatError } from '../../genesis/contracts/formatError.ts';
import { nextAccumulator } from '../../genesis/contracts/inboxItem.ts';
import { Draft, existing } from '../../state/access.ts';
import { equalBytes, toHex } from '../../state/codec/bytes.ts';
import { checkInvariants, usdIsConserved } from '../../state/invariants.ts';
import { CHAIN } from '../../state/records/chain.ts';
import { refusalName } from '../../state/refusals.ts';
import type { State } from '../../state/state.ts';
import { runStep, type Outcome } from '../../state/step.ts';
import type { StepResult } from '../../state/transition.ts';
import { transactionOf } from '../../state/transactions/all.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { Digest } from '../../state/units.ts';
import type { Difference, Divergence } from './divergence.ts';
import { Journal } from '../chain/journal.ts';

/** Up to this many records every invariant is checked after each batch; beyond, those that cost nothing. */
const FULL_CHECK_RECORDS = 20_000;
/** Steps between two turns of the event loop, ~4 ms: what comes from L1 and from other threads goes on. */
const STEPS_PER_TURN = 32;

/** Applies a transaction to the state of the replay. */
export type Execute = (body: Uint8Array) => StepResult;
/** What a replay counts. */
type Counts = { batches: number; transactions: number; refused: number; payloadBytes: number };
/** How to take one batch back: its records and what was counted before it. */
type Step = Readonly<{ journal: Journal; counts: Counts }>;

export class Replay {
  readonly #state: State;
  readonly #execute: Execute;
  /** Of L1's inbox, from the first on. */
  readonly #items: readonly Uint8Array[];
  /** Over the first `count` items of L1's own queue. */
  #queue = { count: 0, accumulator: new Uint8Array(32) as Uint8Array };
  #index = 0;
  #counts: Counts = { batches: 0, transactions: 0, refused: 0, payloadBytes: 0 };
  /** The first one: nothing is replayed after it until it is undone. */
  divergence: Divergence | null = null;
  /** Of the newest batches, the last one at the end. */
  readonly #back: Step[] = [];

  constructor(state: State, items: readonly Uint8Array[], execute: Execute) {
    this.#state = state;
    this.#items = items;
    this.#execute = execute;
  }

  get state(): State {
    return this.#state;
  }

  get counts(): Readonly<Counts> {
    return this.#counts;
  }

  /** How many batches can be taken back. */
  get undoable(): number {
    return this.#back.length;
  }

  /** Takes the newest batch back, replayed whole or up to a divergence. @throws where it can not go further back */
  undo(): void {
    const step = this.#back.pop();
    if (step === undefined) throw new RangeError('what undoes this batch was forgotten');
    step.journal.undo(this.#state);
    this.#counts = step.counts;
    this.divergence = null;
    this.#index -= 1;
    this.#queue = { count: 0, accumulator: new Uint8Array(32) };
  }

  /** Forgets how to take back batches below `index`, and the oldest of the others beyond `bytesMax` of memory. */
  forget(index: number, bytesMax: number): void {
    const final = index - (this.#index + 1 - this.#back.length);
    this.#back.splice(0, Math.max(0, final));
    let bytes = this.#back.reduce((sum, { journal }) => sum + journal.bytes, 0);
    // The newest one stays whatever it takes: a divergence is told from the state inside it.
    while (bytes > bytesMax && this.#back.length > 1) bytes -= this.#back.shift()!.journal.bytes;
  }

  /** The state right before the transaction in which the newest batch diverges. */
  rewindTo(transaction: number, payload: Uint8Array): State {
    const counts = this.#counts;
    const { divergence } = this;
    this.undo();
    this.#begin(this.#index + 1);
    for (const { body } of decodePayload(payload).slice(0, transaction)) this.#apply(body);
    this.#counts = counts;
    this.divergence = divergence;
    return this.#state;
  }

  #begin(index: number): void {
    this.#index = index;
    this.#back.push({ journal: new Journal(), counts: { ...this.#counts } });
  }

  #apply(body: Uint8Array): StepResult {
    const result = this.#execute(body);
    this.#back.at(-1)!.journal.record(result.changes);
    return result;
  }

  /** Replays one batch. `isLast` has every invariant checked whatever it costs. */
  async batch(index: number, header: BatchHeader, payload: Uint8Array, isLast = false): Promise<void> {
    this.#begin(index);
    this.#compare('payload hash', payloadHash(payload), header.payloadHash);
    this.#compare('payload bytes', payload.length, header.payloadBytes);
    this.#compare('root before the batch', toHex(this.#state.root), header.preRoot);
    this.#compare('first height', existing(this.#state, CHAIN, 0).height + 1, header.firstHeight);
    if (this.divergence !== null) return;
    const steps = this.#decode(payload);
    if (steps === null) return;
    this.#counts.payloadBytes += payload.length;
    await this.#replay(header, steps);
    if (this.divergence !== null) return;
    this.#counts.batches += 1;
    this.#compareEnd(header, steps.length);
    this.#checkInvariants(isLast);
  }

  #decode(payload: Uint8Array): BatchStep[] | null {
    try {
      return decodePayload(payload);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#wrongHeader('payload format', 'a payload that decodes', error.message);
      return null;
    }
  }

  async #replay(header: BatchHeader, steps: readonly BatchStep[]): Promise<void> {
    for (const [i, step] of steps.entries()) {
      if (i % STEPS_PER_TURN === STEPS_PER_TURN - 1) await setImmediate();
      const outcome = this.#step(i, step);
      if (this.divergence !== null) return;
      if (i > 0) continue;
      // Heights, times and anchors enter by this step alone: without it a header would speak of nothing.
      const opens = step.body[0] === beginBlock.type && outcome.ok;
      this.#compare('first transaction', 'beginBlock applied', opens ? 'beginBlock applied' : 'another step');
      this.#compare('first timestamp', existing(this.#state, CHAIN, 0).timestamp, header.firstTimestamp);
      if (this.divergence !== null) return;
    }
  }

  #step(transaction: number, { body, rootAfter }: BatchStep): Outcome {
    const { root, outcome } = this.#apply(body);
    this.#counts.transactions += 1;
    if (!outcome.ok) this.#counts.refused += 1;
    if (equalBytes(root, rootAfter)) return outcome;
    this.divergence = {
      batch: this.#index,
      transaction,
      kind: transactionOf(body[0])?.name ?? `unknown type ${body[0]}`,
      rule: 'root after the transaction',
      expected: toHex(root),
      posted: toHex(rootAfter),
      outcome: outcome.ok ? 'applied' : `refused: ${refusalName(outcome.code as 1)} ${outcome.detail}`,
      difference: [],
    };
    return outcome;
  }

  #compareEnd(header: BatchHeader, count: number): void {
    const chain = existing(this.#state, CHAIN, 0);
    this.#compare('transaction count', count, header.txCount);
    this.#compare('root after the batch', toHex(this.#state.root), header.postRoot);
    this.#compare('last height', chain.height, header.lastHeight);
    this.#compare('last timestamp', chain.timestamp, header.lastTimestamp);
    this.#compare('anchor number', chain.anchorNumber, header.anchorNumber);
    this.#compare('anchor hash', chain.anchorHash, header.anchorHash);
    this.#compare('inbox cursor', chain.inboxCursor, header.inboxCursor);
    this.#compare('inbox accumulator', chain.inboxAccumulator, header.inboxAccumulator);
    this.#compare('inbox accumulator of L1', this.#accumulatorAt(chain.inboxCursor), header.inboxAccumulator);
    this.#compare('parameter hash', chain.parameterHash, header.parameterHash);
  }

  #checkInvariants(isLast: boolean): void {
    const isFull = isLast || this.#state.size <= FULL_CHECK_RECORDS;
    const breach = isFull ? checkInvariants(this.#state)[0] : usdIsConserved(this.#state);
    if (breach != null) this.#wrongHeader(`invariant ${breach.invariant}`, 'holds', breach.detail);
  }

  /** The accumulator over L1's own items; cursors only grow. */
  #accumulatorAt(cursor: number): Digest | string {
    while (this.#queue.count < cursor) {
      const item = this.#items[this.#queue.count];
      if (item === undefined) return `L1 has ${this.#queue.count} items`;
      this.#queue = { count: this.#queue.count + 1, accumulator: nextAccumulator(this.#queue.accumulator, item) };
    }
    return toHex(this.#queue.accumulator);
  }

  #compare(rule: string, expected: unknown, posted: unknown): void {
    if (String(expected) !== String(posted)) this.#wrongHeader(rule, String(expected), String(posted));
  }

  #wrongHeader(rule: string, expected: string, posted: string): void {
    this.divergence ??= {
      batch: this.#index,
      transaction: null,
      kind: 'header',
      rule,
      expected,
      posted,
      outcome: '',
      difference: [],
    };
  }
}

/** What a step changes, record by record, in a state that stands right before it. */
export function differenceOf(state: State, body: Uint8Array, context: Context): Difference[] {
  const draft = new Draft(state);
  runStep(draft, body, context);
  return draft.touched
    .filter(({ before, after }) => before !== after)
    .map(({ kind, id, before, after }) => ({
      record: `${kind.name} ${id}`,
      before: before ?? null,
      ours: after ?? null,
    }));
}
