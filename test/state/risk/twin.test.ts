/** The integer engine = the same margin in doubles, written a second time from the specification, on any portfolio. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { fastBooksOf } from '../../../state/risk/fastBook.ts';
import { marginOf } from '../../../state/risk/margin.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { anyPortfolio } from './anyPortfolio.ts';
import { floatMargin, type FloatMargin } from './floatMargin.ts';

const test = suite('margin in doubles');

const SEED = { seed: 20_260_901, numRuns: 2_000 };
const MODES = Object.values(MARGIN_MODE);
/** Roots and correlated shares are multiples of this. */
const STEP = 1e-6;

/** How far integers may be from doubles [1e-6 USD]: their roundings, the step of roots and shares, noise of doubles. */
function tolerances(p: Portfolio): FloatMargin {
  const whole = { ...p, parameters: { ...p.parameters, correlationOffset: 0n } };
  const silo = Math.max(floatMargin(whole, 0).scan, floatMargin(whole, 1).scan);
  const gross = floatMargin({ ...p, parameters: { ...p.parameters, contingency: 10n ** 18n } }, 0).contingency;
  const collateral = Math.abs(floatMargin({ ...p, holdings: [] }, 0).equity);
  // Two wads round before they meet a delta; a delta is at most 5 of what it is of.
  const noise = 60 + 1e-11 * (gross + collateral + silo);
  const liquidity = noise + 6 * STEP * p.holdings.reduce((sum, { position, instrument }) =>
    sum + Math.abs(Number(position.size) * Number(instrument.delta)), 0);
  const scan = noise + 2 * STEP * silo;
  // The loss is off by little, the factor is at most a thousand, and a threshold is a whole number.
  const concentration = 1_000 * noise + 2 * STEP * silo + STEP * floatMargin(p, 0).concentration;
  const maintenance = scan + concentration + liquidity + 2 * noise;
  return {
    equity: noise, initialEquity: noise, freeEquity: noise, scan, shortOptionMinimum: noise, calendar: noise,
    contingency: noise, liquidity, concentration, maintenance, openInterest: noise, confidence: noise, peg: noise,
    initial: 5 * maintenance + 3 * noise,
  };
}

test('margin in integers = margin in doubles, every part of it, in all modes', () => {
  let inDoubles = 0;
  fc.assert(
    fc.property(anyPortfolio, (p) => {
      if (fastBooksOf(p, true) !== undefined) inDoubles += 1;
      const allowed = tolerances(p);
      for (const mode of MODES) {
        const exact = marginOf(p, mode);
        const plain = floatMargin(p, mode);
        for (const [name, value] of Object.entries(plain) as [keyof FloatMargin, number][]) {
          const away = Math.abs(Number(exact[name]) - value);
          assert.ok(away <= allowed[name], `mode ${mode}, ${name}: ${exact[name]}, not ${value} within ${allowed[name]}`);
        }
      }
    }),
    SEED,
  );
  // Both paths of the engine are taken.
  assert.ok(inDoubles > SEED.numRuns / 4 && inDoubles < SEED.numRuns, `${inDoubles} in doubles`);
});

test.run();
