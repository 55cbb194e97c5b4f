/**
 * Reputation: a bounded factor on initial margin alone, earned slowly by margin that was held through
 * time with a buffer, and worth no more than a share of the fees that were paid. DESIGN 5.5.
 */
import { REPUTATION_MARGIN_MAX } from '../constants.ts';
import { divUp, max, min, wadMulDown, wadMulUp } from '../math/integer.ts';
import { expQ96, LN_2, Q96 } from '../math/q96.ts';
import type { Account } from '../records/account.ts';
import type { Parameters } from '../records/parameters.ts';
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, WAD, type MicroUsd, type Seconds, type Wad, type X96 } from '../units.ts';

/** Equity over initial margin that counts as held with a buffer: 11 / 10. */
const BUFFER = { over: 11n, under: 10n } as const;
/** Margin held through certain stress counts 1 + this many times. */
const STRESS_WEIGHT = 3n;
/** Share of the score that an hour below initial margin costs: 1 / this. */
const LOST_PER_HOUR = 5n;

/** Factor on initial margin [1e-18], rounded up: worst without a score, half way to best at `reputationScale`. */
export function reputationFactor({ score }: Pick<Account, 'score'>, parameters: Parameters): Wad {
  const { reputationWorst, reputationBest, reputationScale } = parameters;
  return reputationWorst - ((reputationWorst - reputationBest) * score) / (score + reputationScale);
}

/**
 * Maintenance by the initial factor and by reputation, never below maintenance. What reputation takes
 * off is at most a share of the decayed fees, so that a forged one never frees more than it cost.
 */
export function initialOf(
  maintenance: MicroUsd,
  parameters: Parameters,
  account: Pick<Account, 'score' | 'feesPaid'>,
): MicroUsd {
  const plain = wadMulUp(maintenance, parameters.initialFactor);
  const relief = wadMulDown(account.feesPaid, parameters.reputationRelief);
  const earned = max(wadMulUp(plain, reputationFactor(account, parameters)), plain - relief);
  return max(earned, maintenance);
}

/** What a trade leaves behind: margin after it, the fee, probability of stress of what was traded. */
export type TradeOutcome = Readonly<{
  initial: MicroUsd;
  initialEquity: MicroUsd;
  fee: MicroUsd;
  stress: Wad;
  now: Seconds;
}>;

/**
 * The account after a trade. Since the last one it held `marginHeld`, which counts by the time and up
 * to a day, if the buffer is still there; below initial margin time costs instead.
 */
export function withReputation(account: Account, parameters: Parameters, outcome: TradeOutcome): Account {
  const { initial, initialEquity, fee, now } = outcome;
  const elapsed = now - account.reputationTime;
  const kept = keptAfter(elapsed, parameters.reputationHalfLife);
  const isBuffered = initialEquity * BUFFER.under >= initial * BUFFER.over;
  let score = (account.score * kept) / Q96;
  if (isBuffered) score += earnedDown(account.marginHeld, elapsed, outcome.stress);
  else if (initialEquity < initial) score -= lostUp(score, elapsed);
  return {
    ...account,
    score,
    feesPaid: (account.feesPaid * kept) / Q96 + fee,
    marginHeld: isBuffered ? min(initial, REPUTATION_MARGIN_MAX) : 0n,
    reputationTime: now,
  };
}

/** The account after a liquidation: nothing that was earned is left. */
export const slashed = (account: Account): Account => ({ ...account, score: 0n, feesPaid: 0n, marginHeld: 0n });

/** 2^(-elapsed / half-life), rounded down. */
function keptAfter(elapsed: Seconds, halfLife: bigint): X96 {
  if (elapsed === 0) return Q96;
  return expQ96(-divUp(BigInt(elapsed) * LN_2, halfLife));
}

/** Margin x time, more of it under stress [1e-6 USD day]. Idle time is worth a day at most. */
function earnedDown(margin: MicroUsd, elapsed: Seconds, stress: Wad): bigint {
  const counted = BigInt(Math.min(elapsed, SECONDS_PER_DAY));
  return (margin * counted * (WAD + STRESS_WEIGHT * stress)) / (BigInt(SECONDS_PER_DAY) * WAD);
}

/** A share for each hour, of one hour at most: a maker's fills, which others slice, cost no more than one. */
function lostUp(score: bigint, elapsed: Seconds): bigint {
  const counted = BigInt(Math.min(elapsed, SECONDS_PER_HOUR));
  return divUp(score * counted, LOST_PER_HOUR * BigInt(SECONDS_PER_HOUR));
}
