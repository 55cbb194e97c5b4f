/** A devnet on a real L1 with traders who sign: what the tests of the whole node share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFunctionData } from 'viem/utils';
import { privateKeyToAccount } from 'viem/accounts';
import { inbox as inboxContract, rollup as rollupContract } from '../../../genesis/contracts/abi.ts';
import { encodePostBatch, type BatchHeader } from '../../../genesis/contracts/batch.ts';
import { Devnet, type DevnetOptions } from '../../../node/devnet.ts';
import { signDigest } from '../../../node/crypto/recover.ts';
import type { SealedBlock } from '../../../node/chain/block.ts';
import { readBlock } from '../../../node/chain/executor.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { SystemClock } from '../../../node/ports/clock.ts';
import type { OrderRequest } from '../../../node/sequencer/orderDesk.ts';
import { cancelTyped, requestDigest, type CancelRequest, type Signed } from '../../../node/sequencer/requests.ts';
import { Trader } from '../../../rpc/cli/l1.ts';
import { existing } from '../../../state/access.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { accountIdOf } from '../../../state/records/account.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import type { ActionType } from '../../../state/transactions/action.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { encodeFlags, orderDigest } from '../../../state/transactions/order.ts';
import type { AccountId, Address, Digest } from '../../../state/units.ts';

export const BTC_PERP = 100;
export const USD = 1_000_000n;

/** Devnet settings of tests: nothing waits long, signatures are recovered on the spot. */
export const fastOptions = (directory: string): DevnetOptions => ({
  directory,
  clock: new SystemClock(),
  l1: 'embedded',
  seed: 'devnet tests',
  priceSeconds: 1,
  batchSeconds: 3_600,
  blockMillis: 50,
  pollMillis: 50,
  l1BlockSeconds: 3_600,
  recoveryWorkers: 0,
  onTrouble: (what, error) => console.error(`${what}: ${String(error)}`),
});

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidepool-devnet-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const running = new Set<Devnet>();
export async function stopDevnet(devnet: Devnet): Promise<void> {
  running.delete(devnet);
  await devnet.close();
}
/** For after the tests: a devnet left by one that failed would keep the process alive. */
export async function stopDevnets(): Promise<void> {
  for (const devnet of running) await stopDevnet(devnet);
}

export async function openDevnet(options: DevnetOptions): Promise<Devnet> {
  const devnet = await Devnet.open(options);
  running.add(devnet);
  return devnet;
}
/** Starts a devnet; a failed write or a broken rule ends the test. */
export const beginDevnet = (devnet: Devnet): Promise<void> =>
  devnet.start((error) => {
    throw error;
  });
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const devnet = await openDevnet(options);
  await beginDevnet(devnet);
  return devnet;
}

/** Looks at L1 until everything there was taken note of: a look under way may be an older one. */
export async function look(devnet: Devnet): Promise<void> {
  await devnet.watcher.poll();
  await devnet.watcher.poll();
}

/** Any method of the L1, without a type. */
export const raw = (devnet: Devnet, method: string, params: readonly unknown[] = []): Promise<unknown> =>
  devnet.provider.publicClient.request({ method, params } as never);

/** Moves the time of L1, and makes the block that shows it. */
export async function passL1Time(devnet: Devnet, seconds: number): Promise<void> {
  await raw(devnet, 'evm_increaseTime', [seconds]);
  await raw(devnet, 'evm_mine');
  await look(devnet);
}

let nonces = BigInt(Date.now()) * 1_000n;

/** Somebody with a key, on L1 and on the chain. */
export class Person {
  readonly key: Uint8Array;
  readonly address: Address;
  readonly account: AccountId;
  readonly l1: Trader;
  readonly #devnet: Devnet;

  /** `index` into the development accounts; 0 to 3 are the sequencer's and the publishers'. */
  constructor(devnet: Devnet, index: number) {
    const { privateKey } = DEV_ACCOUNTS[index]!;
    this.key = fromHex(privateKey);
    this.l1 = new Trader(devnet.provider, privateKey);
    this.address = this.l1.address;
    this.account = accountIdOf(this.address, 0);
    this.#devnet = devnet;
  }

