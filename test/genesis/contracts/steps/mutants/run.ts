/**
 * Makes one mistake at a time in the Solidity twin and sees the differential test catch it.
 *
 *   npm run mutants [-- --only <part of a name, or a family>] [--minutes <budget, default 60>]
 *                      [--log <file of TIDEPOOL_STEPS, instead of running the tests of the state>]
 *
 * Exit code 1 where a mistake goes unnoticed: then the corpus lacks a step that tells.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { familyOf, type StepFamily } from '../../../../../genesis/contracts/steps.ts';
import { readSteps, type LoggedStep } from '../../../../support/stepLog.ts';
import { AnvilTwin } from '../anvilTwin.ts';
import { historySteps, stateTestSteps } from '../corpus.ts';
import { differenceOf } from '../differences.ts';
import { STEP_CONTRACTS } from '../twin.ts';
import { compileOne, contractsFolder } from '../../../../../scripts/contracts.ts';
import { MUTANTS, type Mutant } from './list.ts';

const CONTRACT: Readonly<Record<StepFamily, string>> = {
  chainSteps: 'ChainSteps',
  actionSteps: 'ActionSteps',
  tradeSteps: 'TradeSteps',
  oracleSteps: 'OracleSteps',
  markSteps: 'MarkSteps',
  auctionSteps: 'AuctionSteps',
  bidSteps: 'BidSteps',
  waterfallSteps: 'WaterfallSteps',
  vaultSteps: 'VaultSteps',
  roundSteps: 'RoundSteps',
};
const HISTORY_SEED = 7;
const HISTORIES = 10;
/** Steps between two looks: the first difference is enough. */
const STRIDE = 400;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '60' },
    log: { type: 'string' },
  },
});
const budgetMs = Number(values.minutes) * 60_000;
if (!(budgetMs > 0)) throw new RangeError(`--minutes: expected a number above 0, received "${values.minutes}"`);

/** The source with the mistake. @throws where the place is not there exactly once */
function mutatedSource({ file, from, to }: Mutant): string {
  const source = readFileSync(join(contractsFolder, file), 'utf8');
  const places = source.split(from).length - 1;
  if (places !== 1) throw new Error(`${file}: "${from}" is there ${places} times`);
  return source.replace(from, () => to);
}

/** The number of steps until one tells the mutant from the protocol, or null. */
async function stepsUntilCaught(twin: AnvilTwin, steps: readonly LoggedStep[]): Promise<number | null> {
  for (let from = 0; from < steps.length; from += STRIDE) {
    const some = steps.slice(from, from + STRIDE);
    const answers = await twin.execute(some);
    const at = some.findIndex((step, i) => differenceOf(step, answers[i]!) !== null);
    if (at >= 0) return from + at + 1;
  }
  return null;
}

async function main(): Promise<number> {
  const started = performance.now();
  const steps = values.log === undefined ? await stateTestSteps() : [...readSteps(values.log)];
  for (let i = 0; i < HISTORIES; i++) steps.push(...historySteps(HISTORY_SEED + i));
  const twin = await AnvilTwin.start(STEP_CONTRACTS);
  const escaped: string[] = [];
  let caught = 0;
  try {
    for (const mutant of MUTANTS.filter(({ name, family }) => name.includes(values.only) || family === values.only)) {
      if (performance.now() - started > budgetMs) {
        console.log(`stopped after ${values.minutes} minutes`);
        break;
      }
      const { name, file, family } = mutant;
      const source = mutatedSource(mutant);
      await twin.deploy(family, compileOne(`steps/${CONTRACT[family]}.sol`, CONTRACT[family], { [file]: source }));
      const at = await stepsUntilCaught(twin, steps.filter(({ bytes }) => familyOf(bytes) === family));
      await twin.deploy(family, STEP_CONTRACTS[family]);
      if (at === null) escaped.push(name);
      else caught++;
      console.log(at === null ? `ESCAPED  ${name}` : `caught   ${name} (step ${at})`);
    }
  } finally {
    await twin.stop();
  }
  console.log(`${caught} caught, ${escaped.length} escaped`);
  return escaped.length === 0 && caught > 0 ? 0 : 1;
}

process.exit(await main());
