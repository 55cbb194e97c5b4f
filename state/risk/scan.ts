/**
 * Scan risk: per underlying the P&L of the whole holding in each scenario, alone (silo) and, for
 * the share that is correlated, with all underlyings of a group moving together. DESIGN 5.2.
 *
 * Of the P&L of an underlying u the share w(u) = correlationOffset x correlation(u) moves with its
 * group, the rest alone: risk = sum of (1 - w(u)) x loss(u) + worst loss of the sum of w(u) x P(u, s).
 * Each term is the worst of linear functions of the positions, so the risk of a sum is at most the
 * sum of risks: netting never costs, splitting never pays. With all correlations one it is
 * silo - correlationOffset x (silo - joint).
 */
import { SCENARIOS } from '../constants.ts';
import { divDown, divUp, max } from '../math/integer.ts';
import { MILLION, WAD, type MicroUsd, type Millionths, type Wad } from '../units.ts';
import { booksOf, type Books } from './book.ts';
import type { Portfolio } from './portfolio.ts';
import { riskTermsOf } from './riskTerms.ts';
import { linearMovesOf } from './scenarios.ts';

export type UnderlyingScan = Readonly<{
  underlying: number;
  group: number;
  /** P&L in each scenario [1e-6 USD], collateral of the underlying included. */
  pnl: readonly MicroUsd[];
  worstScenario: number;
  loss: MicroUsd;
  /** Share of it that moves with the group. */
  share: Millionths;
}>;
export type GroupScan = Readonly<{
  group: number;
  underlyings: readonly number[];
  /** Sum of the losses of each alone; loss of all moving as one. */
  silo: MicroUsd;
  joint: MicroUsd;
  /** Worst scenario of the shares that move together; of one that is alone, its own. */
  worstScenario: number;
  /** From joint to silo, rounded up. */
  risk: MicroUsd;
}>;
export type Scan = Readonly<{
  /** In the order of the books. */
  underlyings: readonly UnderlyingScan[];
  /** Ascending; each underlying of group 0 is one of its own. */
  groups: readonly GroupScan[];
  risk: MicroUsd;
}>;

/** Plainly, with everything in between: `scanRiskOf` of `fastScan.ts` must always equal its risk. */
export function scanPortfolio(portfolio: Portfolio, books: Books = booksOf(portfolio)): Scan {
  const sums = books.all.map(() => new Array<bigint>(SCENARIOS).fill(0n));
  portfolio.holdings.forEach(({ position, instrument }, i) => {
    const pnl = sums[books.ofHolding[i]!]!;
    for (let s = 0; s < SCENARIOS; s++) pnl[s]! += position.size * BigInt(instrument.riskArray[s]!);
  });
  portfolio.pledges.forEach(({ underlying }, i) => {
    const pnl = sums[books.ofPledge[i]!]!;
    const moves = linearMovesOf(underlying);
    for (let s = 0; s < SCENARIOS; s++) pnl[s]! += pledgePnlDown(books.pledgeValues[i]!, moves[s]!);
  });
  const underlyings = books.all.map(({ id, underlying }, i): UnderlyingScan => {
    const pnl = sums[i]!;
    const { share } = riskTermsOf(underlying, portfolio.parameters);
    return { underlying: id, group: underlying.group, pnl, ...worstOf(pnl), share };
  });
  const groups = groupsOf(underlyings).map(scanGroup);
  return { underlyings, groups, risk: groups.reduce((sum, { risk }) => sum + risk, 0n) };
}

/** P&L of a pledge of `value` in a scenario, rounded down. */
export const pledgePnlDown = (value: MicroUsd, move: Wad): MicroUsd => divDown(value * move, WAD);

/** The first of the worst scenarios, and its loss. */
export function worstOf(pnl: readonly bigint[]): { worstScenario: number; loss: MicroUsd } {
  let worstScenario = 0;
  for (let s = 1; s < pnl.length; s++) if (pnl[s]! < pnl[worstScenario]!) worstScenario = s;
  return { worstScenario, loss: max(-pnl[worstScenario]!, 0n) };
}

function groupsOf(underlyings: readonly UnderlyingScan[]): UnderlyingScan[][] {
  const groups = new Map<number, UnderlyingScan[]>();
  const alone = underlyings.filter(({ group }) => group === 0).map((one) => [one]);
  for (const one of underlyings) {
    if (one.group !== 0) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  }
  return [...alone, ...[...groups].sort(([a], [b]) => a - b).map(([, members]) => members)];
}

function scanGroup(members: readonly UnderlyingScan[]): GroupScan {
  const sumOf = (of: (one: UnderlyingScan, s: number) => bigint): bigint[] =>
    Array.from({ length: SCENARIOS }, (_, s) => members.reduce((sum, one) => sum + of(one, s), 0n));
  const joint = worstOf(sumOf(({ pnl }, s) => pnl[s]!));
  const together = worstOf(sumOf(({ pnl, share }, s) => pnl[s]! * share)); // [1e-12 USD]
  const alone = members.reduce((sum, { loss, share }) => sum + loss * (MILLION - share), 0n);
  return {
    group: members[0]!.group,
    underlyings: members.map(({ underlying }) => underlying),
    silo: members.reduce((sum, { loss }) => sum + loss, 0n),
    joint: joint.loss,
    worstScenario: members.length === 1 ? members[0]!.worstScenario : together.worstScenario,
    risk: divUp(alone + together.loss, MILLION),
  };
}
