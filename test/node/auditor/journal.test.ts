/** What a journal puts back is what was there: any stretch of any history, undone, is the state before it. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Journal } from '../../../node/chain/journal.ts';
import { recover } from '../../../node/crypto/recover.ts';
import { toHex } from '../../../state/codec/bytes.ts';
import { State } from '../../../state/state.ts';
import { applyTransaction } from '../../../state/transition.ts';
import { History, operations } from '../../support/histories.ts';

const test = suite('journal');

const recordsOf = (state: State): string[] =>
  [...state.all()].map(({ type, id, value }) => `${type} ${toHex(id)} ${toHex(value)}`).sort();

test('random stretches of random histories go back exactly, and forth again', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 8, maxLength: 8 });
  const property = fc.property(operations(40), lengths, (history, stretches) => {
    const lived = new History();
    const state = State.from([...lived.world.state.all()]);
    const start = lived.world.steps.length;
    for (const operation of history) lived.perform(operation);
    const steps = lived.world.steps.slice(start);
    const apply = (from: number, to: number): Journal => {
      const journal = new Journal();
      for (const { bytes } of steps.slice(from, to)) journal.record(applyTransaction(state, bytes, { recover }).changes);
      return journal;
    };
    let at = 0;
    for (const length of stretches) {
      const before = { root: toHex(state.root), records: recordsOf(state) };
      apply(at, at + length).undo(state);
      assert.equal({ root: toHex(state.root), records: recordsOf(state) }, before);
      apply(at, at + length);
      at = Math.min(steps.length, at + length);
      if (at > 0) assert.is(toHex(state.root), toHex(steps[at - 1]!.root));
    }
  });
  fc.assert(property, { seed: 20_260_104, numRuns: 12 });
});

test.run();
