/** Two different headers that the sequencer signed at one height: kept for as long as the store is, for anybody to see. */
import type { SignedHeader } from '../peers/peers.ts';
import { metaKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';

export type Equivocation = Readonly<{ height: number; headers: readonly [SignedHeader, SignedHeader] }>;

const KEY = metaKey('equivocations');
/** One is proof enough; a sequencer gone wild does not fill the disk. */
const KEPT_MAX = 16;

const signed = ({ header, hash, signature }: SignedHeader): SignedHeader => ({ header, hash, signature });

export class Equivocations {
  readonly #store: Store;
  #all: readonly Equivocation[];
  readonly #listeners: ((equivocation: Equivocation) => void)[] = [];

  private constructor(store: Store, all: readonly Equivocation[]) {
    this.#store = store;
    this.#all = all;
  }

  static async open(store: Store): Promise<Equivocations> {
    const stored = await store.get(KEY);
    return new Equivocations(store, stored === undefined ? [] : (unpack(stored) as Equivocation[]));
  }

  /** Told of each that is new, once it is kept. */
  onNew(listener: (equivocation: Equivocation) => void): void {
    this.#listeners.push(listener);
  }

  get all(): readonly Equivocation[] {
    return this.#all;
  }

  /** Whether it is news: one pair of a height is kept. */
  async add(one: SignedHeader, other: SignedHeader): Promise<boolean> {
    const { height } = one.header;
    if (this.#all.length >= KEPT_MAX || this.#all.some((known) => known.height === height)) return false;
    const equivocation: Equivocation = { height, headers: [signed(one), signed(other)] };
    this.#all = [...this.#all, equivocation];
    this.#store.put(KEY, pack(this.#all));
    await this.#store.flush();
    for (const listener of this.#listeners) listener(equivocation);
    return true;
  }
}
