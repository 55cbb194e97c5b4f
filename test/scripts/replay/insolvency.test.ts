// The morning of the crash of March 2020 with a crowd that borrowed all it may, the sequencer out in the worst of it and nobody
// who bids until an hour after: accounts end worth less than nothing, and every micro-dollar of that is where the rules say.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agrees } from '../../../scripts/replay/accountant.ts';
import { loadMarket, parseTime } from '../../../scripts/replay/market.ts';
import { runReplay } from '../../../scripts/replay/run.ts';
import { HOUR_SECONDS, outageIn, worstHour } from '../../../scripts/replay/scenario.ts';
import { isExact } from '../../../scripts/replay/waterfallLog.ts';
import { recorded } from '../../node/oracle/data.ts';

const files = recorded(
  'spot_1m_2020-03_black_thursday_btcusdt.csv.gz',
  'spot_1m_2020-03_black_thursday_ethusdt.csv.gz',
);
const test = suite('scripts/replay/insolvency');
if (files === null) console.log('SKIP scripts/replay/insolvency: no recorded market');
const onRecordings = files === null ? test.skip : test;

onRecordings('insolvent accounts are paid for, deleveraged and explained, as a plain accountant predicts', async () => {
  const [fromSeconds, toSeconds] = [parseTime('2020-03-12T08:30'), parseTime('2020-03-12T12:30')];
  const market = await loadMarket({ files: files!, seed: 'a', fromSeconds, toSeconds });
  const worst = worstHour(market);
  const scenario = {
    outage: outageIn(worst),
    gaps: [],
    vaultUsd: null,
    leverage: 'full',
    biddersFromSeconds: worst.fromSeconds + 2 * HOUR_SECONDS,
  } as const;
  const result = await runReplay({ market, seed: 'a', traders: 40, stepSeconds: market.stepSeconds, scenario });
  const { audit, books, isConserved, liquidation, waterfall } = result.statistics.summary(result.wallSeconds);
  assert.equal([result.breaches, isConserved, result.audit.divergence, audit?.matches], [[], true, null, true]);
  assert.ok(books !== null && agrees(books), String(books?.firstDifference));
  assert.ok(waterfall !== null && isExact(waterfall), JSON.stringify(waterfall?.differences));
  assert.ok(liquidation.insolvent > 0 && books!.insolvent > 0 && BigInt(books!.flagged) > 0n, JSON.stringify(books));
  assert.ok(BigInt(books!.fundPaid) > 0n, `paid by the fund: ${books!.fundPaid}`);
  assert.ok(waterfall!.deleveraged > 0, `${waterfall!.deleveraged} positions deleveraged`);
  assert.ok(liquidation.explained > 0);
  assert.is(liquidation.verified, liquidation.explained);
});

test.run();
