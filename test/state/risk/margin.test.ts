/** Margin by hand: the three modes, what offsets, what is charged, collateral inside the scenarios. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { ASSET, type Asset } from '../../../state/records/asset.ts';
import { booksOf } from '../../../state/risk/book.ts';
import { collateralWeight, equityOf, pledgeValueDown } from '../../../state/risk/equity.ts';
import { scanRiskOf } from '../../../state/risk/fastScan.ts';
import { isAllowed, marginOf, meetsInitial, type Margin } from '../../../state/risk/margin.ts';
import { scanPortfolio, type GroupScan } from '../../../state/risk/scan.ts';
import { WAD } from '../../../state/units.ts';
import { BTC_PERP, ETH_PERP, SOL_PERP } from '../../support/world.ts';
import { portfolioOf, underlyingOf, USD, world, type Terms } from './portfolios.ts';

const test = suite('margin');

const BTC_FUTURE = BTC_PERP + 1;
const margin = (terms: Terms, mode: 0 | 1 | 2 = MARGIN_MODE.portfolio): Margin =>
  marginOf(portfolioOf(terms), mode);

test('one position is the same in every mode: scan range and contingency of its notional', () => {
  for (const mode of [MARGIN_MODE.portfolio, MARGIN_MODE.cross, MARGIN_MODE.isolated]) {
    for (const size of [10n, -10n]) {
      const m = margin({ sizes: { [BTC_PERP]: size } }, mode);
      assert.equal([m.scan, m.calendar, m.contingency], [150n * USD, 0n, 10n * USD]);
      assert.equal([m.maintenance, m.initial], [160n * USD, 200n * USD]);
    }
  }
});

test('a spread across expiries: portfolio charges the hedged delta, cross adds both sides up', () => {
  const sizes = { [BTC_PERP]: 30n, [BTC_FUTURE]: -20n };
  const portfolio = margin({ sizes });
  assert.is(portfolio.scan, 150n * USD, 'ten lots net');
  assert.is(portfolio.calendar, 40n * USD, '2 % of the 2,000 USD hedged');
  assert.is(portfolio.contingency, 50n * USD, '1 % of 5,000 USD gross');
  const cross = margin({ sizes }, MARGIN_MODE.cross);
  assert.equal([cross.scan, cross.calendar, cross.contingency], [750n * USD, 0n, 50n * USD]);
});

const groupsOf = (terms: Terms): readonly GroupScan[] => {
  const p = portfolioOf(terms);
  const { groups, risk } = scanPortfolio(p);
  assert.is(scanRiskOf(p).risk, risk);
  return groups;
};

test('long BTC against short ETH of one group: what moves together offsets, the rest does not', () => {
  const sizes = { [BTC_PERP]: 10n, [ETH_PERP]: -25n }; // 1,000 USD each.
  const [full] = groupsOf({ sizes });
  // Up a whole range: +150 - 180. Tails lose less: .77 of both.
  assert.equal([full!.silo, full!.joint], [330n * USD, 30n * USD]);
  assert.is(full!.risk, 330n * USD - 180n * USD, '60 % of silo - joint is forgiven where all is correlated');
  const [half] = groupsOf({ sizes, underlyings: { 2: { correlation: WAD / 2n } } });
  // 40 % of 150 and 70 % of 180 alone; 60 % of 150 less 30 % of 180 together, which loses as both fall.
  assert.is(half!.risk, 60n * USD + 126n * USD + 36n * USD);
  assert.is(half!.worstScenario, 24);
  const [none] = groupsOf({ sizes, underlyings: { 1: { correlation: 0n }, 2: { correlation: 0n } } });
  assert.is(none!.risk, 330n * USD);
});

test('the same direction in one group gains nothing; group 0 stands alone', () => {
  const [same] = groupsOf({ sizes: { [BTC_PERP]: 10n, [SOL_PERP]: 50n } });
  assert.equal([same!.silo, same!.joint, same!.risk], [400n * USD, 400n * USD, 400n * USD]);
  const alone = { 1: { group: 0 }, 2: { group: 0 } };
  const groups = groupsOf({ sizes: { [BTC_PERP]: 10n, [ETH_PERP]: -25n }, underlyings: alone });
  assert.equal(groups.map(({ risk }) => risk), [150n * USD, 180n * USD]);
});

test('an uncorrelated position moves nothing but its own risk', () => {
  const hedge = { [BTC_PERP]: 10n, [ETH_PERP]: -25n };
  const underlyings = { 3: { correlation: 0n } };
  const scan = (sizes: Terms['sizes']): bigint => marginOf(portfolioOf({ sizes: sizes!, underlyings })).scan;
  assert.is(scan({ ...hedge, [SOL_PERP]: 5_000n }), scan(hedge) + scan({ [SOL_PERP]: 5_000n }));
});

test('BTC collateral hedges a short BTC perpetual and doubles the risk of a long one', () => {
  const pledges = { 2: 10_000_000n }; // 0.1 WBTC: 10,000 USD, 9,300 after its haircut.
  const scan = (size: bigint, with_: Terms['pledges']) =>
    margin({ sizes: { [BTC_PERP]: size }, ...(with_ && { pledges: with_ }) }).scan;
  assert.is(scan(-100n, undefined), 1_500n * USD);
  assert.is(scan(-100n, pledges), 105n * USD, '15 % of the 700 USD that is not hedged');
  assert.is(scan(100n, pledges), 2_895n * USD, '15 % of 10,000 + 9,300');
  assert.is(margin({ pledges }).scan, 1_395n * USD, 'and moves on its own');
  assert.is(margin({ sizes: { [BTC_PERP]: -100n }, pledges }, MARGIN_MODE.cross).scan, 1_500n * USD);
});

/** Equity at the index, at the stable price, and without unrealised profit. */
function equity(terms: Terms): bigint[] {
  const p = portfolioOf(terms);
  const { maintenance, initial, free } = equityOf(p, booksOf(p));
  return [maintenance, initial, free];
}
const stable = (price: bigint): Terms['underlyings'] => ({ 1: { stablePrice: price * 10n ** 8n } });

