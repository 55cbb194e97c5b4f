/**
 * Numbers that others published, through our code: SPAN's worked array (McMillan), the open-interest
 * tiers of dYdX v4, and those cases of Derive's portfolio margin whose formula is ours too.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCENARIOS } from '../../../state/constants.ts';
import { wadMulUp } from '../../../state/math/integer.ts';
import { chargesOf } from '../../../state/risk/charges.ts';
import { scanRiskOf } from '../../../state/risk/fastScan.ts';
import { marginOf } from '../../../state/risk/margin.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { scanPortfolio } from '../../../state/risk/scan.ts';
import { linearRiskArray } from '../../../state/risk/scenarios.ts';
import { crowdedFractionUp } from '../../../state/risk/size.ts';
import { WAD } from '../../../state/units.ts';
import { BTC_PERP } from '../../support/world.ts';
import { portfolioOf, type Terms } from './portfolios.ts';

const test = suite('published numbers');

const base = portfolioOf({ sizes: { [BTC_PERP]: 1n } }).holdings[0]!;
type Leg = Readonly<{ pnl: readonly number[]; size: bigint }>;
/** Positions with these P&Ls a lot; scenarios that are not given cost nothing. */
function withLegs(legs: readonly Leg[], terms: Terms = {}): Portfolio {
  const holdings = legs.map(({ pnl, size }) => {
    const riskArray = Float64Array.from({ length: SCENARIOS }, (_, s) => pnl[s] ?? 0);
    return { ...base, position: { ...base.position, size }, instrument: { ...base.instrument, riskArray } };
  });
  return { ...portfolioOf(terms), holdings };
}
function risk(...legs: Leg[]): bigint {
  const p = withLegs(legs);
  assert.is(scanPortfolio(p).risk, scanRiskOf(p).risk);
  return scanRiskOf(p).risk;
}

/* SPAN: 16 scenarios of a long future and a long call, gains positive; the other 19 are padding. */

const FUTURE = [0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000, -7000];
const CALL = [460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430, 8060, 7640, -3380, -3990, 3130, -1500];

test('SPAN: long call, long future, covered write, short call', () => {
  const [future, call] = [{ pnl: FUTURE, size: 1n }, { pnl: CALL, size: 1n }];
  assert.is(risk(call), 3_990n);
  assert.is(risk(future), 10_000n);
  assert.is(risk(future, { ...call, size: -1n }), 6_620n);
  assert.is(risk({ ...call, size: -1n }), 8_060n);
  const { worstScenario, pnl } = scanPortfolio(withLegs([future, { ...call, size: -1n }])).underlyings[0]!;
  assert.equal([worstScenario, pnl[12], pnl[13], pnl[11]], [12, -6_620n, -6_010n, 2_360n]);
});

/* dYdX v4, x/perpetuals/types/liquidity_tier_test.go: base 20 %, caps and open interest in 1e-6 USD. */

const MILLION_USD = 10n ** 12n;
const BASE = WAD / 5n;
const TIERS: readonly [openInterest: bigint, lower: bigint, upper: bigint, partsPerMillion: bigint][] = [
  [0n, 1n, 2n, 200_000n],
  [1_000_000_000_000n, 1n, 2n, 200_000n],
  [1_234_567_000_000n, 1n, 2n, 387_653n], // Rounded down there.
  [1_500_000_000_000n, 1n, 2n, 600_000n],
  [2_000_000_000_000n, 1n, 2n, 1_000_000n],
  [2_500_000_000_000n, 1n, 2n, 1_000_000n],
  [28_123_456_789_123n, 0n, 0n, 200_000n], // Without caps nothing scales.
];

test('dYdX: the fraction grows from its base to one as open interest goes from cap to cap', () => {
  for (const [openInterest, lower, upper, partsPerMillion] of TIERS) {
    const fraction = crowdedFractionUp(BASE, openInterest, lower * MILLION_USD, upper * MILLION_USD);
    assert.is(fraction / 10n ** 12n, partsPerMillion);
  }
});

test('dYdX: the margin of a notional, rounded up', () => {
  const fraction = crowdedFractionUp(BASE, 28_123_456_789_123n, 25n * MILLION_USD, 60n * MILLION_USD);
  assert.is(wadMulUp(500_000n, fraction), 135_697n);
  assert.is(wadMulUp(500_000n, crowdedFractionUp(BASE, 1n, 0n, 0n)), 100_000n);
  assert.is(wadMulUp(1n, WAD / 10n), 1n, '10 % of 1');
  assert.is(wadMulUp(123_456n, 567_243_000_000_000_000n), 70_030n, '56.7243 % of 123,456 is 70,029.55');
});

