/**
 * TypeScript and Solidity agree on every step: its root, and the refusal it gives. The steps are
 * those of the tests of the state, of random histories and of a market replay; stateless TypeScript
 * was compared when they were made. Among all other tests the steps of which there are many are sampled
 * evenly; by itself this file asks about each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findAnvil } from '../../../../node/l1/anvil.ts';
import { toHex } from '../../../../state/codec/bytes.ts';
import { REFUSAL, refusalName } from '../../../../state/refusals.ts';
import { TRANSACTIONS } from '../../../../state/transactions/all.ts';
import { governance, GOVERNANCE_ACTIONS } from '../../../../state/transactions/governance.ts';
import { loadMarket, parseTime } from '../../../../scripts/replay/market.ts';
import { runReplay } from '../../../../scripts/replay/run.ts';
import { recorded } from '../../../node/oracle/data.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import { AnvilTwin } from './anvilTwin.ts';
import { historySteps, stateTestSteps } from './corpus.ts';
import { replayedSteps } from './replayed.ts';
import { differencesOf } from './differences.ts';
import { STEP_CONTRACTS, Twin } from './twin.ts';

const test = suite('solidity twin');
const SEED = 20_260_302;
const HISTORIES = 8;
/** Of the market replay's steps, one in so many. */
const EVERY = 3;
/** Steps that run on both EVMs. */
const ON_EMBEDDED = 150;

const steps: LoggedStep[] = [];

/** Of steps of one kind and outcome those from here on are sampled, one in so many. */
const [WHOLE, SAMPLED] = [30, 5];
/** Steps of a kind and outcome beyond the first ones, sampled where all other tests run too. */
function sampled(all: readonly LoggedStep[]): LoggedStep[] {
  if (process.env['TIDEPOOL_STEP_LOGS'] === undefined) return [...all];
  const seen = new Map<string, number>();
  return all.filter(({ bytes, refusal }) => {
    const kind = `${bytes[0] ?? 0}:${refusal}`;
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    return count < WHOLE || count % SAMPLED === 0;
  });
}

test('the tests of the state and some histories are thousands of steps', async () => {
  steps.push(...sampled(await stateTestSteps()));
  for (let i = 0; i < HISTORIES; i++) steps.push(...historySteps(SEED + i));
  console.log(`${steps.length} steps`);
  assert.ok(steps.length >= 4_000, `${steps.length} steps`);
});

test('every transaction is among them, accepted and with each of its refusals', () => {
  const seen = new Set(steps.map(({ bytes, refusal }) => `${bytes[0] ?? 0}:${refusal}`));
  const missing = TRANSACTIONS.flatMap(({ type, name, refusals }) =>
    [0, ...refusals.map((refusal) => REFUSAL[refusal])]
      .filter((code) => !seen.has(`${type}:${code}`))
      .map((code) => `${name}: ${code === 0 ? 'accepted' : refusalName(code as 1)}`),
  );
  for (const { refusals } of GOVERNANCE_ACTIONS) {
    for (const refusal of refusals) {
      if (!seen.has(`${governance.type}:${REFUSAL[refusal]}`)) missing.push(`governance: ${refusal}`);
    }
  }
  assert.equal(missing, []);
});

const recordings = recorded(
  'spot_1m_2020-03_black_thursday_btcusdt.csv.gz',
  'spot_1m_2020-03_black_thursday_ethusdt.csv.gz',
);
if (recordings === null) console.log('SKIP solidity twin of a market replay: no recorded market');
(recordings === null ? test.skip : test)('and the steps of a replay of the crash of March 2020, sampled evenly', async () => {
  const keep = mkdtempSync(join(tmpdir(), 'tidepool-replayed-'));
  try {
    const [fromSeconds, toSeconds] = [parseTime('2020-03-12T10:20'), parseTime('2020-03-12T11:40')];
    const market = await loadMarket({ files: recordings!, seed: 'twin', fromSeconds, toSeconds });
    await runReplay({ market, seed: 'twin', traders: 30, stepSeconds: market.stepSeconds, keep });
    const before = steps.length;
    for await (const step of replayedSteps(keep, EVERY)) steps.push(step);
    assert.ok(steps.length - before > 200, `${steps.length - before} steps`);
  } finally {
    rmSync(keep, { recursive: true, force: true });
  }
});

const onAnvil = findAnvil().found ? test : test.skip;
if (!findAnvil().found) console.log('SKIP solidity twin on anvil: it is not installed');
onAnvil('root and refusal are the same on anvil, step by step', async () => {
  const twin = await AnvilTwin.start(STEP_CONTRACTS);
  try {
    assert.equal(differencesOf(steps, await twin.execute(steps)), []);
  } finally {
    await twin.stop();
  }
});

test('and on the embedded EVM, for an even sample', async () => {
  const twin = await Twin.create();
  const sample = steps.filter((_, i) => i % Math.ceil(steps.length / ON_EMBEDDED) === 0);
  for (const { before, bytes, witness, root, refusal } of sample) {
    const answer = await twin.execute(before, bytes, witness);
    assert.is(answer.root, toHex(root));
    assert.is(answer.refusal, refusal);
  }
});

test.run();
