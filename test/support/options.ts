/** Random options of the domain of the pricing kernels. */
import fc from 'fast-check';
import { FORWARD_MAX, FORWARD_MIN, TAU_SECONDS_MAX } from '../../state/pricing/black76.ts';
import { WAD } from '../../state/units.ts';

export type AnyOption = Readonly<{ forward: bigint; strike: bigint; sigma: bigint; tau: number }>;

/** From `low` to `high`, each order of magnitude as likely as any other. */
export const logarithmic = (low: bigint, high: bigint): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.bigInt(low, high), fc.integer({ min: 0, max: (high / low).toString(2).length }))
    .map(([x, shift]) => x >> BigInt(shift))
    .filter((x) => x >= low);

/** Forward and strike apart by a factor of up to 2^8, or of up to 2^54, or not at all. */
const prices: fc.Arbitrary<[bigint, bigint]> = fc
  .tuple(
    logarithmic(FORWARD_MIN, FORWARD_MAX),
    fc.oneof(
      { weight: 5, arbitrary: fc.bigInt(WAD >> 2n, WAD << 2n) },
      { weight: 3, arbitrary: logarithmic(WAD >> 8n, WAD << 8n) },
      { weight: 1, arbitrary: logarithmic(WAD >> 54n, WAD << 54n) },
      { weight: 1, arbitrary: fc.constant(WAD) },
    ),
  )
  .map(([forward, ratio]): [bigint, bigint] => [forward, (forward * ratio) / WAD])
  .filter(([, strike]) => strike >= FORWARD_MIN && strike <= FORWARD_MAX);

/** From 0.1 % to 2,000 %, mostly from 1 % to 600 %. */
const volatility = fc.oneof(
  { weight: 3, arbitrary: logarithmic(WAD / 100n, 6n * WAD) },
  { weight: 1, arbitrary: logarithmic(WAD / 1_000n, 20n * WAD) },
);
/** From a second to ten years. */
const seconds = logarithmic(1n, BigInt(TAU_SECONDS_MAX)).map(Number);

export const options: fc.Arbitrary<AnyOption> = fc
  .tuple(prices, volatility, seconds)
  .map(([[forward, strike], sigma, tau]) => ({ forward, strike, sigma, tau }));
