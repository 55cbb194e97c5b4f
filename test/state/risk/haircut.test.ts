/** Haircuts: where they are drawn to, how slowly they get there, and a stablecoin that loses its peg. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { ASSET, type Asset } from '../../../state/records/asset.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { collateralWeight, pledgeValueDown } from '../../../state/risk/equity.ts';
import { haircutTarget, withHaircut } from '../../../state/risk/haircut.ts';
import { listAsset } from '../../../state/transactions/listAsset.ts';
import { WAD } from '../../../state/units.ts';
import { recorded } from '../../node/oracle/data.ts';
import { alice, World } from '../../support/world.ts';

const test = suite('haircut');
const SEED = { seed: 20_260_302, numRuns: 300, includeErrorInReport: true };
const HOUR = 3_600;
const WBTC = 2;
const BTC = 1;
const percent = (x: bigint): bigint => (x * WAD) / 100n;

const world = new World();
world.tick();
const { parameters } = world.network;
const btc = existing(world.state, UNDERLYING, BTC);
/** 100,000 USD each, 8 decimals; a billion dollars are traded a day, at most 100,000 coins are held. */
const wbtc: Asset = { ...existing(world.state, ASSET, WBTC), cap: 10n ** 13n, averageDailyVolume: 10n ** 15n };
const targetOf = (asset: Partial<Asset>, underlying: Partial<Underlying> = {}): bigint =>
  haircutTarget({ ...wbtc, ...asset }, { ...btc, ...underlying }, parameters);

test('the target by hand: base, a quarter of the scan range, impact, concentration', () => {
  assert.is(targetOf({}), percent(1_075n) / 100n, '7 % and a quarter of 15 %');
  // A quarter of the day's volume: half of 80 % of the scan range; 2.5 % of the cap.
  assert.is(targetOf({ held: 25n * 10n ** 10n }), percent(1_075n) / 100n + percent(6n) + percent(25n) / 100n);
  assert.is(targetOf({}, { priceScanRange: percent(60n) }), percent(22n));
  assert.is(targetOf({ held: 10n ** 14n }), WAD, 'never above one');
});

test('a cap or a volume of nothing takes all the share, and what is not held takes none', () => {
  assert.is(targetOf({ cap: 0n, held: 1n }) - targetOf({ held: 1n }), percent(10n) - percent(10n) / 10n ** 13n);
  assert.is(targetOf({ cap: 0n, averageDailyVolume: 0n }), targetOf({}));
  assert.is(targetOf({ averageDailyVolume: 0n, held: 1n }), WAD);
  assert.is(targetOf({ held: 2n ** 127n, decimals: 0, ratio: 2n ** 64n - 1n }, { priceScanRange: 2n ** 64n - 1n }), WAD);
});

/** A time, and everything that haircuts follow from as it is then. */
const moment = fc.record({
  seconds: fc.oneof(fc.nat(120), fc.nat(100_000)),
  indexPrice: fc.bigInt(1n, 2n ** 62n - 1n),
  priceScanRange: fc.bigInt(0n, 4n * WAD),
  held: fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 14n)),
  cap: fc.bigInt(0n, 10n ** 14n),
  averageDailyVolume: fc.bigInt(0n, 10n ** 16n),
  baseHaircut: fc.bigInt(0n, WAD),
});

test('whatever happens, a haircut moves towards its target, at its speed, and never eases on a fallen price', () => {
  const seen = { rose: 0, eased: 0, arrived: 0, heldBack: 0 };
  fc.assert(
    fc.property(fc.array(moment, { minLength: 2, maxLength: 12 }), (moments) => {
      let asset = wbtc;
      let now = wbtc.haircutTime;
      for (const { seconds, indexPrice, priceScanRange, ...terms } of moments) {
        now += seconds;
        const before = asset;
        const underlying = { ...btc, indexPrice, priceScanRange };
        asset = withHaircut({ ...before, ...terms }, underlying, parameters, now);
        const moved = asset.haircut - before.haircut;
        const most = parameters.haircutRate * BigInt(seconds);
        const target = haircutTarget(asset, underlying, parameters);
        assert.ok(moved <= most && -moved <= most, 'no faster than its rate');
        assert.ok(moved >= 0n ? asset.haircut <= target || moved === 0n : asset.haircut >= target, 'not beyond');
        assert.ok(asset.haircut >= 0n && asset.haircut <= WAD);
        const hasFallen = indexPrice < before.haircutPrice;
        if (hasFallen) assert.ok(moved >= 0n, 'eased on a fallen price');
        else if (asset.haircut !== target) assert.is(moved < 0n ? -moved : moved, most, 'slower than its rate');
        if (moved > 0n) seen.rose++;
        if (moved < 0n) seen.eased++;
        if (asset.haircut === target) seen.arrived++;
        if (hasFallen && moved === 0n && target < before.haircut && seconds > 0) seen.heldBack++;
      }
    }),
    SEED,
  );
  assert.ok(Object.values(seen).every((count) => count > 30), JSON.stringify(seen));
});

