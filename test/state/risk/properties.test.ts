/** What margin promises of any portfolio: bounds, growth with risk, no cliffs, nothing gained by splitting. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCENARIOS } from '../../../state/constants.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import type { Underlying } from '../../../state/records/underlying.ts';
import { explainMargin } from '../../../state/risk/explain.ts';
import { marginOf, type Margin } from '../../../state/risk/margin.ts';
import type { Holding, Portfolio } from '../../../state/risk/portfolio.ts';
import { linearRiskArray } from '../../../state/risk/scenarios.ts';
import { WAD } from '../../../state/units.ts';
import { anyPortfolio } from './anyPortfolio.ts';

const test = suite('properties of margin');

const SEED = { seed: 20_261_103, numRuns: 300 };
const MODES = Object.values(MARGIN_MODE);
const ADDITIVE = ['liquidity', 'concentration', 'contingency', 'shortOptionMinimum', 'openInterest', 'confidence', 'peg'] as const;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

test('initial >= maintenance >= 0, free <= initial <= equity, portfolio scan <= cross scan without collateral', () => {
  fc.assert(
    fc.property(anyPortfolio, (p) => {
      for (const mode of MODES) {
        const m = marginOf(p, mode);
        assert.ok(m.initial >= m.maintenance && m.maintenance >= 0n);
        assert.ok(m.freeEquity <= m.initialEquity && m.initialEquity <= m.equity);
        for (const name of [...ADDITIVE, 'scan', 'calendar'] as const) assert.ok(m[name] >= 0n, name);
      }
      const bare = { ...p, pledges: [] };
      assert.ok(marginOf(bare, 0).scan <= marginOf(bare, 1).scan);
    }),
    SEED,
  );
});

/** A position that gains in no scenario, has no delta and no value at the mark: risk and nothing else. */
const pureRisk = (underlying: Underlying, id: number, losses: readonly number[]): Holding => ({
  position: { instrument: 1_000, size: 1n, quote: 0n, fundingIndex: 0n },
  instrument: {
    ...{ kind: 1, underlying: id, expiry: 86_400, delta: 0n, markPerLot: 0n, fundingIndex: 0n, lotSize: 1n },
    ...{ openInterest: 0n, openInterestCap: 1n, markSequence: 1n, riskArray: Float64Array.from(losses, (loss) => -loss) },
  } as Holding['instrument'],
  underlying,
});

test('risk that is added never lowers a margin, nor do more lots of everything', () => {
  const losses = fc.array(fc.nat(10 ** 9), { minLength: SCENARIOS, maxLength: SCENARIOS });
  fc.assert(
    fc.property(anyPortfolio, losses, fc.bigInt(2n, 9n), (p, added, times) => {
      const [first] = p.holdings;
      fc.pre(first !== undefined && p.holdings.length < 32);
      const holdings = [...p.holdings, pureRisk(first.underlying, first.instrument.underlying, added)];
      const scaled = p.holdings.map((h) => ({ ...h, position: { ...h.position, size: h.position.size * times } }));
      for (const mode of MODES) {
        const [before, after, more] = [p, { ...p, holdings }, { ...p, pledges: [], holdings: scaled }].map((of) => marginOf(of, mode));
        assert.ok(after!.scan >= before!.scan && after!.maintenance >= before!.maintenance && after!.initial >= before!.initial);
        const alone = marginOf({ ...p, pledges: [] }, mode);
        assert.ok(more!.maintenance >= alone.maintenance && more!.initial >= alone.initial);
      }
    }),
    SEED,
  );
});

/** A future on the underlying of a position, whose delta and P&L are minus `share` millionths of it. */
function hedgeOf({ position, instrument, underlying }: Holding, share: bigint): Holding {
  const value = abs(instrument.delta);
  const size = -(position.size * (instrument.delta < 0n ? -1n : 1n) * share) / 10n ** 6n;
  const riskArray = linearRiskArray(value, underlying.priceScanRange);
  const future = { ...instrument, kind: 1, delta: value, markPerLot: value, riskArray, expiry: 999, openInterest: 0n } as const;
  return { position: { instrument: 1_000, size, quote: 0n, fundingIndex: 0n }, instrument: future, underlying };
}

