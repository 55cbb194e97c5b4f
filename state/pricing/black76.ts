/**
 * Black-76: value and sensitivities of a European option on a forward F with strike K, undiscounted
 * (F. Black, "The pricing of commodity contracts", 1976). Prices are in 1e-18 USD.
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

/** Forwards and strikes whose options are valued: from 1e-6 to 1e10 USD. */
export const FORWARD_MIN: WadUsd = 10n ** 12n;
export const FORWARD_MAX: WadUsd = 10n ** 28n;
/** 2,000 %. */
export const VOLATILITY_MAX: Wad = 20n * WAD;
/** Ten years. */
export const TAU_SECONDS_MAX = 320_000_000;
/** Total volatility below which an option is worth its intrinsic value: 2^-40. */
export const TOTAL_VOLATILITY_MIN: X96 = 1n << 56n;
/** What `optionPrice` takes: a scenario moves the forward beyond `FORWARD_MAX`. */
export const SCENARIO_FORWARD_MAX: WadUsd = 1n << 128n;
/** Exclusive bound of |ln(F/K)| and of total volatility. */
export const LOG_AND_VOLATILITY_BOUND: X96 = 64n * Q96;

const YEAR = BigInt(SECONDS_PER_YEAR);

/** Square root of the time to expiry in years of 365 days, rounded down. 0 <= tau <= 3.2e8. */
export function sqrtYears(tauSeconds: number): X96 {
  invariant(tauSeconds >= 0 && tauSeconds <= TAU_SECONDS_MAX, 'time is in the domain');
  return isqrt((BigInt(tauSeconds) << 192n) / YEAR);
}

/** sigma sqrt(T), rounded down. */
export const totalVolatility = (sigma: Wad, rootYears: X96): X96 => (sigma * rootYears) / WAD;

/** ln(F/K): exactly the negative of ln(K/F). 0 < F, K < 2^159. */
export const logMoneynessOf = (forward: WadUsd, strike: WadUsd): X96 =>
  forward <= strike ? -lnQ96((strike << 96n) / forward) : lnQ96((forward << 96n) / strike);

const isScenarioForward = (price: WadUsd): boolean => price > 0n && price <= SCENARIO_FORWARD_MAX;
const isForward = (price: WadUsd): boolean => price >= FORWARD_MIN && price <= FORWARD_MAX;

/**
 * Undiscounted price of the one of call and put that is out of the money, rounded down. The caller
 * supplies ln(F/K): scenarios of an option share ln of its forward over its strike, options share ln of
 * the moves. 0 < F, K <= 2^128, |ln(F/K)| < 64, 0 <= s < 64. Error: 2 wei + 3.6e-20 min(F, K).
 */
export function outPrice(forward: WadUsd, strike: WadUsd, logMoneyness: X96, totalVol: X96): WadUsd {
  const a = abs(logMoneyness);
  invariant(isScenarioForward(forward) && isScenarioForward(strike), 'forward and strike are in the domain');
  invariant(a < LOG_AND_VOLATILITY_BOUND, 'log-moneyness is in the domain');
  invariant(totalVol >= 0n && totalVol < LOG_AND_VOLATILITY_BOUND, 'volatility is in the domain');
  return ((forward <= strike ? forward : strike) * shareOf(a, totalVol)) >> 96n;
}

/** Price of a call or put from that of the one that is out of the money, which at the money is the call. Exact. */
export function byParity(out: WadUsd, forward: WadUsd, strike: WadUsd, isCall: boolean): WadUsd {
  const callIsOut = forward <= strike;
  if (isCall === callIsOut) return out;
  return out + (callIsOut ? strike - forward : forward - strike);
}

/** Undiscounted price of a call or put, rounded down: arguments and error as of `outPrice`. */
export const optionPrice = (
  forward: WadUsd,
  strike: WadUsd,
  logMoneyness: X96,
  totalVol: X96,
  isCall: boolean,
): WadUsd => byParity(outPrice(forward, strike, logMoneyness, totalVol), forward, strike, isCall);

/** What an option out of the money is worth over min(F, K). */
function shareOf(a: X96, s: X96): X96 {
  if (s < TOTAL_VOLATILITY_MIN) return 0n;
  const half = s >> 1n;
  const shift = (a << 96n) / s;
  const h = half - shift;
  const distance = abs(h);
  // Decided before the square is taken: with a tiny s it would not fit 256 bits.
  if (distance >= NORMAL_BOUND) return h < 0n ? 0n : Q96;
  return shareFrom(h, gaussQ96(h), millsQ96(distance), tailMills(half + shift));
}

