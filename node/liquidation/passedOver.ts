/** Accounts too large for the room that auctions have left, and since when smaller ones have gone before them. */
import type { AccountId, Seconds } from '../../state/units.ts';

/**
 * So long an account lets smaller ones in less danger go before it, and so long they wait for it then; in turns,
 * for what is in auction may be there for good, and nobody may wait for that.
 */
export const PATIENCE_SECONDS: Seconds = 600;

type Wait = Readonly<{ since: Seconds; last: Seconds }>;

export class PassedOver {
  readonly #waits = new Map<AccountId, Wait>();

  /** Passes an account over at `now`. Do those in less danger wait for it now? */
  add(id: AccountId, now: Seconds): boolean {
    const since = this.#waits.get(id)?.since ?? now;
    this.#waits.set(id, { since, last: now });
    return Math.floor((now - since) / PATIENCE_SECONDS) % 2 === 1;
  }

  delete(id: AccountId): void {
    this.#waits.delete(id);
  }

  /** Forgets those that have not been found in danger of late. */
  forget(now: Seconds): void {
    for (const [id, { last }] of this.#waits) if (now - last >= PATIENCE_SECONDS) this.#waits.delete(id);
  }
}
