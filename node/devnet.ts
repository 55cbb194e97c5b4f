/**
 * A whole development network in one process: an L1 (embedded, or any Ethereum JSON-RPC), the
 * contracts on it, a sequencer, its link to L1, and prices.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEVNET_L1_PARAMETERS, type L1Parameters } from '../genesis/contracts/deploy.ts';
import { genesisRecords, type Network } from '../genesis/genesis.ts';
import { devnet } from '../genesis/networks/devnet.ts';
import { fromHex } from '../state/codec/bytes.ts';
import type { AccountId, Digest, Seconds } from '../state/units.ts';
import type { AuditProgress } from './auditor/auditor.ts';
import { ReplayedState } from './chain/replayed.ts';
import { addressOfKey, recover } from './crypto/recover.ts';
import { Batcher } from './l1/batcher.ts';
import {
  bindingOf,
  checkDeployment,
  deploy,
  DeploymentError,
  parseDeployment,
  type Deployment,
} from './l1/deployment.ts';
import { chainDirectory } from './l1/derivedChain.ts';
import { DEV_ACCOUNTS } from './l1/devAccounts.ts';
import { EmbeddedL1 } from './l1/embedded/embeddedL1.ts';
import { Heads } from './l1/heads.ts';
import { sequencedChain } from './l1/ingest.ts';
import { openL1Provider, type L1Provider } from './l1/provider.ts';
import { Seat } from './l1/seat.ts';
import { requireStanding } from './l1/standing.ts';
import { succeed } from './l1/succession.ts';
import { Watcher, type PostedBatch } from './l1/watcher.ts';
import { WithdrawalProofs } from './l1/withdrawalProofs.ts';
import { TidepoolNode, type NodeOptions } from './node.ts';
import { combine, type PriceSource } from './oracle/source.ts';
import { syntheticSource } from './oracle/synthetic.ts';
import type { PeersOptions } from './peers/peers.ts';
import type { Clock } from './ports/clock.ts';
import { seededRandom } from './ports/random.ts';
import type { ChainWidth } from './sequencer/chains.ts';
import { Publication } from './sequencer/publication.ts';
import { startsOf } from './snapshot/starts.ts';

export type DevnetOptions = Readonly<{
  directory: string;
  clock: Clock;
  /** `embedded`, or the URL of an Ethereum JSON-RPC with the development accounts funded. */
  l1: string;
  l1ChainId?: number;
  l1Parameters?: Partial<L1Parameters>;
  /** Of the operator: signs blocks, receipts and batches; the first development account where absent. */
  sequencerKey?: Digest;
  /** Terms of the network by its genesis time; the devnet's where absent. */
  network?: (genesisTime: Seconds) => Network;
  /** How many options the keeper lists. */
  chains?: ChainWidth;
  /** The account that is rewarded for starting auctions; absent: nobody. */
  starter?: AccountId;
  /**
   * Takes over: the chain is derived from these contracts' batches, the seat taken before anything else.
   * What the directory has of another chain is set aside.
   */
  fromL1?: Deployment;
  /** Told while another still holds the seat: how long at least, and how far the chain was derived. */
  onWait?: (seconds: Seconds, height: number) => void;
  onProgress?: AuditProgress;
  /** Embedded L1: transactions are mined at once, and an empty block this often, so that time passes. */
  l1BlockSeconds?: number;
  /** Seed of the synthetic market. */
  seed: string;
  /** Replaces the synthetic market where it speaks. */
  source?: PriceSource;
  startPrices?: Readonly<Record<number, number>>;
  priceSeconds: number;
  blockMillis?: number;
  batchSeconds: number;
  /** The most a batch may offer L1 for a unit of gas [wei]. */
  maxFeePerGas?: bigint;
  confirmations?: number;
  pollMillis?: number;
  /** Whom followers reach this node by; absent: it has no peers. */
  peers?: Pick<PeersOptions, 'listen' | 'bootstrap' | 'mdns'>;
  /** Between two snapshots for followers; absent: none are made. */
  snapshotSeconds?: number;
  recoveryWorkers?: number;
  sync?: boolean;
  onTrouble?: (what: string, error: unknown) => void;
}>;

const SEQUENCER = DEV_ACCOUNTS[0]!;
/** Publishers and their threshold: any two of three. */
const PUBLISHER_ACCOUNTS = DEV_ACCOUNTS.slice(1, 4);
const THRESHOLD = 2;
/** The synthetic market begins this long before the genesis, so that there is a price at once. */
const MARKET_LEAD_SECONDS = 3_600;
const DEPLOYMENT_FILE = 'deployment.json';

/** The network of a genesis time: what sequencer and auditor must agree on. */
export const devnetOf = (genesisTime: Seconds): Network =>
  devnet(
    genesisTime,
    PUBLISHER_ACCOUNTS.map(({ privateKey }) => addressOfKey(fromHex(privateKey))),
    THRESHOLD,
  );

