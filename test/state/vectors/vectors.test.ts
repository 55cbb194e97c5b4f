/** The vectors, read by a runner that knows no rule: only roots, witnesses and outcomes. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DecodeError, fromHex, toHex } from '../../../state/codec/bytes.ts';
import { BrokenInvariant } from '../../../state/errors.ts';
import { applyStateless, WitnessMismatch } from '../../../state/transition.ts';
import { TRANSACTIONS } from '../../../state/transactions/all.ts';
import { WitnessError } from '../../../state/tree/witness.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { stateVectors, type StateVector } from './generate.ts';

const test = suite('state vectors');
const context = { recover };
const directory = new URL('.', import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith('.json')).sort();
const read = (name: string): StateVector[] =>
  JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as StateVector[];

for (const file of files) {
  for (const { name, rootBefore, transaction, witness, outcome, rootAfter } of read(file)) {
    test(`${file.replace('.json', '')}: ${name}`, () => {
      const result = applyStateless(fromHex(rootBefore), fromHex(transaction), fromHex(witness), context);
      assert.is(result.outcome.ok, outcome.ok);
      if (!result.outcome.ok && !outcome.ok) assert.is(result.outcome.code, outcome.code);
      assert.is(toHex(result.root), rootAfter);
    });
  }
}

test('every transaction has one that is accepted and one that is refused', () => {
  for (const { name } of TRANSACTIONS) {
    const outcomes = read(`${name}.json`).map((v) => v.outcome.ok);
    assert.ok(outcomes.includes(true) && outcomes.includes(false), name);
  }
});

test('the files are what the generator makes: run `npm run vectors` where a rule changed', () => {
  const made = stateVectors();
  assert.equal([...made.keys()].map((name) => `${name}.json`).sort(), files);
  for (const file of files) assert.equal(read(file), made.get(file.replace('.json', '')), file);
});

test('a witness with a byte changed proves nothing else', () => {
  const all = files.flatMap(read).filter((v) => v.witness.length > 6);
  const vector = fc.constantFrom(...all);
  fc.assert(
    fc.property(vector, fc.nat(), fc.integer({ min: 1, max: 255 }), (v, at, flip) => {
      const witness = fromHex(v.witness);
      witness[at % witness.length]! ^= flip;
      try {
        const { root } = applyStateless(fromHex(v.rootBefore), fromHex(v.transaction), witness, context);
        assert.is(toHex(root), v.rootAfter);
      } catch (error) {
        const known = [DecodeError, WitnessError, WitnessMismatch, BrokenInvariant].some((kind) => error instanceof kind);
        assert.ok(known, String(error));
      }
    }),
    { seed: 5, numRuns: 1_500 },
  );
});

test.run();
