/** Keeps the mirror of the book fed: entries from the gossip, an image of it whenever one is needed. */
import { BookError } from '../sequencer/bookError.ts';
import type { BookMirror, GapReason } from '../sequencer/bookMirror.ts';
import { PeersError, type Peers, type Verdict } from '../peers/peers.ts';
import type { Clock } from '../ports/clock.ts';

export type FollowedBookOptions = Readonly<{
  peers: Peers;
  clock: Clock;
  pollMillis: number;
  onTrouble: (what: string, error: unknown) => void;
}>;

export class FollowedBook {
  readonly #o: FollowedBookOptions;
  readonly #mirror: BookMirror;
  #isAsking = false;
  readonly #cancel: () => void;

  constructor(mirror: BookMirror, options: FollowedBookOptions) {
    this.#o = options;
    this.#mirror = mirror;
    options.peers.onBook((bytes, peer) => this.#judge(bytes, peer));
    this.#cancel = options.clock.interval(options.pollMillis, () => this.ask());
  }

  /** Asks for an image where one is needed; one question at a time. */
  ask(): void {
    if (this.#mirror.gap === null) return;
    this.#fetch().then(
      (image) => {
        for (const page of image?.pages ?? []) this.#take(() => this.#mirror.receiveImage(page), image!.peer);
      },
      (error: unknown) => this.#o.onTrouble('the book can not be asked for', error),
    );
  }

  /** An image for a peer, fetched from others. Who is asking already has none: a question never goes in a circle. */
  async relay(): Promise<readonly Uint8Array[] | null> {
    return (await this.#fetch())?.pages ?? null;
  }

  async #fetch(): Promise<Awaited<ReturnType<Peers['book']>> | null> {
    if (this.#isAsking) return null;
    this.#isAsking = true;
    try {
      return await this.#o.peers.book();
    } catch (error) {
      if (!(error instanceof PeersError)) throw error;
      // Nobody near has it, for now: the book stays as it was, and says so.
      if (error.code !== 'NO_PEERS' && error.code !== 'NOBODY_HAS_IT') this.#o.onTrouble('no peer gives the book', error);
      return null;
    } finally {
      this.#isAsking = false;
    }
  }

  #judge(bytes: Uint8Array, peer: string): Verdict {
    return this.#take(() => this.#mirror.receive(bytes), peer) ? 'accept' : 'reject';
  }

  #take(receive: () => void, peer: string): boolean {
    try {
      receive();
      return true;
    } catch (error) {
      if (!(error instanceof BookError)) throw error;
      this.#o.peers.report(peer, 'invalid');
      return false;
    }
  }

  close(): void {
    this.#cancel();
  }
}

/** What an operator reads of a gap. */
export const gapText = (reason: GapReason): string => `the order book waits for an image (${reason})`;
