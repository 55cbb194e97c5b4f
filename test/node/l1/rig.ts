/** A sequencer with its link to a real L1, moved by hand: no timer runs, every poll is a call. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToAccount } from 'viem/accounts';
import { inbox as inboxContract, rollup, testToken, vault } from '../../../genesis/contracts/abi.ts';
import { DEVNET_L1_PARAMETERS, type L1Parameters } from '../../../genesis/contracts/deploy.ts';
import { genesisRecords, type Network } from '../../../genesis/genesis.ts';
import { devnet } from '../../../genesis/networks/devnet.ts';
import { Executor } from '../../../node/chain/executor.ts';
import { addressOfKey, recover, signDigest } from '../../../node/crypto/recover.ts';
import { Batcher, type BatcherOptions } from '../../../node/l1/batcher.ts';
import { bindingOf, deploy, type Deployment } from '../../../node/l1/deployment.ts';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { sequencedChain } from '../../../node/l1/ingest.ts';
import { Heads, type HeadChange } from '../../../node/l1/heads.ts';
import type { L1Provider } from '../../../node/l1/provider.ts';
import { Watcher, type Reorg, type WatcherOptions } from '../../../node/l1/watcher.ts';
import { SystemClock, type Clock } from '../../../node/ports/clock.ts';
import { SignatureRecovery } from '../../../node/sequencer/recovery.ts';
import { Sequencer } from '../../../node/sequencer/sequencer.ts';
import { Store } from '../../../node/store/store.ts';
import { existing } from '../../../state/access.ts';
import { fromHex, toHex } from '../../../state/codec/bytes.ts';
import { typedDigest } from '../../../state/codec/typedData.ts';
import { ACCOUNT, accountIdOf } from '../../../state/records/account.ts';
import type { ActionType } from '../../../state/transactions/action.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import type { AccountId, Address } from '../../../state/units.ts';
import type { Backend } from './backends.ts';

export const SEQUENCER_KEY = DEV_ACCOUNTS[0]!.privateKey;
export const USER_KEY = DEV_ACCOUNTS[5]!.privateKey;
export const USER = DEV_ACCOUNTS[5]!.address.toLowerCase() as Address;
export const USER_ACCOUNT: AccountId = accountIdOf(USER, 0);
const publishers = [DEV_ACCOUNTS[1]!, DEV_ACCOUNTS[2]!].map(({ privateKey }) => addressOfKey(fromHex(privateKey)));

export type RigOptions = Readonly<{
  confirmations?: number;
  parameters?: Partial<L1Parameters>;
  batchSeconds?: number;
  patiencePolls?: number;
  clock?: Clock;
}>;

export const networkAt = (time: number): Network => devnet(time, publishers, 2);

/** Contracts on `l1`, and the terms they were made for. */
export async function deployTo(
  l1: L1Provider,
  parameters: Partial<L1Parameters> = {},
  clock: Clock = new SystemClock(),
): Promise<{ deployment: Deployment; network: Network }> {
  const network = networkAt(clock.nowSeconds());
  const deployment = await deploy(l1, network, SEQUENCER_KEY, { ...DEVNET_L1_PARAMETERS, ...parameters });
  return { deployment, network };
}

/** Puts up the bond of the sequencer, whoever lost it. */
export async function bondSequencer({ l1, deployment }: Rig): Promise<void> {
  const call = { address: deployment.rollup, abi: rollup.abi, functionName: 'bond', args: [] } as const;
  const wallet = l1.walletClient(privateKeyToAccount(SEQUENCER_KEY));
  const hash = await wallet.writeContract({ ...call, value: DEVNET_L1_PARAMETERS.bondAmount });
  await l1.publicClient.waitForTransactionReceipt({ hash });
}

const live = new Set<Rig>();

/** For `after.each`: a test that failed half-way leaves nothing running. */
export async function closeRigs(): Promise<void> {
  for (const rig of [...live]) {
    await rig.close();
    await rig.l1.close();
  }
}

export class Rig {
  readonly l1: Backend;
  readonly deployment: Deployment;
  readonly network: Network;
  readonly directory: string;
  readonly store: Store;
  readonly executor: Executor;
  readonly sequencer: Sequencer;
  readonly heads = new Heads();
  readonly watcher: Watcher;
  readonly batcher: Batcher;
  readonly changes: HeadChange[] = [];
  readonly reorgs: Reorg[] = [];
  readonly troubles: string[] = [];
  readonly #recovery: SignatureRecovery;
  readonly #clock: Clock;
  #nonce = 0n;

