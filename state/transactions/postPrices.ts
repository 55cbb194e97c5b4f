/**
 * Index, forwards, surfaces and volumes, each the median of M-of-N signed publisher reports. Advances
 * the average that settles expiries, the conservative price, and the interest of the pool.
 */
import { existing, type StateAccess } from '../access.ts';
import { concat, fromHex, toHex } from '../codec/bytes.ts';
import { encode, list, struct, u16, u40, u64, u8, type Decoded } from '../codec/layout.ts';
import { signature, signerOf } from '../codec/signature.ts';
import { typedDigest, typedStruct } from '../codec/typedData.ts';
import {
  EXPIRY_SECOND_OF_DAY,
  MAX_PRICE_POINTS,
  MAX_PUBLISHERS,
  SETTLEMENT_WINDOW_SECONDS,
} from '../constants.ts';
import { keccak256 } from '../crypto/keccak256.ts';
import { advanceInterest } from '../ledger/interest.ts';
import { Refusal, require } from '../errors.ts';
import { abs, clamp, medianLow } from '../math/integer.ts';
import { CHAIN } from '../records/chain.ts';
import {
  PARAMETERS,
  PARAMETERS_PAGE,
  PUBLISHERS,
  PUBLISHERS_PAGE,
  type Parameters,
} from '../records/parameters.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { advanceRegime } from '../regime/regime.ts';
import { REFUSAL } from '../refusals.ts';
import { SECONDS_PER_DAY, WAD, type Price, type Seconds, type Wad } from '../units.ts';
import type { Context, TransactionType } from './context.ts';
import { mergedTerms, QUANTITY, requireSoundSurface, termsOf } from './terms.ts';

/** What is priced. Expiry 0: the index, then perhaps its daily volume; else a forward and perhaps its slice. */
const point = struct({ underlying: u16, expiry: u40, quantity: u8 });
export type PricePoint = Decoded<typeof point>;
const points = list(point, MAX_PRICE_POINTS);
const report = struct({ time: u40, prices: list(u64, MAX_PRICE_POINTS), signature });
export type PriceReport = Decoded<typeof report>;
const layout = struct({ points, reports: list(report, MAX_PUBLISHERS) });
export type PostPrices = Decoded<typeof layout>;

export const reportTyped = typedStruct('PriceReport', [
  { name: 'time', type: 'uint64' },
  { name: 'content', type: 'bytes32' },
]);

/** What a publisher signs: the time, and keccak256(points || prices) as encoded in the transaction. */
export const reportDigest = (
  domainSeparator: Uint8Array,
  pricePoints: readonly PricePoint[],
  time: Seconds,
  prices: readonly Price[],
): Uint8Array =>
  typedDigest(domainSeparator, reportTyped, {
    time,
    content: toHex(
      keccak256(concat(encode(points, pricePoints), encode(list(u64, MAX_PRICE_POINTS), prices))),
    ),
  });

export const postPrices: TransactionType<PostPrices> = {
  type: 12,
  name: 'postPrices',
  layout,
  refusals: [
    'points_not_ascending',
    'point_unknown',
    'report_from_future',
    'report_too_old',
    'price_must_be_positive',
    'signature_invalid',
    'publisher_unknown',
    'publisher_repeated',
    'too_few_publishers',
    'underlying_not_found',
    'price_time_must_increase',
    'price_jump_too_large',
    'surface_out_of_range',
    'surface_jump_too_large',
    'surface_arbitrage',
  ],
  apply: (state, body, context) => {
    requireOrdered(body.points);
    const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
    checkReports(state, body, parameters, context);
    const time = Number(medianLow(body.reports.map((r) => BigInt(r.time))));
    for (const [underlying, columns] of columnsByUnderlying(body.points)) {
      postUnderlying(state, parameters, body, underlying, columns, time);
    }
    advanceInterest(state, parameters, existing(state, CHAIN, 0).timestamp);
  },
};

const isLed = (p: PricePoint): boolean => p.expiry === 0 && p.quantity === QUANTITY.price;

