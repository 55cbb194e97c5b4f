/** A round of deleveraging: what it fixes when it begins, and what each holder of the other side closes in it. */
import { existing, type RecordSource, type StateAccess } from '../access.ts';
import { moveCash } from '../ledger/ledger.ts';
import { changePosition, positionIn } from '../ledger/positions.ts';
import { abs, divUp, max, min } from '../math/integer.ts';
import type { Position } from '../records/account.ts';
import { AUCTION, AUCTION_KIND } from '../records/auction.ts';
import { CHAIN } from '../records/chain.ts';
import { CLAIM } from '../records/claim.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../records/instrument.ts';
import { POOL } from '../records/pool.ts';
import { ROUND, type Round } from '../records/round.ts';
import type { Portfolio } from '../risk/portfolio.ts';
import { WAD, type AccountId, type Lots, type MicroUsd } from '../units.ts';
import { weightOf } from './slice.ts';

/**
 * Begins the round of one position. Every holder of the other side closes the same share of what it
 * holds: that of the position in their open interest, rounded up, so a round may end a lot a holder
 * early. What the account owes is laid on its positions by their risk, and on their lots.
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
    share: divUp(abs(position.size) * WAD, instrument.openInterest),
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

/** Closes the holder's part against the account, at the price of the round. */
export function closePart(state: StateAccess, instrumentId: number, round: Round, position: Position, holder: AccountId, held: Position): void {
  const instrument = existing(state, INSTRUMENT, instrumentId);
  const part = min(divUp(abs(held.size) * round.share, WAD), abs(position.size));
  const lots: Lots = held.size > 0n ? part : -part;
  const cost = lots * round.markPerLot;
  const haircut = min(round.haircutPerLot * part, profitOf(held, round, part));
  changePosition(state, holder, instrumentId, instrument, -lots, cost);
  changePosition(state, round.account, instrumentId, instrument, lots, -cost);
  // One of the two was long by these lots, and no longer is.
  state.put(INSTRUMENT, instrumentId, { ...instrument, openInterest: instrument.openInterest - part });
  moveCash(state, holder, round.account, haircut, 'deleveraging');
  const claim = state.read(CLAIM, holder);
  state.put(CLAIM, holder, { amount: (claim?.amount ?? 0n) + haircut, round: round.number });
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