  private constructor(
    l1: Backend,
    made: { deployment: Deployment; network: Network },
    directory: string,
    parts: { store: Store; executor: Executor; recovery: SignatureRecovery },
    options: RigOptions,
  ) {
    this.l1 = l1;
    this.deployment = made.deployment;
    this.network = made.network;
    this.directory = directory;
    this.store = parts.store;
    this.executor = parts.executor;
    this.#recovery = parts.recovery;
    this.#clock = options.clock ?? new SystemClock();
    const key = fromHex(SEQUENCER_KEY);
    this.sequencer = new Sequencer({ ...parts, clock: this.#clock, key });
    this.heads.onChange((change) => this.changes.push(change));
    const common = {
      provider: l1,
      deployment: made.deployment,
      store: parts.store,
      clock: this.#clock,
      pollMillis: 20,
      onTrouble: (what: string, error: unknown) => this.troubles.push(`${what}: ${(error as Error).message}`),
    };
    const watching: WatcherOptions = {
      ...common,
      chain: sequencedChain(this.sequencer),
      heads: this.heads,
      confirmations: options.confirmations ?? 0,
    };
    this.watcher = new Watcher(watching);
    this.watcher.onReorg((reorg) => this.reorgs.push(reorg));
    const { patiencePolls, batchSeconds = 0 } = options;
    const batching: BatcherOptions = {
      ...common,
      privateKey: SEQUENCER_KEY,
      batchSeconds,
      ...(patiencePolls === undefined ? {} : { patiencePolls }),
    };
    this.batcher = new Batcher(batching, parts.executor.sealedHeight);
    this.sequencer.onBlock((block) => this.batcher.sealed(block));
  }

  /** A new chain on `l1`, or the one in `directory` again. */
  static async open(
    l1: Backend,
    made: { deployment: Deployment; network: Network },
    options: RigOptions = {},
    directory = mkdtempSync(join(tmpdir(), 'tidepool-')),
  ): Promise<Rig> {
    const store = await Store.open(directory, { sync: false });
    const recovery = new SignatureRecovery(0);
    const genesis = () => genesisRecords(made.network, bindingOf(made.deployment));
    const executor = await Executor.open(store, genesis, { recover }, fromHex(SEQUENCER_KEY));
    const rig = new Rig(l1, made, directory, { store, executor, recovery }, options);
    live.add(rig);
    return rig;
  }

  static async create(l1: Backend, options: RigOptions = {}): Promise<Rig> {
    const rig = await Rig.open(l1, await deployTo(l1, options.parameters, options.clock), options);
    await rig.watcher.poll();
    return rig;
  }

  /** Closes the chain as a crash would leave it, or for good. */
  async close(isLast = true): Promise<void> {
    live.delete(this);
    await this.watcher.stop();
    await this.batcher.stop();
    await this.store.close();
    await this.#recovery.close();
    if (isLast) rmSync(this.directory, { recursive: true, force: true });
  }

  /** Seals what is open and makes it durable. Returns the height. */
  async seal(): Promise<number> {
    await this.sequencer.seal();
    await this.sequencer.settled();
    return this.executor.sealedHeight;
  }

  /** Seals a block with nothing but its opening. */
  async emptyBlock(): Promise<number> {
    this.executor.ensureOpen(this.#clock.nowSeconds());
    return this.seal();
  }

  /** A user's L1 transaction; resolves when it is mined. */
  async send(to: Address, abi: readonly unknown[], functionName: string, args: readonly unknown[]): Promise<Address> {
    const wallet = this.l1.walletClient(privateKeyToAccount(USER_KEY));
    const hash = await wallet.writeContract({ address: to, abi, functionName, args, gas: 1_000_000n } as never);
    const receipt = await this.l1.publicClient.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`${functionName} was mined and reverted`);
    return hash;
  }

  /** Mints, approves and deposits for the user; three transactions. */
  async deposit(amount: bigint, asset = 0): Promise<void> {
    const token = this.deployment.tokens[asset]!;
    await this.send(token, testToken.abi, 'mint', [USER, amount]);
    await this.send(token, testToken.abi, 'approve', [this.deployment.vault, amount]);
    await this.send(this.deployment.vault, vault.abi, 'deposit', [asset, USER, 0, amount]);
  }

  enqueueForced(transaction: Uint8Array): Promise<Address> {
    return this.send(this.deployment.inbox, inboxContract.abi, 'enqueueForced', [toHex(transaction)]);
  }

  /** The user's signed action. */
  action<T>(type: ActionType<T>, fields: Readonly<Record<string, unknown>>): Uint8Array {
    const expiry = this.#clock.nowSeconds() + 86_400;
    const body = { owner: USER, subaccount: 0, nonce: ++this.#nonce, expiry, ...fields };
    const digest = typedDigest(fromHex(this.sequencer.domainSeparator), type.typed, body);
    const signature = signDigest(digest, fromHex(USER_KEY));
    return encodeTransaction(type, { ...body, signature } as T);
  }

  get cash(): bigint {
    return existing(this.executor.state, ACCOUNT, USER_ACCOUNT).cash;
  }

  readRollup(functionName: string, args: readonly unknown[] = []): Promise<unknown> {
    const address = this.deployment.rollup;
    return this.l1.publicClient.readContract({ address, abi: rollup.abi, functionName, args } as never);
  }
  batchCount(): Promise<bigint> {
    return this.readRollup('batchCount') as Promise<bigint>;
  }
}
