/**
 * The running back-test: was the move of a day within the range that was in force when it began? What
 * went wrong in the last 250 days raises the multiplier (the traffic light of Basel 1996).
 */
import { abs } from '../math/integer.ts';
import type { Regime } from '../records/regime.ts';
import { WAD, type Digest, type Wad } from '../units.ts';
import type { Bar } from './bar.ts';
import { BACKTEST_DAYS, GREEN_EXCEPTIONS, HOURS_PER_DAY, PENALTY } from './model.ts';

const WINDOW = (1n << BigInt(BACKTEST_DAYS)) - 1n;

const wordOf = (bits: bigint): Digest => `0x${bits.toString(16).padStart(64, '0')}`;

/** Exceptions among the last 250 days. */
export function recentExceptions({ outcomes }: Pick<Regime, 'outcomes'>): number {
  let ones = 0;
  for (let bits = BigInt(outcomes); bits > 0n; bits &= bits - 1n) ones++;
  return ones;
}

/** The traffic light: green ends every penalty, yellow and red raise it and never lower it. */
export function penaltyAfter(penalty: Wad, exceptions: number): Wad {
  if (exceptions <= GREEN_EXCEPTIONS) return WAD;
  const level = PENALTY[Math.min(exceptions - GREEN_EXCEPTIONS, PENALTY.length) - 1]!;
  return level > penalty ? level : penalty;
}

type Backtest = Pick<
  Regime,
  | 'outcomes'
  | 'observations'
  | 'exceptions'
  | 'quietAfterQuiet'
  | 'exceptionAfterQuiet'
  | 'quietAfterException'
  | 'exceptionAfterException'
  | 'penalty'
>;

/** The back-test after the day that ends with `bar`: observed only where it is a day, without a gap at either end. */
export function backtestAfter(regime: Regime, bar: Bar): Partial<Backtest> {
  if (bar.hour - regime.dayHour !== HOURS_PER_DAY) return {};
  const isException = abs(bar.price - regime.dayPrice) * WAD > regime.dayPrice * regime.dayScanRange;
  const bit = isException ? 1 : 0;
  const bits = BigInt(regime.outcomes);
  const after = regime.observations > 0;
  const wasException = (bits & 1n) === 1n;
  const outcomes = wordOf(((bits << 1n) | BigInt(bit)) & WINDOW);
  const pair = (was: boolean, is: boolean): number => (after && was === wasException && is === isException ? 1 : 0);
  return {
    outcomes,
    observations: regime.observations + 1,
    exceptions: regime.exceptions + bit,
    quietAfterQuiet: regime.quietAfterQuiet + pair(false, false),
    exceptionAfterQuiet: regime.exceptionAfterQuiet + pair(false, true),
    quietAfterException: regime.quietAfterException + pair(true, false),
    exceptionAfterException: regime.exceptionAfterException + pair(true, true),
    penalty: penaltyAfter(regime.penalty, recentExceptions({ outcomes })),
  };
}
