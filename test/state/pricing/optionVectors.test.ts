/**
 * European options of the test suites that others trust (QuantLib, py_vollib, lyra-utils), priced by
 * the kernel. Those are on a spot S with yield q and rate r; Black-76 is on the forward
 * F = S exp((r - q) T), and the value is discounted by D = exp(-r T).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expWad } from '../../../state/math/q96.ts';
import { black76 } from '../../../state/pricing/black76.ts';
import { SECONDS_PER_YEAR, WAD } from '../../../state/units.ts';
import { times } from '../../support/highPrecision.ts';
import { referenceRows, type Row } from '../../support/reference.ts';

const test = suite('option vectors');
const rows = referenceRows('option_vectors.csv');

const toNumber = (wad: bigint): number => Number(wad) / 1e18;

/** Every quantity of the file, for one option. */
function quantitiesOf(row: Row): Record<string, number> {
  const [t, rate, spot] = [Number(row.t), Number(row.r), Number(row.spot)];
  const carry = rate - Number(row.q);
  const forward = (times(row.spot!, WAD) * expWad(times(String(carry * t), WAD))) / WAD;
  const tau = Math.round(t * SECONDS_PER_YEAR);
  assert.ok(Math.abs(tau / SECONDS_PER_YEAR - t) < 1e-12, 'a whole number of seconds');
  const values = black76(forward, times(row.strike!, WAD), times(row.vol!, WAD), tau);

  const discount = toNumber(expWad(times(String(-rate * t), WAD)));
  const isCall = row.type === 'call';
  const price = discount * toNumber(isCall ? values.call : values.put);
  const forwardOfSpot = toNumber(forward) / spot;
  const delta = discount * forwardOfSpot * toNumber(values.deltaCall - (isCall ? 0n : WAD));
  // V = D(T) C(F(T), T): with the time to expiry falls the discount, and the forward.
  const theta = discount * toNumber(values.theta) + rate * price - carry * spot * delta;
  return {
    price,
    delta,
    gamma: discount * forwardOfSpot ** 2 * toNumber(values.gamma),
    vega: discount * toNumber(values.vega),
    theta,
    theta_per_day: theta / 365,
    // dV/dr = -T V + S T delta, dV/dq = -S T delta.
    rho: t * (spot * delta - price),
    dividend_rho: -t * spot * delta,
    elasticity: (delta * spot) / price,
  };
}

(rows === null ? test.skip : test)('every row, within its tolerance', () => {
  assert.is(rows!.length, 339);
  const faults: string[] = [];
  for (const row of rows!) {
    const value = quantitiesOf(row)[row.quantity!]!;
    const isNear = Math.abs(value - Number(row.expected)) <= Number(row.tolerance);
    if (!isNear) faults.push(`${row.source} ${row.quantity} ${row.type} ${row.strike}: ${value}, not ${row.expected}`);
  }
  assert.equal(faults, []);
});

test.run();
