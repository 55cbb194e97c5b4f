// Traders of options on a toy venue: covered is covered, spreads are matched, a hedged book is flat.
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../../node/ports/random.ts';
import type { Decide, OptionView } from '../../../scripts/replay/traders.ts';
import { OPTION_STYLES, positionOf } from '../../../scripts/replay/traders.ts';
import { DEFAULT_MIX, population } from '../../../scripts/replay/population.ts';
import { coveredCall } from '../../../scripts/replay/traders/coveredCall.ts';
import { optionMaker } from '../../../scripts/replay/traders/optionMaker.ts';
import { spread } from '../../../scripts/replay/traders/spread.ts';
import { straddle } from '../../../scripts/replay/traders/straddle.ts';
import { assets, markets, options, sketches, Venue } from './venue.ts';

const test = suite('scripts/replay/options');
const SEED = 20_240_523;
const PRICES = { 1: 60_000, 2: 60_600, 3: 61_500, 4: 3_000, 5: 3_030 };
const [BTC, ETH] = [1, 2];
const TIME = 1_000_000;

/** Asks until nothing is wanted any more, filling what the venue likes: options held, and the least sum of lots on the way. */
function settle(decide: Decide, random: ReturnType<typeof seededRandom> | null, coins = new Map<number, number>()) {
  const venue = new Venue();
  let least = 0;
  const chain = options(PRICES, TIME);
  const view = () => venue.view(TIME, markets(PRICES), { collateral: coins, options: chain });
  for (let step = 0; step < 300; step++) {
    const intents = decide(view(), seededRandom(step));
    if (intents.length === 0) break;
    venue.apply(intents, random);
    least = Math.min(least, [...venue.positions.values()].reduce((sum, lots) => sum + lots, 0));
  }
  return { venue, least, held: chain.filter(({ market }) => (venue.positions.get(market) ?? 0) !== 0) };
}

const lotsOf = (venue: Venue, { market }: OptionView): number => venue.positions.get(market) ?? 0;

test('calls are sold up to the coins they are covered by, however the orders fill', () => {
  const property = fc.property(
    fc.double({ min: 0.001, max: 20, noNaN: true }),
    fc.double({ min: 0.5, max: 1, noNaN: true }),
    fc.integer(),
    (coins, cover, seed) => {
      const decide = coveredCall({ underlying: BTC, cover, moneyness: 1.03, expiryRank: 1, clips: 3 });
      const { venue, held } = settle(decide, seededRandom(seed), new Map([[BTC, coins]]));
      const sold = held.reduce((units, option) => units - lotsOf(venue, option) * option.lotSize, 0);
      assert.ok(sold <= cover * coins + 1e-9 && sold > cover * coins - 0.002, `${sold} of ${coins}`);
      assert.ok(held.every((option) => option.kind === 'call' && option.strikeUsd >= 60_000));
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 100 });
});

test('a spread is never short alone, and ends matched', () => {
  const parameters = { underlying: ETH, expiryRank: 1, width: 0.03, leverage: 2 };
  for (const shape of ['vertical', 'calendar'] as const) {
    for (const kind of ['call', 'put'] as const) {
      const decide = spread({ ...parameters, shape, kind });
      const { venue, held, least } = settle(decide, seededRandom(`${shape} ${kind}`));
      assert.is(held.length, 2, `${shape} of ${kind}s`);
      const [long, short] = [...held].sort((a, b) => lotsOf(venue, b) - lotsOf(venue, a)) as [OptionView, OptionView];
      assert.is(lotsOf(venue, long), -lotsOf(venue, short));
      assert.ok(lotsOf(venue, long) > 0);
      assert.is(short.kind, kind);
      if (shape === 'calendar') assert.ok(short.expirySeconds < long.expirySeconds);
      else assert.is(Math.sign(short.strikeUsd - long.strikeUsd), kind === 'call' ? 1 : -1);
      assert.ok(least >= 0, `${shape} of ${kind}s: short ${-least} lots alone`);
    }
  }
});