test('a hedge raises margin by no more than the charges on it', () => {
  fc.assert(
    fc.property(anyPortfolio, fc.bigInt(1n, 10n ** 6n), (p, share) => {
      const linear = p.holdings.find(({ instrument }) => instrument.kind < 2 && instrument.delta > 0n);
      fc.pre(linear !== undefined);
      const hedged: Holding = { ...linear, instrument: { ...linear.instrument, riskArray: linearRiskArray(linear.instrument.delta, linear.underlying.priceScanRange) } };
      const hedge = hedgeOf(hedged, share);
      fc.pre(hedge.position.size !== 0n);
      const before = marginOf({ ...p, pledges: [], holdings: [hedged] }, 0);
      const after = marginOf({ ...p, pledges: [], holdings: [hedged, hedge] }, 0);
      const charges = after.calendar + (after.contingency - before.contingency);
      assert.ok(after.scan <= before.scan && after.liquidity <= before.liquidity && after.concentration <= before.concentration);
      assert.ok(after.maintenance <= before.maintenance + charges);
      assert.ok(after.initialEquity - after.equity >= before.initialEquity - before.equity);
    }),
    SEED,
  );
});

/** Every position and pledge in one of two accounts of the same owner. */
function split(p: Portfolio, bits: readonly boolean[]): [Portfolio, Portfolio] {
  const part = (first: boolean): Portfolio => ({
    ...p,
    // What the other was earned with is not there.
    account: first ? p.account : { ...p.account, score: 0n, feesPaid: 0n },
    holdings: p.holdings.filter((_, i) => bits[i] === first),
    pledges: p.pledges.filter((_, i) => bits[32 + i] === first),
  });
  return [part(true), part(false)];
}
/** And of each position a part in either. */
function halve(p: Portfolio, bits: readonly boolean[]): [Portfolio, Portfolio] {
  const part = (first: boolean): Portfolio => ({
    ...p,
    holdings: p.holdings.flatMap((h, i) => {
      const size = h.position.size / (bits[i] ? 2n : 3n);
      const taken = first ? size : h.position.size - size;
      return taken === 0n ? [] : [{ ...h, position: { ...h.position, size: taken } }];
    }),
    pledges: p.pledges.filter((_, i) => bits[32 + i] === first),
  });
  return [part(true), part(false)];
}

test('splitting over subaccounts of an owner lowers no charge but the calendar charge, nor the scan', () => {
  const bits = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(anyPortfolio, bits, fc.boolean(), (p, sides, halves) => {
      for (const mode of MODES) {
        const whole = marginOf(p, mode);
        const parts = (halves ? halve : split)(p, sides).map((part) => marginOf(part, mode));
        for (const name of [...ADDITIVE, 'scan'] as const) {
          assert.ok(total(parts.map((part) => part[name])) >= whole[name], `mode ${mode}, ${name}`);
        }
        const initialGap = (m: Margin): bigint => m.equity - m.initialEquity;
        assert.ok(total(parts.map(initialGap)) >= initialGap(whole));
        const withoutCalendar = (m: Margin): bigint => m.maintenance - m.calendar;
        assert.ok(total(parts.map(withoutCalendar)) >= withoutCalendar(whole));
      }
    }),
    SEED,
  );
});

test('nor the margins, of linear products where the calendar charge is at most twice the scan range', () => {
  const bits = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(anyPortfolio, bits, (any, sides) => {
      const holdings = any.holdings.map((h): Holding => {
        const riskArray = linearRiskArray(abs(h.instrument.delta), h.underlying.priceScanRange);
        const value = abs(h.instrument.delta);
        return { ...h, instrument: { ...h.instrument, kind: 1, delta: value, markPerLot: value, riskArray } };
      });
      const narrowest = holdings.reduce((low, { underlying: u }) => (u.priceScanRange < low ? u.priceScanRange : low), WAD);
      const calendarCharge = any.parameters.calendarCharge < 2n * narrowest ? any.parameters.calendarCharge : 2n * narrowest;
      const p = { ...any, holdings, pledges: [], parameters: { ...any.parameters, calendarCharge } };
      const whole = marginOf(p, 0);
      const parts = split(p, sides).map((part) => marginOf(part, 0));
      // A risk array is rounded to the nearest: half a micro-dollar a lot.
      const rounding = total(holdings.map(({ position }) => abs(position.size)));
      assert.ok(total(parts.map((m) => m.maintenance)) + rounding >= whole.maintenance);
      assert.ok(total(parts.map((m) => m.initial)) + 6n * rounding >= whole.initial);
    }),
    SEED,
  );
});

