/**
 * Checks types, runs every `*.test.ts` under test/ in a process of its own, one more at once than there are cores,
 * and closes with `N passed, N failed`. Arguments narrow the run to paths that contain one of them.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emit } from './emit.ts';
import { programOf } from './support/program.ts';
import { stepLogOf, stepTests } from './support/stepTests.ts';

const ROOT = join(import.meta.dirname, '..');
/** A file that takes longer hangs: the slowest needs a third of it. */
const FILE_SECONDS_MAX = 400;
/** One waits for a clock or a disk most of the time. */
const LANES = availableParallelism() + 1;
/** Asks the bytecode about every step of the tests of the state, once they ran. */
const TWIN = 'genesis/contracts/steps/differential.test.ts';
const STEP_TESTS = new Set(stepTests());
/** Begun first: a run must not end with one of them alone. */
const FIRST = [
  'genesis/contracts/generated.test.ts',
  'rpc/cli/firstTrade.test.ts',
  ...STEP_TESTS,
  TWIN,
  'node/crash/kill.test.ts',
  'scripts/replay/replay.test.ts',
  'rpc/cli/follow.test.ts',
  'genesis/contracts/fraudProof.test.ts',
  'rpc/cli/audit.test.ts',
  'node/follower/network.test.ts',
  'node/l1/conformance.test.ts',
  'node/challenger/challenger.test.ts',
  'node/l1/batcher.test.ts',
  'node/devnet/recovery.test.ts',
  'scripts/replay/insolvency.test.ts',
  'state/tree/forgery.test.ts',
];
const rankOf = (file: string): number => (FIRST.includes(file) ? FIRST.indexOf(file) : FIRST.length);

type Result = { file: string; passed: number; failed: number; skipped: number; seconds: number; output: string };

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => process.argv.length < 3 || process.argv.slice(2).some((part) => file.includes(part)))
  .sort()
  .sort((a, b) => rankOf(a) - rankOf(b));

const stepLogs = mkdtempSync(join(tmpdir(), 'tidepool-steps-'));
const hasAllSteps = [...STEP_TESTS].every((file) => files.includes(file));
function environmentOf(file: string): NodeJS.ProcessEnv {
  if (STEP_TESTS.has(file)) return { ...process.env, TIDEPOOL_STEPS: stepLogOf(stepLogs, file) };
  return file === TWIN && hasAllSteps ? { ...process.env, TIDEPOOL_STEP_LOGS: stepLogs } : process.env;
}

/** Runs a program to its end, or to that of its time. */
function ended(program: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; seconds: number; output: string }> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, program, { cwd: ROOT, env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), FILE_SECONDS_MAX * 1_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, seconds: (performance.now() - started) / 1_000, output });
    });
  });
}

async function runFile(file: string): Promise<Result> {
  const program = programOf(join(ROOT, 'test', file), true);
  const { code, seconds, output } = await ended(program, environmentOf(file));
  const count = (word: string): number =>
    [...output.matchAll(new RegExp(`${word}:\\s+(\\d+)`, 'g'))].reduce((sum, m) => sum + Number(m[1]), 0);
  const total = count('Total');
  const passed = count('Passed');
  const skipped = count('Skipped');
  // A file that crashed, hung or knew of no test has failed, whatever it printed.
  const failed = Math.max(total - passed - skipped, code === 0 && total + skipped > 0 ? 0 : 1);
  return { file, passed, failed, skipped, seconds, output };
}

/** The types of everything, where everything is run: beside the first tests. */
async function checkTypes(): Promise<void> {
  if (process.argv.length > 2) return;
  const { code, seconds, output } = await ended([join(ROOT, 'node_modules/typescript/bin/tsc'), '-b'], process.env);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} types (${seconds.toFixed(1)} s)`);
  if (code === 0) return;
  console.log(output);
  results.push({ file: 'types', passed: 0, failed: 1, skipped: 0, seconds, output });
}

const results: Result[] = [];
const queue = [...files];
let stepTestsLeft = files.filter((file) => STEP_TESTS.has(file)).length;
/** The next file. The twin waits for the steps: whichever lane ends the last of their tests takes it at the latest. */
function next(): string | undefined {
  const at = queue.findIndex((file) => file !== TWIN || stepTestsLeft === 0);
  return at < 0 ? undefined : queue.splice(at, 1)[0];
}
async function lane(): Promise<void> {
  for (let file = next(); file !== undefined; file = next()) {
    const result = await runFile(file);
    results.push(result);
    if (STEP_TESTS.has(file)) stepTestsLeft -= 1;
    const verdict = result.failed === 0 ? 'ok  ' : 'FAIL';
    console.log(`${verdict} ${file} (${result.passed} passed, ${result.seconds.toFixed(1)} s)`);
    const loud = result.output.split('\n').filter((line) => /^SKIP/i.test(line));
    if (result.failed > 0) console.log(result.output);
    else if (loud.length > 0) console.log(loud.join('\n'));
  }
}

const types = checkTypes();
await emit();
await Promise.all([types, ...Array.from({ length: LANES }, lane)]);
rmSync(stepLogs, { recursive: true, force: true });

const sum = (of: (r: Result) => number): number => results.reduce((total, r) => total + of(r), 0);
const failed = sum((r) => r.failed);
const skipped = sum((r) => r.skipped);
console.log(
  `${sum((r) => r.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
