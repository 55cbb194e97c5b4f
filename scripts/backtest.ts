/**
 * Back-tests the predictive scan range over recorded prices, with the very code that the chain runs:
 * `npm run backtest -- --data <file>...`. Exit codes: 0 done, 1 wrong usage or a file that can not be read.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { devnet } from '../genesis/networks/devnet.ts';
import { readSeries } from '../node/oracle/csv.ts';
import type { Series } from '../node/oracle/csvSeries.ts';
import { UNDERLYING_IDS } from '../node/oracle/source.ts';
import { PARAMETER_BOUNDS } from '../state/transactions/parameterBounds.ts';
import { runCommand, type Printer } from './command.ts';
import { modelled, type Outcome } from './backtest/days.ts';
import { judged } from './backtest/judged.ts';
import { MACRO_SERIES } from './backtest/modelChain.ts';
import { picture, table } from './backtest/report.ts';

const USAGE = `npm run backtest -- --data [NAME=]<file>[#column]... [options]
  --data <file>        recorded prices, one underlying each (1 minute to 1 day)
  --macro <file>       daily closes with columns spx, vix, dxy: tilts the filter
  --multiplier <k>     scan multiplier (default: that of the devnet)
  --report <dir>       also write a picture of moves and ranges of each underlying`;

type Settings = Readonly<{
  series: readonly Series[];
  macro: readonly Series[];
  scanMultiplier: bigint | undefined;
  report: string | undefined;
}>;

const MILLION = 1_000_000;

/** A decimal such as 2.8, as 1e-18. @throws RangeError outside the bounds of the parameter */
export function parseMultiplier(text: string): bigint {
  const [low, high] = PARAMETER_BOUNDS.scanMultiplier;
  const value = /^\d{1,3}(\.\d{1,6})?$/.test(text) ? BigInt(Math.round(Number(text) * MILLION)) * 10n ** 12n : -1n;
  if (value >= low && value <= high) return value;
  const bound = (wad: bigint): number => Number(wad) / 1e18;
  throw new RangeError(
    `--multiplier: expected a decimal from ${bound(low)} to ${bound(high)}, received "${text}"`,
  );
}

/** @throws where an argument is unknown or malformed, or a file can not be read */
async function readSettings(args: readonly string[]): Promise<Settings | null> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ macro: text, multiplier: text, report: text },
      data: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  // A list of files after one --data reads as it is meant.
  const files = [...values.data, ...positionals];
  if (files.length === 0) throw new RangeError('--data: expected at least one file');
  return {
    scanMultiplier: values.multiplier === undefined ? undefined : parseMultiplier(values.multiplier),
    series: await readSeries(files, { symbols: UNDERLYING_IDS }),
    macro: values.macro === undefined ? [] : await readSeries([values.macro], { symbols: MACRO_SERIES }),
    report: values.report,
  };
}

/** Prints to `out`, and what is wrong to `error`. @returns the exit code */
export const main = (args: readonly string[], out: Printer, error: Printer): Promise<number> =>
  runCommand({ usage: USAGE, readSettings, run: (settings) => judge(settings, out) }, args, out, error);

function judge(settings: Settings, out: Printer): number {
  const { series, macro, report } = settings;
  const network = devnet(0, [], 1);
  const parameters = {
    ...network.parameters,
    ...(settings.scanMultiplier === undefined ? {} : { scanMultiplier: settings.scanMultiplier }),
  };
  for (const model of modelled([...series, ...macro], network, parameters)) {
    const symbol = network.underlyings.find(({ id }) => id === model.underlying)?.symbol ?? '';
    const { outcomes, verdicts } = judged(model.days, Number(parameters.scanMultiplier) / 1e18);
    if (outcomes.length === 0) {
      out(`${symbol}: no day after the 120 that the model needs to warm up\n`);
      continue;
    }
    out(`${symbol}: ${spanOf(outcomes)}\n${table(verdicts)}\n`);
    if (report === undefined) continue;
    mkdirSync(report, { recursive: true });
    const file = join(report, `backtest-${symbol.toLowerCase()}.svg`);
    writeFileSync(file, picture(`${symbol}: moves of a day and the scan range in force`, outcomes));
    out(`written: ${file}\n`);
  }
  return 0;
}

const dateOf = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10);
const spanOf = (outcomes: readonly Outcome[]): string =>
  [outcomes[0], outcomes.at(-1)].map((o) => dateOf((o as Outcome).day.timeSeconds)).join(' .. ');

if (process.argv[1] === import.meta.filename) {
  process.exit(await main(process.argv.slice(2), console.log, console.error));
}
