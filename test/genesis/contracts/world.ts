/** A deployed rollup on a test chain, its people, and honest batches to start each attack from. */
import * as contracts from '../../../genesis/contracts/abi.ts';
import {
  encodePayload,
  encodePostBatch,
  payloadHash,
  type BatchHeader,
  type BatchStep,
} from '../../../genesis/contracts/batch.ts';
import {
  DEVNET_L1_PARAMETERS,
  planDeployment,
  type DeploymentConfig,
  type DeploymentPlan,
} from '../../../genesis/contracts/deploy.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { TestChain, account, blockHashOf, CHAIN_ID, type Deployed, type Receipt } from './evm.ts';
import type { Abi, Hex } from 'viem';

export const deployer = account(1);
export const sequencer = account(2);
export const rival = account(3);
export const guardian = account(4);
export const proposer = account(5);
export const prover = account(7);
export const alice = account(8);
export const bob = account(9);

export const parameters = DEVNET_L1_PARAMETERS;
export const GENESIS_ROOT: Hex = `0x${'11'.repeat(32)}`;
export const PARAMETER_HASH: Hex = `0x${'22'.repeat(32)}`;
export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`;

export interface World {
  readonly chain: TestChain;
  readonly plan: DeploymentPlan;
  readonly inbox: Deployed;
  readonly rollup: Deployed;
  readonly fraudProof: Deployed;
  readonly governance: Deployed;
  readonly vault: Deployed;
  readonly tokens: readonly Deployed[];
}

export const config: DeploymentConfig = {
  parameters,
  tokens: [
    { kind: 'test', name: 'USD Coin', symbol: 'USDC', decimals: 6 },
    { kind: 'test', name: 'Wrapped Ether', symbol: 'WETH', decimals: 18 },
  ],
  sequencer,
  guardian,
  proposers: [proposer],
  executors: ['0x0000000000000000000000000000000000000000'],
};

/** Everything deployed as planned, the sequencer bonded. */
export async function newWorld(
  overrides: Partial<DeploymentConfig> = {},
  on?: TestChain,
  genesis = { genesisRoot: GENESIS_ROOT, parameterHash: PARAMETER_HASH },
): Promise<World> {
  const chain = on ?? (await TestChain.create());
  const plan = planDeployment({
    chainId: CHAIN_ID,
    deployer,
    nonce: 0n,
    config: { ...config, ...overrides },
    genesisOf: () => genesis,
  });
  for (const { name, data } of plan.transactions) {
    await chain.createRaw(data, contracts[name as keyof typeof contracts] ?? contracts.testToken, deployer);
  }
  const at = (address: Hex, { abi }: { abi: readonly unknown[] }): Deployed => ({ address, abi: abi as Abi });
  const world: World = {
    chain,
    plan,
    inbox: at(plan.addresses.inbox, contracts.inbox),
    rollup: at(plan.addresses.rollup, contracts.rollup),
    fraudProof: at(plan.addresses.fraudProof, contracts.fraudProof),
    governance: at(plan.addresses.governance, contracts.governance),
    vault: at(plan.addresses.vault, contracts.vault),
    tokens: plan.addresses.tokens.map((address) => at(address, contracts.testToken)),
  };
  await bond(world, sequencer);
  return world;
}

export async function bond(world: World, who: Hex, wei = parameters.bondAmount): Promise<Receipt> {
  await world.chain.fund(who, wei);
  return world.chain.call(world.rollup, 'bond', [], { from: who, value: wei });
}

/** Mints, approves and deposits. */
export async function deposit(
  { chain, vault: to, tokens }: World,
  owner: Hex,
  amount: bigint,
  asset = 0,
): Promise<Receipt> {
  const token = tokens[asset]!;
  await chain.call(token, 'mint', [owner, amount]);
  await chain.call(token, 'approve', [to.address, amount], { from: owner });
  return chain.call(to, 'deposit', [asset, owner, 0, amount], { from: owner });
}

/** Any transactions; the last root is `postRoot`. */
export function steps(count: number, postRoot: Hex, bodyBytes = 3): BatchStep[] {
  return Array.from({ length: count }, (_, index) => ({
    body: new Uint8Array(bodyBytes).fill(index + 1),
    rootAfter: index === count - 1 ? fromHex(postRoot) : new Uint8Array(32).fill(index + 1),
  }));
}

/** A payload of exactly `size` bytes with one transaction. */
export function payloadOf(size: number, postRoot: Hex): Uint8Array {
  return encodePayload(steps(1, postRoot, size - 41));
}

export interface Batch {
  readonly header: BatchHeader;
  readonly payload: Uint8Array;
}

/** The honest next batch: consumes the whole inbox, is dated and anchored just now. */
export async function nextBatch(
  { chain, rollup: on, inbox: from }: World,
  postRoot: Hex,
  payload = encodePayload(steps(2, postRoot)),
): Promise<Batch> {
  const [hash, preRoot, lastHeight, , ,] = await chain.read<readonly [Hex, Hex, bigint]>(on, 'tip');
  const inboxCursor = await chain.read<bigint>(from, 'length');
  const txCount = new DataView(payload.buffer, payload.byteOffset).getUint32(1);
  const header: BatchHeader = {
    index: await chain.read<bigint>(on, 'batchCount'),
    parentHash: hash,
    preRoot,
    postRoot,
    firstHeight: lastHeight + 1n,
    lastHeight: lastHeight + BigInt(txCount),
    txCount,
    firstTimestamp: chain.timestamp,
    lastTimestamp: chain.timestamp,
    anchorNumber: chain.number - 1n,
    anchorHash: blockHashOf(chain.number - 1n),
    inboxCursor,
    inboxAccumulator: await chain.read<Hex>(from, 'accumulatorAt', [inboxCursor]),
    parameterHash: PARAMETER_HASH,
    payloadHash: payloadHash(payload),
    payloadBytes: payload.length,
  };
  return { header, payload };
}

export function post(
  { chain, rollup: on }: World,
  { header, payload }: Batch,
  from = sequencer,
): Promise<Receipt> {
  return chain.call(on, 'postBatch', [header, toHex(payload)], { from });
}

/** Posts as our own codec writes it. */
export function postRaw({ chain, rollup: on }: World, { header, payload }: Batch): Promise<Receipt> {
  return chain.callRaw(on, encodePostBatch(header, payload), { from: sequencer });
}

export async function postNext(world: World, postRoot: Hex, from = sequencer): Promise<Batch> {
  const batch = await nextBatch(world, postRoot);
  await post(world, batch, from);
  return batch;
}

/** What a proof comes to, without one: the Rollup asks only who calls. */
export function deleteFrom({ chain, rollup: on, fraudProof }: World, index: bigint): Promise<Receipt> {
  return chain.call(on, 'deleteFrom', [index, prover], { from: fraudProof.address });
}
