/** The signed headers seen at each height: one is the chain, two are evidence, more are noise. */
import type { SealedBlock } from '../chain/block.ts';
import type { Digest } from '../../state/units.ts';
import { HEIGHTS_REMEMBERED_MAX, VARIANTS_PER_HEIGHT_MAX } from './limits.ts';

export type SignedHeader = Pick<SealedBlock, 'header' | 'hash' | 'signature'>;

export class Variants {
  readonly #heights = new Map<number, Map<Digest, SignedHeader>>();
  readonly #onEquivocation: (a: SignedHeader, b: SignedHeader) => void;

  constructor(onEquivocation: (a: SignedHeader, b: SignedHeader) => void) {
    this.#onEquivocation = onEquivocation;
  }

  /** Remembers a header whose signature was checked; says whether it is the first or the second at its height. */
  isNew({ header, hash, signature }: SignedHeader): boolean {
    const seen = this.#heights.get(header.height) ?? new Map<Digest, SignedHeader>();
    if (seen.has(hash) || seen.size === VARIANTS_PER_HEIGHT_MAX) return false;
    if (seen.size === 0) this.#heights.set(header.height, seen);
    const [first] = seen.values();
    const added = { header, hash, signature };
    seen.set(hash, added);
    if (this.#heights.size > HEIGHTS_REMEMBERED_MAX) this.#heights.delete(this.#heights.keys().next().value!);
    if (first !== undefined) this.#onEquivocation(first, added);
    return true;
  }

  /** The same for a header of long ago: it is compared, but takes no room from those of now. */
  compare(signed: SignedHeader): void {
    if (this.#heights.has(signed.header.height)) this.isNew(signed);
  }

  /** What another signer signed says nothing about this one. */
  forget(): void {
    this.#heights.clear();
  }
}
