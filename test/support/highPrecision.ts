/**
 * Elementary functions to more than 250 correct bits, as plain as possible: a number is a big
 * integer of units of 2^-512, a function is its series. Slow; what the kernels are measured against.
 */
const BITS = 512n;
export const ONE = 1n << BITS;

/** numerator / denominator as a number. */
export const ratio = (numerator: bigint, denominator: bigint): bigint => (numerator << BITS) / denominator;
/** A decimal such as 3.6e-20 of `unit`. */
export function times(decimal: string, unit: bigint): bigint {
  const [mantissa, exponent = '0'] = decimal.split('e');
  const [whole, fraction = ''] = mantissa!.split('.');
  const scale = Number(exponent) - fraction.length;
  const digits = unit * BigInt(whole! + fraction);
  return scale < 0 ? digits / 10n ** BigInt(-scale) : digits * 10n ** BigInt(scale);
}
export const mul = (x: bigint, y: bigint): bigint => (x * y) >> BITS;
export const div = (x: bigint, y: bigint): bigint => (x << BITS) / y;

/** Newton's iteration from above. */
export function sqrt(x: bigint): bigint {
  const n = x << BITS;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

const HALVINGS = 24n;
/** Taylor series of x / 2^24, squared 24 times. */
export function exp(x: bigint): bigint {
  const small = x >> HALVINGS;
  let term = ONE;
  let sum = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = mul(term, small) / n;
  }
  for (let i = 0n; i < HALVINGS; i++) sum = mul(sum, sum);
  return sum;
}

/** artanh(t) = t + t^3/3 + t^5/5 + ... */
function artanh(t: bigint): bigint {
  const square = mul(t, t);
  let sum = 0n;
  let power = t;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = mul(power, square);
  }
  return sum;
}
const LN_2 = 2n * artanh(ONE / 3n);

/** x = 2^k m with m from 3/4 to 3/2; ln(m) = 2 artanh((m - 1) / (m + 1)). x > 0. */
export function ln(x: bigint): bigint {
  let k = BigInt(x.toString(2).length) - 1n - BITS;
  let m = k >= 0n ? x >> k : x << -k;
  if (2n * m > 3n * ONE) {
    m >>= 1n;
    k += 1n;
  }
  return k * LN_2 + 2n * artanh(div(m - ONE, m + ONE));
}

/** Machin: pi / 4 = 4 arctan(1/5) - arctan(1/239). */
function arctanOfInverse(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
    power /= n * n;
  }
  return sum;
}
const PI = 4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n));
const INVERSE_SQRT_2_PI = div(ONE, sqrt(2n * PI));

/** phi(x). */
export const density = (x: bigint): bigint => mul(exp(-mul(x, x) / 2n), INVERSE_SQRT_2_PI);

/** exp(z^2 / 2) N(-z) = exp(z^2 / 2) / 2 - (z + z^3/3 + z^5/(3 5) + ...) / sqrt(2 pi), 0 <= z <= 20. */
export function mills(z: bigint): bigint {
  const square = mul(z, z);
  let sum = 0n;
  let term = z;
  for (let n = 3n; term !== 0n; n += 2n) {
    sum += term;
    term = mul(term, square) / n;
  }
  return exp(square / 2n) / 2n - mul(sum, INVERSE_SQRT_2_PI);
}

/** Laplace's continued fraction phi(z) / (z + 1 / (z + 2 / (z + ...))), over phi(z): for z of 4 and more. */
export function millsByFraction(z: bigint): bigint {
  let denominator = z;
  for (let n = 4_000n; n > 0n; n--) denominator = z + div(n * ONE, denominator);
  return div(INVERSE_SQRT_2_PI, denominator);
}

const FAR = 20n * ONE;
/** N(x); the tail beyond 20, 3e-89, counts as nothing. */
export function cumulative(x: bigint): bigint {
  const z = x < 0n ? -x : x;
  const tail = z > FAR ? 0n : mul(exp(-mul(z, z) / 2n), mills(z));
  return x < 0n ? tail : ONE - tail;
}
