/** Tables of refusals in the order of the checks, and the proof that none of a transaction's is missing. */
import * as assert from 'uvu/assert';
import { refusalName, type RefusalName } from '../../state/refusals.ts';
import type { World } from './world.ts';

type Test = (name: string, run: () => void) => void;
/** The refusal of a rule, and how to break exactly that rule in a case that was fine. */
export type Rule<Case> = readonly [refusal: RefusalName, breakIt: (c: Case) => void];

/**
 * One test for each rule: broken alone, and broken together with every later one, it is the one
 * reported. `rules` stand in the order of the checks, so later ones are broken first and an earlier
 * one wins what both write. Then the table must hold `refusals`: all, and in their order.
 */
export function refusalTable<Case extends { readonly world: World }>(
  test: Test,
  refusals: readonly RefusalName[],
  prepare: () => Case,
  bytesOf: (c: Case) => Uint8Array,
  rules: readonly Rule<Case>[],
): void {
  test('accepts the case before any rule is broken', () => {
    const c = prepare();
    assert.equal(c.world.apply(bytesOf(c)).outcome, { ok: true });
  });
  rules.forEach(([refusal, breakIt], i) => {
    test(`refuses ${refusal} (rule ${i + 1})`, () => {
      for (const later of [[], rules.slice(i + 1)]) {
        const c = prepare();
        for (const [, breakLater] of later.toReversed()) breakLater(c);
        breakIt(c);
        const { outcome } = c.world.apply(bytesOf(c));
        const got = outcome.ok ? 'accepted' : `${refusalName(outcome.code)}`;
        assert.is(got, refusal, later.length === 0 ? 'broken alone' : 'broken with all later rules');
      }
    });
  });
  test('the table holds every refusal of the transaction, in order', () => {
    const names = rules.map(([name]) => name).filter((name) => name !== 'malformed');
    assert.equal([...new Set(names)], [...refusals]);
  });
}