  /** Mints and deposits on L1, and has the chain take it. */
  async deposit(amount: bigint): Promise<void> {
    const { vault, tokens } = this.#devnet.deployment;
    await this.l1.mint(tokens[0]!, amount);
    await this.l1.deposit(vault, tokens[0]!, 0, 0, amount);
    await look(this.#devnet);
  }

  order(buy: boolean, lots: bigint, ticks: bigint, lifeSeconds = 86_400): OrderRequest {
    const { node } = this.#devnet;
    const flags = { buy, timeInForce: 0 as const, postOnly: false, reduceOnly: false };
    const order = {
      owner: this.address,
      subaccount: 0,
      flags: encodeFlags(flags),
      lots,
      limitTicks: ticks,
      nonce: ++nonces,
      expiry: node.clock.nowSeconds() + lifeSeconds,
    };
    const domain = fromHex(node.sequencer.domainSeparator);
    const signature = signDigest(orderDigest(domain, { ...order, instrument: BTC_PERP }, flags), this.key);
    return { instrument: BTC_PERP, order: { ...order, signature } };
  }

  cancel(order: Digest): Signed<CancelRequest> {
    const { node } = this.#devnet;
    const expiry = node.clock.nowSeconds() + 600;
    const request = { owner: this.address, subaccount: 0, nonce: ++nonces, expiry, order };
    return { request, signature: signDigest(requestDigest(node.executor.state, cancelTyped, request), this.key) };
  }

  action<T>(type: ActionType<T>, fields: Readonly<Record<string, unknown>>): Uint8Array {
    const { node } = this.#devnet;
    const expiry = node.clock.nowSeconds() + 3_600;
    const body = { owner: this.address, subaccount: 0, nonce: ++nonces, expiry, ...fields };
    const signature = signDigest(typedDigest(fromHex(node.sequencer.domainSeparator), type.typed, body), this.key);
    return encodeTransaction(type, { signature, ...body } as T);
  }

  /** Sends a signed action to the inbox on L1, past the sequencer. */
  force(action: Uint8Array): Promise<Digest> {
    const data = encodeFunctionData({
      abi: inboxContract.abi,
      functionName: 'enqueueForced',
      args: [toHex(action)],
    });
    return sendL1(this.#devnet, this.key, this.#devnet.deployment.inbox, data);
  }

  /** Takes a withdrawal out on L1, with a proof from the node. What was received. */
  async claim(index: number): Promise<bigint> {
    const { vault, tokens } = this.#devnet.deployment;
    const proof = await this.#devnet.withdrawals.of(index);
    if (proof === null || !proof.final) throw new Error(`withdrawal ${index} is not final`);
    const before = await this.l1.balanceOf(tokens[0]!);
    await this.l1.withdrawAndClaim(vault, proof.batch, index, proof.value, proof.proof);
    return (await this.l1.balanceOf(tokens[0]!)) - before;
  }
}

/** Sends an L1 transaction and waits until it is mined. @throws where it reverts */
export async function sendL1(devnet: Devnet, key: Uint8Array, to: Address, data: Digest): Promise<Digest> {
  const { publicClient } = devnet.provider;
  const wallet = devnet.provider.walletClient(privateKeyToAccount(toHex(key)));
  const hash = await wallet.sendTransaction({ to, data });
  const receipt = await publicClient.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw new Error(`L1 transaction ${hash} was mined and reverted`);
  return hash;
}

/** The mark of the perpetual in ticks. */
export function markTicks(devnet: Devnet): bigint {
  const { markPrice, tickSize } = existing(devnet.node.executor.state, INSTRUMENT, BTC_PERP);
  return markPrice / tickSize;
}

export const SEQUENCER_KEY = fromHex(DEV_ACCOUNTS[0]!.privateKey);

/** Posts a batch with the sequencer's key, past the node. @throws where L1 does not take it */
export const postByHand = (devnet: Devnet, header: BatchHeader, payload: Uint8Array): Promise<Digest> =>
  sendL1(devnet, SEQUENCER_KEY, devnet.deployment.rollup, toHex(encodePostBatch(header, payload)));

/** What the next batch builds on, as L1 has it. */
export async function tipOf(
  devnet: Devnet,
): Promise<{ count: number; hash: Digest; root: Digest; lastHeight: number }> {
  const contract = { address: devnet.deployment.rollup, abi: rollupContract.abi } as const;
  const tip = await devnet.provider.publicClient.readContract({ ...contract, functionName: 'tip' });
  const count = await devnet.provider.publicClient.readContract({ ...contract, functionName: 'batchCount' });
  return { count: Number(count), hash: tip[0], root: tip[1], lastHeight: Number(tip[2]) };
}

/** Sealed blocks of the heights [from, to]. */
export async function blocksOf(devnet: Devnet, from: number, to: number): Promise<SealedBlock[]> {
  const blocks: SealedBlock[] = [];
  for (let height = from; height <= to; height++) {
    const block = await readBlock(devnet.node.store, height);
    if (block === undefined) throw new Error(`block ${height} is not sealed`);
    blocks.push(block);
  }
  return blocks;
}
