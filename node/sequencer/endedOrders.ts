/**
 * Orders that have ended and could still be sent again, since they have not expired. There may be millions of
 * them, so they are kept packed: ~0.5 KB each, where a record takes ~6.
 */
import { Slab } from '../../state/slab.ts';
import type { Digest, Seconds } from '../../state/units.ts';
import { unpack } from '../store/envelope.ts';
import { ForgetList } from './forgetList.ts';
import type { OrderRecord } from './orderRecord.ts';

const SLAB_BYTES = 2 ** 15;
const recordOf = (packed: Uint8Array): OrderRecord => unpack(packed) as OrderRecord;

export class EndedOrders {
  readonly #packed = new Map<Digest, Uint8Array>();
  readonly #expiring: ForgetList;
  readonly #slab = new Slab(SLAB_BYTES);

  constructor(now: Seconds) {
    this.#expiring = new ForgetList(now);
  }

  has(digest: Digest): boolean {
    return this.#packed.has(digest);
  }

  get(digest: Digest): OrderRecord | undefined {
    const packed = this.#packed.get(digest);
    return packed === undefined ? undefined : recordOf(packed);
  }

  /** `packed` is the envelope of the record. It is the last one from now on, also where it was there before. */
  add({ digest, order }: OrderRecord, packed: Uint8Array): void {
    this.#packed.delete(digest);
    this.#packed.set(digest, this.#slab.copy(packed));
    this.#expiring.add(digest, order.expiry);
  }

  /** Forgets those that can not come back. */
  forget(now: Seconds): void {
    for (const digest of this.#expiring.take(now)) this.#packed.delete(digest);
  }

  /** Those of the moment of the call, in the order in which they came. Each is unpacked when it is asked for. */
  all(): Iterable<OrderRecord> {
    const packed = [...this.#packed.values()];
    return {
      *[Symbol.iterator]() {
        for (const one of packed) yield recordOf(one);
      },
    };
  }
}
