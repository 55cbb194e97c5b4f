/**
 * The differential test at any length: random histories, or the steps of a market replay, each in
 * TypeScript with the whole state, in TypeScript from the witness alone, and in Solidity bytecode on
 * anvil.
 *
 *   npm run differential [-- --steps <n, default 1,000,000>] [--seed <n, default 1>]
 *   npm run differential -- --kept <directory of replay --keep> [--every <n, default 1>]
 *
 * Prints the seed of a history that differs; exit code 1.
 */
import { parseArgs } from 'node:util';
import type { LoggedStep } from '../../../support/stepLog.ts';
import { AnvilTwin } from './anvilTwin.ts';
import { historySteps } from './corpus.ts';
import { differencesOf } from './differences.ts';
import { replayedSteps } from './replayed.ts';
import { STEP_CONTRACTS } from './twin.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    ...{ steps: { ...text, default: '1000000' }, seed: { ...text, default: '1' } },
    ...{ kept: text, every: { ...text, default: '1' } },
  },
});
const natural = (name: string, value: string): number => {
  if (!/^\d{1,12}$/.test(value)) throw new RangeError(`--${name}: expected a whole number, received "${value}"`);
  return Number(value);
};
const wanted = natural('steps', values.steps);
/** Steps of a chain that are asked together. */
const GROUP = 500;
/** Steps between two lines of progress. */
const REPORT = 10_000;

type Group = Readonly<{ from: string; steps: readonly LoggedStep[] }>;

function* histories(): Generator<Group> {
  for (let seed = natural('seed', values.seed); ; seed++) yield { from: `seed ${seed}`, steps: historySteps(seed) };
}

async function* replayed(directory: string): AsyncGenerator<Group> {
  let steps: LoggedStep[] = [];
  for await (const step of replayedSteps(directory, Math.max(1, natural('every', values.every)))) {
    steps.push(step);
    if (steps.length < GROUP) continue;
    yield { from: directory, steps };
    steps = [];
  }
  yield { from: directory, steps };
}

const twin = await AnvilTwin.start(STEP_CONTRACTS);
const started = performance.now();
let done = 0;
let differences: string[] = [];
for await (const { from, steps } of values.kept === undefined ? histories() : replayed(values.kept)) {
  differences = differencesOf(steps, await twin.execute(steps)).map((difference) => `${from}: ${difference}`);
  const before = Math.floor(done / REPORT);
  done += steps.length;
  if (Math.floor(done / REPORT) > before) {
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(JSON.stringify({ steps: done, from, seconds }));
  }
  if (done >= wanted || differences.length > 0) break;
}
await twin.stop();
for (const difference of differences) console.log(difference);
console.log(`${done} steps, ${differences.length} differences`);
process.exit(differences.length === 0 && done > 0 ? 0 : 1);
