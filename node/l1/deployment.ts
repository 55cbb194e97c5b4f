/** The contracts of one network on one L1: deployed once, recognised afterwards. */
import { encodeFunctionData } from 'viem/utils';
import { privateKeyToAccount } from 'viem/accounts';
import {
  fraudProof as fraudProofContract,
  rollup as rollupContract,
} from '../../genesis/contracts/abi.ts';
import {
  CONTRACTS,
  planDeployment,
  ZERO_ADDRESS,
  type ContractAddresses,
  type L1Parameters,
} from '../../genesis/contracts/deploy.ts';
import { familyOf, type StepFamily } from '../../genesis/contracts/steps.ts';
import {
  genesisRoot,
  parameterHashOfNetwork,
  type L1Binding,
  type Network,
} from '../../genesis/genesis.ts';
import { toHex } from '../../state/codec/bytes.ts';
import type { Address, Digest } from '../../state/units.ts';
import type { L1Provider } from './provider.ts';

type Hex = `0x${string}`;

/** All an auditor needs beside the network's terms: plain data, kept as JSON. */
export type Deployment = ContractAddresses &
  Readonly<{
    chainId: number;
    /** First L1 block that can hold a log of these contracts. */
    fromBlock: number;
    sequencer: Address;
    /** Time of the genesis [s]. */
    genesisTime: number;
    genesisRoot: Digest;
    challengeWindow: number;
    /** By asset id. */
    tokens: readonly Address[];
  }>;

export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
  readonly code: 'WRONG_NETWORK' | 'DEPLOYMENT_FAILED' | 'DEPLOYMENT_DAMAGED' | 'DEPLOYMENT_OUTDATED';
  constructor(code: DeploymentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const bindingOf = (deployment: Deployment): L1Binding => ({
  chainId: deployment.chainId,
  rollup: deployment.rollup,
  sequencer: deployment.sequencer,
  tokens: Object.fromEntries(deployment.tokens.map((token, asset) => [asset, token])),
});

const NUMBERS = ['chainId', 'fromBlock', 'genesisTime', 'challengeWindow'] as const;
const HEXES: readonly (readonly [name: string, bytes: number])[] = [
  ['sequencer', 20],
  ['genesisRoot', 32],
  ...CONTRACTS.map((name) => [name, 20] as const),
];
const isHex = (value: unknown, bytes: number): boolean =>
  typeof value === 'string' && value.length === 2 + 2 * bytes && /^0x[0-9a-f]*$/.test(value);

/** A deployment from its JSON. @throws DeploymentError naming the field that is wrong */
export function parseDeployment(text: string): Deployment {
  const damaged = (what: string): DeploymentError =>
    new DeploymentError('DEPLOYMENT_DAMAGED', `not a deployment: ${what}; fetch or restore its deployment.json`);
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw damaged((error as Error).message);
  }
  if (typeof value !== 'object' || value === null) throw damaged('expected an object');
  for (const name of NUMBERS) {
    if (!Number.isSafeInteger(value[name]) || (value[name] as number) < 0) throw damaged(`${name}: expected an integer`);
  }
  if (isHex(value['rollup'], 20) && value['fraudProof'] === undefined) {
    const message = 'the deployment has no FraudProof: an earlier version made it, and nobody could disprove its roots';
    throw new DeploymentError('DEPLOYMENT_OUTDATED', `${message}; deploy anew, in another directory`);
  }
  for (const [name, bytes] of HEXES) {
    if (!isHex(value[name], bytes)) throw damaged(`${name}: expected ${bytes} bytes in lower-case hex`);
  }
  const { tokens } = value;
  if (!Array.isArray(tokens) || !tokens.every((token) => isHex(token, 20))) throw damaged('tokens: expected addresses');
  return value as unknown as Deployment;
}

/** More than `bond` or any constructor of ours takes. */
const CALL_GAS = 2_000_000n;
/**
 * A limit that any creation stays below, so that it need not be estimated, which would execute it
 * twice: 16 gas for a byte of calldata and 200 for a byte of code, and what the constructor does.
 */
const creationGas = (data: Hex): bigint => CALL_GAS + 220n * BigInt(data.length / 2);

