/**
 * TypeScript and Solidity agree on every step: its root, and the refusal it gives. The steps are
 * those of all tests of the state and of random histories; stateless TypeScript was compared when
 * they were made.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findAnvil } from '../../../../node/l1/anvil.ts';
import { toHex } from '../../../../state/codec/bytes.ts';
import { REFUSAL, refusalName } from '../../../../state/refusals.ts';
import { TRANSACTIONS } from '../../../../state/transactions/all.ts';
import { governance, GOVERNANCE_ACTIONS } from '../../../../state/transactions/governance.ts';
import type { LoggedStep } from '../../../support/stepLog.ts';
import { AnvilTwin } from './anvilTwin.ts';
import { historySteps, stateTestSteps } from './corpus.ts';
import { differencesOf } from './differences.ts';
import { STEP_CONTRACTS, Twin } from './twin.ts';

const test = suite('solidity twin');
const SEED = 20_260_302;
const HISTORIES = 20;
/** Steps that run on both EVMs. */
const ON_EMBEDDED = 150;

const steps: LoggedStep[] = [];

test('the tests of the state and some histories are ten thousand steps and more', async () => {
  steps.push(...(await stateTestSteps()));
  for (let i = 0; i < HISTORIES; i++) steps.push(...historySteps(SEED + i));
  assert.ok(steps.length >= 10_000, `${steps.length} steps`);
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