export class Devnet {
  readonly deployment: Deployment;
  readonly provider: L1Provider;
  readonly embedded: EmbeddedL1 | null;
  readonly node: TidepoolNode;
  readonly heads: Heads;
  readonly watcher: Watcher;
  readonly batcher: Batcher;
  readonly publication: Publication;
  readonly withdrawals: WithdrawalProofs;
  readonly #l1BlockSeconds: number;
  readonly #takesSeat: boolean;
  #cancelMining: (() => void) | null = null;

  private constructor(parts: {
    deployment: Deployment;
    provider: L1Provider;
    embedded: EmbeddedL1 | null;
    node: TidepoolNode;
    heads: Heads;
    watcher: Watcher;
    batcher: Batcher;
    publication: Publication;
    l1BlockSeconds: number;
    takesSeat: boolean;
  }) {
    this.deployment = parts.deployment;
    this.provider = parts.provider;
    this.embedded = parts.embedded;
    this.node = parts.node;
    this.heads = parts.heads;
    this.watcher = parts.watcher;
    this.batcher = parts.batcher;
    this.publication = parts.publication;
    this.#l1BlockSeconds = parts.l1BlockSeconds;
    this.#takesSeat = parts.takesSeat;
    const { network, store } = parts.node;
    const genesis = () => genesisRecords(network, bindingOf(parts.deployment));
    const replayed = new ReplayedState(store, startsOf(store, genesis, parts.publication.snapshots), { recover });
    this.withdrawals = new WithdrawalProofs(parts.node.executor.state, parts.watcher, replayed);
  }

  /** Opens or creates everything in the directory; starts nothing. */
  static async open(options: DevnetOptions): Promise<Devnet> {
    mkdirSync(options.directory, { recursive: true });
    const embedded = options.l1 === 'embedded' ? await openEmbedded(options) : null;
    const backend =
      embedded === null ? ({ kind: 'rpc', url: options.l1 } as const) : ({ kind: 'embedded', l1: embedded } as const);
    const provider = openL1Provider(backend, { chainId: options.l1ChainId ?? 31_337 });
    try {
      return await Devnet.#assemble(options, provider, embedded);
    } catch (error) {
      await embedded?.close();
      throw error;
    }
  }

  static async #assemble(
    options: DevnetOptions,
    provider: L1Provider,
    embedded: EmbeddedL1 | null,
  ): Promise<Devnet> {
    const { directory, clock, pollMillis = embedded === null ? 1_000 : 250 } = options;
    const privateKey = options.sequencerKey ?? SEQUENCER.privateKey;
    const { deployment, network } = await deployOnce(options, provider, privateKey);
    if (options.fromL1 !== undefined) await deriveChain(options, provider, network, privateKey, pollMillis);
    const node = await TidepoolNode.open({
      ...nodeOptions(options, network),
      sequencerKey: fromHex(privateKey),
      directory: chainDirectory(directory),
      binding: bindingOf(deployment),
    });
    const heads = new Heads();
    const { sequencer, store, executor } = node;
    const onTrouble = options.onTrouble ?? (() => undefined);
    const confirmations = options.confirmations ?? (embedded === null ? 2 : 0);
    const common = { provider, deployment, store, clock, pollMillis, onTrouble };
    const watcher = new Watcher({ ...common, chain: sequencedChain(sequencer), heads, confirmations });
    const { batchSeconds, maxFeePerGas } = options;
    const fees = maxFeePerGas === undefined ? {} : { maxFeePerGas };
    const batchOptions = { ...common, privateKey, batchSeconds, ...fees };
    const batcher = new Batcher(batchOptions, executor.sealedHeight);
    sequencer.onBlock((block) => {
      batcher.sealed(block);
      const sequence = block.header.firstSequence + block.header.transactionCount;
      heads.set('soft', { height: block.header.height, sequence });
    });
    watcher.onReorg(() => batcher.recheck());
    heads.set('soft', { height: executor.sealedHeight, sequence: executor.sealedSequence });
    const { l1BlockSeconds = 2 } = options;
    const takesSeat = options.fromL1 !== undefined;
    const { peers: meeting, snapshotSeconds } = options;
    const publication = await Publication.open({
      ...{ directory, clock, sequencer, store, heads, onTrouble, key: fromHex(privateKey) },
      ...(meeting === undefined ? {} : { meeting }),
      ...(snapshotSeconds === undefined ? {} : { snapshotSeconds }),
    });
    return new Devnet({ deployment, provider, embedded, node, heads, watcher, batcher, l1BlockSeconds, takesSeat, publication });
  }

  /**
   * Follows L1, prices the markets, seals blocks, posts batches. `onFailure` hears of what ends the node.
   * @throws ChainDisproved, and BatcherError where another took the seat first
   */
  async start(onFailure: (error: unknown) => void): Promise<void> {
    const { watcher, batcher } = this;
    await watcher.poll();
    const check = (...disproved: PostedBatch[]): Promise<void> =>
      requireStanding(this.node.store, disproved.map(({ header }) => header));
    await check(...watcher.disproved);
    watcher.onDeletion((batch) => {
      batcher.recheck();
      check(batch).catch(onFailure);
    });
    await this.node.start(onFailure);
    await this.publication.begin();
    // Nobody is told that his order counts before L1 knows who orders.
    if (this.#takesSeat) await this.flush();
    this.watcher.start();
    this.batcher.start();
    const { embedded } = this;
    if (embedded === null) return;
    this.#cancelMining = this.node.clock.interval(this.#l1BlockSeconds * 1_000, async () => {
      await embedded.mine();
    });
  }

  /** Seals and posts everything, then looks at L1 again. */
  async flush(): Promise<void> {
    await this.node.sequencer.seal();
    await this.node.sequencer.settled();
    await this.batcher.flush();
    // A look that is under way may be older than the batch: the one after it is not.
    await this.watcher.poll();
    await this.watcher.poll();
  }

  async close(): Promise<void> {
    this.#cancelMining?.();
    this.node.keeper.stop();
    await this.watcher.stop();
    await this.batcher.stop();
    await this.publication.close();
    await this.node.close();
    await this.embedded?.close();
  }
}

