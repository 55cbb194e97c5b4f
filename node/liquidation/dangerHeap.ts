/** Accounts to be auctioned, the most dangerous first: lowest equity over maintenance, then the largest. */
import type { MicroUsd, AccountId } from '../../state/units.ts';

export type Danger = Readonly<{
  id: AccountId;
  equity: MicroUsd;
  maintenance: MicroUsd;
  /** The underlying that its auction would count for. */
  market: number;
}>;

/** Cross-multiplied; what has no maintenance margin and owes money is in the most danger of all. */
export function isMoreDangerous(a: Danger, b: Danger): boolean {
  const [left, right] = [a.equity * b.maintenance, b.equity * a.maintenance];
  if (left !== right) return left < right;
  return a.maintenance > b.maintenance;
}

/** A binary heap that has each account once. */
export class DangerHeap {
  readonly #items: Danger[] = [];
  readonly #ids = new Set<AccountId>();

  get size(): number {
    return this.#items.length;
  }

  has(id: AccountId): boolean {
    return this.#ids.has(id);
  }

  push(danger: Danger): void {
    if (this.#ids.has(danger.id)) return;
    this.#ids.add(danger.id);
    const items = this.#items;
    let at = items.push(danger) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isMoreDangerous(danger, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = danger;
  }

  pop(): Danger | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined) return undefined;
    this.#ids.delete(first.id);
    if (items.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#items.length = 0;
    this.#ids.clear();
  }

  #sink(danger: Danger): void {
    const items = this.#items;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && isMoreDangerous(items[child + 1]!, items[child]!)) child += 1;
      if (!isMoreDangerous(items[child]!, danger)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = danger;
  }
}
