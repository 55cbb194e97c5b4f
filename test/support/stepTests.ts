/** The tests of the state whose steps the Solidity twin is asked about. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = join(import.meta.dirname, '..');

/** Their paths from test/. */
export const stepTests = (): string[] =>
  readdirSync(join(TESTS, 'state'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('state', file))
    .filter((file) => hasSteps(readFileSync(join(TESTS, file), 'utf8')))
    .sort();

/** Recorded markets are many and heavy steps of a few kinds, which the others are of as well. */
const hasSteps = (test: string): boolean =>
  /support\/(world|actions|distressed|histories|vaults)/.test(test) && !test.includes('oracle/data.ts');

/** Where a test logs its steps, in a folder for those of all. */
export const stepLogOf = (folder: string, test: string): string => join(folder, `${test.replaceAll('/', ' ')}.steps`);
