/**
 * The differential test at any length: random histories, each step in TypeScript with the whole
 * state, in TypeScript from the witness alone, and in Solidity bytecode on anvil.
 *
 *   npm run differential [-- --steps <n, default 1,000,000>] [--seed <n, default 1>]
 *
 * Prints the seed of a history that differs; exit code 1.
 */
import { parseArgs } from 'node:util';
import { AnvilTwin } from './anvilTwin.ts';
import { historySteps } from './corpus.ts';
import { differencesOf } from './differences.ts';
import { STEP_CONTRACTS } from './twin.ts';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const natural = (name: string, text: string): number => {
  if (!/^\d{1,12}$/.test(text)) throw new RangeError(`--${name}: expected a whole number, received "${text}"`);
  return Number(text);
};
const wanted = natural('steps', values.steps);
const firstSeed = natural('seed', values.seed);
/** Steps between two lines of progress. */
const REPORT = 10_000;

const twin = await AnvilTwin.start(STEP_CONTRACTS);
const started = performance.now();
let done = 0;
let differences: string[] = [];
for (let seed = firstSeed; done < wanted && differences.length === 0; seed++) {
  const steps = historySteps(seed);
  differences = differencesOf(steps, await twin.execute(steps)).map((difference) => `seed ${seed}: ${difference}`);
  const before = Math.floor(done / REPORT);
  done += steps.length;
  if (Math.floor(done / REPORT) > before) {
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.log(JSON.stringify({ steps: done, seed, seconds }));
  }
}
await twin.stop();
for (const difference of differences) console.log(difference);
console.log(`${done} steps, ${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);
