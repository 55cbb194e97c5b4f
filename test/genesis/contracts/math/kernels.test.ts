/** The Solidity kernels give on an EVM what those of `state/` give, bit by bit. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as q96 from '../../../../state/math/q96.ts';
import * as pricing from '../../../../state/pricing/black76.ts';
import { WAD } from '../../../../state/units.ts';
import { options, type AnyOption } from '../../../support/options.ts';
import { referenceRows } from '../../../support/reference.ts';
import { reverts } from '../evm.ts';
import { KERNELS, Kernels, type KernelName } from './kernels.ts';

const SEED = 1_976;
const test = suite('Solidity kernels');
const kernels = await Kernels.deploy();
const rows = referenceRows('black76_kernel.csv');

const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number): T[] => fc.sample(arbitrary, { seed: SEED, numRuns: count });

function report(name: string, gas: readonly number[]): void {
  const mean = gas.reduce((sum, x) => sum + x, 0) / gas.length;
  console.log(`${name}: ${mean.toFixed(0)} gas, at most ${Math.max(...gas)}`);
}

const isEqual = (actual: readonly unknown[], wanted: readonly unknown[], inputs: readonly unknown[]): void => {
  assert.is(actual.length, wanted.length);
  actual.forEach((value, i) => assert.is(String(value), String(wanted[i]), String(inputs[i])));
};

(rows === null ? test.skip : test)('the reference rows', async () => {
  const number = (name: string) => rows!.map((row) => BigInt(row[name]!));
  const inputs = rows!.map((row) => [row.forward_wad!, row.strike_wad!, row.sigma_wad!, row.tau_s!].map(BigInt));
  const names = ['call', 'put', 'delta_call', 'gamma', 'vega', 'theta'];
  const { out, gas } = await kernels.black76(inputs);
  isEqual(out, rows!.map((row) => names.map((name) => row[name]!)), inputs);
  report('logarithm, root, prices and sensitivities', gas);

  const x = number('x_wad');
  const forward = number('forward_wad');
  isEqual((await kernels.apply('cdfWad', x)).out, number('cdf_x'), x);
  isEqual((await kernels.apply('pdfWad', x)).out, number('pdf_x'), x);
  isEqual((await kernels.apply('expWad', x.map((y) => 3n * y))).out, number('exp_3x'), x);
  isEqual((await kernels.apply('lnWad', forward)).out, number('ln_forward'), forward);
});

test('random options', async () => {
  const some = sample(options, 1_000);
  const inputs = some.map(({ forward, strike, sigma, tau }) => [forward, strike, sigma, BigInt(tau)]);
  const { out } = await kernels.black76(inputs);
  const wanted = some.map(({ forward, strike, sigma, tau }) => {
    const v = pricing.black76(forward, strike, sigma, tau);
    return [v.call, v.put, v.deltaCall, v.gamma, v.vega, v.theta];
  });
  isEqual(out, wanted, inputs);
});

/** An option after a move: ln(F/K) is a sum, as it is in a scenario. */
const scenario = fc
  .tuple(options, fc.bigInt(WAD / 3n, 6n * WAD))
  .map(([{ forward, strike, sigma, tau }, factor]) => [
    (forward * factor) / WAD,
    strike,
    pricing.logMoneynessOf(forward, strike) + q96.lnQ96(q96.wadToQ96(factor)),
    pricing.totalVolatility(sigma, pricing.sqrtYears(tau)),
  ])
  .filter(([forward, , , s]) => forward! > 0n && s! < pricing.LOG_AND_VOLATILITY_BOUND);
/** Ends of the domain of `optionPrice`. */
const far = fc.tuple(
  fc.bigInt(1n, pricing.SCENARIO_FORWARD_MAX),
  fc.bigInt(1n, pricing.SCENARIO_FORWARD_MAX),
  fc.bigInt(1n - pricing.LOG_AND_VOLATILITY_BOUND, pricing.LOG_AND_VOLATILITY_BOUND - 1n),
  fc.oneof(
    fc.bigInt(0n, pricing.LOG_AND_VOLATILITY_BOUND - 1n),
    fc.bigInt(pricing.TOTAL_VOLATILITY_MIN - 1n, 2n * pricing.TOTAL_VOLATILITY_MIN),
  ),
);

test('prices of scenarios', async () => {
  const inputs = [...sample(scenario, 1_000), ...sample(far, 500).map((row) => [...row])];
  const { out } = await kernels.prices(inputs);
  const wanted = inputs.map(([f, k, x, s]) => [true, false].map((isCall) => pricing.optionPrice(f!, k!, x!, s!, isCall)));
  isEqual(out, wanted, inputs);
});

