// An hour of a synthetic market with everything that can go wrong beside it: opened, survived, audited from L1.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadMarket } from '../../../scripts/replay/market.ts';
import { runReplay } from '../../../scripts/replay/run.ts';
import { isExact } from '../../../scripts/replay/waterfallLog.ts';

const test = suite('scripts/replay/scenario');
const FROM = Date.UTC(2025, 0, 1) / 1_000;
const MINUTE = 60;

test('a vault opened by governance, an outage, a silent oracle and a crowd in debt: every root from L1, every dollar there', async () => {
  const market = await loadMarket({ files: [], seed: 'scenario', fromSeconds: FROM, toSeconds: FROM + 50 * MINUTE });
  const outage = { fromSeconds: FROM + 12 * MINUTE, toSeconds: FROM + 42 * MINUTE };
  const gaps = [{ fromSeconds: FROM + 4 * MINUTE, toSeconds: FROM + 9 * MINUTE }];
  const scenario = { outage, gaps, vaultUsd: 50_000, leverage: 'mixed', biddersFromSeconds: 0 } as const;
  const result = await runReplay({ market, seed: 'scenario', traders: 10, stepSeconds: MINUTE, scenario });
  const { blocks, waterfall, isConserved, trades } = result.statistics.summary(result.wallSeconds);
  assert.is(result.audit.divergence, null);
  assert.is(result.audit.root, result.finalRoot);
  assert.equal(result.breaches, []);
  assert.ok(isConserved && trades.count > 0);
  assert.ok(waterfall !== null && isExact(waterfall), JSON.stringify(waterfall));
  assert.is(waterfall!.vaultValueFirstUsd, 50_000);
  // A block a minute but for the half hour, and those that open and end it.
  assert.ok(blocks.count > 15 && blocks.count < 25, `${blocks.count} blocks`);
});

test.run();
