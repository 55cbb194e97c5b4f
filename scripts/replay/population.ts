// Makes a crowd of simulated traders from a seed: who they are, what they own, how they decide.
import type { Random } from '../../node/ports/random.ts';
import { seededRandom } from '../../node/ports/random.ts';
import { drawOptionDecide, drawOptionWealth } from './optionPopulation.ts';
import type { Decide, OptionStyle, Style } from './traders.ts';
import { OPTION_STYLES, STYLES } from './traders.ts';
import { logNormal, pareto, someOf, uniform, type Wealth } from './draws.ts';
import { useOf, type Leverage } from './scenario.ts';
import { basis } from './traders/basis.ts';
import { hedger } from './traders/hedger.ts';
import { holder } from './traders/holder.ts';
import { leveraged } from './traders/leveraged.ts';
import { liquidator } from './traders/liquidator.ts';
import { maker } from './traders/maker.ts';
import { noise } from './traders/noise.ts';
import { trend } from './traders/trend.ts';

export type MarketSketch = Readonly<{
  market: number;
  underlying: number;
  kind: 'perpetual' | 'future';
}>;

/** A collateral asset; `usd` is what one token is worth when the deposits are made. */
export type AssetSketch = Readonly<{
  asset: number;
  symbol: string;
  decimals: number;
  usd: number;
  /** Null for a stablecoin: holding it is no exposure that anybody hedges. */
  underlying: number | null;
  /** Most that one account may hold [token units]. */
  most?: bigint;
}>;

export type Deposit = Readonly<{ asset: number; symbol: string; amount: bigint; usd: number }>;

export type Trader = Readonly<{
  index: number;
  name: string;
  style: Style;
  deposits: readonly Deposit[];
  /** This trader's own stream: the order in which traders are asked does not matter. */
  random: Random;
  decide: Decide;
}>;

export type Mix = Readonly<Record<Style, number>>;
/** Where no options are listed. */
export const LINEAR_MIX: Partial<Mix> = {
  ...{ maker: 0.1, trend: 0.2, hedger: 0.12, basis: 0.09, holder: 0.17, noise: 0.22 },
  ...{ leveraged: 0.07, liquidator: 0.03 },
};
export const DEFAULT_MIX: Mix = {
  ...{ maker: 0.1, trend: 0.1, hedger: 0.07, basis: 0.05, holder: 0.1, noise: 0.12 },
  ...{ leveraged: 0.06, liquidator: 0.02 },
  ...{ optionMaker: 0.08, coveredCall: 0.08, vertical: 0.07, calendar: 0.05 },
  ...{ longStraddle: 0.05, shortStraddle: 0.05 },
};

/** Where a crash is to be survived: half of all borrow, and few stand by to buy. */
export const LEVERAGED_MIX: Partial<Mix> = {
  ...{ maker: 0.15, trend: 0.1, hedger: 0.08, holder: 0.1, noise: 0.05 },
  ...{ leveraged: 0.5, liquidator: 0.02 },
};

export type PopulationOptions = Readonly<{
  seed: string | number | bigint;
  traders: number;
  /** Weights by style; those left out are zero. */
  mix?: Partial<Mix>;
  markets: readonly MarketSketch[];
  /** Underlyings on which options are listed. */
  optionUnderlyings?: readonly number[];
  /** The first is the one that everybody can hold: the stablecoin. */
  assets: readonly AssetSketch[];
  /** When trading starts and ends; hold-and-pray traders enter in the first quarter. */
  startSeconds: number;
  endSeconds: number;
  /** How leveraged traders borrow; absent: most of what they may, each as much as he likes. */
  leverage?: Leverage;
  /** From when liquidators bid: always where absent, and never where null. */
  biddersFromSeconds?: number | null;
  /** No single deposit is worth more. */
  depositUsdMax?: number;
}>;

export function population(options: PopulationOptions): Trader[] {
  const { traders: count, markets, assets } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`traders: expected a whole number of at least 1, received ${count}`);
  }
  if (markets.length === 0 || assets.length === 0) {
    throw new RangeError('population: expected at least one market and one asset');
  }
  const root = seededRandom(options.seed).fork('population');
  const hasOptions = (options.optionUnderlyings ?? []).length > 0;
  const counts = apportion(count, options.mix ?? (hasOptions ? DEFAULT_MIX : LINEAR_MIX));
  const all: Trader[] = [];
  for (const style of STYLES) {
    for (let number = 1; number <= counts[style]; number++) {
      const name = `${style}-${number}`;
      const random = root.fork(name);
      const traits = random.fork('traits');
      const deposits = drawDeposits(style, options, random.fork('deposits'));
      const decide = drawDecide(style, options, deposits, traits);
      all.push({
        index: all.length,
        name,
        style,
        deposits,
        random: random.fork('decisions'),
        decide,
      });
    }
  }
  return all;
}