function openEmbedded(options: DevnetOptions): Promise<EmbeddedL1> {
  const { clock } = options;
  return EmbeddedL1.open({
    directory: join(options.directory, 'l1'),
    clock,
    mining: { kind: 'auto' },
    ...(options.l1ChainId === undefined ? {} : { chainId: options.l1ChainId }),
  });
}

/** Sets the node's chain to the one on L1, and waits until its operator may post. */
async function deriveChain(
  { directory, clock, recoveryWorkers, sync, onWait, onTrouble, onProgress, fromL1 }: DevnetOptions,
  provider: L1Provider,
  network: Network,
  privateKey: Digest,
  pollMillis: number,
): Promise<void> {
  const deployment = fromL1!;
  await succeed({
    ...{ provider, deployment, network, directory, clock, pollMillis },
    key: fromHex(privateKey),
    seat: new Seat(provider, deployment, privateKey),
    onWait: onWait ?? (() => undefined),
    onTrouble: onTrouble ?? (() => undefined),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(recoveryWorkers === undefined ? {} : { recoveryWorkers }),
    ...(sync === undefined ? {} : { sync }),
  });
}

/** Deploys on the first start; recognises the deployment afterwards. @throws DeploymentError */
async function deployOnce(
  options: DevnetOptions,
  provider: L1Provider,
  privateKey: Digest,
): Promise<{ deployment: Deployment; network: Network }> {
  const file = join(options.directory, DEPLOYMENT_FILE);
  const { network: networkOf = devnetOf } = options;
  const known = existsSync(file) ? parseDeployment(readFileSync(file, 'utf8')) : options.fromL1;
  if (known !== undefined) {
    const network = networkOf(known.genesisTime);
    await checkDeployment(provider, network, known);
    if (options.fromL1 !== undefined && options.fromL1.rollup !== known.rollup) {
      throw new DeploymentError('WRONG_NETWORK', `${file} is of the rollup at ${known.rollup}; take over elsewhere`);
    }
    if (!existsSync(file)) writeDeployment(file, known);
    return { deployment: known, network };
  }
  const network = networkOf(options.clock.nowSeconds());
  const parameters = { ...DEVNET_L1_PARAMETERS, ...options.l1Parameters };
  const deployment = await deploy(provider, network, privateKey, parameters);
  writeDeployment(file, deployment);
  return { deployment, network };
}

/** Renamed into place, so that a crash leaves no half a file. */
function writeDeployment(file: string, deployment: Deployment): void {
  writeFileSync(`${file}.new`, JSON.stringify(deployment, null, 2));
  renameSync(`${file}.new`, file);
}

function nodeOptions(
  options: DevnetOptions,
  network: Network,
): Omit<NodeOptions, 'directory' | 'binding' | 'sequencerKey'> {
  const synthetic = syntheticSource({
    random: seededRandom(options.seed),
    startSeconds: network.time - MARKET_LEAD_SECONDS,
    ...(options.startPrices === undefined ? {} : { startPrices: options.startPrices }),
  });
  const { blockMillis, recoveryWorkers, sync, chains, starter } = options;
  return {
    network,
    clock: options.clock,
    publisherKeys: PUBLISHER_ACCOUNTS.slice(0, THRESHOLD).map(({ privateKey }) => fromHex(privateKey)),
    source: options.source === undefined ? synthetic : combine(options.source, synthetic),
    priceSeconds: options.priceSeconds,
    ...(blockMillis === undefined ? {} : { blockMillis }),
    ...(recoveryWorkers === undefined ? {} : { recoveryWorkers }),
    ...(sync === undefined ? {} : { sync }),
    ...(chains === undefined ? {} : { chains }),
    ...(starter === undefined ? {} : { starter }),
  };
}
