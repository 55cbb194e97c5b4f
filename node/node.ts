/**
 * A node: chain, sequencer and prices over one store. The world comes in through ports, so that a
 * whole network can run in one process under a seed. Its L1 is linked by `devnet.ts`.
 */
import { genesisRecords, type L1Binding, type Network } from '../genesis/genesis.ts';
import { Executor } from './chain/executor.ts';
import { Publishers } from './oracle/publisher.ts';
import type { PriceSource } from './oracle/source.ts';
import { Liquidator } from './liquidation/liquidator.ts';
import type { Clock } from './ports/clock.ts';
import type { ChainWidth } from './sequencer/chains.ts';
import { Keeper } from './sequencer/keeper.ts';
import { SignatureRecovery } from './sequencer/recovery.ts';
import { Sequencer } from './sequencer/sequencer.ts';
import { Store } from './store/store.ts';
import type { AccountId } from '../state/units.ts';

export type NodeOptions = Readonly<{
  directory: string;
  network: Network;
  binding: L1Binding;
  clock: Clock;
  /** Signs blocks and receipts. */
  sequencerKey: Uint8Array;
  /** Keys of the publishers this node runs itself. */
  publisherKeys: readonly Uint8Array[];
  source: PriceSource;
  priceSeconds: number;
  blockMillis?: number;
  /** Signature recovery threads; 0 recovers on the calling thread. */
  recoveryWorkers?: number;
  /** False: no synced writes, for replays. */
  sync?: boolean;
  /** How many options the keeper lists. */
  chains?: ChainWidth;
  /** The account that is rewarded for starting auctions; absent: nobody. */
  starter?: AccountId;
}>;

export class TidepoolNode {
  readonly network: Network;
  readonly binding: L1Binding;
  readonly clock: Clock;
  readonly store: Store;
  readonly executor: Executor;
  readonly sequencer: Sequencer;
  readonly keeper: Keeper;
  readonly liquidator: Liquidator;
  readonly #recovery: SignatureRecovery;

  private constructor(
    options: NodeOptions,
    store: Store,
    executor: Executor,
    recovery: SignatureRecovery,
  ) {
    const { network, binding, clock, sequencerKey: key, source, priceSeconds } = options;
    this.network = network;
    this.binding = binding;
    this.clock = clock;
    this.store = store;
    this.executor = executor;
    this.#recovery = recovery;
    const { blockMillis, chains, starter } = options;
    this.sequencer = new Sequencer({
      executor,
      store,
      recovery,
      clock,
      key,
      ...(blockMillis === undefined ? {} : { blockMillis }),
    });
    const publishers = new Publishers({ source, keys: options.publisherKeys });
    const { sequencer } = this;
    this.liquidator = new Liquidator({
      sequencer,
      onRefused: (bytes, code) => this.keeper.refused(bytes, code),
      ...(starter === undefined ? {} : { starter }),
    });
    this.keeper = new Keeper({
      ...{ sequencer, publishers, clock, priceSeconds, liquidator: this.liquidator },
      ...(chains === undefined ? {} : { chains }),
    });
  }

  /** Requests that wait for their signers, by lane of the intake. */
  get intakeDepths(): Readonly<Record<string, number>> {
    return this.#recovery.depths;
  }

  /** Opens the store, the chain and the book as they were; starts nothing. @throws StoreError */
  static async open(options: NodeOptions): Promise<TidepoolNode> {
    const recovery = new SignatureRecovery(options.recoveryWorkers);
    const context = { recover: recovery.recover };
    const store = await Store.open(options.directory, { sync: options.sync ?? true });
    try {
      const genesis = () => genesisRecords(options.network, options.binding);
      const executor = await Executor.open(store, genesis, context, options.sequencerKey);
      return new TidepoolNode(options, store, executor, recovery);
    } catch (error) {
      await store.close();
      await recovery.close();
      throw error;
    }
  }

  /** Starts the block clock and the keeper. */
  async start(onFailure: (error: unknown) => void): Promise<void> {
    await this.sequencer.start(onFailure);
    this.keeper.start();
  }

  /** Stops intake, seals, makes everything durable, closes. */
  async close(): Promise<void> {
    this.keeper.stop();
    await this.sequencer.stop();
    await this.store.close();
    await this.#recovery.close();
  }
}
