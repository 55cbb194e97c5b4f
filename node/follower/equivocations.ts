/** Two different blocks that the sequencer signed at one height: kept for as long as the store is, for anybody to see. */
import { toHex } from '../../state/codec/bytes.ts';
import type { Digest } from '../../state/units.ts';
import type { SealedBlock } from '../chain/block.ts';
import { encodeBlock } from '../chain/blockWire.ts';
import { metaKey } from '../store/buckets.ts';
import { pack, unpack } from '../store/envelope.ts';
import type { Store } from '../store/store.ts';

type Signed = Readonly<{ hash: Digest; signature: string; block: string }>;
export type Equivocation = Readonly<{ height: number; blocks: readonly [Signed, Signed] }>;

const KEY = metaKey('equivocations');
/** One is proof enough; a sequencer gone wild does not fill the disk. */
const KEPT_MAX = 16;

const signed = (block: SealedBlock): Signed => ({ hash: block.hash, signature: block.signature, block: toHex(encodeBlock(block)) });

export class Equivocations {
  readonly #store: Store;
  #all: readonly Equivocation[];

  private constructor(store: Store, all: readonly Equivocation[]) {
    this.#store = store;
    this.#all = all;
  }

  static async open(store: Store): Promise<Equivocations> {
    const stored = await store.get(KEY);
    return new Equivocations(store, stored === undefined ? [] : (unpack(stored) as Equivocation[]));
  }

  get all(): readonly Equivocation[] {
    return this.#all;
  }

  /** Whether it is news: one pair of a height is kept. */
  async add(one: SealedBlock, other: SealedBlock): Promise<boolean> {
    const { height } = one.header;
    if (this.#all.length >= KEPT_MAX || this.#all.some((known) => known.height === height)) return false;
    this.#all = [...this.#all, { height, blocks: [signed(one), signed(other)] }];
    this.#store.put(KEY, pack(this.#all));
    await this.#store.flush();
    return true;
  }
}