/** Whole traders by weight: largest remainders, and one of each style while there are enough. */
export function apportion(count: number, mix: Partial<Mix>): Record<Style, number> {
  const weights = STYLES.map((style) => mix[style] ?? 0);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0) || weights.some((weight) => !(weight >= 0))) {
    throw new RangeError('mix: expected weights of zero or more, one of them above zero');
  }
  const used = weights.filter((weight) => weight > 0).length;
  const floor = count >= used ? 1 : 0;
  const shares = weights.map((weight) =>
    weight === 0 ? 0 : floor + (weight / total) * (count - floor * used),
  );
  const counts = shares.map(Math.floor);
  const order = shares
    .map((share, i) => ({ i, rest: share - Math.floor(share) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  let left = count - counts.reduce((sum, n) => sum + n, 0);
  for (const { i } of order) {
    if (left === 0) break;
    counts[i] = (counts[i] as number) + 1;
    left--;
  }
  return Object.fromEntries(STYLES.map((style, i) => [style, counts[i] as number])) as Record<
    Style,
    number
  >;
}

/* WEALTH */

const DEPOSIT_USD_MAX = 5_000_000;
const DEPOSIT_USD_MIN = 50;

/** USD to deposit: of the stablecoin, and of volatile assets. */
function drawWealth(style: Style, random: Random): Wealth {
  if (isOptionStyle(style)) return drawOptionWealth(style, random);
  switch (style) {
    case 'maker':
      return { stable: pareto(random, 400_000), volatile: 0 };
    case 'trend':
      return { stable: logNormal(random, 25_000, 1), volatile: random.nextBool(0.3) ? 5_000 : 0 };
    case 'hedger':
      return { stable: uniform(random, 10_000, 40_000), volatile: pareto(random, 40_000) };
    case 'basis':
      return { stable: logNormal(random, 150_000, 0.7), volatile: 0 };
    case 'holder': {
      const usd = logNormal(random, 6_000, 0.9);
      // A third of them bet their coins on the same coins.
      return random.nextBool(1 / 3) ? { stable: 0, volatile: usd } : { stable: usd, volatile: 0 };
    }
    case 'leveraged': {
      const usd = logNormal(random, 8_000, 1);
      // Some of them stand on the very coins that fall with them.
      return random.nextBool(0.4) ? { stable: usd / 4, volatile: (3 * usd) / 4 } : { stable: usd, volatile: 0 };
    }
    case 'liquidator':
      return { stable: pareto(random, 300_000), volatile: 0 };
    case 'noise': {
      const usd = logNormal(random, 3_000, 1.1);
      const share = random.nextBool(0.25) ? random.nextFloat() : 0;
      return { stable: usd * (1 - share), volatile: usd * share };
    }
  }
}

const isOptionStyle = (style: Style): style is OptionStyle =>
  (OPTION_STYLES as readonly Style[]).includes(style);

/** What a style may bring beside the stablecoin: who covers calls brings what they are on. */
const broughtBy = (style: Style, { assets, optionUnderlyings = [] }: PopulationOptions): readonly AssetSketch[] =>
  style === 'coveredCall'
    ? assets.filter(({ underlying }) => underlying !== null && optionUnderlyings.includes(underlying))
    : assets.slice(1);

function drawDeposits(style: Style, options: PopulationOptions, random: Random): Deposit[] {
  const most = options.depositUsdMax ?? DEPOSIT_USD_MAX;
  const stableAsset = options.assets[0] as AssetSketch;
  const others = broughtBy(style, options);
  const { stable, volatile } = drawWealth(style, random);
  const parts: [AssetSketch, number][] = [];
  // Without volatile assets in the market, everything is stable.
  parts.push([stableAsset, others.length === 0 ? stable + volatile : stable]);
  if (others.length > 0 && volatile > 0) {
    const first = random.pick(others);
    const isSplit = random.nextBool(0.3);
    const second = random.pick(others);
    const share = isSplit && second !== first ? uniform(random, 0.3, 0.7) : 1;
    parts.push([first, volatile * share]);
    if (share < 1) parts.push([second, volatile * (1 - share)]);
  }
  return parts
    .filter(([, usd]) => usd >= DEPOSIT_USD_MIN)
    .map(([asset, usd]) => toDeposit(asset, Math.min(usd, most)))
    .concat(parts.every(([, usd]) => usd < DEPOSIT_USD_MIN) ? [toDeposit(stableAsset, 50)] : []);
}

/** Amounts are whole millionths of a token, which every asset can hold exactly. */
function toDeposit(asset: AssetSketch, usd: number): Deposit {
  const { decimals, symbol } = asset;
  if (decimals < 6) throw new RangeError(`${symbol}: expected 6 decimals or more, not ${decimals}`);
  const millionths = Math.max(1, Math.floor((usd / asset.usd) * 1e6));
  const wished = BigInt(millionths) * 10n ** BigInt(decimals - 6);
  const amount = asset.most !== undefined && wished > asset.most ? asset.most : wished;
  return { asset: asset.asset, symbol, amount, usd: (Number(amount) / 10 ** decimals) * asset.usd };
}

/* HABITS */

function drawDecide(
  style: Style,
  options: PopulationOptions,
  deposits: readonly Deposit[],
  random: Random,
): Decide {
  const ids = options.markets.map((market) => market.market);
  if (isOptionStyle(style)) {
    const held = deposits.map(({ asset }) => options.assets.find((one) => one.asset === asset)?.underlying);
    const chains = options.optionUnderlyings ?? [];
    // Whoever brought a coin with options trades those; the others choose.
    return drawOptionDecide(style, chains.find((id) => held.includes(id)) ?? random.pick(chains), random);
  }
  switch (style) {
    case 'maker':
      return maker({
        markets: someOf(ids, random, Math.max(2, Math.ceil(ids.length / 2))),
        halfSpread: uniform(random, 0.0002, 0.001),
        volatilityMultiple: uniform(random, 0.2, 0.8),
        levels: 2 + random.nextInt(3),
        spacing: uniform(random, 0.0003, 0.0012),
        levelShare: uniform(random, 0.02, 0.06),
        inventoryShare: uniform(random, 0.3, 0.8),
        skew: uniform(random, 0.001, 0.004),
        tolerance: uniform(random, 0.0001, 0.0004),
      });
    case 'trend': {
      const slowSteps = 20 + random.nextInt(100);
      return trend({
        markets: someOf(perpetuals(options), random, 1 + random.nextInt(2)),
        fastSteps: Math.max(3, Math.floor(slowSteps / (3 + random.nextInt(5)))),
        slowSteps,
        threshold: uniform(random, 0.15, 0.5),
        leverage: uniform(random, 0.5, 3),
        activity: uniform(random, 0.02, 0.2),
      });
    }
    case 'hedger':
      return hedger({
        underlyings: hedgedUnderlyings(options, deposits),
        instrument: random.nextBool(0.6) ? 'future' : 'perpetual',
        band: uniform(random, 0, 0.02),
        clipUsd: uniform(random, 10_000, 60_000),
      });
    case 'basis':
      return basis({
        underlyings: someOf(futureUnderlyings(options), random, 1 + random.nextInt(2)),
        entry: uniform(random, 0.03, 0.15),
        exit: uniform(random, 0, 0.02),
        leverage: uniform(random, 0.8, 2.5),
        clips: 3 + random.nextInt(6),
      });
    case 'holder': {
      const quarter = (options.endSeconds - options.startSeconds) / 4;
      const entrySeconds = Math.floor(options.startSeconds + random.nextFloat() * quarter);
      return holder({
        market: random.pick(perpetuals(options)),
        leverage: uniform(random, 2, 8),
        entrySeconds,
        entryEndSeconds: entrySeconds + Math.max(600, Math.floor(quarter / 20)),
      });
    }
    case 'leveraged': {
      const quarter = (options.endSeconds - options.startSeconds) / 4;
      const entrySeconds = Math.floor(options.startSeconds + random.nextFloat() * quarter);
      return leveraged({
        market: random.pick(perpetuals(options)),
        isLong: random.nextBool(0.8),
        use: options.leverage === undefined ? uniform(random, 0.6, 0.95) : useOf(options.leverage, random),
        entrySeconds,
        entryEndSeconds: entrySeconds + Math.max(3_600, Math.floor(quarter / 4)),
      });
    }
    case 'liquidator':
      return liquidator({
        closingCost: uniform(random, 0.001, 0.005),
        profitShare: uniform(random, 0.00001, 0.0001),
        leverage: uniform(random, 1, 3),
        clipUsd: uniform(random, 20_000, 80_000),
        bidsFromSeconds: options.biddersFromSeconds === undefined ? 0 : options.biddersFromSeconds,
      });
    case 'noise':
      return noise({
        markets: someOf(ids, random, 1 + random.nextInt(ids.length)),
        activity: uniform(random, 0.02, 0.25),
        takerShare: uniform(random, 0.3, 0.9),
        sizeShare: uniform(random, 0.02, 0.15),
        positionShare: uniform(random, 0.3, 2),
        cancelChance: uniform(random, 0.002, 0.02),
      });
  }
}

/** The ids of perpetuals, or of every market when there is none. */
function perpetuals(options: PopulationOptions): number[] {
  const chosen = options.markets.filter((market) => market.kind === 'perpetual');
  return (chosen.length === 0 ? options.markets : chosen).map((market) => market.market);
}

function futureUnderlyings(options: PopulationOptions): number[] {
  const futures = options.markets.filter((market) => market.kind === 'future');
  const chosen = futures.length === 0 ? options.markets : futures;
  return [...new Set(chosen.map((market) => market.underlying))];
}

function hedgedUnderlyings(options: PopulationOptions, deposits: readonly Deposit[]): number[] {
  const owned = deposits.map(
    (deposit) => options.assets.find((asset) => asset.asset === deposit.asset)?.underlying ?? null,
  );
  return [...new Set(owned.filter((underlying) => underlying !== null))];
}
