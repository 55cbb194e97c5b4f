/** What a person is shown of a margin adds up to it, exactly, and says which scenario binds. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { explainMargin } from '../../../state/risk/explain.ts';
import { marginOf } from '../../../state/risk/margin.ts';
import { BTC_PERP, ETH_PERP, SOL_PERP } from '../../support/world.ts';
import { anyPortfolio } from './anyPortfolio.ts';
import { portfolioOf, USD } from './portfolios.ts';

const test = suite('explanation of margin');
const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

test('the margin explained is the margin, and its parts add up to it, in all modes', () => {
  fc.assert(
    fc.property(anyPortfolio, fc.constantFrom(...Object.values(MARGIN_MODE)), (p, mode) => {
      const { margin, underlyings, groups, positions } = explainMargin(p, mode);
      assert.equal(margin, marginOf(p, mode));
      for (const name of Object.keys(underlyings[0]?.charges ?? {}) as (keyof (typeof underlyings)[0]['charges'])[]) {
        const parts = underlyings.map(({ charges }) => charges[name]);
        assert.is(total(parts), margin[name], name);
        assert.ok(parts.every((part) => part >= 0n));
      }
      const risks = mode === MARGIN_MODE.portfolio ? groups.map(({ risk }) => risk) : positions.map(({ loss }) => loss);
      assert.is(total(risks), margin.scan);
      for (const { silo, joint, risk } of groups) assert.ok(joint <= risk && risk <= silo);
      assert.is(total(underlyings.map(({ stableLoss }) => stableLoss)), margin.equity - margin.initialEquity);
      assert.is(total(underlyings.map(({ delta }) => delta)), total(positions.map(({ delta }) => delta)));
    }),
    { seed: 91, numRuns: 300 },
  );
});

test('a hedge, a short option of the market and the scenario that binds', () => {
  const p = portfolioOf({ sizes: { [BTC_PERP]: 10n, [ETH_PERP]: -25n, [SOL_PERP]: 5n } });
  const { underlyings, groups, binding, positions } = explainMargin(p);
  assert.equal(underlyings.map(({ underlying, delta, loss, worstScenario, share }) => [underlying, delta, loss, worstScenario, share]), [
    [1, 1_000n * USD, 150n * USD, 24, 600_000n], // A full range down.
    [2, -1_000n * USD, 180n * USD, 21, 600_000n], // And up.
    [3, 100n * USD, 25n * USD, 24, 600_000n],
  ]);
  assert.is(groups.length, 1);
  // Together: +150 - 180 + 25 up, -150 + 180 - 25 down, 5 of it lost either way up; alone 40 %.
  assert.equal([groups[0]!.silo, groups[0]!.joint, groups[0]!.risk], [355n * USD, 5n * USD, 145n * USD]);
  assert.equal(binding, { group: 1, underlyings: [1, 2, 3], scenario: 21 });
  assert.equal(positions.map(({ loss }) => loss), [150n * USD, 180n * USD, 25n * USD]);
  assert.is(explainMargin(portfolioOf({})).binding, null);
  assert.is(explainMargin(p, MARGIN_MODE.cross).binding, null);
  assert.equal(explainMargin(p, MARGIN_MODE.cross).groups, []);
});

test.run();
