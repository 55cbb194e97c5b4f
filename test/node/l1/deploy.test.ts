/** The contracts are deployed once, bonded, and recognised; anything else is another network. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rollup } from '../../../genesis/contracts/abi.ts';
import {
  bindingOf,
  checkDeployment,
  DeploymentError,
  parseDeployment,
  type Deployment,
} from '../../../node/l1/deployment.ts';
import { genesisRoot } from '../../../genesis/genesis.ts';
import { BACKENDS } from './backends.ts';
import { deployTo, networkAt } from './rig.ts';

const test = suite('L1 deployment');

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DeploymentError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

for (const [name, open] of BACKENDS) {
  if (name === 'embedded over HTTP') continue; // The provider is the same: conformance.test.ts holds them together.

  test(`${name}: contracts, bond and genesis are on L1`, async () => {
    const l1 = await open('auto');
    const { deployment, network } = await deployTo(l1, { challengeWindow: 77n, unbondDelay: 300n, governanceDelay: 400n });
    const read = (functionName: string, args: readonly unknown[] = []): Promise<unknown> =>
      l1.publicClient.readContract({ address: deployment.rollup, abi: rollup.abi, functionName, args } as never);
    assert.is(await read('GENESIS_ROOT'), genesisRoot(network, bindingOf(deployment)));
    assert.is(((await read('sequencer')) as string).toLowerCase(), deployment.sequencer);
    assert.equal(await read('bondOf', [deployment.sequencer]), [10n ** 16n, 0n]);
    assert.is(Number(await read('CHALLENGE_WINDOW')), deployment.challengeWindow);
    assert.is(deployment.challengeWindow, 77);
    assert.is(deployment.tokens.length, network.assets.length);
    await checkDeployment(l1, network, deployment);

    const later = networkAt(network.time + 1);
    assert.match(await codeOf(() => checkDeployment(l1, later, deployment)), /^WRONG_NETWORK genesis root on L1/);
    const elsewhere: Deployment = { ...deployment, rollup: `0x${'ee'.repeat(20)}` };
    assert.match(await codeOf(() => checkDeployment(l1, network, elsewhere)), /^WRONG_NETWORK no contract at 0xee/);
    // Places swapped: there is code, but not what the others point at.
    const otherJudge = { ...deployment, fraudProof: deployment.vault };
    assert.match(await codeOf(() => checkDeployment(l1, network, otherJudge)), /^WRONG_NETWORK the Rollup takes proofs from/);
    const otherSteps = { ...deployment, tradeSteps: deployment.markSteps };
    assert.match(await codeOf(() => checkDeployment(l1, network, otherSteps)), /^WRONG_NETWORK FraudProof has tradeSteps at/);
    const otherChain = { ...deployment, chainId: 5 };
    assert.match(await codeOf(() => checkDeployment(l1, network, otherChain)), /^WRONG_NETWORK deployed on L1 chain 5/);
    await l1.close();
  });
}

test('a second deployment by the same key has addresses of its own', async () => {
  const l1 = await BACKENDS[0]![1]('auto');
  const first = await deployTo(l1);
  const second = await deployTo(l1);
  assert.is.not(first.deployment.rollup, second.deployment.rollup);
  await checkDeployment(l1, first.network, first.deployment);
  await checkDeployment(l1, second.network, second.deployment);
  await l1.close();
});

test('a deployment survives JSON, and a damaged one names its field', async () => {
  const l1 = await BACKENDS[0]![1]('auto');
  const { deployment } = await deployTo(l1);
  assert.equal(parseDeployment(JSON.stringify(deployment)), deployment);
  const damaged = (change: Record<string, unknown>): Promise<string> =>
    codeOf(() => parseDeployment(JSON.stringify({ ...deployment, ...change })));
  assert.match(await codeOf(() => parseDeployment('{"chainId":')), /^DEPLOYMENT_DAMAGED/);
  assert.match(await codeOf(() => parseDeployment('null')), /expected an object/);
  assert.match(await damaged({ chainId: '31337' }), /chainId: expected an integer/);
  assert.match(await damaged({ rollup: '0x12' }), /rollup: expected 20 bytes/);
  assert.match(await damaged({ genesisRoot: undefined }), /genesisRoot: expected 32 bytes/);
  assert.match(await damaged({ tokens: ['0x'] }), /tokens: expected addresses/);
  assert.match(await damaged({ markSteps: undefined }), /^DEPLOYMENT_DAMAGED.*markSteps: expected 20 bytes/);
  assert.match(await damaged({ fraudProof: undefined }), /^DEPLOYMENT_OUTDATED the deployment has no FraudProof/);
  await l1.close();
});

test.run();
