/**
 * Fixed-point kernels on integers: exponential, logarithm, square root and the normal distribution,
 * to about 1e-20. Inside, a number is a multiple of 2^-96 (X96); outside, of 1e-18 (WAD).
 *
 * Every operation is + - * / << >> on integers, `/` toward zero and `>>` toward minus infinity,
 * which the EVM does alike (SDIV, SAR): the results are bit-exact wherever they are computed. For
 * arguments of the stated domain every intermediate fits a signed 256-bit integer. An argument
 * outside is a mistake of the caller, not an input to refuse.
 */
import { invariant } from '../errors.ts';
import { WAD, type Wad, type X96 } from '../units.ts';

/** One, as X96. */
export const Q96: X96 = 1n << 96n;
/** 10^18 is 2^18 x this: so WAD becomes X96 with a shift by 96 - 18. */
export const FIVE_18 = 5n ** 18n;

export const LN_2: X96 = 54916777467707473351141471128n;
export const INVERSE_LN_2: X96 = 114302077158074026402637675937n;
export const SQRT_2: X96 = 112045541949572279837463876455n;
/** phi(0) = 1 / sqrt(2 pi). */
export const NORMAL_PEAK: X96 = 31607463825455920808620519744n;
/** `lnQ96` of 10^18 as X96. */
export const LN_WAD: X96 = 3283732547111784853622338532247n;

/** exp(r) = (even(r^2) + r odd(r^2)) / (even(r^2) - r odd(r^2)): the Pade approximant of order (7, 7). */
export const EXP_EVEN = [17297280n * Q96, 1995840n * Q96, 25200n * Q96, 56n * Q96] as const;
export const EXP_ODD = [8648640n * Q96, 277200n * Q96, 1512n * Q96, Q96] as const;

/** artanh(t) / t as a polynomial in t^2 on [0, 0.029437], minimax. */
export const ARTANH = [
  79228162514264337593539922615n,
  26409387504754779225209093961n,
  15845632502852836867003039361n,
  11318308930622502016484234803n,
  8803129165318403961413711951n,
  7202560599428698172165211303n,
  6094445539035437050960728769n,
  5283229483675520617137028400n,
  4621925094015349006894641198n,
  4770770703100769512142882297n,
] as const;

/** exp(z^2 / 2) N(-z) on [0, 16] is this over `MILLS_DENOMINATOR`: rational minimax of order (10, 11). */
export const MILLS_NUMERATOR = [
  39614081257132168798186789106n,
  62998474500422634214132841510n,
  49875580210497614607938942390n,
  25305309981627874199719265922n,
  9014188432972557064520583707n,
  2342699647133035315411991611n,
  448883876393364909073365959n,
  62636527368936180736738954n,
  6107468780251007697146756n,
  377736825525021644783775n,
  11354475337997020189873n,
] as const;
export const MILLS_DENOMINATOR = [
  79228162514264337593543950336n,
  189211876651757110767618188294n,
  211106314264836186653171955154n,
  145514793027592119215183209347n,
  68998784511371030517420326498n,
  23690067864840245928275273585n,
  6027390137043837537876001473n,
  1140437240707664169543275454n,
  157953336556704751707605174n,
  15337615374876526029508766n,
  946845807303042973409506n,
  28461448925329085172871n,
] as const;

/** Beyond +-16 the tail of the normal distribution, 6e-58, is zero in X96. */
export const NORMAL_BOUND: X96 = 16n * Q96;
/** exp of less than -67 is below 2^-96. */
export const EXP_UNDERFLOW: X96 = -67n * Q96;
export const EXP_MAX: X96 = 64n * Q96;
/** exp of less than -42 is below 1e-18. */
export const EXP_WAD_UNDERFLOW: Wad = -42n * WAD;
export const EXP_WAD_MAX: Wad = 130n * WAD;

// Constants of one operation each: computed at every use they would cost as much as a product.
const INT256_MAX = BigInt.asUintN(255, -1n);
const LN_WAD_BOUND = 1n << 159n;
const HALF_OF_2_78 = 1n << 77n;
const HALF_OF_2_192 = 1n << 191n;
const TWO: X96 = 2n * Q96;

/** Toward zero. |x| < 2^176. */
export const wadToQ96 = (x: Wad): X96 => (x << 78n) / FIVE_18;
/** To the nearest, halves up. |x| < 2^212. */
export const q96ToWad = (x: X96): Wad => (x * FIVE_18 + HALF_OF_2_78) >> 78n;
/** Toward minus infinity. |x y| < 2^255. */
export const mulQ96 = (x: X96, y: X96): X96 => (x * y) >> 96n;

/** Sum of coefficients[i] x^i, from the highest down, each product rounded down. */
function polynomial(coefficients: readonly X96[], x: X96): X96 {
  let sum: X96 = coefficients[coefficients.length - 1]!;
  for (let i = coefficients.length - 2; i >= 0; i--) sum = ((sum * x) >> 96n) + coefficients[i]!;
  return sum;
}

/** k of x = k ln 2 + r, |r| <= ln(2) / 2: x / ln 2 to the nearest. */
const binaryExponent = (x: X96): bigint => (x * INVERSE_LN_2 + HALF_OF_2_192) >> 192n;

