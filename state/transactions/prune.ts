/** Deletes order, session and instrument records that can no longer have an effect. */
import { existing, type StateAccess } from '../access.ts';
import { bytes32, bytesField, list, struct, u32, type Decoded } from '../codec/layout.ts';
import { INSTRUMENT_RETENTION_SECONDS, MAX_PRUNES_PER_STEP } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../records/instrument.ts';
import type { Kind } from '../records/kind.ts';
import { ORDER } from '../records/order.ts';
import { SESSION } from '../records/session.ts';
import { REFUSAL } from '../refusals.ts';
import type { TransactionType } from './context.ts';

const layout = struct({
  orders: list(bytes32, MAX_PRUNES_PER_STEP),
  sessions: list(bytesField(41), MAX_PRUNES_PER_STEP),
  instruments: list(u32, MAX_PRUNES_PER_STEP),
});
export type Prune = Decoded<typeof layout>;

export const prune: TransactionType<Prune> = {
  type: 15,
  name: 'prune',
  layout,
  refusals: ['record_not_found', 'not_prunable'],
  apply: (state, { orders, sessions, instruments }) => {
    const count = orders.length + sessions.length + instruments.length;
    require(count > 0 && count <= MAX_PRUNES_PER_STEP, REFUSAL.malformed, `1 to ${MAX_PRUNES_PER_STEP} records`);
    const now = existing(state, CHAIN, 0).timestamp;
    for (const id of orders) removeExpired(state, ORDER, id, now);
    for (const id of sessions) removeExpired(state, SESSION, id, now);
    for (const id of instruments) removeSettled(state, id, now);
  },
};

/** An expired order can not fill and an expired session can not sign: forgetting them changes nothing. */
function removeExpired<T extends { readonly expiry: number }>(
  state: StateAccess,
  kind: Kind<T, `0x${string}`>,
  id: `0x${string}`,
  now: number,
): void {
  const record = state.read(kind, id);
  if (record === undefined) throw new Refusal(REFUSAL.record_not_found, id);
  require(record.expiry <= now, REFUSAL.not_prunable, () => `expires ${record.expiry}, now ${now}`);
  state.remove(kind, id);
}

/** A settled instrument that nobody holds is named by no record; it stays a while for people to look at. */
function removeSettled(state: StateAccess, id: number, now: number): void {
  const instrument = state.read(INSTRUMENT, id);
  if (instrument === undefined) throw new Refusal(REFUSAL.record_not_found, `instrument ${id}`);
  const { status, openInterest, expiry } = instrument;
  const isOver = status === INSTRUMENT_STATUS.settled && openInterest === 0n;
  require(isOver && expiry + INSTRUMENT_RETENTION_SECONDS <= now, REFUSAL.not_prunable, () => `instrument ${id}`);
  state.remove(INSTRUMENT, id);
}
