/** Why the batcher does not post, with a code that scripts can rely on and what to do. */

/** Why nothing more is posted until somebody looks. */
export class BatcherError extends Error {
  override readonly name = 'BatcherError';
  readonly code:
    | 'BATCH_REFUSED'
    | 'BATCH_OUTDATED'
    | 'NOT_BONDED'
    | 'SEAT_TAKEN'
    | 'CHAIN_DIVERGED'
    | 'BATCH_REVERTED'
    | 'FEES_ABOVE_CAP';
  constructor(code: BatcherError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Errors of the Rollup that an operator can do something about. */
const REFUSALS: readonly Readonly<{ error: string; code: BatcherError['code']; hint: string }>[] = [
  { error: 'NotBonded', code: 'NOT_BONDED', hint: '; this sequencer has no bond, or lost it: tidepool bond' },
  { error: 'SeatTaken', code: 'SEAT_TAKEN', hint: '; another sequencer posts until then' },
  // Sealed blocks never change: these stay unposted for ever.
  { error: 'BatchTooOld', code: 'BATCH_OUTDATED', hint: '; its blocks can not be posted any more: start again with --from-l1' },
];
const ANY_REFUSAL = { code: 'BATCH_REFUSED', hint: '' } as const;

/** A batch that L1 would refuse, by the contract's own words. */
export function refusedBatch(index: bigint, reason: string): BatcherError {
  const { code, hint } = REFUSALS.find(({ error }) => reason.startsWith(`${error}(`)) ?? ANY_REFUSAL;
  return new BatcherError(code, `L1 would refuse batch ${index}: ${reason}${hint}`);
}
