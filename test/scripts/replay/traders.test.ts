// Simulated traders repeat under their seed, stay on the grid, and do what their style promises.
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../../node/ports/random.ts';
import type { Intent, OrderView, Side } from '../../../scripts/replay/traders.ts';
import { exposureUnits, OPTION_STYLES, Trail } from '../../../scripts/replay/traders.ts';
import { apportion, LINEAR_MIX, population } from '../../../scripts/replay/population.ts';
import { basis } from '../../../scripts/replay/traders/basis.ts';
import { hedger } from '../../../scripts/replay/traders/hedger.ts';
import { holder } from '../../../scripts/replay/traders/holder.ts';
import { maker } from '../../../scripts/replay/traders/maker.ts';
import { noise } from '../../../scripts/replay/traders/noise.ts';
import { trend } from '../../../scripts/replay/traders/trend.ts';
import { assets, markets, sketches, Venue } from './venue.ts';

const test = suite('scripts/replay/traders');
const PRICES = { 1: 60_000, 2: 60_600, 3: 61_500, 4: 3_000, 5: 3_030 };
const NO_OPTION_TRADERS = Object.fromEntries(OPTION_STYLES.map((style) => [style, 0]));
const crowd = (seed: number | string, traders: number) =>
  population({ seed, traders, markets: sketches, assets, startSeconds: 0, endSeconds: 9_000 });

/** What is sold all the time, so that those who buy it have something to do. */
const auctions = [
  {
    ...{ owner: `0x${'11'.repeat(20)}`, subaccount: 0, price: '9000', expected: `0x${'22'.repeat(32)}` },
    ...{ compensationUsd: 900, grossUsd: 60_000, share: 0.5 },
  },
];

/** A walk of all marks, shared by the tests that need a moving market. */
function walk(seed: string, steps: number): Record<number, number>[] {
  const random = seededRandom(seed);
  let [btc, eth] = [60_000, 3_000];
  return Array.from({ length: steps }, () => {
    btc *= 1 + 0.002 * random.nextNormal();
    eth *= 1 + 0.003 * random.nextNormal();
    const premium = 1 + 0.01 * random.nextNormal();
    return { 1: btc, 2: btc * premium, 3: btc * 1.02, 4: eth, 5: eth * premium };
  });
}

function requireOnGrid(intents: readonly Intent[], what: string): void {
  for (const intent of intents) {
    if (intent.kind !== 'place') continue;
    assert.ok(Number.isSafeInteger(intent.sizeLots) && intent.sizeLots >= 1, `${what}: size`);
    assert.ok(Number.isSafeInteger(intent.priceTicks) && intent.priceTicks >= 1, `${what}: price`);
    assert.not(intent.marketable && (intent.postOnly || intent.timeInForce === 'GTC'), what);
  }
}

/** Every intent of a crowd over a walk, as one text, and how many of each style. */
function run(seed: string, traders: number, order: 'forward' | 'backward'): Map<string, string> {
  const people = crowd(seed, traders);
  const venues = people.map(() => new Venue());
  const fills = people.map((trader) => trader.random.fork('fills'));
  const trails = new Map<number, Trail>(sketches.map(({ market }) => [market, new Trail()]));
  walk('crowd', 150).forEach((prices, step) => {
    for (const [market, trail] of trails) trail.push(prices[market] as number);
    const shown = markets(prices).map((view) => ({
      ...view,
      trail: trails.get(view.market)?.values ?? [],
    }));
    const asked = order === 'forward' ? [...people] : [...people].reverse();
    for (const trader of asked) {
      const venue = venues[trader.index] as Venue;
      const units = trader.style === 'hedger' ? 1.5 : 0;
      const collateral = new Map([1, 2].map((underlying) => [underlying, units]));
      const intents = trader.decide(venue.view(step * 60, shown, { collateral, auctions }), trader.random);
      requireOnGrid(intents, trader.name);
      venue.apply(intents, fills[trader.index] ?? null);
    }
  });
  return new Map(
    people.map((trader) => [trader.name, JSON.stringify(venues[trader.index]?.intents)]),
  );
}

test('the same seed asks for the same orders, in whatever order traders are asked', () => {
  const first = run('one', 40, 'forward');
  assert.equal([...run('one', 40, 'forward')], [...first]);
  assert.equal([...run('one', 40, 'backward')], [...first]);
  assert.not.equal([...run('two', 40, 'forward')], [...first]);
  const silent = [...first].filter(([, intents]) => intents === '[]').map(([name]) => name);
  assert.ok(silent.length < 12, `who never did anything: ${silent}`);
  for (const style of Object.keys(LINEAR_MIX)) {
    const isAlive = [...first].some(([name, text]) => name.startsWith(style) && text !== '[]');
    assert.ok(isAlive, `no ${style} did anything`);
  }
});

