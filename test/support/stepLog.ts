/**
 * Steps on disk. Where TIDEPOOL_STEPS names a file, every step that a test applies is appended to
 * it, so that whatever is tested of the state can be asked of its Solidity twin as well.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import type { StepResult } from '../../state/transition.ts';

/** A step as it was applied, with what proves it. */
export type Step = Readonly<{
  bytes: Uint8Array;
  before: Uint8Array;
  witness: Uint8Array;
  outcome: StepResult['outcome'];
  root: Uint8Array;
}>;
/** What is kept of a step; refusal 0: applied. */
export type LoggedStep = Readonly<{
  before: Uint8Array;
  root: Uint8Array;
  refusal: number;
  bytes: Uint8Array;
  witness: Uint8Array;
}>;

/** before 32 B | root 32 B | refusal u16 | two lengths u32 */
const HEAD_BYTES = 74;
const path = process.env['TIDEPOOL_STEPS'];
const file = path === undefined ? null : openSync(path, 'a');

export function logStep({ bytes, before, witness, outcome, root }: Step): void {
  if (file === null) return;
  const head = Buffer.alloc(HEAD_BYTES);
  head.set(before, 0);
  head.set(root, 32);
  head.writeUInt16BE(outcome.ok ? 0 : outcome.code, 64);
  head.writeUInt32BE(bytes.length, 66);
  head.writeUInt32BE(witness.length, 70);
  writeSync(file, Buffer.concat([head, bytes, witness]));
}

/** The steps of a log, as views into it. */
export function* readSteps(logPath: string): Generator<LoggedStep> {
  const log = readFileSync(logPath);
  for (let at = 0; at < log.length; ) {
    const bytesAt = at + HEAD_BYTES;
    const witnessAt = bytesAt + log.readUInt32BE(at + 66);
    const end = witnessAt + log.readUInt32BE(at + 70);
    yield {
      before: log.subarray(at, at + 32),
      root: log.subarray(at + 32, at + 64),
      refusal: log.readUInt16BE(at + 64),
      bytes: log.subarray(bytesAt, witnessAt),
      witness: log.subarray(witnessAt, end),
    };
    at = end;
  }
}