function shareFrom(h: X96, gauss: X96, millsH: X96, millsG: X96): X96 {
  const share = h < 0n ? (gauss * (millsH - millsG)) >> 96n : Q96 - ((gauss * (millsH + millsG)) >> 96n);
  // The error of M can leave a worthless option a hair below zero.
  return share > 0n ? share : 0n;
}

/** M(z), 0 beyond the bound: there it is multiplied by less than 2^-96. */
const tailMills = (z: X96): X96 => (z >= NORMAL_BOUND ? 0n : millsQ96(z));

export type OptionValues = Readonly<{
  call: WadUsd;
  put: WadUsd;
  /** N(d1): change of the call with the forward; the put's is this less one. */
  deltaCall: Wad;
  /** Change of delta with the forward [1e-18 per USD]. */
  gamma: bigint;
  /** Change of the price for 1.00 of volatility. */
  vega: WadUsd;
  /** Change of the price in a year, the forward fixed. Never positive. */
  theta: WadUsd;
}>;

/**
 * Undiscounted values and sensitivities. Without time or volatility, or too far away to matter, an
 * option is worth its intrinsic value and its delta is 0 or 1.
 * 1e12 <= F, K <= 1e28, 0 <= sigma <= 20, 0 <= tau <= 3.2e8 s.
 * Errors: prices as `optionPrice`. From 0.1 % of volatility and one second on: delta 0.52 wei;
 * gamma 1 wei + 0.51 wei / F + 1e-20 of itself; w = F phi(d1) 1 wei + 2^-95 min(F, K) + 1e-20 of
 * itself, so vega 1 wei + sqrt(T) of that, theta 1 wei + sigma / (2 sqrt(T)) of that.
 */
export const black76 = (forward: WadUsd, strike: WadUsd, sigma: Wad, tauSeconds: number): OptionValues =>
  optionValues(forward, strike, logMoneynessOf(forward, strike), sigma, sqrtYears(tauSeconds));

/** `black76` where the caller has ln(F/K) and the root of the time. */
export function optionValues(
  forward: WadUsd,
  strike: WadUsd,
  logMoneyness: X96,
  sigma: Wad,
  rootYears: X96,
): OptionValues {
  const a = abs(logMoneyness);
  invariant(isForward(forward) && isForward(strike), 'forward and strike are in the domain');
  invariant(a < LOG_AND_VOLATILITY_BOUND, 'log-moneyness is in the domain');
  invariant(sigma >= 0n && sigma <= VOLATILITY_MAX, 'volatility is in the domain');
  const callIsOut = forward <= strike;
  const lower = callIsOut ? forward : strike;
  const upper = callIsOut ? strike : forward;
  const s = totalVolatility(sigma, rootYears);
  if (s < TOTAL_VOLATILITY_MIN) return certain(0n, forward, strike, callIsOut ? 0n : WAD);
  const half = s >> 1n;
  const shift = (a << 96n) / s;
  const h = half - shift;
  const distance = abs(h);
  if (distance >= NORMAL_BOUND) {
    return certain(h < 0n ? 0n : lower, forward, strike, callIsOut && h < 0n ? 0n : WAD);
  }
  const gauss = gaussQ96(h);
  const millsH = millsQ96(distance);
  const millsG = tailMills(half + shift);
  const out = (lower * shareFrom(h, gauss, millsH, millsG)) >> 96n;
  const intrinsic = upper - lower;
  const density = (gauss * NORMAL_PEAK) >> 96n; // phi(h).
  const weighted = (density * lower) >> 96n; // F phi(d1) = K phi(d2) = min(F, K) phi(h).
  let delta: X96;
  let densityD1: X96;
  if (callIsOut) {
    // d1 = h.
    const tail = (gauss * millsH) >> 96n;
    delta = h < 0n ? tail : Q96 - tail;
    densityD1 = density;
  } else {
    // d1 = g, and phi(g) = phi(h) K / F.
    delta = Q96 - (((gauss * millsG) >> 96n) * lower) / upper;
    densityD1 = (density * lower) / upper;
  }
  return {
    call: callIsOut ? out : out + intrinsic,
    put: callIsOut ? out + intrinsic : out,
    deltaCall: q96ToWad(delta),
    gamma: (q96ToWad((densityD1 << 96n) / s) * WAD) / forward,
    vega: (weighted * rootYears) >> 96n,
    theta: -(((weighted * sigma) / WAD) << 95n) / rootYears,
  };
}

/** Values where nothing is left to chance: `out` is the price of the option out of the money. */
function certain(out: WadUsd, forward: WadUsd, strike: WadUsd, deltaCall: Wad): OptionValues {
  const call = forward <= strike ? out : out + forward - strike;
  return { call, put: call + strike - forward, deltaCall, gamma: 0n, vega: 0n, theta: 0n };
}
