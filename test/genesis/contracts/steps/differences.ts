/** Compares what two implementations say of the same steps. */
import { toHex } from '../../../../state/codec/bytes.ts';
import { refusalName } from '../../../../state/refusals.ts';
import { transactionOf } from '../../../../state/transactions/all.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import type { Answer } from './anvilTwin.ts';

/** One line for each step on which they part, at most ten. */
export function differencesOf(steps: readonly LoggedStep[], answers: readonly Answer[]): string[] {
  return steps.flatMap((step, i) => differenceOf(step, answers[i]!) ?? []).slice(0, 10);
}

/** How an answer differs from the step, or null. */
export function differenceOf({ bytes, refusal, root }: LoggedStep, answer: Answer): string | null {
  const what = `${transactionOf(bytes[0])?.name ?? 'unknown'} ${toHex(bytes)}`;
  if ('error' in answer) return `${what}: ${nameOf(refusal)}, L1 says: ${answer.error}`;
  if (answer.refusal !== refusal) return `${what}: ${nameOf(refusal)}, on L1 ${nameOf(answer.refusal)}`;
  return answer.root === toHex(root) ? null : `${what}: ${nameOf(refusal)}, root ${toHex(root)}, on L1 ${answer.root}`;
}

const nameOf = (refusal: number): string =>
  refusal === 0 ? 'accepted' : `${refusalName(refusal as 1) ?? refusal}`;