const makerParameters = {
  ...{ markets: [1, 2], halfSpread: 0.0005, volatilityMultiple: 0.5, levels: 3, spacing: 0.0005 },
  ...{ levelShare: 0.05, inventoryShare: 0.5, skew: 0.002, tolerance: 0.0002 },
};

const best = (orders: readonly OrderView[], side: Side): number =>
  orders
    .filter((order) => order.side === side)
    .reduce(
      (price, order) =>
        side === 'buy' ? Math.max(price, order.priceTicks) : Math.min(price, order.priceTicks),
      side === 'buy' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    );

test('makers never cross themselves, whatever the market does and fills', () => {
  const step = fc.record({
    move: fc.double({ min: -0.03, max: 0.03, noNaN: true }),
    position: fc.integer({ min: -20_000, max: 20_000 }),
    bidGap: fc.integer({ min: -40, max: 40 }),
    equity: fc.constantFrom(100_000, 5_000, 100, 0, -500),
    fills: fc.integer({ min: 0, max: 3 }),
    hasBook: fc.boolean(),
  });
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
    const venue = new Venue();
    const random = seededRandom('maker');
    const decide = maker(makerParameters);
    let price = 60_000;
    for (const { move, position, bidGap, equity, fills, hasBook } of steps) {
      price *= 1 + move;
      venue.positions.set(1, position);
      const shown = markets({ ...PRICES, 1: price, 2: price * 1.01 }).map((view) => ({
        ...view,
        bestBidTicks: hasBook ? (view.bestBidTicks ?? 0) + bidGap : null,
        bestAskTicks: hasBook ? (view.bestAskTicks ?? 0) + bidGap : null,
      }));
      const view = venue.view(0, shown, { equityUsd: equity, initialMarginUsd: 200 });
      const intents = decide(view, random);
      requireOnGrid(intents, 'maker');
      // After every single intent, not only at the end: the venue takes them one by one.
      for (const intent of intents) {
        venue.apply([intent], random);
        for (const market of [1, 2]) {
          const own = venue.orders.filter((order) => order.market === market);
          assert.ok(best(own, 'buy') < best(own, 'sell'), JSON.stringify(own));
        }
        if (intent.kind !== 'place') continue;
        const { bestAskTicks, bestBidTicks } = shown[intent.market - 1] as (typeof shown)[0];
        if (intent.side === 'buy') assert.ok(intent.priceTicks < (bestAskTicks ?? Infinity));
        else assert.ok(intent.priceTicks > (bestBidTicks ?? 0));
        assert.ok(intent.postOnly && !intent.marketable);
      }
      for (let i = 0; i < fills && venue.orders.length > 0; i++) {
        venue.orders.splice(random.nextInt(venue.orders.length), 1);
      }
    }
  });
  fc.assert(property, { seed: 20_240_519, numRuns: 200 });
});

test('makers lean against inventory, stop at a full one, and leave good orders alone', () => {
  const decide = maker({ ...makerParameters, markets: [1] });
  const random = seededRandom(1);
  const shown = markets(PRICES);
  const quotes = (position: number, more = {}) => {
    const venue = new Venue();
    venue.positions.set(1, position);
    venue.apply(decide(venue.view(0, shown, more), random), null);
    return venue;
  };
  const flat = quotes(0);
  assert.is(flat.orders.length, 6);
  assert.equal(decide(flat.view(0, shown), random), [], 'nothing moved, nothing to do');
  // Equity 100,000 and a share of a half: full at 50,000 USD, 8,333 lots.
  const long = quotes(4_000);
  assert.ok(best(long.orders, 'sell') < best(flat.orders, 'sell'));
  assert.ok(best(long.orders, 'buy') < best(flat.orders, 'buy'));
  assert.ok(quotes(9_000).orders.every((order) => order.side === 'sell'));
  assert.ok(quotes(-9_000).orders.every((order) => order.side === 'buy'));
  const poor = quotes(500, { equityUsd: 1_000, initialMarginUsd: 990 });
  assert.ok(poor.orders.length > 0 && poor.orders.every((order) => order.side === 'sell'));
  assert.is(poor.orders.reduce((sum, order) => sum + order.remainingLots, 0) <= 500, true);
});

