/** Steps to ask of the Solidity twin: those of every test of the state, and random histories. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { toHex } from '../../../../state/codec/bytes.ts';
import { History, operations } from '../../../support/histories.ts';
import { programOf } from '../../../support/program.ts';
import { readSteps, type LoggedStep } from '../../../support/stepLog.ts';
import { stepLogOf, stepTests } from '../../../support/stepTests.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const OPERATIONS = 60;

/**
 * Every step that the tests of the state apply, each once: all refusals in their order, boundary
 * values, random bytes, whole lives. Where `TIDEPOOL_STEP_LOGS` names a folder, all of them ran before and
 * left their steps there; else they run now, in processes of their own.
 */
export async function stateTestSteps(): Promise<LoggedStep[]> {
  const logs = process.env['TIDEPOOL_STEP_LOGS'];
  if (logs !== undefined) return loggedIn(logs);
  const folder = mkdtempSync(join(tmpdir(), 'tidepool-steps-'));
  try {
    for (const test of stepTests()) {
      const child = spawn(process.execPath, programOf(join(ROOT, 'test', test)), {
        cwd: ROOT,
        stdio: 'ignore',
        env: { ...process.env, TIDEPOOL_STEPS: stepLogOf(folder, test) },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`${test} fails by itself`);
    }
    return loggedIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const loggedIn = (folder: string): LoggedStep[] =>
  distinct(stepTests().flatMap((test) => [...readSteps(stepLogOf(folder, test))]));

function distinct(steps: Iterable<LoggedStep>): LoggedStep[] {
  const byInput = new Map<string, LoggedStep>();
  for (const step of steps) byInput.set(`${toHex(step.before)}${toHex(step.bytes)}`, step);
  return [...byInput.values()];
}

/** Steps of one random history. */
export function historySteps(seed: number): LoggedStep[] {
  const history = new History();
  for (const operation of fc.sample(operations(OPERATIONS), { seed, numRuns: 1 })[0]!) history.perform(operation);
  return history.world.steps.map(({ bytes, before, witness, outcome, root }) => {
    return { bytes, before, witness, root, refusal: outcome.ok ? 0 : outcome.code };
  });
}
