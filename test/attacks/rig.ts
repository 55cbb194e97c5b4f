/**
 * A sequencer that may lie, on anvil: it applies steps by the rules, changes what it likes in its
 * state, and posts whatever comes out. Everything else is as on any network.
 */
import { erc20Abi } from 'viem';
import { encodeFunctionData } from 'viem/utils';
import { privateKeyToAccount } from 'viem/accounts';
import {
  inbox as inboxContract,
  rollup as rollupContract,
  testToken,
  vault as vaultContract,
} from '../../genesis/contracts/abi.ts';
import {
  encodePayload,
  encodePostBatch,
  payloadHash,
  type BatchHeader,
  type BatchStep,
} from '../../genesis/contracts/batch.ts';
import { DEVNET_L1_PARAMETERS } from '../../genesis/contracts/deploy.ts';
import type { Network } from '../../genesis/genesis.ts';
import { Auditor } from '../../node/auditor/auditor.ts';
import { Challenger, type ChallengeReport } from '../../node/challenger/challenger.ts';
import { startAnvil, type Anvil } from '../../node/l1/anvil.ts';
import { bindingOf, deploy, type Deployment } from '../../node/l1/deployment.ts';
import { DEV_ACCOUNTS } from '../../node/l1/devAccounts.ts';
import { readLogs } from '../../node/l1/logs.ts';
import { openL1Provider, type L1Provider } from '../../node/l1/provider.ts';
import { existing } from '../../state/access.ts';
import { concat, toHex } from '../../state/codec/bytes.ts';
import { ASSET } from '../../state/records/asset.ts';
import { CHAIN, type Chain } from '../../state/records/chain.ts';
import { WITHDRAWAL } from '../../state/records/withdrawal.ts';
import { applyTransaction } from '../../state/transition.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { beginBlock } from '../../state/transactions/beginBlock.ts';
import type { Context } from '../../state/transactions/context.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import { networkAt, World } from '../support/world.ts';

/** The first transaction that consumes an inbox item: types are kinds and two. */
const FIRST_INBOX_TYPE = 2;

export class Rig {
  readonly provider: L1Provider;
  readonly deployment: Deployment;
  readonly network: Network;
  /** The sequencer's own: true until it is tampered with. */
  world: World;
  readonly #anvil: Anvil;
  /** Transactions of the batches that stand. */
  readonly #standing: Uint8Array[][] = [];
  #steps: BatchStep[] = [];
  /** Of the first block opened since the last batch. */
  #firstTimestamp: number | null = null;

  private constructor(anvil: Anvil, provider: L1Provider, network: Network, deployment: Deployment) {
    this.#anvil = anvil;
    this.provider = provider;
    this.network = network;
    this.deployment = deployment;
    this.world = this.#newWorld();
  }

  static async start(): Promise<Rig> {
    const anvil = await startAnvil();
    const provider = openL1Provider({ kind: 'rpc', url: anvil.url }, { chainId: anvil.chainId, pollingIntervalMs: 20 });
    const { timestamp } = await provider.publicClient.getBlock();
    const network = networkAt(Number(timestamp));
    const deployment = await deploy(provider, network, DEV_ACCOUNTS[0]!.privateKey, DEVNET_L1_PARAMETERS);
    return new Rig(anvil, provider, network, deployment);
  }