test('hedgers end hedged, through partial fills and moving collateral', () => {
  const property = fc.property(
    fc.double({ min: 0.01, max: 40, noNaN: true }),
    fc.constantFrom('perpetual' as const, 'future' as const),
    fc.integer({ min: -3_000, max: 3_000 }),
    (units, instrument, odd) => {
      const decide = hedger({ underlyings: [1, 2], instrument, band: 0, clipUsd: 50_000 });
      const venue = new Venue();
      venue.fill(3, odd);
      const random = seededRandom('hedger');
      const collateral = new Map([
        [1, units],
        [2, units * 3],
      ]);
      const shown = markets(PRICES);
      for (let step = 0; step < 400; step++) {
        const intents = decide(venue.view(step, shown, { collateral }), random);
        requireOnGrid(intents, 'hedger');
        if (intents.length === 0) break;
        venue.apply(intents, random);
      }
      const view = venue.view(0, shown, { collateral });
      assert.ok(Math.abs(exposureUnits(view, 1)) < 0.0001, `BTC left ${exposureUnits(view, 1)}`);
      assert.ok(Math.abs(exposureUnits(view, 2)) < 0.001, `ETH left ${exposureUnits(view, 2)}`);
      assert.equal(decide(view, random), [], 'and then rests');
    },
  );
  fc.assert(property, { seed: 20_240_520, numRuns: 60 });
});

test('hedgers move to the next future before theirs expires', () => {
  const decide = hedger({ underlyings: [1], instrument: 'future', band: 0, clipUsd: 1e9 });
  const collateral = new Map([[1, 1]]);
  const venue = new Venue();
  const shown = markets(PRICES);
  venue.apply(decide(venue.view(0, shown, { collateral }), seededRandom(1)), null);
  assert.equal([...venue.positions], [[2, -10_000]]);
  venue.positions.clear(); // settled
  const late = venue.view(29.5 * 86_400, shown, { collateral });
  venue.apply(decide(late, seededRandom(1)), null);
  assert.equal([...venue.positions], [[3, -10_000]]);
});

test('basis traders enter a rich premium leg by leg, stay neutral, and leave', () => {
  const parameters = { underlyings: [1], entry: 0.08, exit: 0.01, leverage: 2, clips: 4 };
  const decide = basis(parameters);
  const venue = new Venue();
  const random = seededRandom('basis');
  const net = (): number => [1, 2, 3].reduce((sum, m) => sum + (venue.positions.get(m) ?? 0), 0);
  const clip = Math.ceil(Math.floor((2 * 100_000) / (60_600 * 0.0001)) / 4) + 1;
  const live = (time: number, prices: Record<number, number>): void => {
    const shown = markets({ ...PRICES, ...prices });
    for (let step = 0; step < 200; step++) {
      const intents = decide(venue.view(time, shown), random);
      if (intents.length === 0) return;
      assert.is(intents.length, 1, 'one leg at a time');
      venue.apply(intents, random);
      assert.ok(Math.abs(net()) <= clip, `${net()} lots apart, a clip is ${clip}`);
    }
    throw new Error('never came to rest');
  };
  live(0, {}); // 1 % in 30 days is 12 % a year: short the future, long the perpetual.
  assert.ok((venue.positions.get(2) ?? 0) < -30_000, `${venue.positions.get(2)}`);
  assert.is(net(), 0);
  const before = [...venue.positions];
  live(86_400, { 2: 60_200 }); // 4 % a year: neither in nor out.
  assert.equal([...venue.positions], before);
  live(2 * 86_400, { 2: 60_010 }); // Gone.
  assert.equal(
    [...venue.positions].filter(([, lots]) => lots !== 0),
    [],
  );
  live(3 * 86_400, { 2: 59_000 }); // Backwardation: the other way round.
  assert.ok((venue.positions.get(2) ?? 0) > 0 && net() === 0);
  // Time runs out: leaves, although the premium still pays; the far future is not rich.
  live(29.5 * 86_400, { 2: 59_000, 3: 60_300 });
  assert.equal(
    [...venue.positions].filter(([, lots]) => lots !== 0),
    [],
  );
});

test('holders buy once, in time, and then hope', () => {
  const decide = holder({ market: 1, leverage: 5, entrySeconds: 100, entryEndSeconds: 700 });
  const venue = new Venue();
  const random = seededRandom(1);
  const shown = markets(PRICES);
  const ask = (time: number, more = {}): Intent[] => decide(venue.view(time, shown, more), random);
  assert.equal(ask(99), []);
  for (let time = 100; time < 700; time += 60) venue.apply(ask(time), null);
  // 5 x 100,000 USD at 6 USD a lot.
  assert.is(venue.positions.get(1), 83_333);
  assert.ok(venue.intents.every((intent) => intent.kind === 'place' && intent.side === 'buy'));
  for (const equityUsd of [100_000, 10_000, -5_000]) assert.equal(ask(5_000, { equityUsd }), []);
  venue.positions.clear();
  assert.equal(ask(5_000), [], 'liquidated is liquidated');
  assert.equal(ask(200, { initialMarginUsd: 99_000 }), [], 'no room');
});

