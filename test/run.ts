/**
 * Runs every `*.test.ts` under test/ in a process of its own, one more at once than there are cores, and
 * closes with `N passed, N failed`. Arguments narrow the run to paths that contain one of them.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { emit } from './emit.ts';
import { programOf } from './support/program.ts';

const ROOT = join(import.meta.dirname, '..');
/** A file that takes longer hangs: the slowest needs a fifth of it. */
const FILE_SECONDS_MAX = 420;
/** One waits for a clock or a disk most of the time. */
const LANES = availableParallelism() + 1;
/** Begun first, the slowest first: a run must not end with one of them alone. */
const SLOWEST = [
  'genesis/contracts/generated',
  'genesis/contracts/steps/differential',
  'rpc/cli/firstTrade',
  'node/crash/kill',
  'scripts/replay/replay',
  'node/l1/conformance',
  'node/challenger/challenger',
  'node/l1/batcher',
  'node/devnet/recovery',
  'node/l1/embeddedRestart',
].map((name) => `${name}.test.ts`);
const rankOf = (file: string): number => (SLOWEST.includes(file) ? SLOWEST.indexOf(file) : SLOWEST.length);

type Result = { file: string; passed: number; failed: number; skipped: number; seconds: number; output: string };

const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => process.argv.length < 3 || process.argv.slice(2).some((part) => file.includes(part)))
  .sort()
  .sort((a, b) => rankOf(a) - rankOf(b));

function runFile(file: string): Promise<Result> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, programOf(join(ROOT, 'test', file), true), { cwd: ROOT });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), FILE_SECONDS_MAX * 1_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1_000;
      const count = (word: string): number =>
        [...output.matchAll(new RegExp(`${word}:\\s+(\\d+)`, 'g'))].reduce((sum, m) => sum + Number(m[1]), 0);
      const total = count('Total');
      const passed = count('Passed');
      const skipped = count('Skipped');
      // A file that crashed, hung or knew of no test has failed, whatever it printed.
      const failed = Math.max(total - passed - skipped, code === 0 && total + skipped > 0 ? 0 : 1);
      resolve({ file, passed, failed, skipped, seconds, output });
    });
  });
}

const results: Result[] = [];
const queue = [...files];
async function lane(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const result = await runFile(file);
    results.push(result);
    const verdict = result.failed === 0 ? 'ok  ' : 'FAIL';
    console.log(`${verdict} ${file} (${result.passed} passed, ${result.seconds.toFixed(1)} s)`);
    const loud = result.output.split('\n').filter((line) => /^SKIP/i.test(line));
    if (result.failed > 0) console.log(result.output);
    else if (loud.length > 0) console.log(loud.join('\n'));
  }
}
await emit();
await Promise.all(Array.from({ length: LANES }, lane));

const sum = (of: (r: Result) => number): number => results.reduce((total, r) => total + of(r), 0);
const failed = sum((r) => r.failed);
const skipped = sum((r) => r.skipped);
console.log(
  `${sum((r) => r.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
