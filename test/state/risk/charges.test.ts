/** Each charge of margin by hand: what it is taken on, where it begins, how it is rounded. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INSTRUMENT_KIND, type Instrument } from '../../../state/records/instrument.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { marginOf, type Margin } from '../../../state/risk/margin.ts';
import { WAD } from '../../../state/units.ts';
import { BTC_PERP, ETH_PERP } from '../../support/world.ts';
import { portfolioOf, USD, type Terms } from './portfolios.ts';

const test = suite('charges');

const MODES = Object.values(MARGIN_MODE);
const percent = (x: bigint): bigint => (x * WAD) / 100n;
const margin = (terms: Terms, mode: 0 | 1 | 2 = MARGIN_MODE.portfolio): Margin => marginOf(portfolioOf(terms), mode);
const BTC = 10n ** 8n;
/** The devnet's BTC trades 20 billion USD a day: 200,000 BTC at 100,000 USD. Its scan range is 15 %. */
const BTC_A_DAY = 200_000n * BTC;

test('liquidity: 80 % of the scan range on net delta, by the root of exposure over volume', () => {
  const liquidity = (size: bigint, units: bigint, extra: Terms = {}): bigint[] =>
    MODES.map((mode) => margin({ sizes: { [BTC_PERP]: size }, exposures: { 1: units }, ...extra }, mode).liquidity);
  for (const size of [10n, -10n]) { // 1,000 USD.
    assert.equal(liquidity(size, BTC_A_DAY), [120n * USD, 120n * USD, 120n * USD], 'a whole day of volume');
    assert.equal(liquidity(size, 9n * BTC_A_DAY)[0], 120n * USD, 'no more than that');
    assert.equal(liquidity(size, BTC_A_DAY / 100n)[0], 12n * USD, 'a hundredth: the tenth of it');
    assert.equal(liquidity(size, BTC_A_DAY / 10_000n)[0], (12n * USD) / 10n);
  }
  assert.is(liquidity(1n, 1n)[0], 12n, 'a satoshi: a root of 7.1e-8 is rounded up to a millionth');
  assert.equal(margin({ sizes: { [BTC_PERP]: 10n } }).liquidity, 0n, 'no owner, no exposure');
  const net = { [BTC_PERP]: 30n, [BTC_PERP + 1]: -20n };
  assert.equal(MODES.map((mode) => margin({ sizes: net, exposures: { 1: BTC_A_DAY } }, mode).liquidity), [120n * USD, 120n * USD, 120n * USD]);
  assert.is(margin({ sizes: { [BTC_PERP]: 10n }, exposures: { 2: BTC_A_DAY } }).liquidity, 0n, 'of another underlying');
  const dry = { underlyings: { 1: { averageDailyVolume: 0n } } };
  assert.is(liquidity(10n, 1n, dry)[0], 120n * USD, 'nothing trades');
});

test('concentration: on the scan loss, by the root of exposure over a tenth of volume, above it', () => {
  const concentration = (units: bigint, mode: 0 | 1 | 2 = 0): bigint =>
    margin({ sizes: { [BTC_PERP]: 30n, [BTC_PERP + 1]: -20n }, exposures: { 1: units } }, mode).concentration;
  const threshold = BTC_A_DAY / 10n;
  assert.is(concentration(threshold), 0n);
  assert.is(concentration(4n * threshold), 150n * USD, 'once the loss of ten lots');
  assert.is(concentration(9n * threshold), 300n * USD);
  assert.is(concentration(9n * threshold, MARGIN_MODE.cross), 2n * 750n * USD, "twice the positions' own losses");
  assert.is(concentration(threshold + 1n), 150n, 'a millionth is the least step');
  assert.is(concentration(10n ** 30n), 150_000n * USD, 'at most a thousand times');
});

/** An option of one lot of BTC, held short or long. */
function withOption(size: bigint, change: Partial<Instrument>, terms: Terms = {}): Margin {
  const p = portfolioOf({ sizes: { [BTC_PERP]: size }, ...terms });
  const [holding] = p.holdings;
  const instrument = { ...holding!.instrument, kind: INSTRUMENT_KIND.call, riskArray: new Float64Array(35), ...change };
  return marginOf({ ...p, holdings: [{ ...holding!, instrument }] });
}

