// The model beside its rivals on the same days: those after it has warmed up.
import { outcomesOf, type Day, type Outcome } from './days.ts';
import { ewmaVolatility, factorInHindsight, NORMAL_MULTIPLIER, scaled } from './rivals.ts';
import { judge, type Verdict } from './statistics.ts';

/** Multiplier of the core: a range of pure value at risk, without what is done against procyclicality. */
export const CORE_MULTIPLIER = 3.2;

export type Judged = Readonly<{ outcomes: readonly Outcome[]; verdicts: readonly Verdict[] }>;

export function judged(days: readonly Day[], scanMultiplier: number): Judged {
  const all = outcomesOf(days);
  const ewma = ewmaVolatility(all);
  const warm = all.flatMap(({ day }, i) => (day.isWarm ? [i] : []));
  const outcomes = warm.map((i) => all[i] as Outcome);
  if (outcomes.length === 0) return { outcomes, verdicts: [] };
  const known = warm.map((i) => ewma[i] as number);
  const flat = outcomes.map(() => 1);
  const fitted = factorInHindsight(outcomes, known);
  const flatFitted = factorInHindsight(outcomes, flat);
  const core = outcomes.map(({ day }) => CORE_MULTIPLIER * day.volatility);
  const required = outcomes.map(({ day }) => day.required);
  return {
    outcomes,
    verdicts: [
      judge(`static ${(100 * flatFitted).toFixed(1)} % (hindsight)`, outcomes, scaled(flat, flatFitted)),
      judge(`EWMA .94 x ${NORMAL_MULTIPLIER} (normal)`, outcomes, scaled(known, NORMAL_MULTIPLIER)),
      judge(`EWMA .94 x ${fitted.toFixed(2)} (hindsight)`, outcomes, scaled(known, fitted)),
      judge(`core x ${CORE_MULTIPLIER}`, outcomes, core),
      judge(`requirement x ${scanMultiplier}`, outcomes, required),
    ],
  };
}
