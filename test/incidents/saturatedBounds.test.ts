/**
 * Synthetix v3, finding C-02 of its audit: a minimum and a maximum were swapped, and every test used values at which
 * both gave the same. Here each parameter that governance may set has an example far from its bounds in which more of
 * it moves what it is for, strictly, and in the direction that is written.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { ASSET } from '../../state/records/asset.ts';
import { INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { PUBLISHERS, PUBLISHERS_PAGE, type Parameters } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { PARAMETER_BOUNDS } from '../../state/transactions/parameterBounds.ts';
import { setInstrument } from '../../state/transactions/setInstrument.ts';
import { setParameters } from '../../state/transactions/setParameters.ts';
import { WAD } from '../../state/units.ts';
import { age, auctionIn, bidBytes, distress, plant, pour, startBytes } from '../support/distressed.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, World } from '../support/world.ts';
import { absorbBytes, openVault, stake } from '../support/vaults.ts';
import { indexOf, markBytes, reportsBytes, rich, trade, UNDERLYINGS, USD } from './stage.ts';

const test = suite('saturated bounds');
const percent = (x: bigint): bigint => (x * WAD) / 100n;
const FUTURE = BTC_PERP + 1;
const WSTETH = 3;

const set = (world: World, change: Partial<Parameters>): void => {
  const publishers = existing(world.state, PUBLISHERS, PUBLISHERS_PAGE);
  world.accept(world.governanceBytes(setParameters, { parameters: { ...world.network.parameters, ...change }, publishers }));
};

/**
 * 3,000 BTC long against 1,000 of a future short, ETH short that moves with it, and ten pledged stETH; 60 % of the cap
 * of the market is open, and two publishers are 3 % apart.
 */
function portfolio(): World {
  const world = new World();
  world.tick();
  const terms = { instrument: BTC_PERP, status: INSTRUMENT_STATUS.trading, openInterestCap: 5_000_000n, maxOrderLots: 1_000_000n } as const;
  world.accept(world.governanceBytes(setInstrument, terms));
  plant(world, alice.account, { lots: { [BTC_PERP]: 3_000_000n, [FUTURE]: -1_000_000n, [ETH_PERP]: -1_000_000n }, balances: { [WSTETH]: 10n * 10n ** 18n } });
  world.deposit(alice.account, 10n ** 9n * USD);
  for (const id of [UNDERLYINGS.btc, UNDERLYINGS.eth]) world.edit(UNDERLYING, id, { correlation: percent(80n) });
  world.block(1);
  const index = indexOf(world, 'btc');
  world.accept(reportsBytes(world, UNDERLYINGS.btc, [index, (index * 97n) / 100n]));
  world.accept(markBytes(world, UNDERLYINGS.btc));
  return world;
}

type Measure = (parameters: Partial<Parameters>) => bigint;
const maintenance: Measure = (change) => {
  const world = portfolio();
  set(world, change);
  return world.margin(alice.account).maintenance;
};
const initial: Measure = (change) => {
  const world = portfolio();
  set(world, change);
  return world.margin(alice.account).initial;
};

/** Haircut of wstETH an hour after the pool was filled with a tenth of its cap. */
const haircut: Measure = (change) => {
  const world = new World();
  world.tick();
  set(world, change);
  world.deposit(alice.account, 10n ** 25n, WSTETH);
  world.block(3_600);
  world.tick(undefined, 0);
  world.accept(markBytes(world, UNDERLYINGS.eth, [WSTETH]));
  return existing(world.state, ASSET, WSTETH).haircut;
};

/** Alice, long 1 BTC at nine tenths of her margin, was put up for auction a minute ago. */
function forSale(change: Partial<Parameters>, share = percent(90n)): World {
  const world = new World();
  world.tick();
  rich(world, [carol]);
  plant(world, alice.account, { lots: { [BTC_PERP]: 1_000n } });
  pour(world, 'insurance', 100_000n * USD);
  distress(world, alice.account, share);
  set(world, change);
  world.accept(startBytes(alice.account, carol.account));
  age(world, alice.account, 60);
  return world;
}
const sold = (change: Partial<Parameters>, share?: bigint) =>
  forSale(change, share).accept(bidBytes(forSale(change, share), carol, alice.account)).effects.find((e) => e.kind === 'bid')!;

/** Seconds until the auction is over, in whole steps. */
const life: Measure = (change) => {
  const world = forSale(change);
  let steps = 0n;
  for (; world.apply(bidBytes(world, carol, alice.account, 1n)).outcome.ok === false && steps < 400n; steps++) {
    if (world.apply(startBytes(alice.account)).outcome.ok) break;
    age(world, alice.account, 15);
  }
  return steps;
};

