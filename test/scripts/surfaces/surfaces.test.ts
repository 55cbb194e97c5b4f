/** `npm run surfaces`: hostile files and flags are refused with their place, good ones read as they say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CsvError } from '../../../node/oracle/csvReader.ts';
import { parseEvery, parseUnderlying } from '../../../scripts/surfaces.ts';
import { isOutOfTheMoney, quotesOf, readChains } from '../../../scripts/surfaces/chains.ts';
import { ErrorTable } from '../../../scripts/surfaces/table.ts';

const test = suite('scripts/surfaces');
const directory = mkdtempSync(join(tmpdir(), 'surfaces-'));
test.after(() => rmSync(directory, { recursive: true }));

const HEADER = 'ts_ms,instrument,mark,mark_iv,fwd,index';
const PERCENT_HEADER = 'ts_ms,instrument,mark_price,mark_iv,underlying_price,index_price';
const TIME = 1_767_302_358_567;
const rowOf = (name: string, rest = '0.0028,0.4214,88433.89,88255.5', time: number | string = TIME): string =>
  `${time},${name},${rest}`;
const GOOD = rowOf('BTC-16JAN26-100000-C');

function fileOf(...lines: readonly string[]): string {
  const file = join(directory, 'chain.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

test('rows become chains by snapshot, underlying and expiry', async () => {
  const later = TIME + 3_600_000;
  const chains = await readChains(
    fileOf(
      HEADER,
      GOOD,
      rowOf('BTC-16JAN26-80000-P', '0.01,0.5,88434.89,88256.5'),
      rowOf('BTC-16JAN26-80000-C', '0.1,0.5,88434.89,88257.5'),
      rowOf('ETH-2JAN26-3000-P'),
      rowOf('BTC-2JAN26-90000-C', '0.0028,0.4,88433.89,88255.5', later),
    ),
  );
  assert.equal(
    chains.map((c) => [c.symbol, c.timeSeconds, c.index, c.expiries.map((e) => [e.expiry, e.forward, e.options.length])]),
    [
      ['BTC', 1_767_302_359, 8_825_650_000_000n, [[1_768_550_400, 8_843_489_000_000n, 3]]],
      ['ETH', 1_767_302_359, 8_825_550_000_000n, [[1_767_340_800, 8_843_389_000_000n, 1]]],
      ['BTC', 1_767_305_959, 8_825_550_000_000n, [[1_767_340_800, 8_843_389_000_000n, 1]]],
    ],
  );
  assert.equal(
    chains[0]!.expiries[0]!.options.map((o) => [o.strike, o.isCall, isOutOfTheMoney(o), o.mark, o.volatility]),
    [
      [10_000_000_000_000n, true, true, 0.0028, 0.4214],
      [8_000_000_000_000n, false, true, 0.01, 0.5],
      [8_000_000_000_000n, true, false, 0.1, 0.5],
    ],
  );
  assert.is(quotesOf(chains[0]!)[0]!.quotes.length, 2);
});

test('the other recorder writes volatilities in percent', async () => {
  const [chain] = await readChains(fileOf(PERCENT_HEADER, rowOf('BTC-16JAN26-100000-C', '0.0028,42.5,88433.89,88255.5')));
  assert.is(chain!.expiries[0]!.options[0]!.volatility, 0.425);
});

test('a file that is no chain is refused with the line and the column', async () => {
  for (const [lines, line, column] of [
    [['ts_ms,open,high,low,close,volume'], 1, null],
    [[HEADER, GOOD, `${GOOD},1`], 3, null],
    [[HEADER, rowOf('BTC-16JAN26-100000-X')], 2, 'instrument'],
    [[HEADER, rowOf('BTC-31FEB26-100000-C')], 2, 'instrument'],
    [[HEADER, rowOf('BTC-16JAM26-100000-C')], 2, 'instrument'],
    [[HEADER, rowOf('BTC-1JAN26-100000-C')], 2, 'instrument'],
    [[HEADER, rowOf('BTC-16JAN26-0-C')], 2, 'instrument'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '-0.1,0.4,88433,88255')], 2, 'mark'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,NaN,88433,88255')], 2, 'mark_iv'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,0,88433,88255')], 2, 'mark_iv'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,21,88433,88255')], 2, 'mark_iv'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,0.4,,88255')], 2, 'fwd'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,0.4,88433,0')], 2, 'index'],
    [[HEADER, rowOf('BTC-16JAN26-100000-C', '0.1,0.4,88433,88255', '0x10')], 2, 'ts_ms'],
    [[HEADER, GOOD, rowOf('BTC-16JAN26-100000-P', '0.1,0.4,88433,88255', TIME - 5_000)], 3, 'ts_ms'],
  ] as const) {
    try {
      await readChains(fileOf(...lines));
      assert.unreachable(lines.at(-1));
    } catch (error) {
      assert.instance(error, CsvError, String(error));
      assert.equal([(error as CsvError).line, (error as CsvError).column], [line, column], lines.at(-1));
    }
  }
});

test('flags are what they must be or refused', () => {
  assert.equal([parseEvery('1'), parseEvery('10000')], [1, 10_000]);
  for (const bad of ['0', '-1', '1.5', '0x1', '1e3', '10001', '', ' 1']) assert.throws(() => parseEvery(bad), /--every/);
  assert.equal([parseUnderlying('btc'), parseUnderlying('ETH')], ['BTC', 'ETH']);
  for (const bad of ['', 'B', 'BTC-', '../BTC', 'x'.repeat(9)]) assert.throws(() => parseUnderlying(bad), /--underlying/);
});

test('errors are counted by time to expiry', () => {
  const table = new ErrorTable();
  const DAY = 86_400;
  for (const [days, error] of [[1, -3], [2, 1], [400, 2]] as const) table.add(days * DAY, error);
  assert.equal(
    [...table.summaries()].map(([name, s]) => [name, s.count, s.median, s.worst]),
    [['under 2 d', 1, 3, 3], ['2 to 7 d', 1, 1, 1], ['from 100 d', 1, 2, 2], ['all', 3, 2, 3]],
  );
});

test.run();
