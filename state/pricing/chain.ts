/**
 * Which options are listed by rule, and what they are called. The id of such an option says its terms, so
 * that nobody chooses it and no two have the same:
 *
 *   1 bit set | underlying 4 | days since 2020-01-01 13 | strike / strike step 13 | put 1
 */
import { EXPIRY_SECOND_OF_DAY } from '../constants.ts';
import { isFriday, isLastFriday, monthOf } from '../math/calendar.ts';
import { INSTRUMENT_KIND, type InstrumentKind } from '../records/instrument.ts';
import { SECONDS_PER_DAY, type Price, type Seconds } from '../units.ts';

/** Ids below are given by governance, from here on by the rule. */
export const FIRST_OPTION_ID = 2 ** 31;
export const OPTION_UNDERLYINGS = 16;
export const OPTION_DAY_ZERO = 18_262; // 2020-01-01.
export const OPTION_DAYS = 2 ** 13;
export const OPTION_STRIKES = 2n ** 13n;

/** Longest times to expiry [days] of any day, of Fridays, of months' and of quarters' last Fridays. */
export const CHAIN_DAYS = { daily: 4, weekly: 31, monthly: 100, quarterly: 400 } as const;
/** Strikes lie between a fifth and five times the index. */
export const STRIKE_REACH = 5n;

/** May options of this expiry be listed at \`now\`? Days, weeks, months, quarters, as far out as each goes. */
export function isListedExpiry(expiry: Seconds, now: Seconds): boolean {
  if (expiry <= now || expiry % SECONDS_PER_DAY !== EXPIRY_SECOND_OF_DAY) return false;
  const day = Math.floor(expiry / SECONDS_PER_DAY);
  const ahead = Math.floor((expiry - now) / SECONDS_PER_DAY);
  if (day < OPTION_DAY_ZERO || day >= OPTION_DAY_ZERO + OPTION_DAYS) return false;
  if (ahead < CHAIN_DAYS.daily) return true;
  if (ahead < CHAIN_DAYS.weekly) return isFriday(day);
  if (ahead < CHAIN_DAYS.monthly) return isLastFriday(day);
  return ahead < CHAIN_DAYS.quarterly && isLastFriday(day) && monthOf(day) % 3 === 0;
}

/** Is it a strike of the grid within reach of the index? */
export const isListedStrike = (strike: Price, step: Price, index: Price): boolean =>
  strike > 0n &&
  strike % step === 0n &&
  strike / step < OPTION_STRIKES &&
  strike * STRIKE_REACH >= index &&
  strike <= index * STRIKE_REACH;

/** Id of a call or put that is listed by rule. */
export function optionIdOf(
  underlying: number,
  expiry: Seconds,
  strike: Price,
  step: Price,
  kind: InstrumentKind,
): number {
  const day = Math.floor(expiry / SECONDS_PER_DAY) - OPTION_DAY_ZERO;
  const place = Number(strike / step);
  const put = kind === INSTRUMENT_KIND.put ? 1 : 0;
  return FIRST_OPTION_ID + underlying * 2 ** 27 + day * 2 ** 14 + place * 2 + put;
}

/** What the id of an option listed by rule says; the strike in strike steps. Undefined for any other id. */
export type OptionIdTerms = Readonly<{ underlying: number; expiry: Seconds; strikeSteps: number; kind: InstrumentKind }>;
export function optionTermsOf(id: number): OptionIdTerms | undefined {
  if (id < FIRST_OPTION_ID || id >= 2 * FIRST_OPTION_ID) return undefined;
  const rest = id - FIRST_OPTION_ID;
  const day = OPTION_DAY_ZERO + (Math.floor(rest / 2 ** 14) % OPTION_DAYS);
  return {
    underlying: Math.floor(rest / 2 ** 27),
    expiry: day * SECONDS_PER_DAY + EXPIRY_SECOND_OF_DAY,
    strikeSteps: Math.floor(rest / 2) % Number(OPTION_STRIKES),
    kind: rest % 2 === 1 ? INSTRUMENT_KIND.put : INSTRUMENT_KIND.call,
  };
}