/** Each parameter at three values within its bounds: what it is for rises (1) or falls (-1) with it. */
const CASES: readonly (readonly [name: keyof Parameters, values: readonly [bigint, bigint, bigint], sign: 1 | -1, measure: Measure])[] = [
  ['contingency', [percent(1n), percent(2n), percent(4n)], 1, maintenance],
  ['calendarCharge', [percent(1n), percent(2n), percent(4n)], 1, maintenance],
  ['liquidityCharge', [percent(50n), percent(80n), percent(120n)], 1, maintenance],
  ['concentrationShare', [percent(1n) / 4n, percent(1n) / 2n, percent(1n)], -1, maintenance],
  ['correlationOffset', [percent(20n), percent(40n), percent(60n)], -1, maintenance],
  ['initialFactor', [percent(115n), percent(125n), percent(140n)], 1, initial],
  ['reputationWorst', [percent(105n), percent(110n), percent(120n)], 1, initial],
  ['openInterestShare', [percent(30n), percent(40n), percent(55n)], -1, initial],
  ['confidenceFloor', [percent(975n) / 10n, percent(98n), percent(99n)], 1, initial],
  ['confidenceCharge', [percent(50n), percent(100n), percent(200n)], 1, initial],
  ['haircutVolatility', [percent(5n), percent(25n), percent(30n)], 1, (c) => haircut({ haircutRate: percent(1n), haircutLiquidity: 0n, ...c })],
  ['haircutLiquidity', [percent(1n), percent(5n), percent(10n)], 1, (c) => haircut({ haircutRate: percent(1n), ...c })],
  ['haircutConcentration', [percent(10n), percent(20n), percent(40n)], 1, (c) => haircut({ haircutRate: percent(1n), haircutLiquidity: 0n, ...c })],
  ['haircutRate', [percent(1n) / 7_200n, percent(1n) / 3_600n, percent(1n) / 1_800n], 1, haircut],
  ['auctionStart', [percent(90n), percent(95n), percent(98n)], 1, (c) => sold(c).price],
  ['auctionCut', [percent(95n), percent(97n), percent(98n)], 1, (c) => sold(c).price],
  ['auctionStep', [5n, 15n, 30n], 1, (c) => sold(c).price],
  ['auctionBuffer', [percent(10n), percent(15n), percent(25n)], 1, (c) => sold(c).share],
  ['auctionPenalty', [percent(2n), percent(5n), percent(8n)], 1, (c) => sold(c).penalty],
  ['auctionFloor', [percent(5n), percent(20n), percent(40n)], -1, life],
  ['auctionTip', [USD, 2n * USD, 4n * USD], 1, (c) => forSale(c).account(carol.account).cash],
  ['auctionChip', [percent(1n) / 20n, percent(1n) / 10n, percent(1n) / 5n], 1, (c) => forSale(c).account(carol.account).cash],
  ['insolventSeconds', [120n, 600n, 1_200n], -1, (c) => sold(c, -percent(50n)).compensation],
  ['insolventShare', [percent(10n), percent(20n), percent(40n)], 1, (c) => auctionIn(forSale(c, -percent(50n)), alice.account)!.fundLeft],
];

for (const [name, values, sign, measure] of CASES) {
  test(`${name} moves what it is for, strictly`, () => {
    const [low, high] = PARAMETER_BOUNDS[name];
    for (const value of values) assert.ok(value >= low && value <= high, `${value}`);
    const measured = values.map((value) => measure({ [name]: value }) * BigInt(sign));
    assert.ok(measured[0]! < measured[1]! && measured[1]! < measured[2]!, `${measured}`);
  });
}

test('absorbPrice: the higher, the sooner a vault takes', () => {
  const waits = [percent(70n), percent(85n), percent(94n)].map((absorbPrice) => {
    const world = forSale({ absorbPrice });
    openVault(world, 1_000_000n * USD);
    stake(world, carol, 500_000n * USD);
    let steps = 0;
    for (; !world.apply(absorbBytes(alice.account)).outcome.ok; steps++) age(world, alice.account, 15);
    return steps;
  });
  assert.ok(waits[0]! > waits[1]! && waits[1]! > waits[2]!, `${waits}`);
});

test('profitShare: the more of it, the more of a profit leaves', () => {
  const free = [percent(20n), percent(50n), percent(80n)].map((profitShare) => {
    const world = new World();
    world.tick();
    rich(world, [alice, bob]);
    trade(world, alice, bob, 1_000n);
    world.tick({ 0: 100_000_000n, 1: 10_100_000_000_000n, 2: 400_000_000_000n, 3: 20_000_000_000n }, 100);
    set(world, { profitShare });
    return world.margin(alice.account).freeEquity;
  });
  assert.ok(free[0]! < free[1]! && free[1]! < free[2]!, `${free}`);
});

test.run();
