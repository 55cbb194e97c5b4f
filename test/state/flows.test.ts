/** What must not depend on how it is done: fills in parts, funding in steps, everybody out at the end. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { divUp } from '../../state/math/integer.ts';
import { clearingIsCovered } from '../../state/invariants.ts';
import { INSTRUMENT } from '../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { WAD } from '../../state/units.ts';
import { alice, bob, BTC_PERP, carol, World } from '../support/world.ts';

const test = suite('flows');

const START = 10n ** 12n;
const CROWD = [alice, bob, carol];

function funded(): World {
  const world = new World();
  world.tick();
  for (const { account } of CROWD) world.deposit(account, START);
  return world;
}

/** Alice buys of bob: each part one fill, all in one step or each in its own. */
function filled(parts: readonly bigint[], ticks: bigint, inOneStep: boolean, concentrationFee = WAD): World {
  const world = funded();
  world.edit(PARAMETERS, PARAMETERS_PAGE, { concentrationFee });
  const lots = parts.reduce((sum, part) => sum + part, 0n);
  const maker = world.order({ who: bob, lots, ticks, buy: false });
  const taker = world.order({ who: alice, lots, ticks, buy: true });
  const fills = parts.map((part) => ({ maker, lots: part }));
  if (inOneStep) world.accept(world.tradeBytes(taker, fills));
  else for (const fill of fills) world.accept(world.tradeBytes(taker, [fill]));
  return world;
}

test('a fill in parts is the fill, up to the rounding of each fee', () => {
  const parts = fc.array(fc.bigInt(1n, 50n), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(parts, fc.bigInt(990_001n, 1_010_000n), fc.boolean(), (list, ticks, inOneStep) => {
      const whole = filled([list.reduce((a, b) => a + b)], ticks, true);
      const split = filled(list, ticks, inOneStep);
      const extra = BigInt(list.length - 1);
      for (const { account } of [alice, bob]) {
        const [a, b] = [whole.account(account), split.account(account)];
        assert.equal(b.positions, a.positions);
        assert.ok(b.cash <= a.cash && a.cash <= b.cash + extra, 'never cheaper, a micro-dollar a part dearer');
      }
      const [a, b] = [whole.instrument(BTC_PERP), split.instrument(BTC_PERP)];
      assert.is(b.openInterest, a.openInterest);
      assert.is(b.premiumNotional, a.premiumNotional);
      const difference = a.premiumWeighted - b.premiumWeighted;
      assert.ok(difference <= extra && difference >= -extra);
    }),
    { seed: 22, numRuns: 30 },
  );
});

test('two times n lots are n lots twice, to the micro-dollar where fees are whole', () => {
  const whole = filled([20n], 1_000_000n, true, 0n);
  const twice = filled([10n, 10n], 1_000_000n, false, 0n);
  for (const { account } of CROWD) assert.equal(twice.account(account), whole.account(account));
});

test('fees: taker and maker rates of the notional, rounded up', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 300n), fc.bigInt(950_000n, 1_050_000n), (lots, ticks) => {
      const world = filled([lots], ticks, true, 0n);
      const { takerFee, makerFee } = world.network.parameters;
      const notional = lots * ticks * 100n;
      assert.is(START - world.account(alice.account).cash, divUp(notional * takerFee, WAD));
      assert.is(START - world.account(bob.account).cash, divUp(notional * makerFee, WAD));
    }),
    { seed: 23, numRuns: 30 },
  );
});

const funding = fc.array(
  fc.record({
    buyer: fc.nat(2),
    seller: fc.nat(2),
    lots: fc.bigInt(1n, 99n),
    premium: fc.bigInt(-WAD / 100n, WAD / 100n),
    seconds: fc.integer({ min: 1, max: 7_200 }),
  }),
  { minLength: 2, maxLength: 15 },
);

test('funding in = funding out: what clearing keeps is the rounding, never negative', () => {
  let moved = 0n;
  fc.assert(
    fc.property(funding, (steps) => {
      const world = funded();
      let settlements = 0n;
      let net = 0n;
      const trade = (buyer: number, seller: number, lots: bigint): void => {
        const ticks = world.instrument(BTC_PERP).markPrice / 10_000_000n;
        const { outcome, effects } = world.tradeBetween(CROWD[buyer]!, CROWD[seller]!, lots, ticks);
        assert.ok(outcome.ok, JSON.stringify(outcome));
        for (const e of effects) {
          if (e.kind !== 'cash' || e.reason !== 'funding') continue;
          settlements++;
          net += e.amount;
          moved += e.amount > 0n ? e.amount : 0n;
        }
        assert.is(world.pool.clearing, -net);
        assert.is(clearingIsCovered(world.state), null);
      };
      for (const { buyer, seller, lots, premium, seconds } of steps) {
        if (buyer !== seller) trade(buyer, seller, lots);
        world.edit(INSTRUMENT, BTC_PERP, { premium });
        world.tick(undefined, seconds);
      }
      // Everybody out: each against whoever is on the other side.
      const sizeOf = (i: number): bigint => world.account(CROWD[i]!.account).positions[0]?.size ?? 0n;
      for (let i = 0; i < CROWD.length; i++) {
        for (let j = 0; j < CROWD.length; j++) {
          const [long, short] = [sizeOf(i), -sizeOf(j)];
          if (long > 0n && short > 0n) trade(j, i, long < short ? long : short);
        }
      }
      assert.equal(CROWD.map((_, i) => sizeOf(i)), [0n, 0n, 0n]);
      const { clearing, quoteTotal } = world.pool;
      assert.is(quoteTotal, 0n);
      assert.ok(clearing >= 0n && clearing <= settlements, `${clearing} after ${settlements} settlements`);
      assert.equal(world.breaches(), []);
    }),
    { seed: 24, numRuns: 40, includeErrorInReport: true },
  );
  assert.ok(moved > 1_000_000n, `${moved} micro-dollars of funding`);
});

test.run();
