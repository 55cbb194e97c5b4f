// The crash of March 2020 through the whole system: money is conserved, L1 alone gives every root.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadMarket, parseTime } from '../../../scripts/replay/market.ts';
import { runReplay, type ReplayResult } from '../../../scripts/replay/run.ts';
import { recorded } from '../../node/oracle/data.ts';

const files = recorded(
  'spot_1m_2020-03_black_thursday_btcusdt.csv.gz',
  'spot_1m_2020-03_black_thursday_ethusdt.csv.gz',
);
const test = suite('scripts/replay');
if (files === null) console.log('SKIP scripts/replay: no recorded market');
const onRecordings = files === null ? test.skip : test;

async function replay(from: string, to: string, seed: string, traders: number): Promise<ReplayResult> {
  const [fromSeconds, toSeconds] = [parseTime(from), parseTime(to)];
  const market = await loadMarket({ files: files!, seed, fromSeconds, toSeconds });
  return runReplay({ market, seed, traders, stepSeconds: market.stepSeconds });
}

onRecordings('the 36 hours around the crash: conserved, and reproduced from L1', async () => {
  const result = await replay('2020-03-12', '2020-03-13T12:00', 'crash', 40);
  const summary = result.statistics.summary(result.wallSeconds);
  assert.is(summary.marketSeconds, 36 * 3_600, 'completed');
  assert.equal(result.breaches, []);
  assert.ok(summary.isConserved, JSON.stringify(summary.conservation));
  assert.is(result.audit.divergence, null);
  assert.is(result.audit.root, result.finalRoot);
  assert.equal(summary.audit, { roots: result.audit.transactions, matches: true });
  assert.is(summary.batches.transactions, result.audit.transactions, 'everything was posted');
  assert.is(summary.batches.trades, summary.trades.count);
  assert.ok(summary.trades.count > 100, `${summary.trades.count} trades`);
  assert.ok(summary.orders.accepted > 0.9 * summary.orders.sent, JSON.stringify(summary.orders));
  // Half the price is gone: without liquidation somebody with leverage is under water.
  assert.ok(summary.margin.belowMaintenanceMost > 0, JSON.stringify(summary.margin));
});

onRecordings('the same seed ends at the same root, another one does not', async () => {
  const root = async (seed: string): Promise<string> =>
    (await replay('2020-03-12T10:00', '2020-03-12T11:30', seed, 25)).finalRoot;
  const first = await root('one');
  assert.is(await root('one'), first);
  assert.is.not(await root('two'), first);
});

test.run();
