/**
 * Numbers of the volatility model, fitted and tested before (`npm run backtest` does it again). They
 * are protocol, not parameters: what governance may move is the multiplier and the bounds of a range.
 * Shares and deviations are multiples of 2^-96, times are hours unless said otherwise.
 */
import { LN_2, Q96, expQ96 } from '../math/q96.ts';
import { SECONDS_PER_DAY, SECONDS_PER_HOUR, WAD, type Wad, type X96 } from '../units.ts';

const share = (thousandths: bigint): X96 => (thousandths * Q96) / 1_000n;
const percent = (x: bigint): Wad => (x * WAD) / 100n;

/** A bar is the time-weighted average of the index over the end of its hour. */
export const BAR_WINDOW_SECONDS = 300;
export const HOURS_PER_DAY = SECONDS_PER_DAY / SECONDS_PER_HOUR;
/** A longer gap between bars counts as a year. */
export const MAX_BAR_HOURS = 8_760;
/** Winsorising: a return counts up to this many hourly deviations, squared. */
export const WINSOR_SQUARE = 36n;

/** Half-lives of the exponentially weighted variances, and of covariance with the leader. */
export const HALF_LIFE = { variance12: 12n, variance72: 72n, variance720: 720n, variance8760: 8_760n } as const;
export const PAIR_HALF_LIFE = 1_440n;
/** Heterogeneous autoregression (Corsi): weights of the three shorter variances and of the long-term mean. */
export const HAR_WEIGHT = {
  variance12: share(500n),
  variance72: share(200n),
  variance720: share(150n),
  longTerm: share(150n),
} as const;
/** The long-term mean starts as if it had been observed so long, and remembers ten years. */
export const LONG_TERM_PRIOR_HOURS = 8_760;
export const LONG_TERM_HOURS = 87_600;

/** Deviations of the day's standardised return in calm, normal and stress. */
export const DEVIATION = [share(450n), share(950n), share(1_900n)] as const;
/** What the likelihood of a state needs: 1 / (2 s^2), 1 / s; and s^2 for the variance it stands for. */
export const INVERSE_TWICE_SQUARE = DEVIATION.map((s) => (Q96 << 96n) / ((2n * s * s) >> 96n));
export const INVERSE_DEVIATION = DEVIATION.map((s) => (Q96 << 96n) / s);
export const DEVIATION_SQUARE = DEVIATION.map((s) => (s * s) >> 96n);
/** Transition probabilities of a day; what is left of a row stays. */
export const TRANSITION = {
  calmToNormal: share(55n),
  calmToStress: share(5n),
  normalToCalm: share(50n),
  normalToStress: share(20n),
  stressToCalm: share(5n),
  stressToNormal: share(95n),
} as const;
/** At full macro stress the ways into stress are this much more likely on top, and calm to normal twice. */
export const TILT_STRESS = 4n;
/** A squared standardised return counts up to 16^2. */
export const SQUARE_CAP: X96 = 256n * Q96;
/** The filter steps over at most so many days at once. */
export const MAX_FILTER_DAYS = 32;
/** Stationary probabilities of the transitions: where the filter of a new chain starts. */
export const STATIONARY = { calm: (Q96 * 4_072n) / 10_000n, stress: (Q96 * 1_158n) / 10_000n } as const;

/** Blend with the 30-day implied variance: weights, and the band around the model's variance it is held to. */
export const BLEND = { model: share(500n), implied: share(400n), low: share(490n), high: share(2_250n) } as const;
export const IMPLIED_SECONDS = 30 * SECONDS_PER_DAY;
/** Without a slice on the far side of 30 days, one from this life on, or up to that one, stands in. */
export const IMPLIED_SHORTEST = 7 * SECONDS_PER_DAY;
export const IMPLIED_LONGEST = 90 * SECONDS_PER_DAY;

/** Against procyclicality (EMIR RTS 153/2013, Article 28): stress weight and multiple, floor, buffer band. */
export const STRESS_WEIGHT = share(250n);
export const STRESS_MULTIPLE = share(1_350n);
export const FLOOR_SHARE = share(600n);
export const BUFFER = share(250n);
/** A new chain's long-term deviation x scan multiplier is its range over this: the middle of the band. */
export const PRIOR_RATIO: Wad = percent(120n);
/** Until so many hours are observed the range of genesis is a floor; over so many more the floor sinks to nothing. */
export const WARM_UP_HOURS = 2_160;
export const FADE_HOURS = 720;
/** A bar counts as observed for at most a day, however long the gap before it. */
export const MAX_OBSERVED_HOURS = 24;

/** Volatility moves of the scenarios in calm, normal and stress. */
export const VOLATILITY_UP = [percent(25n), percent(35n), percent(55n)] as const;
export const VOLATILITY_DOWN = [percent(15n), percent(20n), percent(30n)] as const;
/** Correlation in force is this below the estimate. */
export const CORRELATION_MARGIN = percent(35n);
/** Fees follow volatility over its long-term mean within these, once it is this far from the last value. */
export const FEE_MULTIPLIER = { low: percent(80n), high: percent(300n), band: percent(20n) } as const;
/** A volatility is written down up to 1,000 % a day. */
export const VOLATILITY_CAP = percent(1_000n);

/** Days of the running back-test; factor on the multiplier from 5 exceptions in them to 10 (Basel's 3 to 4). */
export const BACKTEST_DAYS = 250;
export const GREEN_EXCEPTIONS = 4;
export const PENALTY = [1_133n, 1_167n, 1_217n, 1_250n, 1_283n, 1_333n].map((x) => (x * WAD) / 1_000n);

/** Macro series: days until a close is old, half-lives of means and covariances in observations. */
export const MACRO_FRESH_DAYS = 4;
export const MACRO_MAX_AGE_DAYS = 100;
export const VOLATILITY_INDEX = { halfLife: 250n, scale: share(300n) } as const;
export const DOLLAR_INDEX = { halfLife: 5n, scale: share(8n) } as const;
export const EQUITY_HALF_LIFE = 60n;
export const EQUITY_MIN_DAYS = 60;
/** Correlation with equities from which macro stress counts, and how much more makes it count fully. */
export const EQUITY_CORRELATION = { from: share(100n), span: share(400n) } as const;

/** Share of its past that an average of this half-life loses over `steps`. */
export function decayOf(halfLife: bigint, steps: bigint): X96 {
  const known = steps === 1n ? AFTER_ONE.get(halfLife) : undefined;
  return known ?? Q96 - expQ96(-((LN_2 * steps) / halfLife));
}
/** Nearly all bars are of one hour: what every half-life above loses over one step. */
const AFTER_ONE = new Map<bigint, X96>();
for (const halfLife of [...Object.values(HALF_LIFE), PAIR_HALF_LIFE]) {
  AFTER_ONE.set(halfLife, Q96 - expQ96(-(LN_2 / halfLife)));
}
