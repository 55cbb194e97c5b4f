/** Histories by account and market, written with the steps they follow from. */
import { pack, unpack } from '../store/envelope.ts';
import { decode } from '../../state/codec/layout.ts';
import type { Effect } from '../../state/effects.ts';
import { INSTRUMENT, INSTRUMENT_KIND, type Instrument } from '../../state/records/instrument.ts';
import { mark } from '../../state/transactions/mark.ts';
import { SECONDS_PER_HOUR, type AccountId, type Seconds } from '../../state/units.ts';
import type { Executed } from '../chain/executor.ts';
import { after, BUCKET, evidenceKey, key } from '../store/buckets.ts';
import type { Store } from '../store/store.ts';

type EffectOf<K extends Effect['kind']> = K extends unknown ? Extract<Effect, { kind: K }> : never;
type Stamp = Readonly<{ sequence: number; height: number; time: number }>;
export type FillEntry = EffectOf<'fill'> & Stamp;
export type LedgerEntry = (EffectOf<'cash'> | EffectOf<'collateral'> | EffectOf<'withdrawal'> | EffectOf<'settled'>) &
  Stamp;
type LiquidationEffect = EffectOf<'auctionStarted' | 'bid' | 'auctionEnded' | 'deleveraged' | 'socialized'>;
/** What happened in an auction, and behind it. */
export type LiquidationEntry = LiquidationEffect & Stamp;
/** A step of a liquidation with all that proves it. */
export type Evidence = Readonly<{ bytes: Uint8Array; rootBefore: Uint8Array; root: Uint8Array; witness: Uint8Array }> & Stamp;
/** A perpetual's funding as the last mark of an hour left it. */
export type FundingEntry = Pick<Instrument, 'fundingRate' | 'fundingIndex' | 'fundingTime' | 'premium'>;
/** The hour a funding entry stands for, by its start: where a page of them goes on. */
export const hourOf = (time: Seconds): Seconds => time - (time % SECONDS_PER_HOUR);

export class History {
  readonly #store: Store;
  constructor(store: Store) {
    this.#store = store;
  }

  /** Stages the effects of a step under everybody they concern. */
  record(step: Executed, time: number): void {
    const { effects, changes, bytes, sequence, height } = step;
    if (bytes[0] === mark.type) this.#recordFunding(changes);
    this.#recordEvidence(step, time);
    effects.forEach((effect, n) => {
      const at = [{ u64: sequence }, { u16: n }] as const;
      const value = pack({ sequence, height, time, ...effect });
      if (effect.kind === 'fill') {
        this.#store.put(key(BUCKET.trade, { u32: effect.instrument }, ...at), value);
        this.#store.put(key(BUCKET.fill, effect.taker, ...at), value);
        this.#store.put(key(BUCKET.fill, effect.maker, ...at), value);
        return;
      }
      if (!isOfLiquidation(effect)) {
        this.#store.put(key(BUCKET.ledger, effect.account, ...at), value);
        return;
      }
      this.#store.put(key(BUCKET.liquidation, ...at), value);
      for (const account of concernedBy(effect)) {
        this.#store.put(key(BUCKET.accountLiquidation, account, ...at), value);
      }
    });
  }

  #recordEvidence({ bytes, rootBefore, root, witness, outcome, sequence, height }: Executed, time: number): void {
    if (rootBefore === undefined || witness === undefined || !outcome.ok) return;
    const evidence: Evidence = { bytes, rootBefore, root: root.slice(), witness, sequence, height, time };
    this.#store.archive(evidenceKey(sequence), pack(evidence));
  }

  /** Marks come every few seconds; what people ask for is hours. The last of each stays. */
  #recordFunding(changes: Executed['changes']): void {
    for (const { kind, id, value } of changes) {
      if (kind.type !== INSTRUMENT.type || value === null) continue;
      const record = decode(INSTRUMENT.layout, value);
      if (record.kind !== INSTRUMENT_KIND.perpetual) continue;
      const { fundingRate, fundingIndex, fundingTime, premium } = record;
      const entry: FundingEntry = { fundingRate, fundingIndex, fundingTime, premium };
      this.#store.put(key(BUCKET.funding, { u32: id as number }, { u64: hourOf(fundingTime) }), pack(entry));
    }
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
  /** Liquidations of all accounts, or those an account was sold, bid or deleveraged in. */
  liquidations(account: AccountId | null, limit: number, before?: number): Promise<LiquidationEntry[]> {
    const prefix = account === null ? key(BUCKET.liquidation) : key(BUCKET.accountLiquidation, account);
    return this.#newest(prefix, limit, before);
  }
  /** What proves a step of a liquidation; undefined where the step at `sequence` is none. */
  async evidence(sequence: number): Promise<Evidence | undefined> {
    const stored = await this.#store.archived(evidenceKey(sequence));
    return stored === undefined ? undefined : (unpack(stored) as Evidence);
  }
  /** Hour by hour, newest first; `before` is an exclusive hour. */
  funding(instrument: number, limit: number, before?: number): Promise<FundingEntry[]> {
    return this.#newest(key(BUCKET.funding, { u32: instrument }), limit, before);
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

const OF_LIQUIDATION: ReadonlySet<Effect['kind']> = new Set(['auctionStarted', 'bid', 'auctionEnded', 'deleveraged', 'socialized']);
export const isOfLiquidation = (effect: Effect): effect is LiquidationEffect => OF_LIQUIDATION.has(effect.kind);

/** Whom it concerns: the account that is sold, and who takes of it. */
export function concernedBy(effect: LiquidationEffect): readonly AccountId[] {
  if (effect.kind === 'bid') return [effect.account, effect.bidder];
  return effect.kind === 'deleveraged' ? [effect.account, effect.holder] : [effect.account];
}
