/** A follower over a directory: meets its peers, joins the chain where it has none, follows it, serves it on. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { genesisRecords, type L1Binding, type Network } from '../../genesis/genesis.ts';
import { domainSeparatorOf } from '../../state/codec/typedData.ts';
import { Executor } from '../chain/executor.ts';
import { ReplayedState } from '../chain/replayed.ts';
import { recover } from '../crypto/recover.ts';
import { bindingOf, checkDeployment, type Deployment } from '../l1/deployment.ts';
import { chainDirectory } from '../l1/derivedChain.ts';
import type { L1Provider } from '../l1/provider.ts';
import { seatHolder } from '../l1/seat.ts';
import { WithdrawalProofs } from '../l1/withdrawalProofs.ts';
import { AccountScreen } from '../liquidation/screen.ts';
import { Peers, type PeersOptions } from '../peers/peers.ts';
import type { Clock } from '../ports/clock.ts';
import { BookMirror } from '../sequencer/bookMirror.ts';
import { SignatureRecovery } from '../sequencer/recovery.ts';
import { SNAPSHOT_DIRECTORY, SnapshotLibrary } from '../snapshot/library.ts';
import { SnapshotMaker } from '../snapshot/maker.ts';
import { startsOf } from '../snapshot/starts.ts';
import { Store } from '../store/store.ts';
import type { Disagreement } from './disagreement.ts';
import { Follower } from './follower.ts';
import type { Join } from './join.ts';
import { FollowedBook } from './followedBook.ts';
import { joinBySnapshot } from './joining.ts';
import { ServedChain } from './served.ts';

export type FollowerOptions = Readonly<{
  directory: string;
  clock: Clock;
  provider: L1Provider;
  deployment: Deployment;
  network: Network;
  join: Join;
  /** Null: from L1 alone. */
  peers: Pick<PeersOptions, 'listen' | 'bootstrap' | 'mdns'> | null;
  /** Between two snapshots for others. */
  snapshotSeconds: number;
  confirmations: number;
  pollMillis: number;
  recoveryWorkers?: number;
  /** False: no synced writes, for tests. */
  sync?: boolean;
  onTrouble: (what: string, error: unknown) => void;
  /** Chunks of a snapshot that are there, and all of them. */
  onProgress?: (chunks: number, of: number) => void;
}>;

type Parts = Readonly<{
  peers: Peers | null;
  store: Store;
  follower: Follower;
  snapshots: SnapshotMaker;
  recovery: SignatureRecovery;
  book: BookMirror;
  /** Null without peers: the book of a follower from L1 alone is empty. */
  followedBook: FollowedBook | null;
}>;

export class FollowerNode {
  readonly #o: FollowerOptions;
  readonly binding: L1Binding;
  readonly peers: Peers | null;
  readonly store: Store;
  readonly follower: Follower;
  readonly snapshots: SnapshotMaker;
  readonly book: BookMirror;
  readonly withdrawals: WithdrawalProofs;
  readonly #recovery: SignatureRecovery;
  readonly #followedBook: FollowedBook | null;
  #screen: AccountScreen | undefined;

  private constructor(options: FollowerOptions, parts: Parts) {
    this.#o = options;
    this.binding = bindingOf(options.deployment);
    this.peers = parts.peers;
    this.store = parts.store;
    this.follower = parts.follower;
    this.snapshots = parts.snapshots;
    this.book = parts.book;
    this.#followedBook = parts.followedBook;
    this.#recovery = parts.recovery;
    const genesis = () => genesisRecords(options.network, this.binding);
    const replayed = new ReplayedState(parts.store, startsOf(parts.store, genesis, parts.snapshots), { recover });
    this.withdrawals = new WithdrawalProofs(parts.follower.executor.state, parts.follower.watcher, replayed);
  }

  /**
   * Opens or joins. Waits for peers and L1 as long as it takes.
   * @throws DeploymentError, StoreError
   */
  static async open(options: FollowerOptions): Promise<FollowerNode> {
    const { directory, provider, deployment, network, clock, onTrouble } = options;
    mkdirSync(directory, { recursive: true });
    await checkDeployment(provider, network, deployment);
    const holder = await seatHolder(provider, deployment);
    // Who sequenced first signed the first blocks, whoever does now.
    const signers = [...new Set([...(holder === null ? [] : [holder]), deployment.sequencer])];
    const served = new ServedChain();
    const domainSeparator = domainSeparatorOf(deployment.chainId, deployment.rollup);
    const peers =
      options.peers === null
        ? null
        : await Peers.open({
            ...options.peers,
            ...{ directory, onTrouble, source: served, chain: domainSeparator, signers },
          });
    const recovery = new SignatureRecovery(options.recoveryWorkers);
    let store: Store | null = null;
    try {
      const chain = chainDirectory(directory);
      if (peers !== null && options.join === 'snapshot' && !existsSync(chain)) {
        const library = await SnapshotLibrary.open(join(directory, SNAPSHOT_DIRECTORY), async () => true);
        await joinBySnapshot({ ...options, directory: chain, library, peers, domainSeparator, signers });
      }
      store = await Store.open(chain, { sync: options.sync ?? true });
      const genesis = () => genesisRecords(network, bindingOf(deployment));
      const executor = await Executor.open(store, genesis, { recover: recovery.recover }, null);
      const follower = await Follower.open({ ...options, store, executor, recovery, signers, peers });
      const snapshots = await SnapshotMaker.open({
        ...{ store, clock, onTrouble, everySeconds: options.snapshotSeconds },
        directory: join(directory, SNAPSHOT_DIRECTORY),
      });
      const book = await BookMirror.open({
        ...{ executor, store, clock, domainSeparator },
        get signer() {
          return follower.sequencer;
        },
        onGap: () => followedBook?.ask(),
      });
      const { pollMillis } = options;
      const followedBook = peers === null ? null : new FollowedBook(book, { peers, clock, pollMillis, onTrouble });
      served.open({ store, executor, snapshots, heads: follower.heads, book: async () => (await followedBook?.relay()) ?? null });
      follower.chain.onBlock(() => snapshots.sealed(follower.heads.safe.height));
      return new FollowerNode(options, { peers, store, follower, snapshots, recovery, book, followedBook });
    } catch (error) {
      await peers?.close();
      await store?.close();
      await recovery.close();
      throw error;
    }
  }

  get network(): Network {
    return this.#o.network;
  }
  get deployment(): Deployment {
    return this.#o.deployment;
  }
  get clock(): Clock {
    return this.#o.clock;
  }
  get screen(): AccountScreen {
    return (this.#screen ??= new AccountScreen(this.follower.executor));
  }

  start(onHalt: (disagreement: Disagreement) => void, onFailure: (error: unknown) => void): Promise<void> {
    return this.follower.start(onHalt, onFailure);
  }

  async close(): Promise<void> {
    this.#followedBook?.close();
    await this.follower.close();
    await this.peers?.close();
    await this.snapshots.close();
    await this.store.close();
    await this.#recovery.close();
  }
}
