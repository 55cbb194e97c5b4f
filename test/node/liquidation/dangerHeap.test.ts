/** The heap of accounts in danger against a sort. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DangerHeap, isMoreDangerous, type Danger } from '../../../node/liquidation/dangerHeap.ts';
import { accountIdOf } from '../../../state/records/account.ts';

const test = suite('danger heap');
const idOf = (n: number) => accountIdOf(`0x${n.toString(16).padStart(40, '0')}`, 0);
const dangers = fc
  .array(fc.tuple(fc.bigInt(-9n, 9n), fc.bigInt(1n, 9n)), { maxLength: 60 })
  .map((pairs) => pairs.map(([equity, maintenance], n): Danger => ({ id: idOf(n), equity, maintenance, market: 1 })));

test('what comes out is always the most dangerous of what is in, each account once', () => {
  fc.assert(
    fc.property(dangers, dangers, (first, second) => {
      const heap = new DangerHeap();
      const naive = new Map<string, Danger>();
      const take = (): void => {
        const next = heap.pop()!;
        assert.ok([...naive.values()].every((other) => !isMoreDangerous(other, next)));
        assert.is(naive.get(next.id), next);
        naive.delete(next.id);
      };
      for (const batch of [first, second]) {
        for (const one of batch) {
          if (!naive.has(one.id)) naive.set(one.id, one);
          heap.push(one);
        }
        for (let n = heap.size >> 1; n > 0; n--) take();
      }
      while (heap.size > 0) take();
      assert.is(naive.size, 0);
      assert.is(heap.pop(), undefined);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test('of two that are as unhealthy the larger comes first', () => {
  const [small, large] = [{ id: idOf(1), equity: 5n, maintenance: 10n, market: 1 }, { id: idOf(2), equity: 50n, maintenance: 100n, market: 1 }];
  assert.ok(isMoreDangerous(large, small));
  assert.not(isMoreDangerous(small, large));
});

test.run();
