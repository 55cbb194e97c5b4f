/** A sequencer's chain and book, open to followers: what it seals is told, and given to who asks. */
import { join } from 'node:path';
import { Equivocations } from '../follower/equivocations.ts';
import { ServedChain } from '../follower/served.ts';
import { Peers, type PeersOptions } from '../peers/peers.ts';
import type { Heads } from '../l1/heads.ts';
import type { Clock } from '../ports/clock.ts';
import { SNAPSHOT_DIRECTORY } from '../snapshot/library.ts';
import { SnapshotMaker } from '../snapshot/maker.ts';
import type { Store } from '../store/store.ts';
import { BookJournal } from './bookJournal.ts';
import type { Sequencer } from './sequencer.ts';

export type PublicationOptions = Readonly<{
  directory: string;
  clock: Clock;
  sequencer: Sequencer;
  store: Store;
  heads: Heads;
  /** Signs entries of the book. */
  key: Uint8Array;
  /** Absent: this node has no peers. */
  meeting?: Pick<PeersOptions, 'listen' | 'bootstrap' | 'mdns'>;
  /** Between two snapshots; absent: none are made. */
  snapshotSeconds?: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

export class Publication {
  readonly #o: PublicationOptions;
  readonly snapshots: SnapshotMaker | null;
  /** Of our own key: somebody else has it, or had. */
  readonly equivocations: Equivocations;
  #peers: Peers | null = null;
  #journal: BookJournal | null = null;

  private constructor(options: PublicationOptions, snapshots: SnapshotMaker | null, equivocations: Equivocations) {
    this.#o = options;
    this.snapshots = snapshots;
    this.equivocations = equivocations;
  }

  static async open(options: PublicationOptions): Promise<Publication> {
    const { directory, store, clock, snapshotSeconds, onTrouble } = options;
    const equivocations = await Equivocations.open(store);
    if (snapshotSeconds === undefined) return new Publication(options, null, equivocations);
    const snapshots = await SnapshotMaker.open({
      ...{ store, clock, onTrouble, everySeconds: snapshotSeconds },
      directory: join(directory, SNAPSHOT_DIRECTORY),
    });
    options.sequencer.onBlock(() => snapshots.sealed(options.heads.safe.height));
    return new Publication(options, snapshots, equivocations);
  }

  /** Null before `begin`, or where there is nobody to meet. */
  get peers(): Peers | null {
    return this.#peers;
  }

  /** Meets peers. To be called once the book is restored, and before it takes orders. @throws PeersError */
  async begin(): Promise<void> {
    const { directory, meeting, sequencer, store, heads, clock, key, onTrouble } = this.#o;
    if (meeting === undefined) return;
    const { executor, domainSeparator: chain, address } = sequencer;
    const source = new ServedChain();
    const peers = await Peers.open({ ...meeting, directory, source, chain, signers: [address], onTrouble });
    this.#peers = peers;
    const publish = (batch: Uint8Array): void => peers.publishBook(batch);
    const journal = await BookJournal.open({ sequencer, executor, store, clock, key, publish });
    this.#journal = journal;
    source.open({ store, executor, heads, snapshots: this.snapshots, book: () => journal.image() });
    sequencer.onBlock((block) => peers.publish(block));
    peers.onEquivocation((one, other) => {
      onTrouble('two blocks of one height have our signature', new Error(`block ${one.header.height}`));
      this.equivocations.add(one, other).catch((error: unknown) => onTrouble('evidence was not kept', error));
    });
  }

  /** The store may be closed afterwards. */
  async close(): Promise<void> {
    await this.#journal?.settled();
    await this.#peers?.close();
    await this.snapshots?.close();
  }
}
