/** A round of deleveraging: what it fixes when it begins, what each holder of the other side weighs, and what it closes. */
import { existing, type RecordSource, type StateAccess } from '../access.ts';
import { growClaim } from '../ledger/claims.ts';
import { moveCash } from '../ledger/ledger.ts';
import { changePosition, positionIn } from '../ledger/positions.ts';
import { abs, divUp, max, min } from '../math/integer.ts';
import { ACCOUNT, type Position } from '../records/account.ts';
import { AUCTION, AUCTION_KIND } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../records/instrument.ts';
import { PART, partIdOf } from '../records/part.ts';
import { POOL } from '../records/pool.ts';
import { ROUND, type Round } from '../records/round.ts';
import type { Portfolio } from '../risk/portfolio.ts';
import type { AccountId, Lots, MicroUsd } from '../units.ts';
import { weightOf } from './slice.ts';

/**
 * Begins the round of one position. What the account owes is laid on its positions by their risk, and on
 * their lots.
 * @param value of the account [1e-6 USD]
 */
export function beginRound(state: StateAccess, id: AccountId, instrumentId: number, portfolio: Portfolio, value: MicroUsd): Round {
  const { position, instrument } = portfolio.holdings.find((h) => h.position.instrument === instrumentId)!;
  let risk = 0n;
  for (const held of portfolio.holdings) risk += abs(held.position.size) * weightOf(held.instrument);
  const pool = existing(state, POOL, 0);
  const round: Round = {
    account: id,
    number: pool.rounds + 1n,
    lots: abs(position.size),
    openInterest: instrument.openInterest,
    weighed: 0n,
    free: 0n,
    markPerLot: instrument.markPerLot,
    haircutPerLot: divUp(max(-value, 0n) * weightOf(instrument), risk),
    status: instrument.status,
  };
  state.put(POOL, 0, { ...pool, rounds: round.number });
  state.put(INSTRUMENT, instrumentId, { ...instrument, status: INSTRUMENT_STATUS.deleveraging });
  state.put(ROUND, instrumentId, round);
  return round;
}

/** Ends it; an instrument that expired meanwhile stays settled, or pruned. */
export function endRound(state: StateAccess, instrumentId: number, { status }: Round): void {
  const instrument = state.read(INSTRUMENT, instrumentId);
  if (instrument?.status === INSTRUMENT_STATUS.deleveraging) state.put(INSTRUMENT, instrumentId, { ...instrument, status });
  state.remove(ROUND, instrumentId);
}

/** All of the other side has been weighed: its lots are as many as those of this one. */
export const isWeighed = ({ weighed, openInterest }: Round): boolean => weighed === openInterest;

/** Weighs a holder: how many of its lots hedge nothing. */
export function weigh(state: StateAccess, instrumentId: number, round: Round, holder: AccountId, { size }: Position): void {
  const free = freeLots(state, instrumentId, holder, size);
  state.put(PART, partIdOf(instrumentId, holder), { round: round.number, free });
  state.put(ROUND, instrumentId, { ...round, weighed: round.weighed + abs(size), free: round.free + free });
}

/**
 * Lots of a position that can go before the delta of the account in the underlying turns: all the rest is the hedge
 * of something else. A lot without delta hedges nothing.
 */
function freeLots(state: StateAccess, instrumentId: number, holder: AccountId, size: Lots): Lots {
  const { underlying, delta } = existing(state, INSTRUMENT, instrumentId);
  if (delta === 0n) return abs(size);
  let net = 0n;
  for (const position of existing(state, ACCOUNT, holder).positions) {
    const instrument = existing(state, INSTRUMENT, position.instrument);
    if (instrument.underlying === underlying) net += position.size * instrument.delta;
  }
  const hedges = net === 0n || net > 0n !== size * delta > 0n;
  return hedges ? 0n : min(abs(net) / abs(delta), abs(size));
}

/**
 * What a holder of `held` lots closes: of those that hedge nothing the same share as all others, of the rest as
 * well only where those are not enough; rounded up, so a round may end a lot a holder early.
 */
export function partUp({ lots, free: allFree, openInterest }: Round, held: Lots, free: Lots): Lots {
  if (lots <= allFree) return divUp(free * lots, allFree);
  return free + divUp((held - free) * (lots - allFree), openInterest - allFree);
}

/** Closes the holder's part against the account, at the price of the round. */
export function closePart(state: StateAccess, instrumentId: number, round: Round, position: Position, holder: AccountId, held: Position): void {
  const instrument = existing(state, INSTRUMENT, instrumentId);
  const partId = partIdOf(instrumentId, holder);
  const { free } = existing(state, PART, partId);
  const part = min(partUp(round, abs(held.size), free), abs(position.size));
  state.remove(PART, partId);
  if (part === 0n) return;
  const lots: Lots = held.size > 0n ? part : -part;
  const cost = lots * round.markPerLot;
  const haircut = min(round.haircutPerLot * part, profitOf(held, round, part));
  changePosition(state, holder, instrumentId, instrument, -lots, cost);
  changePosition(state, round.account, instrumentId, instrument, lots, -cost);
  // One of the two was long by these lots, and no longer is.
  state.put(INSTRUMENT, instrumentId, { ...instrument, openInterest: instrument.openInterest - part });
  moveCash(state, holder, round.account, haircut, 'deleveraging');
  growClaim(state, holder, haircut);
  const { account } = round;
  state.effect({ kind: 'deleveraged', instrument: instrumentId, account, holder, lots, markPerLot: round.markPerLot, haircut });
}

/** Unrealised profit on `part` lots of a position, rounded down: all that it may give up. */
function profitOf({ size, quote }: Position, { markPerLot }: Round, part: Lots): MicroUsd {
  return max(((size * markPerLot + quote) * part) / abs(size), 0n);
}

/** The position is gone, or the account is no longer insolvent, or the instrument has expired. */
export function isRoundOver(state: RecordSource, { account: id }: Round, instrumentId: number): boolean {
  if (state.read(AUCTION, id)?.kind !== AUCTION_KIND.insolvent) return true;
  if (positionIn(state, id, instrumentId) === undefined) return true;
  const { expiry } = existing(state, INSTRUMENT, instrumentId);
  return expiry !== 0 && expiry <= existing(state, CHAIN, 0).timestamp;
}