test('initial equity takes the loss that the stable price would mean, hedges included, and no gain', () => {
  const pledges = { 2: 10_000_000n }; // 9,300 USD counted.
  const long = { pledges, cash: 7n };
  assert.equal(equity({ ...long, underlyings: stable(90_000n)! }), [7n + 9_300n * USD, 7n + 8_370n * USD, 7n + 8_370n * USD]);
  assert.is(equity({ ...long, underlyings: stable(110_000n)! })[1], 7n + 9_300n * USD, 'a gain is no gain');
  const half = { ...long, sizes: { [BTC_PERP]: -50n } }; // 4,300 USD are not hedged.
  assert.is(equity({ ...half, underlyings: stable(90_000n)! })[1], 7n + 8_870n * USD);
  const hedged = { ...long, sizes: { [BTC_PERP]: -93n } };
  for (const price of [50_000n, 90_000n, 110_000n, 1_000_000n]) {
    assert.is(equity({ ...hedged, underlyings: stable(price)! })[1], 7n + 9_300n * USD);
  }
  const short = { cash: 0n, sizes: { [BTC_PERP]: -50n } };
  assert.is(equity({ ...short, underlyings: stable(110_000n)! })[1], -500n * USD, 'a short on a fallen price');
  assert.is(equity({ ...short, underlyings: stable(90_000n)! })[1], 0n);
  // 329.9 micro-dollars are lost: rounded up.
  assert.is(equity({ pledges: { 2: 1_075n }, underlyings: stable(99_967n)! })[1], equity({ pledges: { 2: 1_075n } })[0]! - 330n);
});

test('half of an unrealised profit counts for what is taken out; a loss counts whole', () => {
  const at = (quote: bigint, profitShare?: bigint): bigint[] => {
    const terms = { sizes: { [BTC_PERP]: 10n }, cash: 5n, ...(profitShare !== undefined && { parameters: { profitShare } }) };
    const p = portfolioOf(terms);
    const [holding] = p.holdings;
    const moved = { ...p, holdings: [{ ...holding!, position: { ...holding!.position, quote } }] };
    const { initial, free } = equityOf(moved, booksOf(moved));
    return [initial, free];
  };
  assert.equal(at(-900n * USD), [5n + 100n * USD, 5n + 50n * USD]);
  assert.equal(at(-900n * USD - 1n), [4n + 100n * USD, 4n + 50n * USD], 'what counts of it is rounded down');
  assert.equal(at(-1_100n * USD), [5n - 100n * USD, 5n - 100n * USD]);
  assert.equal(at(-900n * USD, WAD), [5n + 100n * USD, 5n + 100n * USD]);
  assert.equal(at(-900n * USD, 0n), [5n + 100n * USD, 5n]);
});

test('a new listing ramps up from no weight to one less its haircut', () => {
  const asset: Asset = { ...existing(world.state, ASSET, 2), haircut: WAD / 10n, rampStart: 100, rampEnd: 200 };
  const weights = [99, 100, 150, 200, 201].map((now) => collateralWeight(asset, now));
  assert.equal(weights, [0n, 0n, (WAD * 45n) / 100n, (WAD * 9n) / 10n, (WAD * 9n) / 10n]);
  assert.is(collateralWeight({ ...asset, haircut: 2n * WAD }, 300), 0n, 'never negative');
  assert.is(pledgeValueDown(1n, asset, 99_999_999n, 300), 0n, 'rounds down');
  assert.is(pledgeValueDown(100n, asset, 10n ** 8n, 300), 0n, '100 satoshi at one dollar');
  const wstEth = existing(world.state, ASSET, 3);
  // 1 wstETH = 1.23 ETH at 4,000 USD, less 12 %.
  assert.is(pledgeValueDown(10n ** 18n, wstEth, 400_000_000_000n, 300), 4_329_600_000n);
});

