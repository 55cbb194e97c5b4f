/** Two kinds of wrong: a refusal is a value the chain records; a broken invariant stops the node. */
import type { RefusalCode } from './refusals.ts';

/** A rule said no. Thrown inside a step, caught by `applyTransaction`; deliberately without a stack. */
export class Refusal {
  readonly code: RefusalCode;
  /** Which part of the transaction broke the rule, for people and the matcher; not consensus. */
  readonly detail: string;
  /** For a trade: 0 the taker, 1.. the maker of that fill; otherwise absent. */
  readonly party: number | undefined;
  constructor(code: RefusalCode, detail = '', party?: number) {
    this.code = code;
    this.detail = detail;
    this.party = party;
  }
}

/** Ends the step with refusal `code` unless `held`. */
export function require(
  held: boolean,
  code: RefusalCode,
  detail?: string | (() => string),
  party?: number,
): asserts held {
  if (!held) throw new Refusal(code, typeof detail === 'function' ? detail() : detail, party);
}

/** Our own code is wrong. Never caught in `state/`: better to stop than to sign a wrong root. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** A promise of our own code, checked. */
export function invariant(held: boolean, promise: string): asserts held {
  if (!held) throw new BrokenInvariant(promise);
}
