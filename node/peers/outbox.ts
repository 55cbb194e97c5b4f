/** Gossip on its way to the main thread: bounded, oldest out first, a few in hand at a time. */
import { TurnoverMap } from '../collections/turnoverMap.ts';
import { IN_HAND_MAX } from './limits.ts';
import type { Verdict } from './thread.ts';

type Item = Readonly<{ id: number; bytes: Uint8Array; peer: string; judged: (verdict: Verdict) => void }>;

export class Outbox {
  readonly #limits: Readonly<{ entriesMax: number; bytesMax: number }>;
  readonly #hand: (id: number, bytes: Uint8Array, peer: string) => void;
  readonly #inHand = new TurnoverMap<number, (verdict: Verdict) => void>();
  #queue: Item[] = [];
  #bytes = 0;
  #ids = 0;
  dropped = 0;

  constructor(
    limits: Readonly<{ entriesMax: number; bytesMax: number }>,
    hand: (id: number, bytes: Uint8Array, peer: string) => void,
  ) {
    this.#limits = limits;
    this.#hand = hand;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** `judged` hears once what the main thread says of it; 'ignore' where it was dropped before. */
  put(bytes: Uint8Array, peer: string, judged: (verdict: Verdict) => void): void {
    this.#queue.push({ id: this.#ids++, bytes, peer, judged });
    this.#bytes += bytes.length;
    while (this.#queue.length > this.#limits.entriesMax || this.#bytes > this.#limits.bytesMax) {
      this.#takeFirst().judged('ignore');
      this.dropped++;
    }
    this.#next();
  }

  judged(id: number, verdict: Verdict): void {
    this.#inHand.get(id)?.(verdict);
    this.#inHand.delete(id);
    this.#next();
  }

  #takeFirst(): Item {
    const item = this.#queue.shift()!;
    this.#bytes -= item.bytes.length;
    return item;
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#inHand.size < IN_HAND_MAX) {
      const { id, bytes, peer, judged } = this.#takeFirst();
      this.#inHand.set(id, judged);
      this.#hand(id, bytes, peer);
    }
  }
}