/** exp(x) / 2^k, between 1 / sqrt 2 and sqrt 2, for the k of `binaryExponent`. */
function expMantissa(x: X96, k: bigint): X96 {
  const r = x - k * LN_2;
  const square = (r * r) >> 96n;
  const even = polynomial(EXP_EVEN, square);
  const odd = (r * polynomial(EXP_ODD, square)) >> 96n;
  return ((even + odd) << 96n) / (even - odd);
}

/** exp(x) for x <= 64; 0 below -67. Error: 2^-96 + 2.8e-23 of the result. */
export function expQ96(x: X96): X96 {
  invariant(x <= EXP_MAX, 'exp of at most 64');
  if (x < EXP_UNDERFLOW) return 0n;
  const k = binaryExponent(x);
  const mantissa = expMantissa(x, k);
  return k >= 0n ? mantissa << k : mantissa >> -k;
}

/** exp(x) for x <= 130; 0 below -42. Error: 1 wei + 2.8e-23 of the result. */
export function expWad(x: Wad): Wad {
  invariant(x <= EXP_WAD_MAX, 'exp of at most 130');
  if (x < EXP_WAD_UNDERFLOW) return 0n;
  const argument = wadToQ96(x);
  const k = binaryExponent(argument);
  const scaled = expMantissa(argument, k) * WAD;
  return k <= 96n ? scaled >> (96n - k) : scaled << (k - 96n);
}

const LOG_STEPS = [128n, 64n, 32n, 16n, 8n, 4n, 2n, 1n] as const;

/** floor(log2(x)) of 0 < x < 2^256. */
function log2Down(x: bigint): bigint {
  let log = 0n;
  for (const step of LOG_STEPS) {
    const high = x >> step;
    if (high > 0n) {
      x = high;
      log += step;
    }
  }
  return log;
}

/** ln(x), 0 < x < 2^255. Error: 1.8e-23, and near one 3 2^-96 + 1e-22 of itself. */
export function lnQ96(x: X96): X96 {
  invariant(x > 0n && x <= INT256_MAX, 'ln of a positive number');
  let k = log2Down(x) - 96n;
  // x = 2^k y with y from 1 to below 2, and then from 1 / sqrt 2 to sqrt 2.
  const y = k >= 0n ? x >> k : x << -k;
  let center = Q96;
  if (y > SQRT_2) {
    k += 1n;
    center = TWO;
  }
  // ln(y / center) = 2 artanh((y - center) / (y + center)).
  const t = ((y - center) << 96n) / (y + center);
  return k * LN_2 + ((t * polynomial(ARTANH, (t * t) >> 96n)) >> 95n);
}

/** ln(x) for 0 < x < 2^159, that is 7e29. Error: 0.5 wei. */
export function lnWad(x: Wad): Wad {
  invariant(x > 0n && x < LN_WAD_BOUND, 'ln of a positive number');
  return q96ToWad(lnQ96(x << 96n) - LN_WAD);
}

/** floor(sqrt(n)), 0 <= n < 2^255, exactly. */
export function isqrt(n: bigint): bigint {
  invariant(n >= 0n && n <= INT256_MAX, 'root of a natural number');
  if (n < 2n) return n;
  // With e = floor(log2(n) / 2) the root is from 2^e to below 2^(e+1): their middle is off by at
  // most 2^(e-1), and Newton's step squares the error over the root. After six it is below one,
  // and from above, for no step ends below the floor of the root.
  let root = (3n << (log2Down(n) >> 1n)) >> 1n;
  for (let i = 0; i < 6; i++) root = (root + n / root) >> 1n;
  return root > n / root ? root - 1n : root;
}

/** Square root, rounded down, 0 <= x < 2^159. */
export const sqrtQ96 = (x: X96): X96 => isqrt(x << 96n);

/** Scaled Mills ratio exp(z^2 / 2) N(-z), 0 <= z <= 16. Error: 3.6e-20 of the result. */
export function millsQ96(z: X96): X96 {
  invariant(z >= 0n && z <= NORMAL_BOUND, 'Mills ratio from 0 to 16');
  return (polynomial(MILLS_NUMERATOR, z) << 96n) / polynomial(MILLS_DENOMINATOR, z);
}

/** exp(-x^2 / 2), |x| <= 16. Error: as `expQ96`. */
export const gaussQ96 = (x: X96): X96 => expQ96(-((x * x) >> 97n));

/** Normal distribution function. Error: 1.8e-20. */
export function cdfQ96(x: X96): X96 {
  const z = x < 0n ? -x : x;
  const tail = z >= NORMAL_BOUND ? 0n : (gaussQ96(z) * millsQ96(z)) >> 96n;
  return x < 0n ? tail : Q96 - tail;
}

/** Normal density. Error: 2^-95 + 2.8e-23 of itself. */
export function pdfQ96(x: X96): X96 {
  if (x >= NORMAL_BOUND || x <= -NORMAL_BOUND) return 0n;
  return (gaussQ96(x) * NORMAL_PEAK) >> 96n;
}

/** Normal distribution function, |x| < 2^176. Error: 0.52 wei. */
export const cdfWad = (x: Wad): Wad => q96ToWad(cdfQ96(wadToQ96(x)));
/** Normal density, |x| < 2^176. Error: 0.5 wei. */
export const pdfWad = (x: Wad): Wad => q96ToWad(pdfQ96(wadToQ96(x)));
