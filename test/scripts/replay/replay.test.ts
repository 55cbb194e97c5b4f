// The crash of March 2020 through the whole system: money is conserved, L1 alone gives every root.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadMarket, parseTime } from '../../../scripts/replay/market.ts';
import { OPTION_STYLES } from '../../../scripts/replay/traders.ts';
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

onRecordings('the night of the crash to its settlement: conserved, and reproduced from L1', async () => {
  const result = await replay('2020-03-12T23:10', '2020-03-13T08:10', 'crash', 30);
  const summary = result.statistics.summary(result.wallSeconds);
  assert.is(summary.marketSeconds, 9 * 3_600, 'completed');
  assert.equal(result.breaches, []);
  assert.ok(summary.isConserved, JSON.stringify(summary.conservation));
  assert.is(result.audit.divergence, null);
  assert.is(result.audit.root, result.finalRoot);
  assert.equal(summary.audit, { roots: result.audit.transactions, matches: true });
  assert.is(summary.batches.transactions, result.audit.transactions, 'everything was posted');
  assert.is(summary.batches.trades, summary.trades.count);
  assert.ok(summary.trades.count > 100, `${summary.trades.count} trades`);
  assert.ok(summary.orders.accepted > 0.9 * summary.orders.sent, JSON.stringify(summary.orders));
  const settled = Object.values(summary.options).filter(({ settledUnits }) => settledUnits > 0);
  assert.ok(settled.some(({ exercisedUsd }) => exercisedUsd > 0), JSON.stringify(summary.options));
  // Half the price is gone: whoever stood on leverage was auctioned, and every step of that can be explained.
  const { liquidation } = summary;
  assert.ok(liquidation.solvent > 0 && liquidation.bids > 0, JSON.stringify(liquidation));
  assert.is(liquidation.unattendedLast, 0);
  assert.ok(liquidation.explained >= liquidation.solvent + liquidation.bids);
  assert.is(liquidation.verified, liquidation.explained);
  assert.ok(liquidation.fundLastUsd > 0);
});

onRecordings('options are traded, coins back positions, and margin is compared by mode', async () => {
  const result = await replay('2020-03-12T07:30', '2020-03-12T08:10', 'options', 40);
  const { options, efficiency, isConserved, audit } = result.statistics.summary(result.wallSeconds);
  assert.equal(result.breaches, []);
  assert.ok(isConserved && audit?.matches === true);
  const books = Object.values(options);
  assert.ok(books.some(({ trades, premiumUsd }) => trades > 0 && premiumUsd > 0), JSON.stringify(options));
  const styles = Object.keys(efficiency.last?.byStyle ?? {});
  for (const style of OPTION_STYLES) assert.ok(styles.includes(style), style);
  const { optionMaker } = efficiency.worst!.byStyle;
  const { isolated, cross, portfolio } = optionMaker!.initialUsd;
  assert.is(isolated, cross);
  assert.ok(portfolio < isolated, `a hedged book: ${portfolio} in portfolio mode, ${isolated} else`);
});

const terra = recorded(
  'spot_1m_2022-05_luna_btcusdt.csv.gz',
  'spot_1m_2022-05_luna_ethusdt.csv.gz',
  'collateral_15m_2022-05_ustusdt.csv',
  'collateral_1h_2022-05_lunausdt.csv',
);
if (terra === null) console.log('SKIP scripts/replay in May 2022: no recorded market');
(terra === null ? test.skip : test)('a coin that loses more than a price may move at once stops nothing', async () => {
  const [fromSeconds, toSeconds] = [parseTime('2022-05-11T12:50'), parseTime('2022-05-11T13:10')];
  const market = await loadMarket({ files: terra!, seed: 'terra', fromSeconds, toSeconds });
  const result = await runReplay({ market, seed: 'terra', traders: 25, stepSeconds: market.stepSeconds });
  const { keeper, isConserved, audit } = result.statistics.summary(result.wallSeconds);
  assert.equal(result.breaches, []);
  assert.ok(isConserved && audit?.matches === true);
  // 1.59 to 0.73 USD: refused while the last price is fresh, accepted once it is not.
  assert.is(keeper.refused['postPrices of LUNA: price_jump_too_large'], 2);
  assert.ok(keeper.silenceSeconds['LUNA']! > 60 && keeper.silenceSeconds['LUNA']! <= 180, JSON.stringify(keeper));
  assert.is(keeper.silenceSeconds['BTC'], 0);
});

onRecordings('the same seed ends at the same root, another one does not', async () => {
  const root = async (seed: string): Promise<string> =>
    (await replay('2020-03-12T10:20', '2020-03-12T10:40', seed, 20)).finalRoot;
  const first = await root('one');
  assert.is(await root('one'), first);
  assert.is.not(await root('two'), first);
});

test.run();
