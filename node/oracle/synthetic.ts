// A seeded market for running without a network: correlated prices with regimes, bursts, jumps.
import type { Random } from '../ports/random.ts';
import { exponential } from '../ports/random.ts';
import type { PriceQuote, PriceSource } from './source.ts';
import { PRICE_UNITS_PER_USD, UNDERLYING_IDS, WAD } from './source.ts';

export type Regime = 'calm' | 'normal' | 'stress';

/**
 * Floating point is welcome here, because prices are an input of the protocol, but only through
 * operations whose result IEEE 754 fixes (+ - * / and square root): a seed is the same market on
 * every machine.
 */
type RegimeModel = Readonly<{
  /** Of the reference asset (`volatilityFactor` 1), per square root of a year. */
  annualVolatility: number;
  /** Hours a regime lasts on average. */
  meanHours: number;
  /** Where it goes when it ends. */
  next: readonly (readonly [Regime, number])[];
  jumpsPerYear: number;
  /** Mean and deviation of a jump of the whole market, as log return of the reference asset. */
  jumpMean: number;
  jumpDeviation: number;
  /** Multiplies the part of a move that assets share; the rest shrinks so that volatility stays. */
  coupling: number;
  /** Deviation of the stablecoin from 1 in its steady state, and how often it loses its peg. */
  pegDeviation: number;
  pegBreaksPerYear: number;
  confidencePpm: number;
}>;

const REGIMES: Readonly<Record<Regime, RegimeModel>> = {
  calm: {
    ...{ annualVolatility: 0.5, meanHours: 160, jumpsPerYear: 4 },
    ...{ jumpMean: 0, jumpDeviation: 0.02, coupling: 1 },
    ...{ pegDeviation: 0.0003, pegBreaksPerYear: 0, confidencePpm: 1_000_000 },
    next: [
      ['normal', 0.95],
      ['stress', 0.05],
    ],
  },
  normal: {
    ...{ annualVolatility: 0.75, meanHours: 120, jumpsPerYear: 12 },
    ...{ jumpMean: -0.005, jumpDeviation: 0.03, coupling: 1.03 },
    ...{ pegDeviation: 0.0005, pegBreaksPerYear: 0.5, confidencePpm: 999_000 },
    next: [
      ['calm', 0.65],
      ['stress', 0.35],
    ],
  },
  stress: {
    ...{ annualVolatility: 1.5, meanHours: 48, jumpsPerYear: 120 },
    ...{ jumpMean: -0.015, jumpDeviation: 0.045, coupling: 1.08 },
    ...{ pegDeviation: 0.002, pegBreaksPerYear: 24, confidencePpm: 990_000 },
    next: [
      ['normal', 0.9],
      ['calm', 0.1],
    ],
  },
};

type AssetModel = Readonly<{ underlying: number; volatilityFactor: number; shared: number }>;
/** `shared` is the correlation of an asset with the market factor. */
const ASSETS: readonly AssetModel[] = [
  { underlying: UNDERLYING_IDS['BTC'] as number, volatilityFactor: 1, shared: 0.92 },
  { underlying: UNDERLYING_IDS['ETH'] as number, volatilityFactor: 1.25, shared: 0.9 },
  { underlying: UNDERLYING_IDS['SOL'] as number, volatilityFactor: 1.6, shared: 0.8 },
];
const STABLECOIN = UNDERLYING_IDS['USDC'] as number;

/** USD per unit on the first second. */
const START_PRICES: Readonly<Record<number, number>> = {
  [STABLECOIN]: 1,
  [UNDERLYING_IDS['BTC'] as number]: 60_000,
  [UNDERLYING_IDS['ETH'] as number]: 3_000,
  [UNDERLYING_IDS['SOL'] as number]: 150,
};