/** Strictly ascending by underlying, expiry, quantity; each underlying led by its index, slices whole. */
function requireOrdered(pricePoints: readonly PricePoint[]): void {
  require(pricePoints.length > 0, REFUSAL.malformed, 'at least one point');
  pricePoints.forEach((p, i) => {
    const previous = pricePoints[i - 1];
    const ordered =
      previous === undefined || previous.underlying < p.underlying ? isLed(p) : follows(previous, p);
    require(ordered, REFUSAL.points_not_ascending, () => `point ${i}`);
    require(isWhole(p, previous, pricePoints[i + 1]), REFUSAL.point_unknown, () => `point ${i}`);
  });
}

const follows = (a: PricePoint, b: PricePoint): boolean =>
  a.underlying === b.underlying &&
  (a.expiry < b.expiry || (a.expiry === b.expiry && a.quantity < b.quantity));

/** A daily volume belongs to an index; theta, rho and psi come together, right behind their forward. */
function isWhole(p: PricePoint, previous: PricePoint | undefined, next: PricePoint | undefined): boolean {
  if (p.expiry === 0) return p.quantity <= QUANTITY.dailyVolume;
  if (p.quantity > QUANTITY.psi) return false;
  const sameTerm = (other: PricePoint | undefined): other is PricePoint =>
    other !== undefined && other.underlying === p.underlying && other.expiry === p.expiry;
  const led = p.quantity === QUANTITY.price || (sameTerm(previous) && previous.quantity === p.quantity - 1);
  const ends = p.quantity === QUANTITY.price || p.quantity === QUANTITY.psi;
  return led && (ends || sameTerm(next));
}

function checkReports(state: StateAccess, body: PostPrices, parameters: Parameters, context: Context): void {
  const chain = existing(state, CHAIN, 0);
  const { threshold, members } = existing(state, PUBLISHERS, PUBLISHERS_PAGE);
  const domainSeparator = fromHex(chain.domainSeparator);
  const seen = new Set<string>();
  for (const { time, prices, signature: compact } of body.reports) {
    require(prices.length === body.points.length, REFUSAL.malformed, 'a price for each point');
    require(time <= chain.timestamp, REFUSAL.report_from_future, () => `time ${time}, now ${chain.timestamp}`);
    require(BigInt(chain.timestamp - time) <= parameters.maxReportAge, REFUSAL.report_too_old, () =>
      `time ${time}, now ${chain.timestamp}`);
    require(prices.every((p) => p > 0n && p < 2n ** 62n), REFUSAL.price_must_be_positive);
    const digest = reportDigest(domainSeparator, body.points, time, prices);
    const signer = signerOf(context.recover, digest, compact);
    if (signer === null) throw new Refusal(REFUSAL.signature_invalid);
    require(members.includes(signer), REFUSAL.publisher_unknown, signer);
    require(!seen.has(signer), REFUSAL.publisher_repeated, signer);
    seen.add(signer);
  }
  require(seen.size >= threshold, REFUSAL.too_few_publishers, () => `${seen.size} of ${threshold}`);
}

function columnsByUnderlying(pricePoints: readonly PricePoint[]): Map<number, number[]> {
  const columns = new Map<number, number[]>();
  pricePoints.forEach(({ underlying }, i) => {
    const known = columns.get(underlying);
    if (known === undefined) columns.set(underlying, [i]);
    else known.push(i);
  });
  return columns;
}

function postUnderlying(
  state: StateAccess,
  parameters: Parameters,
  body: PostPrices,
  id: number,
  columns: readonly number[],
  time: Seconds,
): void {
  const old = state.read(UNDERLYING, id);
  if (old === undefined) throw new Refusal(REFUSAL.underlying_not_found, `underlying ${id}`);
  require(time > old.oracleTime, REFUSAL.price_time_must_increase, () =>
    `time ${time} must be after ${old.oracleTime}`);
  const column = (i: number): bigint[] => body.reports.map((r) => r.prices[i]!);
  const quotes = columns.map((i) => ({ value: medianLow(column(i)), ...body.points[i]! }));
  const index = quotes[0]!.value;
  requireNoJump(old, parameters, index, time);
  const posted = termsOf(quotes, time);
  for (const { forward } of posted) requireNoJump(old, parameters, forward, time);
  const terms = mergedTerms(old.terms, posted, time);
  requireSoundSurface(old.terms, terms, parameters, time);
  const volume = quotes.find((q) => q.expiry === 0 && q.quantity === QUANTITY.dailyVolume);
  const next: Underlying = {
    ...settlementAdvanced(old, time),
    indexPrice: index,
    oracleTime: time,
    confidence: confidenceOf(column(columns[0]!), index),
    stablePrice: stablePriceAfter(old, parameters, index, time),
    priceSequence: old.priceSequence + 1n,
    averageDailyVolume: volume?.value ?? old.averageDailyVolume,
    resumeTime: isBack(old, parameters, time) ? existing(state, CHAIN, 0).timestamp : old.resumeTime,
    terms,
  };
  state.put(UNDERLYING, id, advanceRegime(state, id, old, next, parameters));
}

