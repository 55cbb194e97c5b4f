/**
 * The predictive parameters of an underlying, moved on inside the step that posts its price. At the
 * end of an hour what was published at the last bar takes force, the bar enters the model, and what
 * the model says now is published for the next: nobody's margin changes on less than an hour's notice.
 */
import { existing, type StateAccess } from '../access.ts';
import type { Parameters } from '../records/parameters.ts';
import { MACRO } from '../records/macro.ts';
import { REGIME, type Regime } from '../records/regime.ts';
import { UNDERLYING_ROLE, type Underlying } from '../records/underlying.ts';
import type { Seconds, X96 } from '../units.ts';
import { backtestAfter } from './backtest.ts';
import { barOf, concernsBar, endsHour, withWindow, type Bar } from './bar.ts';
import { predicted, updated } from './filter.ts';
import { impliedVariance, outlookOf, type Terms } from './forecast.ts';
import { dayOf, advanceMacro, tiltOf } from './macro.ts';
import { HOURS_PER_DAY, MAX_OBSERVED_HOURS } from './model.ts';
import { hoursSince, pairAfter, variancesAfter, winsorisedReturn } from './variance.ts';

const dayOfHour = (hour: number): number => Math.floor(hour / HOURS_PER_DAY);

/**
 * Advances what the post of `posted` after `old` ends: a bar, a day, a close of a macro series.
 * @returns the underlying to be put, with what takes force
 */
export function advanceRegime(
  state: StateAccess,
  id: number,
  old: Underlying,
  posted: Underlying,
  parameters: Parameters,
): Underlying {
  if (old.indexPrice === 0n) return posted;
  const time = posted.oracleTime;
  if (old.role !== UNDERLYING_ROLE.tradable) {
    advanceMacro(state, old, time);
    return posted;
  }
  if (!concernsBar(old, time)) return posted;
  const regime = existing(state, REGIME, id);
  if (!endsHour(old, time)) {
    state.put(REGIME, id, withWindow(regime, old, time));
    return posted;
  }
  const inForce = { ...posted, ...published(regime) };
  const isLeader = posted.leader === id;
  const bar = barOf(regime, old);
  const next = barClosed(regime, bar, {
    underlying: inForce,
    isLeader,
    leader: isLeader ? undefined : state.read(REGIME, posted.leader),
    scanMultiplier: parameters.scanMultiplier,
    implied: impliedVariance(posted.terms, time, parameters.maxVolatilityAge),
    tilt: () => tiltNow(state, time),
  });
  state.put(REGIME, id, withWindow(next, old, time));
  return inForce;
}

/** Macro stress; none on a chain without macro series. */
function tiltNow(state: StateAccess, time: Seconds): X96 {
  const macro = state.read(MACRO, 0);
  return macro === undefined ? 0n : tiltOf(macro, dayOf(time));
}

type InForce = Pick<
  Underlying,
  'priceScanRange' | 'volatilityScanUp' | 'volatilityScanDown' | 'correlation' | 'feeMultiplier' | 'stress'
>;
/** What the regime published at its last bar. */
export const published = (regime: Regime): InForce => ({
  priceScanRange: regime.nextScanRange,
  volatilityScanUp: regime.nextVolatilityUp,
  volatilityScanDown: regime.nextVolatilityDown,
  correlation: regime.nextCorrelation,
  feeMultiplier: regime.nextFeeMultiplier,
  stress: regime.nextStress,
});

export type BarTerms = Terms &
  Readonly<{
    underlying: Pick<Underlying, 'priceScanRange'>;
    leader: Regime | undefined;
    /** Asked for at the end of a day. */
    tilt: () => X96;
  }>;

/** The regime after a bar. `terms.underlying` is already in force. */
export function barClosed(regime: Regime, bar: Bar, terms: BarTerms): Regime {
  const first = regime.hour === 0;
  const moved = first ? startedAt(regime, bar, terms) : movedBy(regime, bar, terms);
  const closed = !first && dayOfHour(bar.hour) > dayOfHour(regime.hour) ? dayClosed(moved, bar, terms) : moved;
  return { ...closed, ...outlookOf(closed, terms) };
}

/** The first bar is where returns start from. */
const startedAt = (regime: Regime, bar: Bar, terms: BarTerms): Regime => ({
  ...regime,
  hour: bar.hour,
  barPrice: bar.price,
  dayHour: bar.hour,
  dayPrice: bar.price,
  dayScanRange: terms.underlying.priceScanRange,
});

function movedBy(regime: Regime, bar: Bar, terms: BarTerms): Regime {
  const hours = hoursSince(regime, bar.hour);
  const barReturn = winsorisedReturn(regime, bar);
  const after: Regime = {
    ...regime,
    observedHours: regime.observedHours + Math.min(hours, MAX_OBSERVED_HOURS),
    hour: bar.hour,
    barPrice: bar.price,
    barReturn,
    barHours: hours,
    ...variancesAfter(regime, barReturn, hours),
    dayReturn: regime.dayReturn + barReturn,
  };
  return { ...after, ...pairAfter(regime, after, terms.leader) };
}

/** The first bar of a day ends the one before: the filter learns of it, and the range is tested by it. */
function dayClosed(regime: Regime, bar: Bar, terms: BarTerms): Regime {
  const hours = BigInt(bar.hour - regime.dayHour);
  const variance = hours * regime.dayVariance;
  const square = ((regime.dayReturn * regime.dayReturn) >> 96n) << 96n;
  const belief = updated(regime, square / (variance > 0n ? variance : 1n));
  const days = dayOfHour(bar.hour) - dayOfHour(regime.dayHour);
  return {
    ...regime,
    ...predicted(belief, terms.tilt(), days),
    ...backtestAfter(regime, bar),
    dayHour: bar.hour,
    dayPrice: bar.price,
    dayVariance: regime.variance8760,
    dayReturn: 0n,
    dayScanRange: terms.underlying.priceScanRange,
  };
}
