/**
 * Black-76: value and sensitivities of a European option on a forward F with strike K, undiscounted
 * (F. Black, "The pricing of commodity contracts", 1976). Prices are of 1e-18 USD.
 *
 * What is computed is the option out of the money; parity gives the other one exactly. With
 * a = |ln(F/K)|, s = sigma sqrt(T), h = s/2 - a/s, g = s/2 + a/s and M the scaled Mills ratio,
 *
 *   price / min(F, K) = N(h) - exp(a) N(-g) = exp(-h^2/2) (M(-h) - M(g))     for h < 0
 *                                           = 1 - exp(-h^2/2) (M(h) + M(g))  otherwise,
 *
 * because exp(a) phi(g) = phi(h): one exponential, two ratios and no difference of large numbers.
 */
import { invariant } from '../errors.ts';
import { abs } from '../math/integer.ts';
import {
  NORMAL_BOUND,
  NORMAL_PEAK,
  Q96,
  gaussQ96,
  isqrt,
  lnQ96,
  millsQ96,
  q96ToWad,
} from '../math/q96.ts';
import { SECONDS_PER_YEAR, WAD, type Wad, type WadUsd, type X96 } from '../units.ts';

/** Forwards and strikes that `black76` takes: from 1e-6 to 1e10 USD. */
export const FORWARD_MIN: WadUsd = 10n ** 12n;
export const FORWARD_MAX: WadUsd = 10n ** 28n;
/** 2,000 %. */
export const VOLATILITY_MAX: Wad = 20n * WAD;
/** Ten years. */
export const TAU_SECONDS_MAX = 320_000_000;
/** Total volatility below which an option is worth its intrinsic value: 2^-40. */
export const TOTAL_VOLATILITY_MIN: X96 = 1n << 56n;
/** Exclusive bounds of `optionPrice`: a scenario moves the forward beyond `FORWARD_MAX`. */
export const PRICED_FORWARD_BOUND: WadUsd = 1n << 128n;
export const LOG_MONEYNESS_BOUND: X96 = 64n * Q96;
export const TOTAL_VOLATILITY_BOUND: X96 = 64n * Q96;

/** Square root of the time to expiry in years of 365 days, rounded down. 0 <= tau < 2^48. */
export const sqrtYears = (tauSeconds: number): X96 =>
  isqrt((BigInt(tauSeconds) << 192n) / BigInt(SECONDS_PER_YEAR));

/** sigma sqrt(T), rounded down. */
export const totalVolatility = (sigma: Wad, rootYears: X96): X96 => (sigma * rootYears) / WAD;

const tailMills = (z: X96): X96 => (z >= NORMAL_BOUND ? 0n : millsQ96(z));

/**
 * What an option out of the money is worth over min(F, K), from a = |ln(F/K)| and s = sigma sqrt(T)
 * of at least `TOTAL_VOLATILITY_MIN`.
 */
function outOfTheMoney(a: X96, s: X96): X96 {
  const half = s >> 1n;
  const shift = (a << 96n) / s;
  const h = half - shift;
  // Decided before the square is taken: a tiny s makes h too large for it.
  if (h <= -NORMAL_BOUND) return 0n;
  if (h >= NORMAL_BOUND) return Q96;
  const gauss = gaussQ96(h);
  const g = half + shift;
  const share =
    h < 0n
      ? (gauss * (millsQ96(-h) - tailMills(g))) >> 96n
      : Q96 - ((gauss * (millsQ96(h) + tailMills(g))) >> 96n);
  // The error of M can leave a worthless option a hair below zero.
  return share > 0n ? share : 0n;
}

/**
 * Undiscounted price of a call or put, rounded down. `logMoneyness` is ln(F/K): the caller has it,
 * since the scenarios of an option share the logarithm of its forward over its strike and the
 * logarithms of their moves. For 0 < F, K < 2^128, |ln(F/K)| < 64, 0 <= s < 64.
 * Error: 2 wei + 3.5e-20 min(F, K).
 */
export function optionPrice(
  forward: WadUsd,
  strike: WadUsd,
  logMoneyness: X96,
  totalVol: X96,
  isCall: boolean,
): WadUsd {
  const inPriced = (price: WadUsd): boolean => price > 0n && price < PRICED_FORWARD_BOUND;
  invariant(inPriced(forward) && inPriced(strike), 'forward and strike are in the domain');
  const a = abs(logMoneyness);
  invariant(a < LOG_MONEYNESS_BOUND, 'log-moneyness is in the domain');
  invariant(totalVol >= 0n && totalVol < TOTAL_VOLATILITY_BOUND, 'total volatility is in the domain');
  const callIsOut = forward <= strike;
  const lower = callIsOut ? forward : strike;
  const out = totalVol < TOTAL_VOLATILITY_MIN ? 0n : (lower * outOfTheMoney(a, totalVol)) >> 96n;
  if (isCall === callIsOut) return out;
  return out + (callIsOut ? strike - forward : forward - strike);
}

