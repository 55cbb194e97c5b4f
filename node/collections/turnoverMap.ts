/**
 * A map for what comes and goes all the time. A plain one that lives long keeps what it has let go: it links each
 * table it has outgrown to the next, for iterators that may be under way, and once one of them has become old, all
 * that follow and whatever was in them look alive to every quick collection. Collections take long then, and all of
 * it waits for a full one. So this begins a new map now and then. Cost: as a map, and a copy of what it holds for
 * as many removals.
 */
const REMOVALS_MIN = 64;

export class TurnoverMap<K, V> {
  #entries = new Map<K, V>();
  #removals = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): void {
    this.#entries.set(key, value);
  }

  delete(key: K): boolean {
    if (!this.#entries.delete(key)) return false;
    this.#removals += 1;
    if (this.#removals >= REMOVALS_MIN && this.#removals >= this.#entries.size) {
      this.#entries = new Map(this.#entries);
      this.#removals = 0;
    }
    return true;
  }

  clear(): void {
    this.#entries = new Map();
    this.#removals = 0;
  }

  /** Oldest first. Nothing may be removed meanwhile. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}
