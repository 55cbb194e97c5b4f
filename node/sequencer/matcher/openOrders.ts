/** Every open order, findable by id, account, instrument and expiry; the indices always agree. */
import { Book } from './book.ts';
import { Expiries } from './expiries.ts';
import type { LiveOrder } from './order.ts';

/** The open orders of one account, in a list threaded through the orders, in no promised order. */
type AccountOrders = {
  head: LiveOrder | null;
  count: number;
  reduceOnlyCount: number;
  byClientOrderId: Map<string, LiveOrder> | null;
};

export class OpenOrders {
  readonly expiries = new Expiries();
  readonly #byId = new Map<string, LiveOrder>();
  readonly #byAccount = new Map<string, AccountOrders>();
  readonly #books = new Map<number, Book>();

  get count(): number {
    return this.#byId.size;
  }

  find(id: string): LiveOrder | undefined {
    return this.#byId.get(id);
  }

  findByClientOrderId(account: string, clientOrderId: string): LiveOrder | undefined {
    return this.#byAccount.get(account)?.byClientOrderId?.get(clientOrderId);
  }

  findBook(instrument: number): Book | undefined {
    return this.#books.get(instrument);
  }

  /** The book of this instrument, made if it is not there. */
  book(instrument: number): Book {
    let book = this.#books.get(instrument);
    if (book === undefined) this.#books.set(instrument, (book = new Book(instrument)));
    return book;
  }

  instruments(): number[] {
    return [...this.#books.keys()].sort((a, b) => a - b);
  }

  countOf(account: string): number {
    return this.#byAccount.get(account)?.count ?? 0;
  }

  hasReduceOnly(account: string): boolean {
    return (this.#byAccount.get(account)?.reduceOnlyCount ?? 0) > 0;
  }

  /** Oldest first. Cost: at most ORDERS_PER_ACCOUNT_MAX, sorted. */
  ofAccount(account: string): LiveOrder[] {
    const orders: LiveOrder[] = [];
    let order = this.#byAccount.get(account)?.head ?? null;
    for (; order !== null; order = order.nextOfAccount) orders.push(order);
    return orders.sort((a, b) => a.sequence - b.sequence);
  }

  /** Into the book, behind every order of its price. */
  rest(order: LiveOrder): void {
    this.book(order.instrument).add(order);
    this.#index(order);
  }

  remove(order: LiveOrder): void {
    this.book(order.instrument).remove(order);
    this.#unindex(order);
  }

  reduce(order: LiveOrder, lots: number): void {
    this.book(order.instrument).reduce(order, lots);
  }

  /** `fresh` takes the place of `old` in its level. */
  swap(old: LiveOrder, fresh: LiveOrder): void {
    this.book(old.instrument).swap(old, fresh);
    this.#unindex(old);
    this.#index(fresh);
  }

  #index(order: LiveOrder): void {
    this.#byId.set(order.id, order);
    this.expiries.add(order);
    let of = this.#byAccount.get(order.account);
    if (of === undefined) {
      of = { head: null, count: 0, reduceOnlyCount: 0, byClientOrderId: null };
      this.#byAccount.set(order.account, of);
    }
    order.nextOfAccount = of.head;
    if (of.head !== null) of.head.previousOfAccount = order;
    of.head = order;
    of.count += 1;
    if (order.reduceOnly) of.reduceOnlyCount += 1;
    if (order.clientOrderId !== undefined) {
      of.byClientOrderId ??= new Map();
      of.byClientOrderId.set(order.clientOrderId, order);
    }
  }

  #unindex(order: LiveOrder): void {
    this.#byId.delete(order.id);
    this.expiries.remove(order);
    const of = this.#byAccount.get(order.account)!;
    const { previousOfAccount, nextOfAccount } = order;
    if (previousOfAccount === null) of.head = nextOfAccount;
    else previousOfAccount.nextOfAccount = nextOfAccount;
    if (nextOfAccount !== null) nextOfAccount.previousOfAccount = previousOfAccount;
    order.previousOfAccount = order.nextOfAccount = null;
    of.count -= 1;
    if (order.reduceOnly) of.reduceOnlyCount -= 1;
    if (order.clientOrderId !== undefined) of.byClientOrderId!.delete(order.clientOrderId);
    if (of.count === 0) this.#byAccount.delete(order.account);
  }
}