export type Black76 = Readonly<{
  call: WadUsd;
  put: WadUsd;
  /** N(d1), change of the call with the forward; the put's is this less one. */
  deltaCall: Wad;
  /** Change of delta with the forward [1e-18 per USD]. */
  gamma: bigint;
  /** Change of the price for 1.00 of volatility. */
  vega: WadUsd;
  /** Change of the price in a year, the forward fixed. Never positive. */
  theta: WadUsd;
}>;

/** ln(F/K) from its absolute value's argument: sign(F - K) ln(max / min). */
export function logMoneynessOf(forward: WadUsd, strike: WadUsd): X96 {
  return forward <= strike ? -lnQ96((strike << 96n) / forward) : lnQ96((forward << 96n) / strike);
}

/**
 * Undiscounted values and sensitivities, within the bounds above. Without time or volatility the
 * option is worth its intrinsic value. Errors: prices as `optionPrice`, delta 0.52 wei, vega and
 * theta a few wei + 4e-20 of themselves.
 */
export function black76(forward: WadUsd, strike: WadUsd, sigma: Wad, tauSeconds: number): Black76 {
  const inDomain = (price: WadUsd): boolean => price >= FORWARD_MIN && price <= FORWARD_MAX;
  invariant(inDomain(forward) && inDomain(strike), 'forward and strike are in the domain');
  invariant(sigma >= 0n && sigma <= VOLATILITY_MAX, 'volatility is in the domain');
  invariant(tauSeconds >= 0 && tauSeconds <= TAU_SECONDS_MAX, 'time is in the domain');

  const callIsOut = forward <= strike;
  const [lower, upper] = callIsOut ? [forward, strike] : [strike, forward];
  const intrinsic = upper - lower;
  const valued = (out: WadUsd, rest: Omit<Black76, 'call' | 'put'>): Black76 =>
    callIsOut ? { call: out, put: out + intrinsic, ...rest } : { call: out + intrinsic, put: out, ...rest };

  const rootYears = sqrtYears(tauSeconds);
  const s = totalVolatility(sigma, rootYears);
  if (s < TOTAL_VOLATILITY_MIN) {
    return valued(0n, { deltaCall: callIsOut ? 0n : WAD, gamma: 0n, vega: 0n, theta: 0n });
  }

  const half = s >> 1n;
  const shift = (abs(logMoneynessOf(forward, strike)) << 96n) / s;
  const h = half - shift;
  if (h <= -NORMAL_BOUND) {
    return valued(0n, { deltaCall: callIsOut ? 0n : WAD, gamma: 0n, vega: 0n, theta: 0n });
  }
  if (h >= NORMAL_BOUND) return valued(lower, { deltaCall: WAD, gamma: 0n, vega: 0n, theta: 0n });

  const gauss = gaussQ96(h);
  const millsH = millsQ96(abs(h));
  const millsG = tailMills(half + shift);
  const share =
    h < 0n ? (gauss * (millsH - millsG)) >> 96n : Q96 - ((gauss * (millsH + millsG)) >> 96n);
  const out = (lower * (share > 0n ? share : 0n)) >> 96n;

  // d1 is h for F <= K and g otherwise; K phi(g) / F = phi(h) there, and F phi(d1) = min phi(h).
  const tailH = (gauss * millsH) >> 96n;
  const tailG = (((gauss * millsG) >> 96n) * lower) / upper;
  const n = callIsOut ? (h < 0n ? tailH : Q96 - tailH) : Q96 - tailG;
  const density = (gauss * NORMAL_PEAK) >> 96n;
  const densityD1 = callIsOut ? density : (density * lower) / upper;
  const forwardDensity = (density * lower) >> 96n;
  return valued(out, {
    deltaCall: q96ToWad(n),
    gamma: (q96ToWad((densityD1 << 96n) / s) * WAD) / forward,
    vega: (forwardDensity * rootYears) >> 96n,
    theta: -(((forwardDensity * sigma) / WAD) << 95n) / rootYears,
  });
}
