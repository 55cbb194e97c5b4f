/** Margin by hand: the three modes, what offsets, what is charged, collateral inside the scenarios. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { SCENARIOS } from '../../../state/constants.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { ASSET, type Asset } from '../../../state/records/asset.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { collateralWeight, conservativePrice, equityOf, pledgeValueDown } from '../../../state/risk/equity.ts';
import { isAllowed, marginOf, meetsInitial, type Margin } from '../../../state/risk/margin.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { scanPortfolio, scanRiskOf } from '../../../state/risk/scan.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { WAD } from '../../../state/units.ts';
import { BTC_PERP, ETH_PERP, SOL_PERP, World } from '../../support/world.ts';

const test = suite('margin');

const USD = 1_000_000n;
const BTC_FUTURE = BTC_PERP + 1;
/** Fresh marks: a lot of BTC is worth 100 USD, of ETH 40, of SOL 20; scan ranges 15, 18, 25 %. */
const world = new World();
world.tick();
const underlyingOf = (id: number): Underlying => existing(world.state, UNDERLYING, id);

type Terms = {
  sizes?: Readonly<Record<number, bigint>>;
  pledges?: Readonly<Record<number, bigint>>;
  cash?: bigint;
  parameters?: Partial<Portfolio['parameters']>;
  earned?: Partial<Pick<Portfolio['account'], 'score' | 'feesPaid'>>;
};
/** Reputation changes nothing, unless a test says so. */
const NEUTRAL = { reputationWorst: WAD, reputationBest: WAD };
/** A portfolio bought at the mark. */
function portfolioOf({ sizes = {}, pledges = {}, cash = 0n, parameters = {}, earned = {} }: Terms): Portfolio {
  return {
    account: { ...NEW_ACCOUNT, cash, ...earned },
    pool: world.pool,
    holdings: Object.entries(sizes).map(([id, size]) => {
      const instrument = world.instrument(Number(id));
      const { fundingIndex, markPerLot, underlying } = instrument;
      const position = { instrument: Number(id), size, quote: -size * markPerLot, fundingIndex };
      return { position, instrument, underlying: underlyingOf(underlying) };
    }),
    pledges: Object.entries(pledges).map(([id, balance]) => {
      const asset = existing(world.state, ASSET, Number(id));
      return { balance, asset, underlying: underlyingOf(asset.underlying) };
    }),
    parameters: { ...world.network.parameters, ...NEUTRAL, ...parameters },
    now: world.now,
  };
}
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

test('long BTC against short ETH of one group: joint loss, and the part of silo that is not forgiven', () => {
  const p = portfolioOf({ sizes: { [BTC_PERP]: 10n, [ETH_PERP]: -25n } }); // 1,000 USD each.
  const { silo, joint, risk } = scanPortfolio(p);
  // Up a whole range: +150 - 180. Tails lose less: .77 of both.
  assert.equal([silo, joint], [330n * USD, 30n * USD]);
  assert.is(risk, 330n * USD - 180n * USD, '60 % of silo - joint is forgiven');
  assert.is(scanRiskOf(p), risk);
});