/** Is there a price again after the last one was no longer fresh? */
const isBack = ({ indexPrice, oracleTime }: Underlying, { maxPriceAge }: Parameters, time: Seconds): boolean =>
  indexPrice > 0n && BigInt(time - oracleTime) > maxPriceAge;

/** A price far from the last fresh index is refused; after a gap the market may have moved. */
function requireNoJump(old: Underlying, parameters: Parameters, price: Price, time: Seconds): void {
  if (old.indexPrice === 0n || isBack(old, parameters, time)) return;
  require(
    abs(price - old.indexPrice) * WAD <= old.indexPrice * parameters.priceJump,
    REFUSAL.price_jump_too_large,
    () => `price ${price}, last ${old.indexPrice}`,
  );
}

/** One minus spread over median, at least zero. */
function confidenceOf(prices: readonly Price[], median: Price): Wad {
  let low = median;
  let high = median;
  for (const price of prices) {
    if (price < low) low = price;
    if (price > high) high = price;
  }
  const spread = ((high - low) * WAD) / median;
  return spread > WAD ? 0n : WAD - spread;
}

/** Moves towards the index by at most `stableRate` of itself per second. */
function stablePriceAfter(old: Underlying, parameters: Parameters, index: Price, time: Seconds): Price {
  if (old.indexPrice === 0n) return index;
  const most = (old.stablePrice * parameters.stableRate * BigInt(time - old.oracleTime)) / WAD;
  return clamp(index, old.stablePrice - most, old.stablePrice + most);
}

/**
 * Carries the price-time sum to `time` at the old index, opening and closing the settlement window
 * at their exact seconds on the way. After a gap over several expiries the last average wins.
 */
function settlementAdvanced(old: Underlying, time: Seconds): Underlying {
  if (old.indexPrice === 0n) return { ...old, settlementExpiry: nextExpiry(time) };
  const sumAt = (t: Seconds): bigint => old.priceSeconds + old.indexPrice * BigInt(t - old.oracleTime);
  let next: Underlying = { ...old, priceSeconds: sumAt(time) };
  while (true) {
    const opens = next.settlementExpiry - SETTLEMENT_WINDOW_SECONDS;
    if (time < opens) return next;
    // Opened before this post already, unless its first second lies in (oracleTime, time].
    if (opens > old.oracleTime) next = { ...next, windowPriceSeconds: sumAt(opens) };
    if (time < next.settlementExpiry) return next;
    const average =
      (sumAt(next.settlementExpiry) - next.windowPriceSeconds) / BigInt(SETTLEMENT_WINDOW_SECONDS);
    next = {
      ...next,
      lastSettlementExpiry: next.settlementExpiry,
      lastSettlementPrice: average,
      settlementExpiry: next.settlementExpiry + SECONDS_PER_DAY,
    };
    // Several days without a price: skip to the last window, each in between had the same index.
    if (time - next.settlementExpiry > SECONDS_PER_DAY) {
      const late = time - next.settlementExpiry;
      next = { ...next, settlementExpiry: next.settlementExpiry + late - (late % SECONDS_PER_DAY) };
    }
  }
}

/** The first 08:00 UTC whose whole window lies after `time`. */
function nextExpiry(time: Seconds): Seconds {
  const from = time + SETTLEMENT_WINDOW_SECONDS;
  const sinceEight = (from - EXPIRY_SECOND_OF_DAY + SECONDS_PER_DAY) % SECONDS_PER_DAY;
  return from + ((SECONDS_PER_DAY - sinceEight) % SECONDS_PER_DAY);
}

