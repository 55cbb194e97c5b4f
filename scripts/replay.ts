/**
 * Replays a recorded market through the whole system on virtual time and audits the result from L1:
 * `npm run replay -- --market <file>... --from 2020-03-12 --to 2020-03-13T12:00`. The same seed gives
 * the same final root. Exit codes: 0 done, 1 wrong usage, 70 where the audit or an invariant fails.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { divergenceJson } from '../node/auditor/auditor.ts';
import { seededRandom } from '../node/ports/random.ts';
import { runCommand } from './command.ts';
import { loadMarket, parseTime, type Market } from './replay/market.ts';
import { isTerra } from './replay/network.ts';
import { renderText, writeReport } from './replay/report.ts';
import { gapsIn, HOUR_SECONDS, LEVERAGES, OUTAGE_SECONDS, outageIn, worstHour, type Scenario } from './replay/scenario.ts';
import { agrees } from './replay/accountant.ts';
import { isExact } from './replay/waterfallLog.ts';
import { runReplay, type ReplayProgress } from './replay/run.ts';

const USAGE = `npm run replay -- [--market [NAME=]<file>[#column]...] [options]
  --market <file>   recorded prices, once per underlying; none: a synthetic market of six hours
  --from, --to      Unix seconds or YYYY-MM-DD[THH:MM[:SS]] in UTC; default: all of the recording
  --seed <text>     of traders and of what is synthetic (default 1)
  --traders <n>     default 200
  --step <seconds>  between rounds of decisions (default: the step of the recording)
  --report <dir>    also write report.json, report.md and charts
  --outage <when>   a sequencer outage of 30 minutes: a time, or worst: in the middle of the worst hour
  --gaps <n>        so many silences of the oracle, of five minutes each
  --vault <usd>     a backstop vault with so much from five depositors
  --leverage <how>  half of the traders borrow: even, tail, full (all they may) or mixed
  --bidders <when>  liquidators bid never: none, or from so many hours after the worst one began
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
  scenario: Scenario;
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
      ...{ outage: text, gaps: text, vault: text, leverage: text, bidders: text },
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
  return { market, seed, traders, stepSeconds, report, keep, scenario: scenarioOf(values, market, seed) };
}

type ScenarioFlags = Readonly<Partial<Record<'outage' | 'gaps' | 'vault' | 'leverage' | 'bidders', string>>>;
function scenarioOf({ outage, gaps, vault, leverage, bidders }: ScenarioFlags, market: Market, seed: string): Scenario {
  const at = outage === undefined || outage === 'worst' ? null : parseTime(outage);
  const given = at === null ? null : { fromSeconds: at, toSeconds: at + OUTAGE_SECONDS };
  return {
    outage: outage === 'worst' ? outageIn(worstHour(market)) : given,
    gaps: gaps === undefined ? [] : gapsIn(market, wholeNumber('gaps', gaps, 100), seededRandom(seed).fork('gaps')),
    vaultUsd: vault === undefined ? null : wholeNumber('vault', vault, 100_000_000),
    leverage: oneOf('leverage', LEVERAGES, leverage),
    biddersFromSeconds: biddersFrom(bidders, market),
  };
}

function biddersFrom(text: string | undefined, market: Market): number | null {
  if (text === undefined) return 0;
  return text === 'none' ? null : worstHour(market).fromSeconds + HOUR_SECONDS * wholeNumber('bidders', text, 1_000);
}

function oneOf<T extends string>(name: string, choices: readonly T[], text: string | undefined): T | null {
  const chosen = choices.find((one) => one === text) ?? null;
  if (text === undefined || chosen !== null) return chosen;
  throw new RangeError(`--${name}: expected one of ${choices.join(', ')}, received "${text}"`);
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

async function run({ market, seed, traders, stepSeconds, report, keep, scenario }: Settings): Promise<number> {
  const result = await runReplay({
    ...{ market, seed, traders, stepSeconds, scenario, onProgress: progressOn(process.stderr) },
    ...(keep === undefined ? {} : { keep }),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const summary = result.statistics.summary(result.wallSeconds);
  console.log(renderText(summary));
  if (report !== undefined) {
    const names = market.series.map(({ file }) => basename(file)).join(', ') || 'synthetic market';
    const { prices, equity, waterfall } = result.statistics;
    const files = await writeReport(report, `Replay of ${names}`, summary, { prices, equity, waterfall });
    console.log(`written: ${files.join(', ')}`);
  }
  const { divergence } = result.audit;
  if (divergence !== null) console.error(divergenceJson(divergence));
  for (const { invariant, detail } of result.breaches) console.error(`INV-${invariant} broken: ${detail}`);
  const { audit, waterfall, books, isConserved } = summary;
  const addsUp = (waterfall === null || isExact(waterfall)) && (books === null || agrees(books));
  const isSound = audit?.matches === true && isConserved && result.breaches.length === 0 && addsUp;
  return isSound ? 0 : EXIT_DIVERGED;
}

process.exit(await runCommand({ usage: USAGE, readSettings, run }));
