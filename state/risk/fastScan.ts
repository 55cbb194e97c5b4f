/** Scan risk from the sums of `fastBook.ts`; what `scan.ts` says. */
import { SCENARIOS } from '../constants.ts';
import { divUp } from '../math/integer.ts';
import { MILLION, type MicroUsd, type Millionths } from '../units.ts';
import { booksOf, type Books } from './book.ts';
import { fastBooksOf, pnlOf, worstLoss } from './fastBook.ts';
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
  const books = fastBooksOf(portfolio, false) ?? booksOf(portfolio);
  const losses = books.all.map(() => 0n);
  let risk = 0n;
  for (let i = 0; i < portfolio.holdings.length; i++) {
    const { position, instrument } = portfolio.holdings[i]!;
    const loss = worstLoss(position.size, instrument.riskArray);
    losses[books.ofHolding[i]!]! += loss;
    risk += loss;
  }
  return { books, risk, losses };
}

type Member = Readonly<{ pnl: Float64Array; share: number }>;
type Group = { id: number; alone: bigint; members: Member[] };

function combine({ parameters }: Portfolio, books: Books): ScanRisk {
  const { all } = books;
  const groups: Group[] = [];
  const losses: MicroUsd[] = [];
  let risk = 0n;
  for (let at = 0; at < all.length; at++) {
    const { underlying } = all[at]!;
    const pnl = pnlOf[at]!;
    const loss = BigInt(-Math.min(lowestOf(pnl), 0));
    losses.push(loss);
    if (underlying.group === 0) risk += loss;
    else addMember(groups, underlying.group, loss, riskTermsOf(underlying, parameters).share, pnl);
  }
  for (let i = 0; i < groups.length; i++) {
    const { alone, members } = groups[i]!;
    risk += divUp(alone + lossTogether(members), MILLION);
  }
  return { books, risk, losses };
}

function addMember(groups: Group[], id: number, loss: MicroUsd, share: Millionths, pnl: Float64Array): void {
  const alone = loss * (MILLION - share);
  const member = { pnl, share: Number(share) };
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    if (group.id !== id) continue;
    group.alone += alone;
    group.members.push(member);
    return;
  }
  groups.push({ id, alone, members: [member] });
}

/** Doubles below 2^52 are split here, so that each half times a share is exact. */
const HALF = 2 ** 20;
const PER_HALF = 2 ** -20;
const upper = new Float64Array(SCENARIOS);
const lower = new Float64Array(SCENARIOS);

/**
 * Worst loss of the shares that move together [1e-12 USD]: -min over s of sum of share x P(s). Exact:
 * P = q x 2^20 + r, and the sums of share x q and of share x r are each below 2^53.
 */
function lossTogether(members: readonly Member[]): bigint {
  upper.fill(0);
  lower.fill(0);
  for (let i = 0; i < members.length; i++) {
    const { pnl, share } = members[i]!;
    for (let s = 0; s < SCENARIOS; s++) {
      const value = pnl[s]!;
      const quotient = Math.floor(value * PER_HALF);
      upper[s]! += quotient * share;
      lower[s]! += (value - quotient * HALF) * share;
    }
  }
  let lowest = 0;
  let rest = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    const carry = Math.floor(lower[s]! * PER_HALF);
    const high = upper[s]! + carry;
    const low = lower[s]! - carry * HALF;
    if (high < lowest || (high === lowest && low < rest)) {
      lowest = high;
      rest = low;
    }
  }
  return -(BigInt(lowest) * BigInt(HALF) + BigInt(rest));
}

function lowestOf(pnl: Float64Array): number {
  let low = pnl[0]!;
  for (let s = 1; s < SCENARIOS; s++) if (pnl[s]! < low) low = pnl[s]!;
  return low;
}
