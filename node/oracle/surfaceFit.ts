/**
 * Slices of an eSSVI surface from quoted volatilities, all expiries of an underlying at once, such that
 * `postPrices` finds no arbitrage in them. Quotes weigh by their vega, and every expiry as much as any other.
 */
import type { Term } from '../../state/records/underlying.ts';
import { hasButterflyArbitrage, hasCalendarArbitrage, isInRange } from '../../state/pricing/surface.ts';
import { SECONDS_PER_YEAR, WAD, type Seconds, type Wad } from '../../state/units.ts';
import { minimise, type Normal } from './barrier.ts';
import { shapeAt, UNKNOWNS, unknownsOf, visitSlacks, volatilityOf, type Shape } from './surfaceModel.ts';
import type { Slice } from './volatility.ts';

export type VolatilityQuote = Readonly<{
  /** ln(K/F) with the forward of the quote. */
  logMoneyness: number;
  /** Yearly: 0.6 is 60 %. */
  volatility: number;
}>;
export type ExpiryQuotes = Readonly<{ expiry: Seconds; quotes: readonly VolatilityQuote[] }>;

export type FittedSlice = Readonly<{
  expiry: Seconds;
  /** As it is posted. */
  slice: Slice;
  /** Vega-weighted root mean square of fitted less quoted volatility [1.00 = 100 %]. */
  error: number;
  /** Largest error within one at-the-money deviation of the forward; 0 where nothing is quoted there. */
  worstNear: number;
}>;

/** Where the search begins: skew, and psi / sqrt(theta) unless the longest expiry is too uncertain for it. */
const START_RHO = -0.2;
const START_CURVATURE = 0.8;
const START_PSI_MAX = 2;
/** Each slice begins so far above the last, and so far within the range of volatility. */
const START_RISE = 1.001;
const START_INSIDE = 1.1;
const VOLATILITY_MIN = 0.05;
const VOLATILITY_MAX = 4;

/**
 * @param expiries ascending, all after `time`, each with a quote
 * @throws RangeError where they are not, or a quote is no positive number
 */
export function fitSurface(expiries: readonly ExpiryQuotes[], time: Seconds): FittedSlice[] {
  const smiles = expiries.map((e, i) => smileOf(e, expiries[i - 1]?.expiry ?? time, time));
  const years = smiles.map((s) => s.years);
  const problem = {
    size: UNKNOWNS * smiles.length,
    misfit: (x: Float64Array, into?: Normal) => misfit(smiles, x, into),
    slacks: (x: Float64Array, visit: Parameters<typeof visitSlacks>[2]) => visitSlacks(x, years, visit),
  };
  const x = minimise(problem, startOf(smiles));
  const slices = smiles.map((_, i) => postedOf(shapeAt(x, i)));
  requireSound(expiries, slices, time);
  return smiles.map((smile, i) => ({ expiry: smile.expiry, slice: slices[i]!, ...errorsOf(smile, slices[i]!) }));
}

/** Quotes with weights that add up to one. */
type Smile = Readonly<{
  expiry: Seconds;
  years: number;
  quotes: readonly VolatilityQuote[];
  weights: readonly number[];
}>;

function smileOf({ expiry, quotes }: ExpiryQuotes, after: Seconds, time: Seconds): Smile {
  if (!(expiry > after)) throw new RangeError(`expiry ${expiry}: expected one after ${after}`);
  if (quotes.length === 0) throw new RangeError(`expiry ${expiry}: expected at least one quote`);
  const years = (expiry - time) / SECONDS_PER_YEAR;
  const vegas = quotes.map(({ logMoneyness, volatility }) => {
    const isQuote = Number.isFinite(logMoneyness) && volatility > 0 && Number.isFinite(volatility);
    if (!isQuote) throw new RangeError(`expiry ${expiry}: ${volatility} at ${logMoneyness} is no quote`);
    const deviation = volatility * Math.sqrt(years);
    // The least weight keeps a smile of nothing but worthless options from having none.
    return Math.max(Math.exp(-((deviation / 2 - logMoneyness / deviation) ** 2) / 2), 1e-12);
  });
  const sum = vegas.reduce((a, b) => a + b);
  return { expiry, years, quotes, weights: vegas.map((vega) => vega / sum) };
}

