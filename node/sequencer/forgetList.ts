/** Ended orders by the second in which they expire: from then on nobody can send them again. */
import type { Digest, Seconds } from '../../state/units.ts';

export class ForgetList {
  readonly #bySecond = new Map<Seconds, Digest[]>();
  /** Everything before this second was taken. */
  #next: Seconds;

  constructor(now: Seconds) {
    this.#next = now;
  }

  add(digest: Digest, expiry: Seconds): void {
    const second = Math.max(expiry, this.#next);
    const digests = this.#bySecond.get(second);
    if (digests === undefined) this.#bySecond.set(second, [digest]);
    else digests.push(digest);
  }

  /** Those that expire up to `now`. Cost: what it returns and the seconds since the last call, not what is kept. */
  take(now: Seconds): Digest[] {
    const taken: Digest[] = [];
    for (; this.#next <= now; this.#next++) {
      const digests = this.#bySecond.get(this.#next);
      if (digests === undefined) continue;
      this.#bySecond.delete(this.#next);
      for (const digest of digests) taken.push(digest);
    }
    return taken;
  }
}