test('no cliffs: a millionth more of a position, or a higher price, moves margin by little', () => {
  fc.assert(
    fc.property(anyPortfolio, fc.nat(), (p, pick) => {
      fc.pre(p.holdings.length > 0);
      const at = pick % p.holdings.length;
      const { position, instrument, underlying } = p.holdings[at]!;
      const whole = [...instrument.riskArray, Number(instrument.delta), Number(instrument.markPerLot), 1].reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const step = abs(position.size) / 10n ** 6n + 1n;
      const holdings = p.holdings.map((h, i) => (i === at ? { ...h, position: { ...position, size: position.size + step } } : h));
      const lot = BigInt(Math.ceil((Number(instrument.lotSize) * Number(underlying.indexPrice)) / 1e10)) + 1n;
      // All charges on what was added, at their largest: scan and factor, delta, notional, minimum.
      const most = step * (BigInt(whole) * 1_030n + lot) * 2n + 100n;
      for (const mode of MODES) {
        const [before, after] = [marginOf(p, mode), marginOf({ ...p, holdings }, mode)];
        assert.ok(abs(after.maintenance - before.maintenance) <= most, 'maintenance');
        assert.ok(abs(after.initial - before.initial) <= 6n * most, 'initial');
        assert.ok(abs(after.initialEquity - before.initialEquity - (after.equity - before.equity)) <= most, 'equity');
      }
    }),
    SEED,
  );
});

test('no cliffs in the exposure of the owner, the correlation, the confidence or the stable price', () => {
  const nudge = 10n ** 9n; // A billionth of one.
  fc.assert(
    fc.property(anyPortfolio, (p) => {
      const nudged = (change: (u: Underlying) => Partial<Underlying>): Portfolio => {
        const known = new Map<Underlying, Underlying>();
        const of = (u: Underlying): Underlying => known.get(u) ?? known.set(u, { ...u, ...change(u) }).get(u)!;
        const [holdings, pledges] = [p.holdings, p.pledges].map((all) => all.map((one) => ({ ...one, underlying: of(one.underlying) })));
        return { ...p, holdings, pledges } as unknown as Portfolio;
      };
      const { underlyings } = explainMargin(p, 1);
      const silo = total(explainMargin(p, 0).underlyings.map(({ loss }) => loss)) + total(underlyings.map(({ loss }) => loss));
      const moved = total(underlyings.map(({ delta, pledged }) => abs(delta) + pledged));
      // A root that steps by a millionth, of at most five times the delta and of the losses.
      const step = (5n * (silo + moved)) / 10n ** 6n + 100n;
      const changes: ((u: Underlying) => Partial<Underlying>)[] = [
        ({ correlation }) => ({ correlation: correlation > nudge ? correlation - nudge : correlation + nudge }),
        ({ confidence }) => ({ confidence: confidence > nudge ? confidence - nudge : confidence }),
        ({ averageDailyVolume }) => ({ averageDailyVolume: averageDailyVolume + averageDailyVolume / 10n ** 12n }),
        ({ stablePrice }) => ({ stablePrice: stablePrice + stablePrice / 10n ** 8n }),
      ];
      for (const change of changes) {
        const [before, after] = [marginOf(p, 0), marginOf(nudged(change), 0)];
        const factor = 6n * step + (6n * before.maintenance) / 10n ** 6n;
        assert.ok(abs(after.initial - before.initial) <= factor, `${abs(after.initial - before.initial)} > ${factor}`);
        assert.ok(abs(after.initialEquity - before.initialEquity) <= step);
      }
    }),
    SEED,
  );
});

test.run();
