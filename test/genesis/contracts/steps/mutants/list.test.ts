/** A mistake that can not be made any more tests nothing: each is made at one place of the sources as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contractsFolder } from '../../../../../scripts/contracts.ts';
import { MUTANTS } from './list.ts';

const test = suite('mutants');

test('every mutant changes one place, and has a name of its own', () => {
  for (const { name, file, from, to } of MUTANTS) {
    const source = readFileSync(join(contractsFolder, file), 'utf8');
    assert.is(source.split(from).length - 1, 1, name);
    assert.is.not(from, to, name);
  }
  assert.is(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
});

test.run();
