/**
 * The generated file is what the sources compile to, fits L1's limits, and deploys where the plan
 * says.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as contracts from '../../../genesis/contracts/abi.ts';
import {
  MAINNET_L1_PARAMETERS,
  planDeployment,
  type DeploymentRequest,
} from '../../../genesis/contracts/deploy.ts';
import { fromHex } from '../../../state/codec/bytes.ts';
import { compile, exported, generatedFile, originOf, partOf, protocolFile } from '../../../scripts/contracts.ts';
import { protocolSolidity } from '../../../scripts/protocolSolidity.ts';
import { reverts, TestChain, CHAIN_ID } from './evm.ts';
import { config, deployer, GENESIS_ROOT, newWorld, PARAMETER_HASH } from './world.ts';
import type { Hex } from 'viem';

const test = suite('generated contracts');
const MAX_CREATION_BYTES = 49_152; // EIP-3860
const MAX_CODE_BYTES = 24_576; // EIP-170

test('abi.ts says of every contract that it was compiled from the sources as they are: npm run contracts', () => {
  const text = readFileSync(generatedFile, 'utf8');
  for (const one of exported) assert.ok(text.includes(originOf(one)), one[0]);
  assert.is([...text.matchAll(/^export const /gm)].length, exported.length);
});

// The largest step contracts take most of a minute each: `npm run contracts -- --check` compiles all of them.
test('and what it has is what the compiler makes of them, of one step contract and all others', () => {
  const text = readFileSync(generatedFile, 'utf8');
  const tried = exported.filter(([name, path]) => !path.startsWith('steps/') || name === 'auctionSteps');
  assert.is(tried.length, 7);
  for (const one of tried) assert.ok(text.includes(partOf(one)), one[0]);
});

test('Protocol.sol follows from state/: npm run contracts', () => {
  assert.ok(protocolSolidity() === readFileSync(protocolFile, 'utf8'));
});

test('a warning or a missing import stops the compilation', () => {
  const header = '// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.37;\n';
  const unused = `${header}contract A { function f() external { uint256 x = 1; } }`;
  assert.throws(() => compile({ 'A.sol': unused }), /Unused local variable/);
  const missing = `${header}import "elsewhere/B.sol";`;
  assert.throws(() => compile({ 'A.sol': missing }), /only @openzeppelin is imported/);
});

test('every contract fits L1', async () => {
  const { chain, plan } = await newWorld();
  for (const { bytecode } of Object.values(contracts)) {
    assert.ok(fromHex(bytecode).length < MAX_CREATION_BYTES);
  }
  for (const { address, name } of plan.transactions) {
    const code = await chain.codeAt(address);
    assert.ok(code.length > 0 && code.length <= MAX_CODE_BYTES, name);
  }
});

test('the genesis is asked with the address that the Rollup then has', async () => {
  const asked: Hex[] = [];
  const request: DeploymentRequest = {
    chainId: CHAIN_ID,
    deployer,
    nonce: 3n,
    config: { ...config, parameters: MAINNET_L1_PARAMETERS },
    genesisOf: (address) => {
      asked.push(address);
      return { genesisRoot: GENESIS_ROOT, parameterHash: PARAMETER_HASH };
    },
  };
  const plan = planDeployment(request);
  assert.equal(asked, [plan.addresses.rollup]);
  assert.equal(planDeployment(request), plan);
  assert.equal(
    plan.transactions.map(({ nonce }) => nonce),
    [3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n, 14n, 15n, 16n, 17n, 18n, 19n],
  );
  assert.is(plan.transactions.at(-1)!.address, plan.addresses.vault);

  const chain = await TestChain.create();
  await chain.setNonce(deployer, 3n);
  for (const { data, address } of plan.transactions) {
    const deployed = await chain.createRaw(data, contracts.inbox, deployer);
    assert.is(deployed.address, address);
  }
});

test('a deployment from another nonce stops before the Vault exists', async () => {
  const chain = await TestChain.create();
  await chain.setNonce(deployer, 1n);
  await reverts(newWorld({}, chain), '');
});

test.run();
