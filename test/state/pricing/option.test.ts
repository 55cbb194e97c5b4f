/** Options of one strike share what was priced once: in any order each is what the kernel says of it alone. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { divNearest } from '../../../state/math/integer.ts';
import { logMoneynessOf, optionPrice, sqrtYears, totalVolatility } from '../../../state/pricing/black76.ts';
import { markOption } from '../../../state/pricing/option.ts';
import { volatilityAt } from '../../../state/pricing/surface.ts';
import { INSTRUMENT_KIND, type Instrument } from '../../../state/records/instrument.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import type { Term, Underlying } from '../../../state/records/underlying.ts';
import { scenariosOf, volatilityShocks } from '../../../state/risk/scenarios.ts';
import { WAD } from '../../../state/units.ts';

const test = suite('options of one strike');

const SEED = { seed: 20_261_126, numRuns: 40 };
const NOW = 1_772_409_600;
const EXPIRY = NOW + 20 * 86_400;
const LOT = 10n ** 5n;
/** [1e-8 USD] in 1e-18 USD, and that times 1e-8 units in 1e-6 USD. */
const WAD_PER_PRICE = 10n ** 10n;
const WAD_USD_TIMES_SIZE = 10n ** 20n;

const scanned = (percent: bigint): Underlying =>
  ({ priceScanRange: (percent * WAD) / 100n, volatilityScanUp: WAD / 3n, volatilityScanDown: WAD / 4n }) as Underlying;
const UNDERLYINGS = [scanned(10n), scanned(20n)] as const;
const termOf = (theta: bigint): Term =>
  ({ expiry: EXPIRY, volatilityTime: NOW - 60, theta, rho: -WAD / 5n, psi: theta }) as Term;
const TERMS = [termOf(WAD / 50n), termOf(WAD / 40n)] as const;
const PARAMETERS = [0n, WAD].map((volatilityFloor) => ({ volatilityFloor }) as Parameters);

/** Few values of each, so that neighbours often differ in one of them, or in none. */
const either = fc.nat({ max: 1 });
const case_ = fc.record({ isCall: fc.boolean(), underlying: either, term: either, parameters: either, forward: either, strike: either, now: either, fixed: either });
type Case = typeof case_ extends fc.Arbitrary<infer T> ? T : never;

function markedOf(c: Case): { markPrice: bigint; riskArray: Float64Array } {
  const instrument = { kind: c.isCall ? INSTRUMENT_KIND.call : INSTRUMENT_KIND.put, strike: strikeOf(c), expiry: EXPIRY, lotSize: LOT } as Instrument;
  const price = { fixed: fixedOf(c), moving: movingOf(c) };
  return markOption(instrument, UNDERLYINGS[c.underlying]!, TERMS[c.term]!, PARAMETERS[c.parameters]!, price, NOW + c.now);
}
const strikeOf = (c: Case): bigint => [90_000n, 110_000n][c.strike]! * 10n ** 8n;
const movingOf = (c: Case): bigint => [100_000n, 100_001n][c.forward]! * 10n ** 8n;
const fixedOf = (c: Case): bigint => [0n, 5_000n][c.fixed]! * 10n ** 8n;

/** Price, and P&L in each scenario, of an option by itself. */
function plainOf(c: Case): { markPrice: bigint; riskArray: Float64Array } {
  const underlying = UNDERLYINGS[c.underlying]!;
  const [forward, strike] = [movingOf(c) * WAD_PER_PRICE, (strikeOf(c) - fixedOf(c)) * WAD_PER_PRICE];
  const tau = EXPIRY - NOW - c.now;
  const sigma = volatilityAt(TERMS[c.term]!, -logMoneynessOf(forward, strike));
  const shocks = volatilityShocks(sigma, tau, underlying, PARAMETERS[c.parameters]!);
  const priceAt = (at: bigint, volatility: bigint): bigint =>
    optionPrice(at, strike, logMoneynessOf(at, strike), totalVolatility(volatility, sqrtYears(tau)), c.isCall);
  const base = priceAt(forward, sigma);
  const riskArray = scenariosOf(underlying).map(({ move, damping, volatility }) => {
    const gain = priceAt((forward * (WAD + move)) / WAD, shocks[volatility]!) - base;
    return Number(divNearest(gain * damping * LOT, WAD * WAD_USD_TIMES_SIZE));
  });
  return { markPrice: divNearest(base, WAD_PER_PRICE), riskArray: Float64Array.from(riskArray) };
}

test('marks in a row = each of them alone', () => {
  let shared = 0;
  fc.assert(
    fc.property(fc.array(case_, { minLength: 2, maxLength: 12 }), (cases) => {
      let before: Case | undefined;
      for (const c of cases.flatMap((one) => [one, { ...one, isCall: !one.isCall }])) {
        const { markPrice, riskArray } = markedOf(c);
        assert.equal({ markPrice, riskArray }, plainOf(c));
        if (before !== undefined && JSON.stringify({ ...before, isCall: c.isCall }) === JSON.stringify(c)) shared += 1;
        before = c;
      }
    }),
    SEED,
  );
  assert.ok(shared > SEED.numRuns, `${shared} shared`);
});

test.run();