test('initial margin: rounded up, by factor and reputation, never below maintenance', () => {
  const sizes = { [SOL_PERP]: 1n }; // 20 USD: 5.2 maintenance.
  assert.equal(margin({ sizes }).initial, 6_500_000n);
  assert.equal(margin({ sizes, parameters: { reputationWorst: WAD + 1n } }).initial, 6_500_001n, 'up');
  assert.equal(margin({ sizes, parameters: { reputationWorst: (WAD * 3n) / 2n } }).initial, 9_750_000n);
  const best = { parameters: { reputationBest: WAD / 2n }, sizes };
  const earned = { score: 10n ** 30n, feesPaid: 10n ** 12n };
  assert.equal(margin({ ...best, earned }).initial, 5_200_000n, 'not below maintenance');
  assert.equal(margin({ ...best, earned: { ...earned, feesPaid: 1_000n } }).initial, 6_499_500n, 'half of the fees');
});

test('a mark is fresh when it is of the newest price or young; a price when it is young', () => {
  const { maxMarkAge, maxPriceAge } = world.network.parameters;
  const fresh = (later: bigint, posts: bigint): boolean => {
    const p = portfolioOf({ sizes: { [BTC_PERP]: 1n } });
    const [holding] = p.holdings;
    const { underlying } = holding!;
    const now = p.now + Number(later);
    // The price is young throughout; the mark was made `later` seconds ago, `posts` prices ago.
    const posted = { ...underlying, oracleTime: now, priceSequence: underlying.priceSequence + posts };
    return marginOf({ ...p, now, holdings: [{ ...holding!, underlying: posted }] }).fresh;
  };
  assert.ok(fresh(maxMarkAge, 1n));
  assert.not.ok(fresh(maxMarkAge + 1n, 1n));
  assert.ok(fresh(maxMarkAge + 1n, 0n), 'no newer price to mark from');
  const priced = (age: bigint): boolean => {
    const p = portfolioOf({ pledges: { 2: 1n } });
    return marginOf({ ...p, now: underlyingOf(1).oracleTime + Number(age) }).fresh;
  };
  assert.equal([priced(maxPriceAge), priced(maxPriceAge + 1n)], [true, false]);
});

const marginLike = (equity: bigint, maintenance: bigint): Margin => ({
  equity,
  initialEquity: equity,
  freeEquity: equity,
  scan: maintenance,
  shortOptionMinimum: 0n,
  calendar: 0n,
  contingency: 0n,
  liquidity: 0n,
  concentration: 0n,
  openInterest: 0n,
  confidence: 0n,
  peg: 0n,
  maintenance,
  initial: (maintenance * 5n + 3n) / 4n,
  fresh: true,
});

test('what an account below initial margin may do: a table', () => {
  // equity and maintenance before, equity and maintenance after, allowed?
  const table: readonly [bigint, bigint, bigint, bigint, boolean][] = [
    [100n, 100n, 125n, 100n, true], // Ends at initial margin.
    [200n, 100n, 124n, 100n, false], // Leaves initial margin.
    [110n, 100n, 110n, 100n, true], // Nothing changes.
    [110n, 100n, 109n, 100n, false], // Only loses.
    [110n, 100n, 55n, 50n, true], // Half of everything: the same health.
    [110n, 100n, 54n, 50n, false],
    [110n, 100n, 111n, 101n, false], // More risk, whatever the health.
    [-10n, 100n, -10n, 100n, true],
    [-10n, 100n, -10n, 50n, true], // Insolvent: less risk for no loss is no riskier.
    [-10n, 100n, -9n, 1n, true],
    [-10n, 100n, -11n, 50n, false],
    [0n, 100n, 0n, 0n, true], // Closed out with nothing left: meets initial margin of nothing.
    [-10n, 100n, -10n, 0n, true], // Closed out with a debt that did not grow.
    [-10n, 100n, -11n, 0n, false],
    [-10n, 0n, -10n, 0n, true], // Nothing at risk, a debt: it must not grow.
    [-10n, 0n, -11n, 0n, false],
    [-10n, 0n, -10n, 1n, false],
  ];
  for (const [equity, maintenance, equityAfter, maintenanceAfter, allowed] of table) {
    const before = marginLike(equity, maintenance);
    const after = marginLike(equityAfter, maintenanceAfter);
    assert.is(isAllowed(before, after), allowed, `${equity}/${maintenance} -> ${equityAfter}/${maintenanceAfter}`);
  }
});

test('allowed is transitive below initial margin: no path of allowed steps ends riskier', () => {
  const some = fc.tuple(fc.bigInt(-1_000n, 1_000n), fc.bigInt(0n, 1_000n)).map(([e, m]) => marginLike(e, m));
  fc.assert(
    fc.property(some, some, some, (a, b, c) => {
      fc.pre(!meetsInitial(b) && !meetsInitial(c) && isAllowed(a, b) && isAllowed(b, c));
      assert.ok(isAllowed(a, c));
    }),
    { seed: 3, numRuns: 2_000, maxSkipsPerRun: 1_000 },
  );
});

test.run();
