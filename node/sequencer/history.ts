/** Histories by account and market, written with the steps they follow from. */
import { pack, unpack } from '../store/envelope.ts';
import type { Effect } from '../../state/effects.ts';
import type { AccountId } from '../../state/units.ts';
import type { Executed } from '../chain/executor.ts';
import { after, BUCKET, key } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';

type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;
type Stamp = Readonly<{ sequence: number; height: number; time: number }>;
export type FillEntry = EffectOf<'fill'> & Stamp;
export type LedgerEntry = (EffectOf<'cash'> | EffectOf<'collateral'> | EffectOf<'withdrawal'> | EffectOf<'settled'>) &
  Stamp;

export class History {
  readonly #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  /** Stages the effects of a step under everybody they concern. */
  record({ effects, sequence, height }: Executed, time: number): void {
    effects.forEach((effect, n) => {
      const at = [{ u64: sequence }, { u16: n }] as const;
      const value = pack({ ...effect, sequence, height, time });
      if (effect.kind === 'fill') {
        this.#store.put(key(BUCKET.trade, { u32: effect.instrument }, ...at), value);
        this.#store.put(key(BUCKET.fill, effect.taker, ...at), value);
        this.#store.put(key(BUCKET.fill, effect.maker, ...at), value);
      } else this.#store.put(key(BUCKET.ledger, effect.account, ...at), value);
    });
  }

  /** Newest first; `before` is an exclusive sequence number to page on from. */
  fills(account: AccountId, limit: number, before?: number): Promise<FillEntry[]> {
    return this.#newest(key(BUCKET.fill, account), limit, before);
  }
  ledger(account: AccountId, limit: number, before?: number): Promise<LedgerEntry[]> {
    return this.#newest(key(BUCKET.ledger, account), limit, before);
  }
  trades(instrument: number, limit: number, before?: number): Promise<FillEntry[]> {
    return this.#newest(key(BUCKET.trade, { u32: instrument }), limit, before);
  }

  async #newest<T>(prefix: Uint8Array, limit: number, before?: number): Promise<T[]> {
    const to =
      before === undefined
        ? after(prefix)
        : Uint8Array.from([...prefix, ...key(0, { u64: before }).subarray(1)]);
    const entries: T[] = [];
    for await (const [, value] of this.#store.range(prefix, to, { reverse: true, limit })) {
      entries.push(unpack(value) as T);
    }
    return entries;
  }
}
