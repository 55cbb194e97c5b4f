/** Moves a share of a portfolio to a bidder: positions at their marks, collateral at its price. */
import { existing, type StateAccess } from '../access.ts';
import { SCENARIOS } from '../constants.ts';
import { adjustCollateral } from '../ledger/ledger.ts';
import { changePosition, longLots } from '../ledger/positions.ts';
import { abs, divUp, max } from '../math/integer.ts';
import { INSTRUMENT, type Instrument } from '../records/instrument.ts';
import type { Portfolio } from '../risk/portfolio.ts';
import { WAD, type AccountId, type Lots, type MicroUsd, type TokenUnits, type Wad } from '../units.ts';
import { priceDown } from './distress.ts';

/** What a share comes to in whole lots and token units, in the order of the account. */
export type Slice = Readonly<{
  lots: readonly Lots[];
  balances: readonly TokenUnits[];
  /** Share of the risk that is in it [1e-18], at most the share asked for: what it is paid by. */
  share: Wad;
  /** Price of the collateral in it [1e-6 USD]. */
  collateral: MicroUsd;
}>;

/** Largest move of a lot in any scenario, at least 1 [1e-6 USD]: the weight of a position that can not be cut finer. */
export function weightOf({ riskArray }: Instrument): bigint {
  let largest = 1;
  for (let s = 0; s < SCENARIOS; s++) largest = Math.max(largest, Math.abs(riskArray[s]!));
  return BigInt(largest);
}

/** Whole lots and token units of `share`, rounded down; null where that is nothing at all. */
export function sliceOf({ holdings, pledges, now }: Portfolio, share: Wad): Slice | null {
  let [all, taken] = [0n, 0n];
  const lots = holdings.map(({ position, instrument }) => {
    const part = (position.size * share) / WAD;
    const weight = weightOf(instrument);
    all += abs(position.size) * weight;
    taken += abs(part) * weight;
    return part;
  });
  let collateral = 0n;
  const balances = pledges.map((pledge) => {
    const part = (pledge.balance * share) / WAD;
    collateral += priceDown(pledge, part, now);
    return part;
  });
  if (taken === 0n && (all > 0n || balances.every((part) => part === 0n))) return null;
  return { lots, balances, share: all === 0n ? share : (taken * WAD) / all, collateral };
}

/** Least share that takes a lot or, without positions, a token unit [1e-18]: what can not be cut is sold whole. */
export function leastShare({ holdings, pledges }: Portfolio): Wad {
  const sizes = holdings.length > 0 ? holdings.map((h) => abs(h.position.size)) : pledges.map((p) => p.balance);
  return divUp(WAD, sizes.reduce(max, 1n));
}

/** Moves it, without the cash. Funding is settled on both sides. */
export function moveSlice(
  state: StateAccess,
  from: AccountId,
  to: AccountId,
  { holdings, account }: Portfolio,
  slice: Slice,
): void {
  holdings.forEach(({ position: { instrument: id } }, i) => moveLots(state, from, to, id, slice.lots[i]!));
  account.collaterals.forEach(({ asset }, i) => {
    const amount = slice.balances[i]!;
    if (amount === 0n) return;
    adjustCollateral(state, from, asset, -amount, 'auction');
    adjustCollateral(state, to, asset, amount, 'auction');
  });
}

function moveLots(state: StateAccess, from: AccountId, to: AccountId, id: number, lots: Lots): void {
  if (lots === 0n) return;
  const instrument = existing(state, INSTRUMENT, id);
  const longBefore = longLots(state, id, from, to);
  const cost = lots * instrument.markPerLot;
  changePosition(state, from, id, instrument, -lots, cost);
  changePosition(state, to, id, instrument, lots, -cost);
  const longAfter = longLots(state, id, from, to);
  const { openInterest } = instrument;
  state.put(INSTRUMENT, id, { ...instrument, openInterest: openInterest + longAfter - longBefore });
}