test('a straddle is a call and a put of one strike in equal lots, bought or sold', () => {
  for (const isShort of [false, true]) {
    const decide = straddle({ underlying: BTC, isShort, expiryRank: 0, leverage: 2 });
    const { venue, held } = settle(decide, seededRandom(`short ${isShort}`));
    assert.equal(held.map(({ kind }) => kind).sort(), ['call', 'put']);
    const [first, second] = held as [OptionView, OptionView];
    assert.is(first.strikeUsd, second.strikeUsd);
    assert.is(first.expirySeconds, second.expirySeconds);
    assert.is(lotsOf(venue, first), lotsOf(venue, second));
    assert.is(Math.sign(lotsOf(venue, first)), isShort ? -1 : 1);
  }
});

const makerParameters = {
  ...{ underlying: BTC, expiries: 2, reach: 0.2, halfSpread: 0.02, floor: 0.0004, quoteShare: 0.1 },
  ...{ positionShare: 0.5, skew: 1, activity: 1, band: 0.01 },
};

test('an option book is hedged in the perpetual to within its band', () => {
  const property = fc.property(fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 12 }), (lots) => {
    const decide = optionMaker({ ...makerParameters, activity: 0 });
    const venue = new Venue();
    const chain = options(PRICES, TIME);
    const own = chain.filter(({ underlying }) => underlying === BTC);
    lots.forEach((size, i) => venue.positions.set(own[i]!.market, size));
    const random = seededRandom('fills');
    for (let step = 0; step < 100; step++) {
      const intents = decide(venue.view(TIME, markets(PRICES), { options: chain }), seededRandom(step));
      if (intents.length === 0) break;
      venue.apply(intents, random);
    }
    const view = venue.view(TIME, markets(PRICES));
    const ofOptions = own.reduce((units, one) => units + positionOf(view, one.market) * one.lotSize * one.delta, 0);
    const units = ofOptions + positionOf(view, 1) * 0.0001;
    assert.ok(Math.abs(units) * 60_000 <= 0.01 * 100_000 + 6, `delta of ${units} left`);
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
});

test('an option maker quotes both sides of the chain around the mark, less of what it is full of', () => {
  const decide = optionMaker(makerParameters);
  const chain = options(PRICES, TIME);
  const quotes = (positions: readonly (readonly [number, number])[], more = {}) => {
    const venue = new Venue();
    for (const [market, lots] of positions) venue.positions.set(market, lots);
    venue.apply(decide(venue.view(TIME, markets(PRICES), { options: chain, ...more }), seededRandom(1)), null);
    return venue;
  };
  const flat = quotes([]);
  const near = chain.filter(({ underlying }) => underlying === BTC);
  const expiries = [...new Set(near.map(({ expirySeconds }) => expirySeconds))].sort().slice(0, 2);
  for (const option of near) {
    const own = flat.orders.filter(({ market }) => market === option.market);
    if (!expiries.includes(option.expirySeconds)) {
      assert.is(own.length, 0);
      continue;
    }
    const mark = option.markUsd / option.tickUsd;
    assert.ok(own.every(({ side, priceTicks }) => (side === 'buy' ? priceTicks < mark : priceTicks > mark)));
    assert.ok(own.some(({ side }) => side === 'sell'));
  }
  const [first] = near as [OptionView, ...OptionView[]];
  const sidesOf = (venue: Venue) => venue.orders.filter(({ market }) => market === first.market).map(({ side }) => side);
  assert.equal(sidesOf(quotes([[first.market, 100_000]])), ['sell'], 'full');
  const poor = { initialMarginUsd: 99_000 };
  assert.equal(sidesOf(quotes([[first.market, -50]], poor)), ['buy'], 'only back without room');
  assert.equal(sidesOf(quotes([], poor)), []);
});

test('a crowd on listed options has every style, and covers calls with coins that have options', () => {
  const options = { seed: 'crowd', markets: sketches, assets, startSeconds: 0, endSeconds: 9_000 };
  const people = population({ ...options, traders: 120, optionUnderlyings: [BTC, ETH] });
  for (const style of Object.keys(DEFAULT_MIX)) assert.ok(people.some((one) => one.style === style), style);
  for (const { style, deposits } of people.filter((one) => one.style === 'coveredCall')) {
    assert.ok(deposits.some(({ symbol }) => symbol !== 'USDC'), style);
  }
  const without = population({ ...options, traders: 120 });
  assert.not(without.some(({ style }) => (OPTION_STYLES as readonly string[]).includes(style)));
});

test.run();
