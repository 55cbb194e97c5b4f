/**
 * Replays a recorded market through the whole system on virtual time and audits the result from L1:
 * `npm run replay -- --market <file>... --from 2020-03-12 --to 2020-03-13T12:00`. The same seed gives
 * the same final root. Exit codes: 0 done, 1 wrong usage, 70 where the audit or an invariant fails.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { divergenceJson } from '../node/auditor/auditor.ts';
import { runCommand } from './command.ts';
import { loadMarket, parseTime, type Market } from './replay/market.ts';
import { isTerra } from './replay/network.ts';
import { renderText, writeReport } from './replay/report.ts';
import { runReplay, type ReplayProgress } from './replay/run.ts';

const USAGE = `npm run replay -- [--market [NAME=]<file>[#column]...] [options]
  --market <file>   recorded prices, once per underlying; none: a synthetic market of six hours
  --from, --to      Unix seconds or YYYY-MM-DD[THH:MM[:SS]] in UTC; default: all of the recording
  --seed <text>     of traders and of what is synthetic (default 1)
  --traders <n>     default 200
  --step <seconds>  between rounds of decisions (default: the step of the recording)
  --report <dir>    also write report.json, report.md and charts
  --keep <dir>      keep chain and L1 there, for 'tidepool audit'`;
const EXIT_DIVERGED = 70;
const SECONDS_PER_DAY = 86_400;

type Settings = Readonly<{
  market: Market;
  seed: string;
  traders: number;
  stepSeconds: number;
  report: string | undefined;
  keep: string | undefined;
}>;

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new RangeError(`--${name}: expected a whole number from 1 to ${most}, received "${text}"`);
}

/** @throws where an argument is unknown or malformed, or a file can not be read */
async function readSettings(args: readonly string[]): Promise<Settings | null> {
  const text = { type: 'string' } as const;
  // A list of files after one --market reads as it is meant.
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ from: text, to: text, report: text, keep: text, step: text },
      market: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      traders: { type: 'string', default: '200' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { seed, report, keep, from, to, step } = values;
  const traders = wholeNumber('traders', values.traders, 10_000);
  const market = await loadMarket({
    ...{ files: [...values.market, ...positionals], seed },
    ...(from === undefined ? {} : { fromSeconds: parseTime(from) }),
    ...(to === undefined ? {} : { toSeconds: parseTime(to) }),
  });
  if (keep !== undefined && market.series.some(({ underlying }) => isTerra(underlying))) {
    throw new RangeError('--keep: UST and LUNA are on no network that another command knows');
  }
  const stepSeconds =
    step === undefined ? market.stepSeconds : wholeNumber('step', step, SECONDS_PER_DAY);
  return { market, seed, traders, stepSeconds, report, keep };
}

/** One line that rewrites itself on a terminal; a JSON line every tenth elsewhere. */
function progressOn(stream: NodeJS.WriteStream): ReplayProgress {
  const startedMillis = performance.now();
  let last = '';
  return (phase, done, total) => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    const key = `${phase}${stream.isTTY ? percent : Math.floor(percent / 10)}`;
    if (key === last) return;
    last = key;
    const seconds = Math.round((performance.now() - startedMillis) / 1_000);
    if (stream.isTTY) stream.write(`\r\x1b[K${phase} ${percent} %, ${seconds} s`);
    else stream.write(`${JSON.stringify({ phase, percent, seconds })}\n`);
  };
}

async function run({ market, seed, traders, stepSeconds, report, keep }: Settings): Promise<number> {
  const result = await runReplay({
    ...{ market, seed, traders, stepSeconds, onProgress: progressOn(process.stderr) },
    ...(keep === undefined ? {} : { keep }),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const summary = result.statistics.summary(result.wallSeconds);
  console.log(renderText(summary));
  if (report !== undefined) {
    const names = market.series.map(({ file }) => basename(file)).join(', ') || 'synthetic market';
    const { prices, equity } = result.statistics;
    const files = await writeReport(report, `Replay of ${names}`, summary, { prices, equity });
    console.log(`written: ${files.join(', ')}`);
  }
  const { divergence } = result.audit;
  if (divergence !== null) console.error(divergenceJson(divergence));
  for (const { invariant, detail } of result.breaches) console.error(`INV-${invariant} broken: ${detail}`);
  const isSound = summary.audit?.matches === true && summary.isConserved && result.breaches.length === 0;
  return isSound ? 0 : EXIT_DIVERGED;
}

process.exit(await runCommand({ usage: USAGE, readSettings, run }));
