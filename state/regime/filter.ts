/**
 * The filter of Hamilton (1989) with three states of a day: calm, normal, stress. A day is its return
 * over the deviation that a year of hours lets expect; macro stress tilts the ways into stress
 * (time-varying transitions, Filardo 1994).
 */
import { min } from '../math/integer.ts';
import { Q96, expQ96, mulQ96 } from '../math/q96.ts';
import type { X96 } from '../units.ts';
import {
  DEVIATION_SQUARE,
  INVERSE_DEVIATION,
  INVERSE_TWICE_SQUARE,
  MAX_FILTER_DAYS,
  SQUARE_CAP,
  TILT_STRESS,
  TRANSITION,
} from './model.ts';

/** Probabilities of calm and stress; what is left of one is normal. */
export type Belief = Readonly<{ calm: X96; stress: X96 }>;
const statesOf = ({ calm, stress }: Belief): readonly [X96, X96, X96] => [calm, Q96 - calm - stress, stress];

/** What a day with this squared standardised return says of the day that was. */
export function updated(belief: Belief, square: X96): Belief {
  const capped = min(square, SQUARE_CAP);
  const likelihood = statesOf(belief).map((p, i) => {
    const density = expQ96(-mulQ96(capped, INVERSE_TWICE_SQUARE[i]!));
    return mulQ96(mulQ96(p, density), INVERSE_DEVIATION[i]!);
  });
  const total = likelihood[0]! + likelihood[1]! + likelihood[2]!;
  return { calm: (likelihood[0]! << 96n) / total, stress: (likelihood[2]! << 96n) / total };
}

/** The belief `days` later, with macro stress `tilt` between 0 and 1. Never 0 nor 1: no state is left for good. */
export function predicted(belief: Belief, tilt: X96, days: number): Belief {
  const t = TRANSITION;
  const tilted = Q96 + TILT_STRESS * tilt;
  const calmToStress = mulQ96(t.calmToStress, tilted);
  const calmToNormal = mulQ96(t.calmToNormal, Q96 + tilt);
  const normalToStress = mulQ96(t.normalToStress, tilted);
  const calmStays = Q96 - calmToNormal - calmToStress;
  const stressStays = Q96 - t.stressToCalm - t.stressToNormal;
  let next = belief;
  for (let i = Math.min(days, MAX_FILTER_DAYS); i > 0; i--) {
    const [calm, normal, stress] = statesOf(next);
    next = {
      calm: mulQ96(calm, calmStays) + mulQ96(normal, t.normalToCalm) + mulQ96(stress, t.stressToCalm),
      stress: mulQ96(calm, calmToStress) + mulQ96(normal, normalToStress) + mulQ96(stress, stressStays),
    };
  }
  return next;
}

/** Expected square of a standardised day. */
export function squareOf(belief: Belief): X96 {
  const [calm, normal, stress] = statesOf(belief);
  const [c, n, s] = DEVIATION_SQUARE as [X96, X96, X96];
  return mulQ96(calm, c) + mulQ96(normal, n) + mulQ96(stress, s);
}

/** Mean of three values of the states, weighted by their probabilities, rounded down. */
export function meanOf(belief: Belief, values: readonly bigint[]): bigint {
  const [calm, normal, stress] = statesOf(belief);
  return (calm * values[0]! + normal * values[1]! + stress * values[2]!) >> 96n;
}
