/**
 * Macro stress between 0 and 1: a volatility index far above its mean, or a dollar far above its
 * recent trend, counts as far as the reference has moved with equities. A close counts once it
 * differs from the last: markets that are shut repeat themselves.
 */
import type { StateAccess } from '../access.ts';
import { clamp, max } from '../math/integer.ts';
import { Q96, lnQ96, mulQ96 } from '../math/q96.ts';
import { MACRO, type Macro } from '../records/macro.ts';
import { REGIME } from '../records/regime.ts';
import { UNDERLYING_ROLE, type Underlying } from '../records/underlying.ts';
import { SECONDS_PER_DAY, type Price, type Seconds, type X96 } from '../units.ts';
import {
  DOLLAR_INDEX,
  EQUITY_CORRELATION,
  EQUITY_HALF_LIFE,
  EQUITY_MIN_DAYS,
  MACRO_FRESH_DAYS,
  MACRO_MAX_AGE_DAYS,
  VOLATILITY_INDEX,
  decayOf,
} from './model.ts';
import { correlationOf } from './variance.ts';

export const dayOf = (time: Seconds): number => Math.floor(time / SECONDS_PER_DAY);

/** Halves with each day that a close is older than four. */
function faded(value: X96, closeDay: number, today: number): X96 {
  const late = today - closeDay - MACRO_FRESH_DAYS;
  if (late <= 0) return value;
  return late >= MACRO_MAX_AGE_DAYS ? 0n : value >> BigInt(late);
}

/** How much the ways into stress are tilted today. */
export function tiltOf(macro: Macro, today: number): X96 {
  if (macro.equityDays < EQUITY_MIN_DAYS) return 0n;
  const correlation = correlationOf(macro.covariance, macro.equityVariance, macro.referenceVariance);
  const { from, span } = EQUITY_CORRELATION;
  const counts = clamp(((correlation - from) << 96n) / span, 0n, Q96);
  const stress = max(
    faded(macro.volatilityStress, macro.volatilityDay, today),
    faded(macro.dollarStress, macro.dollarDay, today),
  );
  return mulQ96(stress, faded(counts, macro.equityDay, today));
}

/** The first post of a day closes the day of the post before, `old`. */
export function advanceMacro(state: StateAccess, old: Underlying, time: Seconds): void {
  const day = dayOf(old.oracleTime);
  if (dayOf(time) === day) return;
  const macro = state.read(MACRO, 0);
  if (macro === undefined) return;
  if (old.role === UNDERLYING_ROLE.equityIndex) {
    const price = state.read(REGIME, macro.reference)?.barPrice ?? 0n;
    state.put(MACRO, 0, equityClosed(macro, old.indexPrice, price, day));
  } else if (old.role === UNDERLYING_ROLE.volatilityIndex) {
    state.put(MACRO, 0, volatilityClosed(macro, old.indexPrice, day));
  } else {
    state.put(MACRO, 0, dollarClosed(macro, old.indexPrice, day));
  }
}

type Level = Readonly<{ close: Price; mean: X96; stress: X96 }>;
type Scale = Readonly<{ halfLife: bigint; scale: X96 }>;

/** Distance of ln(close) from its mean over twice the scale, from 0 to 1. The first close is the mean. */
function levelAfter(last: Level, close: Price, { halfLife, scale }: Scale): Level {
  const level = lnQ96(close << 96n);
  if (last.close === 0n) return { close, mean: level, stress: 0n };
  const stress = clamp(((level - last.mean) << 96n) / (2n * scale), 0n, Q96);
  return { close, mean: last.mean + mulQ96(decayOf(halfLife, 1n), level - last.mean), stress };
}

export function volatilityClosed(macro: Macro, close: Price, day: number): Macro {
  if (close === macro.volatilityClose) return macro;
  const last = { close: macro.volatilityClose, mean: macro.volatilityMean, stress: macro.volatilityStress };
  const { mean, stress } = levelAfter(last, close, VOLATILITY_INDEX);
  return { ...macro, volatilityClose: close, volatilityDay: day, volatilityMean: mean, volatilityStress: stress };
}

export function dollarClosed(macro: Macro, close: Price, day: number): Macro {
  if (close === macro.dollarClose) return macro;
  const last = { close: macro.dollarClose, mean: macro.dollarMean, stress: macro.dollarStress };
  const { mean, stress } = levelAfter(last, close, DOLLAR_INDEX);
  return { ...macro, dollarClose: close, dollarDay: day, dollarMean: mean, dollarStress: stress };
}

/** Both returns since the last close that differed: over a weekend that of the reference spans it too. */
export function equityClosed(macro: Macro, close: Price, referencePrice: Price, day: number): Macro {
  if (close === macro.equityClose || referencePrice === 0n) return macro;
  const next = { ...macro, equityClose: close, equityDay: day, referencePrice };
  if (macro.referencePrice === 0n) return next;
  const equity = lnQ96((close << 96n) / macro.equityClose);
  const reference = lnQ96((referencePrice << 96n) / macro.referencePrice);
  const share = decayOf(EQUITY_HALF_LIFE, 1n);
  const after = (mean: X96, product: X96): X96 => mean + mulQ96(share, product - mean);
  return {
    ...next,
    equityDays: macro.equityDays + 1,
    covariance: after(macro.covariance, mulQ96(equity, reference)),
    equityVariance: after(macro.equityVariance, mulQ96(equity, equity)),
    referenceVariance: after(macro.referenceVariance, mulQ96(reference, reference)),
  };
}
