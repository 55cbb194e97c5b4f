/** One function for each operator that can leave 256 bits: what `loadChecked` must notice. */
export const overflows: Readonly<Record<string, (x: bigint) => bigint>> = {
  sum: (x) => x + x,
  difference: (x) => -x - x - 2n,
  product: (x) => x * 2n,
  power: (x) => x ** 2n,
  quotient: (x) => (-x - 1n) / -1n,
  shift: (x) => x << 1n,
  negation: (x) => -(-x - 1n),
  nested: (x) => (x * x) / x,
  assignment: (x) => {
    let total = 1n;
    total += x;
    return total;
  },
};

/** Largest and smallest results that fit: noticed by nobody. */
export const fits = (x: bigint): bigint => -x - 1n + 0n * x;

/** A count of a big integer, which is not to be checked and so not to be written. */
export function counts(x: bigint): bigint {
  x++;
  return x;
}