test('dYdX: as the charge of a position, which is what the fraction exceeds its base by', () => {
  const underlying = { ...base.underlying, priceScanRange: WAD / 10n };
  const parameters = { initialFactor: 2n * WAD, openInterestShare: (WAD * 25n) / 60n };
  const instrument = { ...base.instrument, openInterest: 28_123_456_789_123n, openInterestCap: 60n * MILLION_USD, delta: 1n };
  const holding = { position: { ...base.position, size: 500_000n }, instrument, underlying };
  const p: Portfolio = { ...portfolioOf({ parameters }), holdings: [holding] };
  // 25 / 60 is no multiple of 1e-18: the lower cap is a few below 25 million, the charge no less.
  assert.is(chargesOf(p, scanRiskOf(p), true).openInterest, 35_697n);
});

/*
 * Derive v2-core, PMRM_2 (research/margin.md 2.7), in micro-dollars. Ours too: equity of cash and of
 * haircut collateral; P&L of linear products; that the worst scenario of the sum of given P&Ls binds,
 * tails and collateral included. Not ours: factors of maintenance, contingency by the spot instead of
 * the mark, static discounts, basis and skew scenarios, a penalty of (1 - confidence) without a floor,
 * collateral that is not shocked. Numbers of those cases are not repeated.
 */

test('Derive: an account of cash is worth its cash, whatever a stablecoin does (test_1, test_11)', () => {
  for (const indexPrice of [100_000_000n, 52_000_000n]) {
    const m = marginOf(portfolioOf({ cash: 1_000_000_000n, underlyings: { 0: { indexPrice } } }));
    assert.equal([m.equity - m.maintenance, m.initialEquity - m.initial], [1_000_000_000n, 1_000_000_000n]);
  }
});

test('Derive: a coin counts its price less its haircut (test_2, maintenance)', () => {
  const p = portfolioOf({});
  const coin = { underlying: 0, decimals: 6, ratio: WAD, haircut: WAD / 50n, rampStart: 0, rampEnd: 0 };
  const underlying = { ...p.pledges[0]?.underlying, ...portfolioOf({ pledges: { 1: 1n } }).pledges[0]!.underlying };
  // 0.99984231175 over a stablecoin at 1.00019088635.
  const pledge = { balance: 1_000_000_000n, asset: coin as never, underlying: { ...underlying, indexPrice: 99_965_149n } };
  const { equity } = marginOf({ ...p, pledges: [pledge] });
  assert.ok(equity <= 979_658_462n && equity >= 979_658_462n - 10n, `${equity}: the index has eight decimals`);
});

test('Derive: P&L of a perpetual at 0.82 of its mark of 3,100 (test_29, worst scenario)', () => {
  const pnl = [...linearRiskArray(3_100_000_000n, (WAD * 18n) / 100n)];
  assert.is(risk({ pnl, size: 1n }), 558_000_000n);
});

/** A short call: published loss at 1.18, tail and skew (test_12), and the gain at 0.82 that test_13 implies. */
const SHORT_CALL = { up: -12_939_312_020, down: 1_084_340_858, tail: -3_383_043_325, skew: -43_433_952 };
const BITCOIN = 95_663_506_048; // Its move is 18 % either way, .0277 of a tail is less.

test('Derive: the worst of given P&Ls, alone and with what hedges it (test_12, test_13, test_38, test_41)', () => {
  const call = [SHORT_CALL.up, SHORT_CALL.down, SHORT_CALL.tail, SHORT_CALL.skew];
  assert.is(risk({ pnl: call, size: 1n }), 12_939_312_020n, 'up');
  const coin = [BITCOIN * 0.18, -BITCOIN * 0.18, 0, 0].map(Math.round);
  assert.is(risk({ pnl: call, size: 2n }, { pnl: coin, size: 1n }), 15_050_749_373n, 'down: what it gains there is what is left of the published 15,050.749373');
  assert.is(risk({ pnl: [-336_000_000, -411_036_970], size: 1n }), 411_036_970n, 'a tail may bind');
  assert.is(risk({ pnl: [-1_500_000_000, 0, 0, -1_579_543_173], size: 1n }), 1_579_543_173n);
});

test('Derive, standard manager: a spread risks the distance of its strikes, by P&L at expiry', () => {
  const prices = [0, 1_500, 1_800, 1_900, 2_000, 2_500, 3_000, 9_000];
  const call = (strike: number) => prices.map((price) => Math.max(0, price - strike));
  const put = (strike: number) => prices.map((price) => Math.max(0, strike - price));
  assert.is(risk({ pnl: call(1_800), size: -1n }, { pnl: call(2_000), size: 1n }), 200n);
  assert.is(risk({ pnl: put(3_000), size: -1n }, { pnl: put(2_500), size: 1n }), 500n);
});

test.run();
