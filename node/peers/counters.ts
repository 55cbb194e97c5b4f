/** Numbers by name that only grow. */
export class Counters {
  readonly #counts: Record<string, number> = {};

  add(name: string, count = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }

  get(name: string): number {
    return this.#counts[name] ?? 0;
  }

  all(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }
}