function misfit(smiles: readonly Smile[], x: Float64Array, into?: Normal): number {
  let sum = 0;
  const slope = into === undefined ? undefined : [0, 0, 0];
  smiles.forEach(({ years, quotes, weights }, slice) => {
    const shape = shapeAt(x, slice);
    const indices = [UNKNOWNS * slice, UNKNOWNS * slice + 1, UNKNOWNS * slice + 2];
    quotes.forEach(({ logMoneyness, volatility }, i) => {
      const miss = volatilityOf(shape, years, logMoneyness, slope) - volatility;
      sum += weights[i]! * miss * miss;
      if (slope !== undefined) into!.add(indices, slope, 2 * weights[i]! * miss, 2 * weights[i]!);
    });
  });
  return sum;
}

/** At-the-money variances, made to rise; one skew; curvatures for which every condition holds. */
function startOf(smiles: readonly Smile[]): Float64Array {
  let last = 0;
  const thetas = smiles.map(({ quotes, years }) => {
    const nearest = quotes.reduce((a, b) => (Math.abs(b.logMoneyness) < Math.abs(a.logMoneyness) ? b : a));
    const [low, high] = [VOLATILITY_MIN * START_INSIDE, VOLATILITY_MAX / START_INSIDE];
    const theta = Math.min(Math.max(nearest.volatility, low), high) ** 2 * years;
    last = Math.max(theta, last * START_RISE);
    return last;
  });
  const curvature = Math.min(START_CURVATURE, START_PSI_MAX / Math.sqrt(last));
  return Float64Array.from(
    thetas.flatMap((theta) => unknownsOf({ theta, rho: START_RHO, psi: curvature * Math.sqrt(theta) })),
  );
}

const wad = (x: number): Wad => BigInt(Math.round(x * Number(WAD)));
const postedOf = ({ theta, rho, psi }: Shape): Slice => [wad(theta), WAD + wad(rho), wad(psi)];

/** The shape of a slice as posted. */
export function shapeOf([theta, skew, psi]: Slice): Shape {
  return { theta: Number(theta) / 1e18, rho: Number(skew - WAD) / 1e18, psi: Number(psi) / 1e18 };
}

/** By the integer conditions themselves: a mistake here must not reach a report. */
function requireSound(expiries: readonly ExpiryQuotes[], slices: readonly Slice[], time: Seconds): void {
  let last: Term | undefined;
  slices.forEach(([theta, skew, psi], i) => {
    const { expiry } = expiries[i]!;
    const term = { expiry, forward: 1n, theta, rho: skew - WAD, psi, volatilityTime: time };
    const isSound =
      isInRange(term) && !hasButterflyArbitrage(term) && (last === undefined || !hasCalendarArbitrage(last, term));
    if (!isSound) throw new Error(`the slice fitted to expiry ${expiry} has arbitrage`);
    last = term;
  });
}

function errorsOf({ quotes, weights, years }: Smile, slice: Slice): Pick<FittedSlice, 'error' | 'worstNear'> {
  const shape = shapeOf(slice);
  const near = Math.sqrt(shape.theta);
  let square = 0;
  let worstNear = 0;
  quotes.forEach(({ logMoneyness, volatility }, i) => {
    const miss = volatilityOf(shape, years, logMoneyness) - volatility;
    square += weights[i]! * miss * miss;
    if (Math.abs(logMoneyness) <= near) worstNear = Math.max(worstNear, Math.abs(miss));
  });
  return { error: Math.sqrt(square), worstNear };
}
