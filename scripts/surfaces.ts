/**
 * Fits surfaces to recorded option chains and prints how far they are from the quotes:
 * `npm run surfaces -- --data <file>...`. Exit codes: 0 done, 1 wrong usage or a file that can not be read.
 */
import { parseArgs } from 'node:util';
import { fitSurface, shapeOf } from '../node/oracle/surfaceFit.ts';
import { volatilityOf } from '../node/oracle/surfaceModel.ts';
import { SECONDS_PER_DAY, SECONDS_PER_YEAR } from '../state/units.ts';
import { runCommand } from './command.ts';
import { quotesOf, readChains, type RecordedChain } from './surfaces/chains.ts';
import { ErrorTable, rendered } from './surfaces/table.ts';

const USAGE = `npm run surfaces -- --data <file>... [options]
  --data <file>        recorded option chains, in snapshots
  --underlying <name>  only this one, such as BTC
  --every <n>          every n-th snapshot of an underlying (default 1)
  --slices             also print each fitted slice`;
const EVERY_MAX = 10_000;
const POINT = 0.01;

type Settings = Readonly<{ chains: readonly RecordedChain[]; hasSlices: boolean }>;

/** @throws RangeError unless it is a whole number from 1 on */
export function parseEvery(text: string): number {
  const every = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (every >= 1 && every <= EVERY_MAX) return every;
  throw new RangeError(`--every: expected a whole number from 1 to ${EVERY_MAX}, received "${text}"`);
}

/** @throws RangeError unless it could be the name of an underlying */
export function parseUnderlying(text: string): string {
  if (/^[A-Za-z]{2,8}$/.test(text)) return text.toUpperCase();
  throw new RangeError(`--underlying: expected 2 to 8 letters, received "${text.slice(0, 40)}"`);
}

/** @throws where an argument is unknown or malformed, or a file can not be read */
async function readSettings(args: readonly string[]): Promise<Settings | null> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string', multiple: true, default: [] },
      underlying: { type: 'string' },
      every: { type: 'string', default: '1' },
      slices: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const every = parseEvery(values.every);
  const only = values.underlying === undefined ? undefined : parseUnderlying(values.underlying);
  // A list of files after one --data reads as it is meant.
  const files = [...values.data, ...positionals];
  if (files.length === 0) throw new RangeError('--data: expected at least one file');
  const chains: RecordedChain[] = [];
  for (const file of files) {
    const seen = new Map<string, number>();
    for (const chain of await readChains(file)) {
      const count = seen.get(chain.symbol) ?? 0;
      seen.set(chain.symbol, count + 1);
      if (count % every === 0 && (only === undefined || chain.symbol === only)) chains.push(chain);
    }
  }
  if (chains.length === 0) throw new RangeError('--data: no chain of that underlying');
  return { chains, hasSlices: values.slices };
}

/** Errors of all chains of an underlying: of every quote, and of the slices near the money. */
function report(symbol: string, chains: readonly RecordedChain[], hasSlices: boolean): void {
  const [all, weighted, near] = [new ErrorTable(), new ErrorTable(), new ErrorTable()];
  for (const chain of chains) {
    const quoted = quotesOf(chain);
    const time = chain.timeSeconds;
    fitSurface(quoted, time).forEach(({ expiry, slice, error, worstNear }, i) => {
      const life = expiry - time;
      const shape = shapeOf(slice);
      weighted.add(life, error);
      near.add(life, worstNear);
      for (const { logMoneyness, volatility } of quoted[i]!.quotes) {
        all.add(life, volatilityOf(shape, life / SECONDS_PER_YEAR, logMoneyness) - volatility);
      }
      if (!hasSlices) return;
      const { theta, rho, psi } = shape;
      const days = (life / SECONDS_PER_DAY).toFixed(1);
      const at = new Date(time * 1_000).toISOString().slice(0, 16);
      const [rms, worst] = [(error / POINT).toFixed(2), (worstNear / POINT).toFixed(2)];
      console.log(
        `${at} ${symbol} ${days.padStart(6)} d  theta ${theta.toFixed(6)}  rho ${rho.toFixed(4)}  psi ${psi.toFixed(5)}` +
          `  error ${rms}  worst near ${worst}`,
      );
    });
  }
  console.log(`${symbol}: ${chains.length} snapshots, errors in volatility points`);
  console.log(`${rendered('every quote', all, POINT)}\n`);
  console.log(`${rendered('vega-weighted, by slice', weighted, POINT)}\n`);
  console.log(`${rendered('worst near the money, by slice', near, POINT)}\n`);
}

function run({ chains, hasSlices }: Settings): number {
  for (const symbol of new Set(chains.map((c) => c.symbol))) {
    report(symbol, chains.filter((c) => c.symbol === symbol), hasSlices);
  }
  return 0;
}

if (process.argv[1] === import.meta.filename) process.exit(await runCommand({ usage: USAGE, readSettings, run }));
