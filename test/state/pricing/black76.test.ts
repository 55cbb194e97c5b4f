/** Black-76 bit by bit against the reference rows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { black76, logMoneynessOf, optionPrice, sqrtYears, totalVolatility } from '../../../state/pricing/black76.ts';
import { referenceRows } from '../../support/reference.ts';

const test = suite('Black-76');
const rows = referenceRows('black76_kernel.csv');

(rows === null ? test.skip : test)('prices and sensitivities are the reference numbers', () => {
  assert.is(rows!.length, 2_000);
  for (const row of rows!) {
    const [forward, strike, sigma] = [BigInt(row.forward_wad!), BigInt(row.strike_wad!), BigInt(row.sigma_wad!)];
    const tau = Number(row.tau_s);
    const values = black76(forward, strike, sigma, tau);
    assert.equal(
      values,
      {
        call: BigInt(row.call!),
        put: BigInt(row.put!),
        deltaCall: BigInt(row.delta_call!),
        gamma: BigInt(row.gamma!),
        vega: BigInt(row.vega!),
        theta: BigInt(row.theta!),
      },
      JSON.stringify(row),
    );
    const total = totalVolatility(sigma, sqrtYears(tau));
    const log = logMoneynessOf(forward, strike);
    assert.is(optionPrice(forward, strike, log, total, true), values.call);
    assert.is(optionPrice(forward, strike, log, total, false), values.put);
  }
});

test.run();