test('the same direction in one group gains nothing; the stablecoin stands alone', () => {
  const same = scanPortfolio(portfolioOf({ sizes: { [BTC_PERP]: 10n, [SOL_PERP]: 50n } }));
  assert.equal([same.silo, same.joint, same.risk], [400n * USD, 400n * USD, 400n * USD]);
  const alone = portfolioOf({ sizes: { [BTC_PERP]: 10n, [ETH_PERP]: -25n } });
  const split: Portfolio = {
    ...alone,
    holdings: alone.holdings.map((h) => ({ ...h, underlying: { ...h.underlying, group: 0 } })),
  };
  assert.is(scanPortfolio(split).risk, 330n * USD, 'group 0 offsets nothing');
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

test('equity counts collateral at the oracle price, initial equity at the worse of two', () => {
  const { account, ...rest } = portfolioOf({ sizes: { [BTC_PERP]: 5n }, pledges: { 2: 10_000_000n }, cash: 7n });
  const underlying = { ...underlyingOf(1), stablePrice: 9_000_000_000_000n };
  const pledges = rest.pledges.map((p) => ({ ...p, underlying }));
  assert.is(conservativePrice(underlying), 9_000_000_000_000n);
  assert.is(conservativePrice({ ...underlying, stablePrice: 2n ** 60n }), underlying.indexPrice);
  const equity = equityOf({ ...rest, account, pledges });
  assert.equal(equity, { maintenance: 7n + 9_300n * USD, initial: 7n + 8_370n * USD });
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

/** McMillan's worked SPAN array: 16 scenarios of a long future and a long call, gains positive. */
const FUTURE = [0, 0, 3330, 3330, -3330, -3330, 6670, 6670, -6670, -6670, 10000, 10000, -10000, -10000, 7000, -7000];
const CALL = [460, -610, 2640, 1730, -1270, -2340, 5210, 4540, -2540, -3430, 8060, 7640, -3380, -3990, 3130, -1500];

test('the published SPAN example: long call, long future, covered write, short call', () => {
  const base = portfolioOf({ sizes: { [BTC_PERP]: 1n } }).holdings[0]!;
  const risk = (futures: bigint, calls: bigint): bigint => {
    const legs = ([[FUTURE, futures], [CALL, calls]] as const).filter(([, size]) => size !== 0n);
    const holdings = legs.map(([values, size]) => {
      const riskArray = Float64Array.from({ length: SCENARIOS }, (_, s) => values[s] ?? 0);
      return { ...base, position: { ...base.position, size }, instrument: { ...base.instrument, riskArray } };
    });
    const p: Portfolio = { ...portfolioOf({}), holdings };
    assert.is(scanPortfolio(p).risk, scanRiskOf(p));
    return scanRiskOf(p);
  };
  assert.is(risk(0n, 1n), 3_990n);
  assert.is(risk(1n, 0n), 10_000n);
  assert.is(risk(1n, -1n), 6_620n);
  assert.is(risk(0n, -1n), 8_060n);
});

test('any portfolio: joint <= risk <= silo, IM >= MM >= 0, portfolio scan <= cross scan without collateral', () => {
  const size = fc.bigInt(-1_000n, 1_000n);
  const sizes = fc.dictionary(fc.constantFrom('100', '101', '102', '200', '201', '300', '302'), size);
  const pledges = fc.dictionary(fc.constantFrom('1', '2', '3'), fc.bigInt(1n, 10n ** 18n), { noNullPrototype: true });
  fc.assert(
    fc.property(sizes, pledges, fc.bigInt(0n, (WAD * 95n) / 100n), (positions, held, correlationOffset) => {
      const terms: Terms = { sizes: { ...positions }, pledges: held, parameters: { correlationOffset } };
      const p = portfolioOf(terms);
      const { silo, joint, risk } = scanPortfolio(p);
      assert.ok(joint <= risk && risk <= silo);
      assert.is(scanRiskOf(p), risk);
      for (const mode of [MARGIN_MODE.portfolio, MARGIN_MODE.cross, MARGIN_MODE.isolated]) {
        const m = marginOf(p, mode);
        assert.ok(m.initial >= m.maintenance && m.maintenance >= 0n);
        assert.ok(m.initialEquity <= m.equity);
      }
      const bare = { ...p, pledges: [] };
      assert.ok(marginOf(bare).scan <= marginOf(bare, MARGIN_MODE.cross).scan);
    }),
    { seed: 17, numRuns: 400 },
  );
});

const marginLike = (equity: bigint, maintenance: bigint): Margin => ({
  equity,
  initialEquity: equity,
  scan: maintenance,
  calendar: 0n,
  contingency: 0n,
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