const HOUR_SECONDS = 3_600;
const HOURS_PER_YEAR = 8_766;
/** Pull of a log price back to its start, per hour: half of it in about two years. */
const REVERSION_PER_HOUR = 4e-5;
/** Pull of the peg per hour: half of a deviation in about seven hours. */
const PEG_REVERSION_PER_HOUR = 0.1;
const PEG_BREAK_MEAN = -0.03;
/** A log price stays within these of its start: the market neither vanishes nor overflows. */
const LOG_PRICE_BOUND = 5;
const PEG_LOW = -0.5;
const PEG_HIGH = 0.02;
/** How much the log volatility of an hour differs from its regime's, and for how long. */
const BURST_DEVIATION = 0.35;
const BURST_PERSISTENCE = 0.9;
const LARGEST_HOURLY_MOVE = 0.6;

export type SyntheticOptions = Readonly<{
  /** Only forks of it are used, so what was drawn from it before does not matter. */
  random: Random;
  /** Before it there is no price. */
  startSeconds: number;
  /** Prices change this often; divides an hour. Hourly prices are the same for every step. */
  stepSeconds?: number;
  /** USD by underlying, instead of the built-in ones. */
  startPrices?: Readonly<Record<number, number>>;
  startRegime?: Regime;
}>;

export type SyntheticSource = PriceSource &
  Readonly<{ regimeAt(timeSeconds: number): Regime | null }>;

/** The market at a full hour, and what the hour that begins there will be like. */
type Hour = Readonly<{
  regime: Regime;
  /** Log volatility factor of this hour. */
  burst: number;
  /** Log prices relative to the start: assets in the order of ASSETS, then the stablecoin. */
  levels: readonly number[];
}>;

/** One hour's moves from its start; `jump` happens at one step instead of over all. */
type Moves = Readonly<{ smooth: readonly number[]; jump: readonly number[]; jumpAt: number }>;

/** Hours whose inside is kept; more than one for readers that straddle an hour. */
const INSIDES_KEPT = 4;

export function syntheticSource(options: SyntheticOptions): SyntheticSource {
  const market = new SyntheticMarket(options);
  return {
    name: 'synthetic',
    underlyings: market.underlyings,
    quoteAt: (timeSeconds) => market.quoteAt(timeSeconds),
    regimeAt: (timeSeconds) => market.regimeAt(timeSeconds),
  };
}

/**
 * Hours follow each other by a random walk with regimes; inside an hour the path is a bridge
 * between its ends. Each hour draws from its own fork of the seed, so the path needs no memory of
 * the calls: an hour that was forgotten comes back the same, and skipping a year costs one draw
 * per hour.
 */
class SyntheticMarket {
  readonly underlyings: readonly number[];
  readonly #random: Random;
  readonly #start: number;
  readonly #step: number;
  readonly #startPrices: readonly number[];
  readonly #hours: Hour[];
  readonly #moves: Moves[] = [];
  readonly #insides = new Map<number, Float64Array>();

  constructor(options: SyntheticOptions) {
    this.#random = options.random.fork('synthetic market');
    this.#start = options.startSeconds;
    this.#step = options.stepSeconds ?? 1;
    if (!Number.isInteger(this.#start) || this.#start < 0) {
      throw new RangeError(`startSeconds: expected whole Unix seconds, received ${this.#start}`);
    }
    if (!Number.isInteger(this.#step) || this.#step < 1 || HOUR_SECONDS % this.#step !== 0) {
      throw new RangeError(`stepSeconds: expected a divisor of 3600, received ${this.#step}`);
    }
    const order = [...ASSETS.map((asset) => asset.underlying), STABLECOIN];
    this.#startPrices = order.map((underlying) => {
      const price = options.startPrices?.[underlying] ?? (START_PRICES[underlying] as number);
      if (price >= 1e-4 && price <= 1e7) return price;
      throw new RangeError(
        `startPrices[${underlying}]: expected 0.0001..10000000, received ${price}`,
      );
    });
    this.underlyings = [...order].sort((a, b) => a - b);
    const levels = order.map(() => 0);
    this.#hours = [{ regime: options.startRegime ?? 'normal', burst: 0, levels }];
  }

