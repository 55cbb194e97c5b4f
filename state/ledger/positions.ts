/** Positions of an account: changed only here, funding settled first, closed ones turned to cash. */
import { existing, type RecordSource, type StateAccess } from '../access.ts';
import { abs, divUp, max } from '../math/integer.ts';
import { ACCOUNT, ownerOf, type Account, type Position } from '../records/account.ts';
import type { Instrument } from '../records/instrument.ts';
import { PICO_PER_MICRO, type AccountId, type Lots, type MicroUsd } from '../units.ts';
import { moveSigned, realiseQuote } from './ledger.ts';
import { changeExposure } from './owners.ts';

export function positionOf({ positions }: Account, instrument: number): Position | undefined {
  for (const position of positions) if (position.instrument === instrument) return position;
  return undefined;
}

/** The same of an account that exists. */
export const positionIn = (state: RecordSource, id: AccountId, instrument: number): Position | undefined =>
  positionOf(existing(state, ACCOUNT, id), instrument);

/** Long lots of two accounts that deal with each other: open interest changes by what these do. */
export const longLots = (state: RecordSource, instrument: number, a: AccountId, b: AccountId): Lots =>
  max(positionIn(state, a, instrument)?.size ?? 0n, 0n) + max(positionIn(state, b, instrument)?.size ?? 0n, 0n);

/** Funding the position owes and has not paid, rounded up: against the account. Negative: to be received. */
export const fundingOwedUp = (position: Position, instrument: Instrument): MicroUsd =>
  divUp(position.size * (instrument.fundingIndex - position.fundingIndex), PICO_PER_MICRO);

/**
 * Settles funding of the position, then changes its size and quote, and the owner's exposure with
 * it. A position whose size becomes zero is removed and its quote becomes cash.
 */
export function changePosition(
  state: StateAccess,
  id: AccountId,
  instrumentId: number,
  instrument: Instrument,
  size: Lots,
  quote: MicroUsd,
): void {
  const before = positionOf(existing(state, ACCOUNT, id), instrumentId);
  if (before !== undefined) {
    moveSigned(state, id, 'clearing', fundingOwedUp(before, instrument), 'funding');
  }
  const account = existing(state, ACCOUNT, id);
  const sizeBefore = before?.size ?? 0n;
  const position: Position = {
    instrument: instrumentId,
    size: sizeBefore + size,
    quote: (before?.quote ?? 0n) + quote,
    fundingIndex: instrument.fundingIndex,
  };
  const positions = withPosition(account.positions, position);
  state.put(ACCOUNT, id, { ...account, positions });
  const units = (abs(position.size) - abs(sizeBefore)) * instrument.lotSize;
  changeExposure(state, ownerOf(id), instrument.underlying, units);
  if (position.size === 0n) realiseQuote(state, id, position.quote);
}

function withPosition(positions: readonly Position[], position: Position): readonly Position[] {
  let at = 0;
  while (at < positions.length && positions[at]!.instrument < position.instrument) at++;
  const replaces = positions[at]?.instrument === position.instrument ? 1 : 0;
  const next = positions.slice();
  if (position.size === 0n) next.splice(at, replaces);
  else if (replaces === 1) next[at] = position;
  else next.splice(at, 0, position);
  return next;
}