test('short options: at least half a percent of what they are on', () => {
  const far = { delta: 0n, markPerLot: 0n };
  // Ten lots are on a hundredth of a BTC: 1,000 USD.
  const short = withOption(-10n, far);
  assert.equal([short.scan, short.shortOptionMinimum, short.maintenance], [0n, 5n * USD, 5n * USD]);
  assert.is(withOption(-10n, { ...far, kind: INSTRUMENT_KIND.put }).shortOptionMinimum, 5n * USD);
  assert.is(withOption(10n, far).shortOptionMinimum, 0n, 'a long has none');
  assert.is(withOption(-10n, { ...far, kind: INSTRUMENT_KIND.future }).shortOptionMinimum, 0n);
  const risky = withOption(-10n, { ...far, riskArray: new Float64Array(35).fill(7_000_000) });
  assert.equal([risky.scan, risky.maintenance], [70n * USD, 70n * USD], 'the larger of the two counts');
  assert.is(withOption(-1n, far, { underlyings: { 1: { indexPrice: 1n } } }).shortOptionMinimum, 1n, 'rounded up');
});

test('open interest: initial margin grows to all of the delta from half of the cap to the cap', () => {
  const cap = 1_000n;
  const at = (openInterest: bigint, size = 10n): Margin => {
    const p = portfolioOf({ sizes: { [BTC_PERP]: size } });
    const [holding] = p.holdings;
    const instrument = { ...holding!.instrument, openInterest, openInterestCap: cap };
    return marginOf({ ...p, holdings: [{ ...holding!, instrument }] });
  };
  // 1,000 USD of delta: 18.75 % are scan range x initial factor.
  assert.equal([at(500n).openInterest, at(500n).initial], [0n, 200n * USD]);
  assert.is(at(750n).openInterest, 406_250_000n);
  assert.equal([at(1_000n).openInterest, at(2_000n).openInterest], [812_500_000n, 812_500_000n]);
  assert.is(at(1_000n, -10n).openInterest, 812_500_000n);
  assert.is(at(1_000n).initial, 1_012_500_000n, 'and contingency beside');
  assert.is(at(1_000n).maintenance, at(0n).maintenance, 'maintenance is as it was');
  assert.is(at(501n, 1n).openInterest, 162_500n);
  const p = portfolioOf({ sizes: { [BTC_PERP]: 10n }, underlyings: { 1: { priceScanRange: WAD } } });
  const full = p.holdings.map((h) => ({ ...h, instrument: { ...h.instrument, openInterest: 2n * cap, openInterestCap: cap } }));
  assert.is(marginOf({ ...p, holdings: full }).openInterest, 0n, 'it is all of it already');
});

test('confidence: below the floor on net delta and on collateral, of initial margin alone', () => {
  const of = (confidence: bigint, terms: Terms): Margin => margin({ ...terms, underlyings: { 1: { confidence } } });
  const sizes = { [BTC_PERP]: -10n };
  assert.is(of(percent(98n), { sizes }).confidence, 0n);
  assert.is(of(percent(97n), { sizes }).confidence, 10n * USD);
  assert.is(of(0n, { sizes }).confidence, 980n * USD);
  assert.is(of(percent(97n), { sizes, pledges: { 2: 10_000_000n } }).confidence, 103n * USD, 'of 1,000 + 9,300');
  assert.is(of(percent(97n), { sizes: { [ETH_PERP]: 25n } }).confidence, 0n, 'of another underlying');
  const [doubted, trusted] = [of(percent(97n), { sizes }), of(WAD, { sizes })];
  assert.equal([doubted.maintenance, doubted.initial], [trusted.maintenance, trusted.initial + 10n * USD]);
});

test('peg: collateral below 99 % of what it is anchored to, four times the gap', () => {
  const pledges = { 2: 10_000_000n }; // 9,300 USD at any peg.
  const of = (peg: bigint): bigint => margin({ pledges, underlyings: { 1: { peg } } }).peg;
  const price = 100_000n * 10n ** 8n;
  assert.is(of(0n), 0n, 'anchored to nothing');
  assert.is(of(price), 0n);
  assert.is(of((price * 100n) / 99n), 0n);
  assert.is(of((price * 100n) / 89n), 3_720n * USD, '40 % of 9,300');
  assert.is(margin({ sizes: { [BTC_PERP]: 10n }, underlyings: { 1: { peg: 2n * price } } }).peg, 0n, 'of positions nothing');
});

test('charges of initial margin come after the factor and the reputation', () => {
  const terms = { sizes: { [BTC_PERP]: 10n }, underlyings: { 1: { confidence: 0n } } };
  for (const reputation of [WAD, (WAD * 6n) / 5n, (WAD * 3n) / 2n]) {
    const m = margin({ ...terms, parameters: { reputationWorst: reputation } });
    assert.is(m.initial, (m.maintenance * 5n * reputation) / (4n * WAD) + m.confidence);
  }
});

test.run();
