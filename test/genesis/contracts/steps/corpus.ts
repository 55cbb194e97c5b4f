/** Steps to ask of the Solidity twin: those of every test of the state, and random histories. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { toHex } from '../../../../state/codec/bytes.ts';
import { History, operations } from '../../../support/histories.ts';
import { programOf } from '../../../support/program.ts';
import { readSteps, type LoggedStep } from '../../../support/stepLog.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const STATE_TESTS = join(ROOT, 'test/state');
const OPERATIONS = 60;

/**
 * Every step that the tests of the state apply, each once: all refusals in their order, boundary
 * values, random bytes, whole lives. They run again, in processes of their own.
 */
export async function stateTestSteps(): Promise<LoggedStep[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-steps-'));
  try {
    const log = join(directory, 'steps');
    for (const file of testsOfTheState()) {
      const child = spawn(process.execPath, programOf(file), {
        cwd: ROOT,
        stdio: 'ignore',
        env: { ...process.env, TIDEPOOL_STEPS: log },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`${file} fails by itself`);
    }
    return distinct(readSteps(log));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const testsOfTheState = (): string[] =>
  readdirSync(STATE_TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(STATE_TESTS, file))
    .filter((file) => hasSteps(readFileSync(file, 'utf8')))
    .sort();

/** Recorded markets are many and heavy steps of a few kinds, which the others are of as well. */
const hasSteps = (test: string): boolean =>
  /support\/(world|actions|histories)/.test(test) && !test.includes('oracle/data.ts');

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