test('the target never falls where more is held, the range is wider, the cap or the volume smaller', () => {
  fc.assert(
    fc.property(moment, moment, ({ held, priceScanRange, cap, averageDailyVolume }, other) => {
      const [less, more] = [min(held, other.held), max(held, other.held)];
      const target = (terms: Partial<Asset>, range = priceScanRange): bigint =>
        targetOf({ held, cap, averageDailyVolume, ...terms }, { priceScanRange: range });
      assert.ok(target({ held: less }) <= target({ held: more }));
      assert.ok(target({}, min(priceScanRange, other.priceScanRange)) <= target({}, max(priceScanRange, other.priceScanRange)));
      assert.ok(target({ cap: max(cap, other.cap) }) <= target({ cap: min(cap, other.cap) }));
      const volumes = [averageDailyVolume, other.averageDailyVolume] as const;
      assert.ok(target({ averageDailyVolume: max(...volumes) }) <= target({ averageDailyVolume: min(...volumes) }));
    }),
    SEED,
  );
});
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const USDC = 0;
const COIN = 9;
const MILLION_USD = 10n ** 12n;
/** A coin of 6 decimals on the underlying of the dollar coins, of which alice pledges ten million. */
function coinWorld(rampSeconds: number): World {
  const world_ = new World();
  world_.tick({ [USDC]: 10n ** 8n });
  const listing = {
    asset: COIN,
    token: `0x${'99'.repeat(20)}` as const,
    decimals: 6,
    underlying: USDC,
    ratio: WAD,
    baseHaircut: percent(2n),
    rampStart: world_.now,
    rampEnd: world_.now + rampSeconds,
    averageDailyVolume: 50n * MILLION_USD,
    cap: 100n * MILLION_USD,
    accountCap: 100n * MILLION_USD,
  };
  world_.accept(world_.governanceBytes(listAsset, listing));
  world_.deposit(alice.account, 10n * MILLION_USD, COIN);
  return world_;
}
const coinOf = (w: World): Asset => existing(w.state, ASSET, COIN);
const counted = (w: World): bigint => {
  const { balance } = w.account(alice.account).collaterals[0]!;
  return pledgeValueDown(balance, coinOf(w), existing(w.state, UNDERLYING, USDC).indexPrice, w.now);
};

test('a listing counts nothing at first, and no second adds more than its share of the ramp', () => {
  const ramp = 2 * HOUR;
  const w = coinWorld(ramp);
  assert.is(counted(w), 0n);
  let before = 0n;
  for (let passed = 0; passed < ramp; passed += 300) {
    w.tick({ [USDC]: 10n ** 8n }, 300);
    w.accept(w.markBytes(USDC, [COIN]));
    const weight = collateralWeight(coinOf(w), w.now);
    assert.ok(weight >= before && weight - before <= (WAD * 300n) / BigInt(ramp) + 1n, `after ${passed} s`);
    before = weight;
  }
  assert.ok(before > percent(90n) && before === WAD - coinOf(w).haircut);
});

const files = recorded('collateral_15m_2022-05_ustusdt.csv');
const CRASH = [Date.UTC(2022, 4, 7, 12), Date.UTC(2022, 4, 12, 12)] as const;
/** A day of bars: how long a wild one is remembered. */
const MEMORY = 96;
(files === null ? test.skip : test)('TerraUSD loses its peg: what it counts never rises while it falls', () => {
  const closes = readFileSync(files![0]!, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter(([time]) => Number(time) >= CRASH[0] && Number(time) < CRASH[1])
    .map((columns) => Math.round(Number(columns[4]) * 1e8));
  assert.ok(closes.length === 480, `${closes.length} bars`);
  const w = coinWorld(0);
  const seen = { fell: 0, haircutRose: 0, haircutEased: 0 };
  let [price, value, haircut] = [closes[0]!, counted(w), coinOf(w).haircut];
  closes.forEach((close, i) => {
    // A scan range that follows the last day, as the volatility of the chain does.
    const moves = closes.slice(Math.max(1, i - MEMORY), i).map((c, j, all) => Math.abs(c / (all[j - 1] ?? c) - 1));
    const range = Math.min(0.6, Math.max(0.02, ...moves.map((m) => 2 * m)));
    w.edit(UNDERLYING, USDC, { priceScanRange: BigInt(Math.round(range * 1e6)) * 10n ** 12n });
    w.tick({ [USDC]: BigInt(close) }, 900);
    w.accept(w.markBytes(USDC, [COIN]));
    const now = { value: counted(w), haircut: coinOf(w).haircut };
    if (close < price) assert.ok(now.value <= value, `bar ${i}: ${price} to ${close}, counted ${value} to ${now.value}`);
    const moved = now.haircut - haircut;
    assert.ok((moved < 0n ? -moved : moved) <= w.network.parameters.haircutRate * 900n, `bar ${i}: a jump`);
    if (close < price) seen.fell++;
    if (moved > 0n) seen.haircutRose++;
    if (moved < 0n) seen.haircutEased++;
    [price, value, haircut] = [close, now.value, now.haircut];
  });
  assert.ok(seen.fell > 150 && seen.haircutRose > 100 && seen.haircutEased > 20, JSON.stringify(seen));
  assert.ok(haircut > percent(20n), 'four times and more of what it began with');
});

test.run();
