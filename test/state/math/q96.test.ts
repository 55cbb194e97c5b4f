/** The fixed-point kernels, bit by bit against the reference rows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LN_WAD, Q96, cdfWad, expWad, lnQ96, lnWad, pdfWad } from '../../../state/math/q96.ts';
import { WAD } from '../../../state/units.ts';
import { referenceRows } from '../../support/reference.ts';

const test = suite('fixed point');
const rows = referenceRows('black76_kernel.csv');

(rows === null ? test.skip : test)('exp, ln, N and phi give the reference numbers', () => {
  assert.is(rows!.length, 2_000);
  for (const row of rows!) {
    const x = BigInt(row.x_wad!);
    assert.is(cdfWad(x), BigInt(row.cdf_x!), `N(${x})`);
    assert.is(pdfWad(x), BigInt(row.pdf_x!), `phi(${x})`);
    assert.is(expWad(3n * x), BigInt(row.exp_3x!), `exp(3 * ${x})`);
    assert.is(lnWad(BigInt(row.forward_wad!)), BigInt(row.ln_forward!), `ln(${row.forward_wad})`);
  }
});

test('the logarithm of a WAD is what the constant says', () => {
  assert.is(lnQ96(WAD * Q96), LN_WAD);
  assert.is(lnWad(WAD), 0n);
});

test.run();