const spread = (low: bigint, high: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt(low, high),
    fc.tuple(fc.bigInt(low, high), fc.integer({ min: 0, max: 255 })).map(([x, shift]) => x >> BigInt(shift)),
  ).filter((x) => x >= low && x <= high);
const INT256_MAX = (1n << 255n) - 1n;
const DOMAINS: Readonly<Record<KernelName, fc.Arbitrary<bigint>>> = {
  expQ96: spread(-70n * q96.Q96, q96.EXP_MAX),
  expWad: spread(-45n * WAD, q96.EXP_WAD_MAX),
  lnQ96: spread(1n, INT256_MAX),
  lnWad: spread(1n, (1n << 159n) - 1n),
  isqrt: spread(0n, INT256_MAX),
  millsQ96: spread(0n, q96.NORMAL_BOUND),
  cdfQ96: spread(-17n * q96.Q96, 17n * q96.Q96),
  pdfQ96: spread(-17n * q96.Q96, 17n * q96.Q96),
  cdfWad: spread(-17n * WAD, 17n * WAD),
  pdfWad: spread(-17n * WAD, 17n * WAD),
  gaussQ96: spread(-q96.NORMAL_BOUND, q96.NORMAL_BOUND),
  wadToQ96: spread(1n - (1n << 176n), (1n << 176n) - 1n),
  q96ToWad: spread(1n - (1n << 212n), (1n << 212n) - 1n),
};

for (const name of KERNELS) {
  test(`${name} over its domain`, async () => {
    const xs = sample(DOMAINS[name], 250);
    isEqual((await kernels.apply(name, xs)).out, xs.map((x) => q96[name](x)), xs);
  });
}

test('what is outside of the domain fails here too', async () => {
  const f = 10n ** 23n;
  const outside: readonly (() => Promise<unknown>)[] = [
    () => kernels.apply('expQ96', [q96.EXP_MAX + 1n]),
    () => kernels.apply('expWad', [q96.EXP_WAD_MAX + 1n]),
    () => kernels.apply('lnQ96', [0n]),
    () => kernels.apply('lnWad', [1n << 159n]),
    () => kernels.apply('isqrt', [-1n]),
    () => kernels.apply('wadToQ96', [1n << 176n]),
    () => kernels.black76([[pricing.FORWARD_MIN - 1n, f, WAD, 1n]]),
    () => kernels.black76([[f, pricing.FORWARD_MAX + 1n, WAD, 1n]]),
    () => kernels.black76([[f, f, pricing.VOLATILITY_MAX + 1n, 1n]]),
    () => kernels.black76([[f, f, -1n, 1n]]),
    () => kernels.black76([[f, f, WAD, BigInt(pricing.TAU_SECONDS_MAX + 1)]]),
    () => kernels.prices([[0n, f, 0n, WAD]]),
    () => kernels.prices([[f, -1n, 0n, WAD]]),
    () => kernels.prices([[pricing.SCENARIO_FORWARD_MAX + 1n, f, 0n, WAD]]),
    () => kernels.prices([[f, f, -pricing.LOG_AND_VOLATILITY_BOUND, WAD]]),
    () => kernels.prices([[f, f, 0n, pricing.LOG_AND_VOLATILITY_BOUND]]),
    () => kernels.prices([[f, f, 0n, -1n]]),
  ];
  for (const call of outside) await reverts(call(), 'Panic', [1n]);
});

/** A usual chain: a month to expiry, strikes from half to twice the forward. */
test('what they cost', async () => {
  const usual: AnyOption[] = [];
  for (let percent = 50n; percent <= 200n; percent += 2n) {
    const forward = 65_000n * WAD;
    usual.push({ forward, strike: (forward * percent) / 100n, sigma: (6n * WAD) / 10n, tau: 30 * 86_400 });
  }
  const total = pricing.totalVolatility((6n * WAD) / 10n, pricing.sqrtYears(30 * 86_400));
  const priced = await kernels.prices(
    usual.map(({ forward, strike }) => [forward, strike, pricing.logMoneynessOf(forward, strike), total]),
  );
  report('a price', priced.gas);
  const valued = await kernels.black76(usual.map((o) => [o.forward, o.strike, o.sigma, BigInt(o.tau)]));
  report('logarithm, root, prices and sensitivities', valued.gas);
  const x = usual.map((_, i) => (BigInt(i) * q96.Q96) / 20n + 1n);
  for (const name of ['expQ96', 'lnQ96', 'isqrt', 'millsQ96', 'cdfQ96'] as const) {
    report(name, (await kernels.apply(name, x)).gas);
  }
  assert.ok(Math.max(...priced.gas) <= 2_200, 'a scenario step of 32 options stays within reach');
});

test.run();