  #newWorld(): World {
    return new World(this.network.time, bindingOf(this.deployment));
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }

  get chain(): Chain {
    return existing(this.world.state, CHAIN, 0);
  }

  /* L1 */

  async passTime(seconds: number): Promise<void> {
    const raw = (method: string, params: unknown[]): Promise<unknown> =>
      this.provider.publicClient.request({ method, params } as never);
    await raw('evm_increaseTime', [seconds]);
    await raw('evm_mine', []);
  }

  /** Sends as a development account. @throws where the transaction reverts */
  async send(from: number, to: Digest, data: Digest, value = 0n): Promise<Digest> {
    const wallet = this.provider.walletClient(privateKeyToAccount(DEV_ACCOUNTS[from]!.privateKey));
    const hash = await wallet.sendTransaction({ to, data, value });
    const receipt = await this.provider.publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`L1 transaction ${hash} reverted`);
    return hash;
  }

  /** Deposits on L1 for whom it may concern; the chain has yet to take it. */
  async depositOnL1(from: number, to: AccountId, amount: bigint): Promise<void> {
    const token = this.deployment.tokens[0]!;
    const { address } = DEV_ACCOUNTS[from]!;
    const { vault } = this.deployment;
    const mint = encodeFunctionData({ abi: testToken.abi, functionName: 'mint', args: [address, amount] });
    const approve = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [vault, amount] });
    const owner = to.slice(0, 42) as Digest;
    const args = [0, owner, Number.parseInt(to.slice(42), 16), amount] as const;
    await this.send(from, token, mint);
    await this.send(from, token, approve);
    await this.send(from, vault, encodeFunctionData({ abi: vaultContract.abi, functionName: 'deposit', args }));
  }

  forceOnL1(from: number, action: Uint8Array): Promise<Digest> {
    const data = encodeFunctionData({ abi: inboxContract.abi, functionName: 'enqueueForced', args: [toHex(action)] });
    return this.send(from, this.deployment.inbox, data);
  }

  async bond(from: number): Promise<void> {
    const data = encodeFunctionData({ abi: rollupContract.abi, functionName: 'bond' });
    await this.send(from, this.deployment.rollup, data, DEVNET_L1_PARAMETERS.bondAmount);
  }

  async bondOf(account: number): Promise<bigint> {
    const [amount] = await this.#rollup('bondOf', [DEV_ACCOUNTS[account]!.address]);
    return amount;
  }

  /** Earned by proofs and not yet claimed [wei]. */
  async rewardOf(account: number): Promise<bigint> {
    return this.#rollup('rewardOf', [DEV_ACCOUNTS[account]!.address]);
  }

  nonceOf(account: number): Promise<number> {
    return this.provider.publicClient.getTransactionCount({ address: DEV_ACCOUNTS[account]!.address });
  }

  async batchCount(): Promise<number> {
    return Number(await this.#rollup('batchCount', []));
  }

  async #rollup<const N extends 'bondOf' | 'rewardOf' | 'batchCount' | 'tip' | 'seatOpensAt'>(
    functionName: N,
    args: readonly unknown[],
  ): Promise<any> {
    return this.provider.publicClient.readContract({
      address: this.deployment.rollup,
      abi: rollupContract.abi,
      functionName,
      args,
    } as never);
  }

  /** Token units the Vault holds of an asset. */
  async vaultHolds(asset: number): Promise<bigint> {
    const { vault: address } = this.deployment;
    return this.provider.publicClient.readContract({
      address,
      abi: vaultContract.abi,
      functionName: 'held',
      args: [asset],
    });
  }

  /** Transactions for the inbox items that the chain has not consumed. */
  async inboxTransactions(): Promise<Uint8Array[]> {
    const { number: head } = await this.provider.publicClient.getBlock();
    const logs = await readLogs(this.provider, this.deployment, this.deployment.fromBlock, Number(head));
    const items = logs.flatMap((log) => (log.kind === 'item' ? [log.item] : []));
    return items
      .slice(this.chain.inboxCursor)
      .map((item) => concat(Uint8Array.of(FIRST_INBOX_TYPE + item[0]!), item.subarray(1)));
  }

  /* THE CHAIN */

  /** Applies a transaction and puts it into the next batch; `tamper` changes the state it leaves. */
  step(bytes: Uint8Array, tamper: (world: World) => void = () => undefined): void {
    this.world.apply(bytes);
    tamper(this.world);
    this.#push(bytes);
  }

  /** Applies what the rules must accept. */
  accept(bytes: Uint8Array): void {
    this.world.accept(bytes);
    this.#push(bytes);
  }

  /** Applies it as if the curve said what `context` says. */
  stepWith(context: Context, bytes: Uint8Array): void {
    applyTransaction(this.world.state, bytes, context);
    this.#push(bytes);
  }

  /** Puts bytes into the next batch with a root of one's own. */
  claim(bytes: Uint8Array, root: Uint8Array): void {
    this.#steps.push({ body: bytes, rootAfter: root });
  }

  #push(bytes: Uint8Array): void {
    this.#steps.push({ body: bytes, rootAfter: this.world.state.root.slice() });
  }

  /** Opens a block at L1's time and on its newest but one block. */
  async openBlock(): Promise<void> {
    const head = await this.provider.publicClient.getBlock();
    const anchor = await this.provider.publicClient.getBlock({ blockNumber: head.number - 1n });
    const { height, timestamp } = this.chain;
    const opened = Math.max(timestamp, Number(head.timestamp));
    this.#firstTimestamp ??= opened;
    this.step(
      encodeTransaction(beginBlock, {
        height: height + 1,
        timestamp: opened,
        anchorNumber: Number(anchor.number),
        anchorHash: anchor.hash,
      }),
    );
  }

  /** A block with the items of the inbox, fresh prices and marks. */
  async tick(): Promise<void> {
    await this.passTime(10);
    await this.openBlock();
    for (const bytes of await this.inboxTransactions()) this.step(bytes);
    this.step(this.world.pricesBytes());
    for (const underlying of [1, 2, 3]) this.step(this.world.markBytes(underlying));
  }

  /** Posts what was applied since the last batch. `lies` replace facts of the header. */
  async post(
    from: number,
    lies: Partial<BatchHeader> = {},
    garble: (payload: Uint8Array) => void = () => undefined,
  ): Promise<void> {
    const [parentHash, preRoot, lastHeight] = (await this.#rollup('tip', [])) as [Digest, Digest, bigint];
    const payload = encodePayload(this.#steps);
    garble(payload);
    const { chain } = this;
    const header: BatchHeader = {
      index: BigInt(await this.batchCount()),
      parentHash,
      preRoot,
      postRoot: toHex(this.#steps.at(-1)!.rootAfter),
      firstHeight: lastHeight + 1n,
      lastHeight: BigInt(chain.height),
      txCount: this.#steps.length,
      firstTimestamp: BigInt(this.#firstTimestamp ?? chain.timestamp),
      lastTimestamp: BigInt(chain.timestamp),
      anchorNumber: BigInt(chain.anchorNumber),
      anchorHash: chain.anchorHash,
      inboxCursor: BigInt(chain.inboxCursor),
      inboxAccumulator: chain.inboxAccumulator,
      parameterHash: chain.parameterHash,
      payloadHash: payloadHash(payload),
      payloadBytes: payload.length,
      ...lies,
    };
    await this.send(from, this.deployment.rollup, toHex(encodePostBatch(header, payload)));
    this.#standing.push(this.#steps.map(({ body }) => body));
    this.#begin();
  }

  /** Takes the seat: bonds, and waits until it is open. */
  async takeSeat(from: number): Promise<void> {
    await this.bond(from);
    const [{ timestamp }, opensAt] = [await this.provider.publicClient.getBlock(), await this.#rollup('seatOpensAt', [])];
    if (opensAt > timestamp) await this.passTime(Number(opensAt - timestamp) + 1);
  }

  /** Somebody who knows L1 alone audits it, and disproves what is wrong. Null where nothing is. */
  async challenge(from: number): Promise<ChallengeReport | null> {
    const { provider, deployment, network } = this;
    const auditor = await Auditor.open(provider, deployment, network);
    await auditor.advance();
    if (auditor.evidence === null) return null;
    const { privateKey } = DEV_ACCOUNTS[from]!;
    const challenger = new Challenger({ provider, deployment, privateKey, directory: null, pollMillis: 20 });
    return challenger.challenge(auditor.evidence);
  }

  /** Goes back to the state after the first `count` batches, by the rules. */
  rewind(count: number): void {
    this.#standing.length = count;
    this.#begin();
    const used = this.world.nextNonce();
    this.world = this.#newWorld();
    // People do not forget which nonces they used.
    while (this.world.nextNonce() < used);
    for (const bytes of this.#standing.flat()) this.world.apply(bytes);
  }

  #begin(): void {
    this.#steps = [];
    this.#firstTimestamp = null;
  }

  /** Of each asset: what L1 holds, and what the chain owes to accounts and to withdrawals not yet taken. */
  async books(): Promise<{ asset: number; held: bigint; owed: bigint }[]> {
    const { state } = this.world;
    const pending = [...state.idsOf(WITHDRAWAL)].map((id) => existing(state, WITHDRAWAL, id));
    return Promise.all(
      [...state.idsOf(ASSET)].map(async (asset) => {
        const { deposited, withdrawn } = existing(state, ASSET, asset);
        const out = pending.filter((w) => w.asset === asset).reduce((sum, { amount }) => sum + amount, 0n);
        return { asset, held: await this.vaultHolds(asset), owed: deposited - withdrawn + out };
      }),
    );
  }
}