  regimeAt(timeSeconds: number): Regime | null {
    if (!(timeSeconds >= this.#start)) return null;
    return this.#hour(Math.floor((timeSeconds - this.#start) / HOUR_SECONDS)).regime;
  }

  quoteAt(timeSeconds: number): PriceQuote[] | null {
    if (!(timeSeconds >= this.#start)) return null;
    const steps = Math.floor((timeSeconds - this.#start) / this.#step);
    const stepsPerHour = HOUR_SECONDS / this.#step;
    const index = Math.floor(steps / stepsPerHour);
    const { regime } = this.#hour(index);
    const inside = this.#inside(index);
    const offset = (steps % stepsPerHour) * this.#startPrices.length;
    const confidence = (WAD * BigInt(REGIMES[regime].confidencePpm)) / 1_000_000n;
    const seen = this.#start + steps * this.#step;
    const quotes = this.#startPrices.map((startPrice, asset): PriceQuote => {
      const usd = startPrice * exponential(inside[offset + asset] as number);
      const scaled = Math.round(usd * Number(PRICE_UNITS_PER_USD));
      const underlying = ASSETS[asset]?.underlying ?? STABLECOIN;
      return { underlying, price: BigInt(Math.max(1, scaled)), confidence, timeSeconds: seen };
    });
    return quotes.sort((a, b) => a.underlying - b.underlying);
  }

  #hour(index: number): Hour {
    while (this.#hours.length <= index) this.#appendHour();
    return this.#hours[index] as Hour;
  }

  #appendHour(): void {
    const index = this.#hours.length - 1;
    const hour = this.#hours[index] as Hour;
    const random = this.#random.fork(`hour ${index}`);
    const moves = drawMoves(hour, random);
    this.#moves.push(moves);
    const levels = hour.levels.map(
      (level, asset) => level + (moves.smooth[asset] as number) + (moves.jump[asset] as number),
    );
    const burst = hour.burst * BURST_PERSISTENCE;
    const shock = BURST_DEVIATION * Math.sqrt(1 - BURST_PERSISTENCE * BURST_PERSISTENCE);
    this.#hours.push({
      levels,
      regime: nextRegime(hour.regime, random),
      burst: clamp(burst + shock * random.nextNormal(), -1, 1),
    });
  }

  /** Log prices at every step of the hour, assets side by side. */
  #inside(index: number): Float64Array {
    const kept = this.#insides.get(index);
    if (kept !== undefined) return kept;
    this.#hour(index + 1);
    const steps = HOUR_SECONDS / this.#step;
    const random = this.#random.fork(`inside ${index}`);
    const inside = drawInside(this.#hour(index), this.#moves[index] as Moves, steps, random);
    if (this.#insides.size >= INSIDES_KEPT) {
      this.#insides.delete(this.#insides.keys().next().value as number);
    }
    this.#insides.set(index, inside);
    return inside;
  }
}

/** Hourly volatility of the reference asset in this hour. */
const hourlyVolatility = (hour: Hour): number =>
  (REGIMES[hour.regime].annualVolatility / Math.sqrt(HOURS_PER_YEAR)) *
  // The burst is drawn around zero; its mean square is divided out, so that it adds no volatility.
  exponential(hour.burst - BURST_DEVIATION * BURST_DEVIATION);

function drawMoves(hour: Hour, random: Random): Moves {
  const model = REGIMES[hour.regime];
  const volatility = hourlyVolatility(hour);
  const factor = random.nextNormal();
  const hasJump = random.nextBool(model.jumpsPerYear / HOURS_PER_YEAR);
  const jumpSize = model.jumpMean + model.jumpDeviation * random.nextNormal();
  const smooth: number[] = [];
  const jump: number[] = [];
  ASSETS.forEach((asset, index) => {
    const level = hour.levels[index] as number;
    const shared = Math.min(0.99, asset.shared * model.coupling);
    const own = Math.sqrt(1 - shared * shared) * random.nextNormal();
    const move = asset.volatilityFactor * volatility * (shared * factor + own);
    // The convexity of the exponential is taken out: prices drift nowhere on average.
    const drift = -0.5 * (asset.volatilityFactor * volatility) ** 2 - REVERSION_PER_HOUR * level;
    const leap = hasJump ? asset.volatilityFactor * jumpSize : 0;
    const jumped = clamp(leap, -LARGEST_HOURLY_MOVE, LARGEST_HOURLY_MOVE);
    const moved = clamp(move + drift, -LARGEST_HOURLY_MOVE, LARGEST_HOURLY_MOVE);
    const end = clamp(level + moved + jumped, -LOG_PRICE_BOUND, LOG_PRICE_BOUND);
    jump.push(jumped);
    smooth.push(end - level - jumped);
  });
  const level = hour.levels[ASSETS.length] as number;
  const spread = model.pegDeviation * Math.sqrt(2 * PEG_REVERSION_PER_HOUR) * random.nextNormal();
  const isBroken = random.nextBool(model.pegBreaksPerYear / HOURS_PER_YEAR);
  const fall = PEG_BREAK_MEAN * Math.abs(1 + random.nextNormal());
  const broken = isBroken ? fall : 0;
  const end = clamp(level * (1 - PEG_REVERSION_PER_HOUR) + spread + broken, PEG_LOW, PEG_HIGH);
  jump.push(broken);
  smooth.push(end - level - broken);
  return { smooth, jump, jumpAt: random.nextFloat() };
}

/** A random walk from the hour's start, tilted so that it arrives at the hour's end. */
function drawInside(hour: Hour, moves: Moves, steps: number, random: Random): Float64Array {
  const width = hour.levels.length;
  const model = REGIMES[hour.regime];
  const perStep = hourlyVolatility(hour) / Math.sqrt(steps);
  const pegPerStep = model.pegDeviation * Math.sqrt((2 * PEG_REVERSION_PER_HOUR) / steps);
  const walk = new Float64Array((steps + 1) * width);
  for (let step = 1; step <= steps; step++) {
    const factor = quickNormal(random);
    for (let asset = 0; asset < width; asset++) {
      const before = walk[(step - 1) * width + asset] as number;
      walk[step * width + asset] =
        before + stepMove(asset, model, perStep, pegPerStep, factor, random);
    }
  }
  const jumpStep = Math.floor(moves.jumpAt * steps);
  const inside = new Float64Array(steps * width);
  for (let step = 0; step < steps; step++) {
    for (let asset = 0; asset < width; asset++) {
      const excess = (walk[steps * width + asset] as number) - (moves.smooth[asset] as number);
      const bridge = (walk[step * width + asset] as number) - (excess * step) / steps;
      const jumped = step > jumpStep ? (moves.jump[asset] as number) : 0;
      inside[step * width + asset] = (hour.levels[asset] as number) + bridge + jumped;
    }
  }
  return inside;
}

function stepMove(
  asset: number,
  model: RegimeModel,
  perStep: number,
  pegPerStep: number,
  factor: number,
  random: Random,
): number {
  const own = quickNormal(random);
  const assetModel = ASSETS[asset];
  if (assetModel === undefined) return pegPerStep * own;
  const shared = Math.min(0.99, assetModel.shared * model.coupling);
  return (
    assetModel.volatilityFactor * perStep * (shared * factor + Math.sqrt(1 - shared * shared) * own)
  );
}

function nextRegime(regime: Regime, random: Random): Regime {
  const model = REGIMES[regime];
  // Both draws are always made, so that a change of durations shifts nothing else.
  const isOver = random.nextBool(1 / model.meanHours);
  let share = random.nextFloat();
  if (!isOver) return regime;
  for (const [next, probability] of model.next) {
    share -= probability;
    if (share < 0) return next;
  }
  return regime;
}

/** Four uniforms make a bell good enough for one of the hundreds of steps that are added up. */
function quickNormal(random: Random): number {
  const sum = random.nextU32() + random.nextU32() + random.nextU32() + random.nextU32();
  return (sum / 0x100000000 - 2) * 1.7320508075688772;
}

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));