/** Deploys test tokens and contracts, and bonds the deployer as sequencer. */
export async function deploy(
  provider: L1Provider,
  network: Network,
  privateKey: Hex,
  parameters: L1Parameters,
): Promise<Deployment> {
  const account = privateKeyToAccount(privateKey);
  const sequencer = account.address.toLowerCase() as Address;
  const { publicClient, chain } = provider;
  const wallet = provider.walletClient(account);
  const nonce = BigInt(await publicClient.getTransactionCount({ address: account.address }));
  const fromBlock = Number(await publicClient.getBlockNumber());
  const bindingAt = (rollup: Address, tokens: readonly Address[]): L1Binding => ({
    chainId: chain.id,
    rollup,
    sequencer,
    tokens: Object.fromEntries(tokens.map((token, asset) => [asset, token])),
  });
  const request = {
    chainId: chain.id,
    deployer: sequencer,
    nonce,
    config: {
      parameters,
      tokens: network.assets.map(({ symbol, decimals }) => ({
        kind: 'test' as const,
        name: `Test ${symbol}`,
        symbol,
        decimals,
      })),
      sequencer,
      guardian: sequencer,
      proposers: [sequencer],
      executors: [ZERO_ADDRESS],
    },
  };
  // Token addresses do not depend on the genesis, so a first plan tells them.
  const blank: Digest = `0x${'00'.repeat(32)}`;
  const { tokens } = planDeployment({
    ...request,
    genesisOf: () => ({ genesisRoot: blank, parameterHash: blank }),
  }).addresses;
  const plan = planDeployment({
    ...request,
    genesisOf: (rollup) => ({
      genesisRoot: genesisRoot(network, bindingAt(rollup, tokens)),
      parameterHash: parameterHashOfNetwork(network),
    }),
  });
  // Sent in order without waiting for each other: the nonces keep the order, and all can share a block.
  const sent: [what: string, hash: Hex][] = [];
  for (const { name, data, nonce: at } of plan.transactions) {
    sent.push([name, await wallet.sendTransaction({ data, nonce: Number(at), gas: creationGas(data) })]);
  }
  const bond = {
    to: plan.addresses.rollup,
    data: encodeFunctionData({ abi: rollupContract.abi, functionName: 'bond' }),
    value: parameters.bondAmount,
    nonce: Number(nonce) + plan.transactions.length,
    gas: CALL_GAS,
  };
  sent.push(['bond', await wallet.sendTransaction(bond)]);
  for (const [what, hash] of sent) {
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new DeploymentError('DEPLOYMENT_FAILED', `${what} reverted`);
  }
  return {
    chainId: chain.id,
    fromBlock,
    sequencer,
    genesisTime: network.time,
    genesisRoot: plan.genesisRoot,
    challengeWindow: Number(parameters.challengeWindow),
    ...plan.addresses,
  };
}

/** The deployment is on this L1 and was made for this network. @throws DeploymentError */
export async function checkDeployment(
  provider: L1Provider,
  network: Network,
  deployment: Deployment,
): Promise<void> {
  const wrong = (message: string): DeploymentError => new DeploymentError('WRONG_NETWORK', message);
  const chainId = await provider.publicClient.getChainId();
  if (chainId !== deployment.chainId) {
    throw wrong(`deployed on L1 chain ${deployment.chainId}, this one is ${chainId}; check the L1 setting`);
  }
  const codes = CONTRACTS.map(async (name) => {
    const address = deployment[name];
    const code = await provider.publicClient.getCode({ address });
    if (code === undefined || code === '0x') {
      throw wrong(`no contract at ${address}: this L1 is not the one the chain was deployed on`);
    }
  });
  await Promise.all(codes);
  const read = { address: deployment.rollup, abi: rollupContract.abi } as const;
  const onL1 = await provider.publicClient.readContract({ ...read, functionName: 'GENESIS_ROOT' });
  const ours = genesisRoot(network, bindingOf(deployment));
  if (onL1 !== ours) throw wrong(`genesis root on L1 is ${onL1}, of these terms it is ${ours}`);
  const judge = await provider.publicClient.readContract({ ...read, functionName: 'FRAUD_PROOF' });
  if (judge.toLowerCase() !== deployment.fraudProof) {
    throw wrong(`the Rollup takes proofs from ${judge}, not from ${deployment.fraudProof}`);
  }
  await Promise.all(STEP_KINDS.map((kind) => checkStep(provider, deployment, kind)));
}

/** A transaction type of each family. */
const STEP_KINDS = [1, 5, 11, 12, 13, 17, 18, 20, 21] as const;

/** FraudProof has transactions of type `kind` executed where the deployment says. @throws DeploymentError */
async function checkStep(provider: L1Provider, deployment: Deployment, kind: number): Promise<void> {
  const transaction = Uint8Array.of(kind);
  const family: StepFamily = familyOf(transaction);
  const step = await provider.publicClient.readContract({
    address: deployment.fraudProof,
    abi: fraudProofContract.abi,
    functionName: 'stepOf',
    args: [toHex(transaction)],
  });
  if (step.toLowerCase() === deployment[family]) return;
  throw new DeploymentError('WRONG_NETWORK', `FraudProof has ${family} at ${step}, not at ${deployment[family]}`);
}
