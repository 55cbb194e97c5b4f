/** Keeps trying to be connected to the peers it was given, each after a pause that grows up to a bound. */
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Libp2p, PeerId } from '@libp2p/interface';
import type { Timing } from './limits.ts';

/** A dial that has not ended by then failed. */
const DIAL_MILLIS_MAX = 10_000;
/** Tagged so, they are the last to be pruned. */
const KEPT = { tags: { bootstrap: { value: 100 } } };

type Target = { address: Multiaddr; peer: PeerId; pauseMillis: number; timer: NodeJS.Timeout | null };

export class Dialer {
  readonly #node: Libp2p;
  readonly #timing: Timing;
  readonly #targets = new Map<string, Target>();
  readonly #closing = new AbortController();

  constructor(node: Libp2p, bootstrap: readonly string[], timing: Timing) {
    this.#node = node;
    this.#timing = timing;
    for (const text of bootstrap) {
      const address = multiaddr(text);
      const id = address.getComponents().findLast(({ name }) => name === 'p2p')?.value;
      if (id === undefined) throw new Error(`${text}: expected an address that ends in /p2p/<id>`);
      const peer = peerIdFromString(id);
      this.#targets.set(peer.toString(), { address, peer, pauseMillis: timing.redialMillisMin, timer: null });
    }
  }

  start(): void {
    for (const target of this.#targets.values()) void this.#dial(target);
    this.#node.addEventListener('peer:disconnect', ({ detail }) => {
      const target = this.#targets.get(detail.toString());
      if (target !== undefined) this.#later(target);
    });
  }

  stop(): void {
    this.#closing.abort();
    for (const { timer } of this.#targets.values()) if (timer !== null) clearTimeout(timer);
  }

  #later(target: Target): void {
    if (this.#closing.signal.aborted || target.timer !== null) return;
    target.timer = setTimeout(() => {
      target.timer = null;
      void this.#dial(target);
    }, target.pauseMillis);
  }

  async #dial(target: Target): Promise<void> {
    try {
      await this.#node.peerStore.merge(target.peer, KEPT);
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(DIAL_MILLIS_MAX)]);
      await this.#node.dial(target.address, { signal });
      target.pauseMillis = this.#timing.redialMillisMin;
    } catch {
      target.pauseMillis = Math.min(this.#timing.redialMillisMax, target.pauseMillis * 2);
      this.#later(target);
    }
  }
}
