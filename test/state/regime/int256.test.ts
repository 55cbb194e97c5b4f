/** No intermediate of the volatility model leaves a signed 256-bit integer, for any prices and gaps: its twin is unchecked. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Macro } from '../../../state/records/macro.ts';
import type { Regime } from '../../../state/records/regime.ts';
import type * as macroModule from '../../../state/regime/macro.ts';
import type * as forecastModule from '../../../state/regime/forecast.ts';
import type * as regimeModule from '../../../state/regime/regime.ts';
import { newMacro } from '../../../state/regime/prior.ts';
import { WAD } from '../../../state/units.ts';
import { loadChecked, seen } from '../../support/int256.ts';
import { OPEN_TERMS, Q96, regimeAt } from '../../support/regimes.ts';

const SEED = 96;
const LARGEST = 2n ** 62n - 1n;
const checked = (await loadChecked(
  'state/regime/regime.ts',
  'state/regime/macro.ts',
  'state/regime/forecast.ts',
)) as typeof regimeModule & typeof macroModule & typeof forecastModule;

const price = fc.oneof(fc.constantFrom(1n, 2n, LARGEST - 1n, LARGEST), fc.bigInt({ min: 1n, max: LARGEST }));
const wad = fc.oneof(fc.constantFrom(0n, 1n, 10n * WAD), fc.bigInt({ min: 0n, max: 10n * WAD }));
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1) },
  fc.integer({ min: 1, max: 30 }),
  fc.integer({ min: 1, max: 3_000_000 }),
);

const test = suite('regime: 256 bits');

test('bars of any price, after any gap, of followers too', () => {
  const bars = fc.array(fc.tuple(price, price, gap), { minLength: 10, maxLength: 80 });
  const terms = fc.record({ scanFloor: wad, scanCeiling: wad, multiplier: wad, implied: wad, tilt: fc.bigInt({ min: 0n, max: Q96 }) });
  const start = fc.bigInt({ min: 0n, max: Q96 });
  seen.largest = seen.smallest = 0n;
  fc.assert(
    fc.property(bars, terms, start, fc.boolean(), (moves, t, variance, isNew) => {
      const rules = {
        ...OPEN_TERMS,
        underlying: { ...OPEN_TERMS.underlying, scanFloor: t.scanFloor, scanCeiling: t.scanCeiling },
        scanMultiplier: WAD + t.multiplier / 2n,
        implied: t.implied << 78n,
        tilt: () => t.tilt,
      };
      let leader: Regime = regimeAt(variance);
      let follower: Regime = regimeAt(variance, isNew ? { observedHours: 0 } : {});
      let hour = 480_000;
      for (const [first, second, hours] of moves) {
        hour += hours;
        leader = checked.barClosed(leader, { hour, price: first }, rules);
        follower = checked.barClosed(follower, { hour, price: second }, { ...rules, isLeader: false, leader });
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
  // The checks were at work, and the longest result leaves room.
  assert.ok(seen.largest > 2n ** 160n, `${seen.largest.toString(2).length} bits`);
  assert.ok(seen.largest < 2n ** 254n && seen.smallest > -(2n ** 254n));
});

test('closes of any price', () => {
  const days = fc.array(fc.tuple(price, price, price, price), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(days, (closes) => {
      let macro: Macro = newMacro(1);
      closes.forEach(([equity, reference, volatility, dollar], day) => {
        macro = checked.equityClosed(macro, equity, reference, day);
        macro = checked.volatilityClosed(macro, volatility, day);
        macro = checked.dollarClosed(macro, dollar, day);
        checked.tiltOf({ ...macro, equityDays: 60 }, day + (day % 7));
      });
    }),
    { seed: SEED, numRuns: 200 },
  );
});

test('slices of any life and variance', () => {
  const now = 2 ** 47;
  const term = fc.record({
    expiry: fc.integer({ min: now + 1, max: 2 ** 48 - 1 }),
    forward: price,
    theta: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    rho: fc.constant(0n),
    psi: fc.constant(0n),
    volatilityTime: fc.integer({ min: now - 3_600, max: now }),
  });
  fc.assert(
    fc.property(fc.array(term, { maxLength: 16 }), (terms) => {
      const ordered = [...terms].sort((a, b) => a.expiry - b.expiry);
      assert.ok(checked.impliedVariance(ordered, now, 3_600n) >= 0n);
    }),
    { seed: SEED },
  );
});

test.run();
