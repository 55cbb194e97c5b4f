// What a range was worth: coverage and its tests, its cost, how much it moves, what it let through.
import { q96ToWad } from '../../state/math/q96.ts';
import {
  EXCEPTION_RATE,
  conditionalCoverage,
  independence,
  kupiec,
  pValue,
  type Pairs,
} from '../../state/regime/coverage.ts';
import type { Outcome } from './days.ts';
import type { Ranges } from './rivals.ts';

export type Verdict = Readonly<{
  name: string;
  days: number;
  exceptions: number;
  expected: number;
  /** Chance of so many exceptions, of such clusters, of both, if the range were right. */
  kupiec: number;
  independence: number;
  conditional: number;
  meanPercent: number;
  peakToTrough: number;
  /** Largest rise of the range, in percent of itself. */
  riseOfDayPercent: number;
  riseOfMonthPercent: number;
  /** Mean of what moves exceeded the range by, in basis points of the price. */
  shortfallBasisPoints: number;
}>;

const MONTH_SECONDS = 30 * 86_400;
const DAY_SECONDS = 86_400;

const probability = (x96: bigint): number => Number(q96ToWad(x96)) / 1e18;

export function judge(name: string, outcomes: readonly Outcome[], ranges: Ranges): Verdict {
  const excess = outcomes.map(({ move }, i) => Math.max(0, Math.abs(move) - (ranges[i] as number)));
  const isException = excess.map((e) => e > 0);
  const days = outcomes.length;
  const exceptions = isException.filter(Boolean).length;
  const pairs = pairsOf(outcomes, isException);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    name,
    days,
    exceptions,
    expected: days * (Number(EXCEPTION_RATE.of) / Number(EXCEPTION_RATE.days)),
    kupiec: probability(pValue(kupiec(days, exceptions), 1)),
    independence: probability(pValue(independence(pairs), 1)),
    conditional: probability(pValue(conditionalCoverage(days, exceptions, pairs), 2)),
    meanPercent: (100 * sum(ranges)) / days,
    peakToTrough: most(ranges) / least(ranges),
    riseOfDayPercent: largestRise(outcomes, ranges, DAY_SECONDS),
    riseOfMonthPercent: largestRise(outcomes, ranges, MONTH_SECONDS),
    shortfallBasisPoints: (10_000 * sum(excess)) / days,
  };
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));

function pairsOf(outcomes: readonly Outcome[], isException: readonly boolean[]): Pairs {
  const count = (was: boolean, is: boolean): number =>
    outcomes.filter((o, i) => o.followsLast && isException[i - 1] === was && isException[i] === is).length;
  return {
    quietAfterQuiet: count(false, false),
    exceptionAfterQuiet: count(false, true),
    quietAfterException: count(true, false),
    exceptionAfterException: count(true, true),
  };
}

/** Largest rise from any day to any other at most `within` later, in percent. */
function largestRise(outcomes: readonly Outcome[], ranges: Ranges, within: number): number {
  let largest = 0;
  let first = 0;
  outcomes.forEach(({ day }, i) => {
    while (day.timeSeconds - (outcomes[first] as Outcome).day.timeSeconds > within) first++;
    for (let j = first; j < i; j++) {
      largest = Math.max(largest, (ranges[i] as number) / (ranges[j] as number) - 1);
    }
  });
  return 100 * largest;
}
