/** Scan risk from the sums of `fastBook.ts`; what `scan.ts` says. */
import { SCENARIOS } from '../constants.ts';
import { divUp, max } from '../math/integer.ts';
import { MILLION, type Lots, type MicroUsd, type Millionths } from '../units.ts';
import { booksOf, type Books } from './book.ts';
import { fastBooksOf, ownLosses, pnlOf } from './fastBook.ts';
import type { Portfolio } from './portfolio.ts';
import { riskTermsOf } from './riskTerms.ts';
import { scanPortfolio } from './scan.ts';

export type ScanRisk = Readonly<{
  books: Books;
  risk: MicroUsd;
  /** Worst loss of each underlying alone, in the order of the books. */
  losses: readonly MicroUsd[];
}>;

/** Scan risk in portfolio mode: joint scenarios across underlyings, collateral inside. */
export function scanRiskOf(portfolio: Portfolio): ScanRisk {
  const books = fastBooksOf(portfolio, true);
  if (books !== undefined) return combine(portfolio, books);
  const plain = booksOf(portfolio);
  const { underlyings, risk } = scanPortfolio(portfolio, plain);
  return { books: plain, risk, losses: underlyings.map(({ loss }) => loss) };
}

/** Scan risk in cross and isolated mode: each position's own worst loss, nothing offsets. */
export function scanRiskPerPosition(portfolio: Portfolio): ScanRisk {
  const books = fastBooksOf(portfolio, false);
  if (books === undefined) return perPositionPlain(portfolio);
  const losses: MicroUsd[] = [];
  let risk = 0;
  for (let at = 0; at < books.all.length; at++) {
    const loss = ownLosses[at]!;
    losses.push(BigInt(loss));
    risk += loss;
  }
  return { books, risk: BigInt(risk), losses };
}

function perPositionPlain(portfolio: Portfolio): ScanRisk {
  const books = booksOf(portfolio);
  const losses = books.all.map(() => 0n);
  let risk = 0n;
  portfolio.holdings.forEach(({ position, instrument }, i) => {
    const loss = worstLoss(position.size, instrument.riskArray);
    losses[books.ofHolding[i]!]! += loss;
    risk += loss;
  });
  return { books, risk, losses };
}

/** Loss of a position in its own worst scenario. */
const worstLoss = (size: Lots, riskArray: Float64Array): MicroUsd =>
  max(-size * BigInt(size > 0n ? Math.min(...riskArray) : Math.max(...riskArray)), 0n);

/** Doubles below 2^52 are split here, so that each half times a share is exact. */
const HALF = 2 ** 20;
const PER_HALF = 2 ** -20;
const HALF_WHOLE = BigInt(HALF);

/** Underlyings that move together: places, shares that do, and the part of their losses that does not, split. */
type Group = { id: number; members: number[]; shares: number[]; upper: number; lower: number };

function combine({ parameters }: Portfolio, books: Books): ScanRisk {
  const { all } = books;
  const groups: Group[] = [];
  const losses: MicroUsd[] = [];
  let apart = 0;
  for (let at = 0; at < all.length; at++) {
    const { underlying } = all[at]!;
    const loss = -Math.min(lowestOf(pnlOf[at]!), 0);
    losses.push(BigInt(loss));
    if (underlying.group === 0) apart += loss;
    else addMember(groups, underlying.group, at, loss, riskTermsOf(underlying, parameters).share);
  }
  let risk = BigInt(apart);
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    // What is alone in its group loses all that it loses: both of its parts in one scenario.
    risk += group.members.length === 1 ? losses[group.members[0]!]! : divUp(lossOf(group), MILLION);
  }
  return { books, risk, losses };
}

function addMember(groups: Group[], id: number, at: number, loss: number, share: Millionths): void {
  let i = 0;
  while (i < groups.length && groups[i]!.id !== id) i++;
  const group = (groups[i] ??= { id, members: [], shares: [], upper: 0, lower: 0 });
  const together = Number(share);
  const quotient = Math.floor(loss * PER_HALF);
  group.members.push(at);
  group.shares.push(together);
  group.upper += quotient * (ALL - together);
  group.lower += (loss - quotient * HALF) * (ALL - together);
}
const ALL = Number(MILLION);

const together = new Float64Array(SCENARIOS);
/**
 * Twice what rounding can make of a sum of shares x P: each of at most 80 operations is off by 2^-53 of
 * less than 2^52 x 10^6.
 */
const ROUNDING = 2 ** 27;

/**
 * Loss of a group [1e-12 USD]: what is lost alone, and -min over s of sum of share x P(s), at least zero.
 * Rounded sums say which scenarios can be the worst, of those the exact ones are taken.
 */
function lossOf({ members, shares, upper, lower }: Group): bigint {
  together.fill(0);
  for (let i = 0; i < members.length; i++) {
    const pnl = pnlOf[members[i]!]!;
    const share = shares[i]!;
    for (let s = 0; s < SCENARIOS; s++) together[s]! += share * pnl[s]!;
  }
  const reach = lowestOf(together) + ROUNDING;
  let lowest = 0;
  let rest = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    if (together[s]! > reach) continue;
    // Exact: P = q x 2^20 + r, and the sums of share x q and of share x r are each below 2^53.
    let high = 0;
    let low = 0;
    for (let i = 0; i < members.length; i++) {
      const value = pnlOf[members[i]!]![s]!;
      const quotient = Math.floor(value * PER_HALF);
      high += quotient * shares[i]!;
      low += (value - quotient * HALF) * shares[i]!;
    }
    const carry = Math.floor(low * PER_HALF);
    high += carry;
    low -= carry * HALF;
    if (high < lowest || (high === lowest && low < rest)) {
      lowest = high;
      rest = low;
    }
  }
  return BigInt(upper - lowest) * HALF_WHOLE + BigInt(lower - rest);
}

function lowestOf(values: Float64Array): number {
  let low = values[0]!;
  for (let s = 1; s < SCENARIOS; s++) if (values[s]! < low) low = values[s]!;
  return low;
}