test('trend followers follow both ways and hold without room', () => {
  const decide = trend({
    ...{ markets: [1], fastSteps: 5, slowSteps: 30, threshold: 0.3, leverage: 2, activity: 1 },
  });
  const venue = new Venue();
  const random = seededRandom(1);
  const market = (slope: number) =>
    markets(PRICES).map((view) => ({
      ...view,
      trail: Array.from({ length: 40 }, (_, i) => 60_000 * (1 + slope * (i - 39))),
    }));
  const ask = (slope: number, more = {}): void =>
    venue.apply(decide(venue.view(0, market(slope), more), random), null);
  venue.apply(decide(venue.view(0, markets(PRICES)), random), null);
  assert.is(venue.positions.size, 0, 'no history, no opinion');
  ask(0.001);
  assert.is(venue.positions.get(1), 33_333);
  ask(0.001);
  assert.is(venue.positions.get(1), 33_333, 'full');
  ask(0.001, { equityUsd: 100_000, initialMarginUsd: 95_000 });
  assert.is(venue.positions.get(1), 33_333);
  ask(-0.001, { initialMarginUsd: 95_000 });
  assert.is(venue.positions.get(1), 0, 'out, but not short, without room');
  ask(-0.001);
  assert.is(venue.positions.get(1), -33_333);
  ask(0);
  assert.is(venue.positions.get(1), 0);
});

test('noise stays within its bound and tidies up', () => {
  const parameters = { markets: [1, 4], activity: 1, takerShare: 0.6, sizeShare: 0.1 };
  const decide = noise({ ...parameters, positionShare: 0.5, cancelChance: 0.05 });
  const venue = new Venue();
  const random = seededRandom('noise');
  const sides = new Set<string>();
  for (let step = 0; step < 2_000; step++) {
    const intents = decide(venue.view(step, markets(PRICES)), random);
    requireOnGrid(intents, 'noise');
    for (const intent of intents) if (intent.kind === 'place') sides.add(intent.side);
    venue.apply(intents, random);
    assert.ok(venue.orders.length <= 7);
    assert.ok(Math.abs(venue.positions.get(1) ?? 0) * 6 <= 50_000);
    assert.ok(Math.abs(venue.positions.get(4) ?? 0) * 3 <= 50_000);
  }
  assert.is(sides.size, 2);
});

test('populations: styles by weight, deposits of every asset, the same for the same seed', () => {
  const people = crowd(9, 300);
  assert.is(people.length, 300);
  assert.is(new Set(people.map((trader) => trader.name)).size, 300);
  const strip = (list: typeof people) => list.map(({ name, deposits }) => ({ name, deposits }));
  assert.equal(strip(crowd(9, 300)), strip(people));
  assert.not.equal(strip(crowd(10, 300)), strip(people));
  const symbols = new Set(people.flatMap((trader) => trader.deposits.map((d) => d.symbol)));
  assert.equal([...symbols].sort(), ['USDC', 'WBTC', 'WETH', 'wstETH']);
  for (const { name, deposits } of people) {
    assert.ok(deposits.length >= 1, name);
    assert.ok(
      deposits.every((d) => d.amount > 0n && d.usd <= 5_000_000),
      name,
    );
  }
  const small = population({
    ...{ seed: 1, traders: 3, markets: [sketches[0]], assets: [assets[0]] },
    ...{ startSeconds: 0, endSeconds: 1, depositUsdMax: 100 },
  });
  assert.ok(small.every((trader) => trader.deposits.every((d) => d.amount <= 100_000_000n)));
  assert.equal(apportion(8, LINEAR_MIX), {
    ...{ maker: 1, trend: 1, hedger: 1, basis: 1, holder: 1, noise: 1, leveraged: 1, liquidator: 1 },
    ...NO_OPTION_TRADERS,
  });
  const two = apportion(10, { maker: 1, noise: 3 });
  const none = { trend: 0, hedger: 0, basis: 0, holder: 0, leveraged: 0, liquidator: 0 };
  assert.equal(two, { maker: 3, ...none, noise: 7, ...NO_OPTION_TRADERS });
  for (let count = 1; count < 60; count++) {
    const sum = Object.values(apportion(count, LINEAR_MIX)).reduce((a, b) => a + b, 0);
    assert.is(sum, count);
  }
  assert.throws(() => apportion(3, {}), /weights/);
  assert.throws(() => crowd(1, 0), /at least 1/);
});

test.run();
