/**
 * Orders that have come in and are not placed: their signers are being found. A cancel overtakes them there, so it
 * reaches them too, or an order that was sent before its cancel would be open after it.
 */
import type { AccountId, Digest } from '../../state/units.ts';
import { TurnoverMap } from '../collections/turnoverMap.ts';
import type { OrderRequest } from './orderDesk.ts';

export type WaitingOrder = {
  readonly request: OrderRequest;
  readonly account: AccountId;
  readonly digest: Digest;
  readonly arrival: number;
  isCancelled: boolean;
};

export class WaitingOrders {
  /** By account, then by arrival. */
  readonly #byAccount = new TurnoverMap<AccountId, TurnoverMap<number, WaitingOrder>>();
  #arrivals = 0;

  /** Orders that have come so far: the arrival of the next one. */
  get arrivals(): number {
    return this.#arrivals;
  }

  add(account: AccountId, request: OrderRequest, digest: Digest): WaitingOrder {
    const order = { request, account, digest, arrival: this.#arrivals++, isCancelled: false };
    let known = this.#byAccount.get(account);
    if (known === undefined) this.#byAccount.set(account, (known = new TurnoverMap()));
    known.set(order.arrival, order);
    return order;
  }

  delete({ account, arrival }: WaitingOrder): void {
    const known = this.#byAccount.get(account);
    if (known?.delete(arrival) === true && known.size === 0) this.#byAccount.delete(account);
  }

  /** Cancels those of an account that came before `arrival` and match. */
  cancel(account: AccountId, arrival: number, matches: (order: WaitingOrder) => boolean): WaitingOrder[] {
    const cancelled: WaitingOrder[] = [];
    for (const order of this.#byAccount.get(account)?.values() ?? []) {
      if (order.isCancelled || order.arrival >= arrival || !matches(order)) continue;
      order.isCancelled = true;
      cancelled.push(order);
    }
    return cancelled;
  }
}
