/** Nobody gains by how he bids: in parts or at once, first or last, for a stranger or for himself. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abs, divUp } from '../../../state/math/integer.ts';
import { accountIdOf } from '../../../state/records/account.ts';
import { AUCTION_KIND } from '../../../state/records/auction.ts';
import { sizeOf } from '../../../state/liquidation/distress.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { WAD } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, distressIn, plant, plantAuction, startBytes } from '../../support/distressed.ts';
import { alice, bob, carol, type Person, type World } from '../../support/world.ts';
import { auctionOf, isRunning, PARTS, scenes, worldOf, type Scene } from './scenes.ts';

const test = suite('fairness of auctions');
const SEED = { seed: 20_261_127, numRuns: 60, includeErrorInReport: true };

/** A bid for so many parts of what there was at first. */
type Part = Readonly<{ who: Person; parts: bigint }>;
type Outcome = Readonly<{
  world: World;
  /** Parts taken, bids for them, and what they were paid. */
  taken: bigint;
  bids: number;
  compensation: bigint;
  fromFund: bigint;
  penalty: bigint;
}>;

/** Bids at one instant, as long as the account is in auction; no part is more than what is offered. */
function sell(world: World, list: readonly Part[]): Outcome {
  let [taken, compensation, fromFund, penalty, bids] = [0n, 0n, 0n, 0n, 0];
  for (const { who, parts } of list) {
    if (!isRunning(world) || taken + parts > PARTS) break;
    const bytes = bidBytes(world, who, alice.account, divUp(parts * WAD, PARTS - taken));
    const paid = world.accept(bytes).effects.find((e) => e.kind === 'bid')!;
    // What is offered ends a bit before a whole part: such a bid is not one of this test.
    fc.pre(abs(paid.share * (PARTS - taken) - parts * WAD) <= PARTS);
    taken += parts;
    bids++;
    compensation += paid.compensation;
    fromFund += paid.fromFund;
    penalty += paid.penalty;
  }
  return { world, taken, bids, compensation, fromFund, penalty };
}

/** Each bid rounds its payments, the value of each asset twice, and its share to the 18th place. */
const roundingOf = ({ balances }: Scene, bids: number): bigint => BigInt(6 * bids * (1 + Object.keys(balances).length));

function assertAlike(scene: Scene, one: Outcome, other: Outcome, people: readonly Person[]): void {
  const bound = roundingOf(scene, one.bids + other.bids);
  for (const { account } of people) {
    const [a, b] = [one, other].map(({ world }) => world.account(account));
    assert.equal(a!.positions.map(({ instrument, size }) => [instrument, size]), b!.positions.map(({ instrument, size }) => [instrument, size]));
    for (const { asset, balance } of a!.collaterals) {
      const units = abs(balance - (b!.collaterals.find((c) => c.asset === asset)?.balance ?? 0n));
      assert.ok(units <= BigInt(one.bids + other.bids) * (1n + scene.balances[asset]! / WAD), 'to the 18th place of a share');
    }
    const [x, y] = [one, other].map(({ world }) => distressIn(world, account).value);
    assert.ok(abs(x! - y!) <= bound, `${x} and ${y}`);
  }
  assert.ok(abs(one.penalty - other.penalty) <= bound);
}

const parts = fc.array(fc.bigInt(1n, 40n), { minLength: 1, maxLength: 5 });
const of = (who: Person, list: readonly bigint[]): Part[] => list.map((of) => ({ who, parts: of }));

test('a part of a solvent account costs the same in many bids and in one', () => {
  let several = 0;
  fc.assert(
    fc.property(scenes(0.02, 0.9), parts, (scene, list) => {
      const world = auctionOf(scene);
      fc.pre(auctionIn(world, alice.account)!.kind === AUCTION_KIND.solvent);
      const split = sell(world, of(carol, list));
      const whole = sell(auctionOf(scene), of(carol, [split.taken]));
      if (split.bids > 1) several++;
      assert.ok(abs(split.compensation - whole.compensation) <= roundingOf(scene, split.bids + 1));
      assertAlike(scene, split, whole, [alice, carol]);
    }),
    SEED,
  );
  assert.ok(several > 20, `${several}`);
});

test('a part of an insolvent account costs the fund no more in many bids, and less by what size costs at most', () => {
  let several = 0;
  fc.assert(
    fc.property(scenes(-2, -0.05), parts, (scene, list) => {
      const insured = { ...scene, insured: 100n * WAD };
      const world = auctionOf(insured);
      fc.pre(auctionIn(world, alice.account)!.kind === AUCTION_KIND.insolvent);
      const size = sizeOf(distressIn(world, alice.account).margin);
      const split = sell(world, of(carol, list));
      const whole = sell(auctionOf(insured), of(carol, [split.taken]));
      if (split.bids > 1) several++;
      const bound = roundingOf(scene, split.bids + 1);
      const less = whole.fromFund - split.fromFund;
      assert.ok(less >= -bound && less <= (size * split.taken) / PARTS + bound, `${less} of ${size}`);
      assertAlike(scene, split, whole, [alice]);
    }),
    SEED,
  );
  assert.ok(several > 20, `${several}`);
});

test('who bids first pays no less, and account and fund end where they would have', () => {
  let both = 0;
  fc.assert(
    fc.property(scenes(-1, 0.9), fc.bigInt(1n, 40n), fc.bigInt(1n, 40n), (scene, a, b) => {
      const insured = { ...scene, insured: 100n * WAD };
      const [one, other] = [auctionOf(insured), auctionOf(insured)];
      const { kind } = auctionIn(one, alice.account)!;
      const size = sizeOf(distressIn(one, alice.account).margin);
      const [first, second] = [{ who: bob, parts: a }, { who: carol, parts: b }];
      const forward = sell(one, [first, second]);
      const backward = sell(other, [second, first]);
      fc.pre(forward.bids === 2 && backward.bids === 2);
      both++;
      const bound = roundingOf(scene, 4);
      const byFund = kind === AUCTION_KIND.solvent ? 0n : (size * (a + b)) / PARTS;
      assert.ok(abs(forward.fromFund - backward.fromFund) <= byFund + bound);
      assert.ok(abs(one.pool.insurance - other.pool.insurance) <= byFund + bound);
      assertAlike(scene, forward, backward, kind === AUCTION_KIND.solvent ? [alice, bob, carol] : [alice]);
    }),
    SEED,
  );
  assert.ok(both > 20, `${both}`);
});

test('an owner who starts, sells to himself and buys from himself has no more than before, but what the fund paid', () => {
  const third = accountIdOf(alice.address, 2);
  let sold = 0;
  fc.assert(
    fc.property(scenes(-1, 0.999, 1n), fc.array(fc.tuple(fc.bigInt(1n, WAD), fc.nat(3_000)), { minLength: 1, maxLength: 3 }), (scene, list) => {
      const world = worldOf(scene);
      plant(world, third, {});
      const own = [0, 1, 2].map((subaccount) => accountIdOf(alice.address, subaccount));
      const worth = (): bigint => own.reduce((sum, id) => sum + distressIn(world, id).value, 0n);
      let before = worth();
      world.accept(startBytes(alice.account, third));
      assert.ok(worth() <= before, 'the reward is his own money');
      for (const [share, wait] of list) {
        if (!isRunning(world)) break;
        age(world, alice.account, wait);
        before = worth();
        const { outcome, effects } = world.apply(bidBytes(world, alice, alice.account, share, { subaccount: 1 }));
        if (!outcome.ok) continue;
        sold++;
        const { fromFund, penalty } = effects.find((e) => e.kind === 'bid')!;
        const rounding = 2n * BigInt(Object.keys(scene.balances).length);
        assert.ok(abs(worth() - before - (fromFund - penalty)) <= rounding);
        if (fromFund === 0n) assert.ok(worth() <= before + rounding);
      }
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
  assert.ok(sold > 30, `${sold}`);
});

test('an account with its maintenance margin is neither flagged nor sold, and leaves its auction', () => {
  fc.assert(
    fc.property(scenes(1, 3, 1n), (scene) => {
      const world = worldOf(scene);
      assert.is(world.refuse(startBytes(alice.account)), 'account_is_healthy');
      plantAuction(world, alice.account);
      assert.is(world.refuse(bidBytes(world, carol, alice.account)), 'account_is_healthy');
      world.accept(encodeTransaction(endAuction, { account: alice.account }));
    }),
    { ...SEED, numRuns: 30 },
  );
});

test('an owner may always top up, and trade down what his equity can bear the fee of', () => {
  fc.assert(
    fc.property(scenes(0.3, 0.99, 10n), fc.constantFrom(100, 200, 300), fc.bigInt(1n, 10n), (scene, instrument, tenths) => {
      const lots = (scene.lots[instrument] ?? 10n) * 10n;
      const world = auctionOf({ ...scene, lots: { [instrument]: lots }, balances: {} });
      const { maintenance, equity } = world.margin(alice.account);
      world.deposit(alice.account, 1n);
      assert.is(world.margin(alice.account).equity, equity + 1n);
      const { tickSize, markPrice } = world.instrument(instrument);
      const [size, ticks] = [(abs(lots) * tenths) / 10n, markPrice / tickSize];
      const [buyer, seller] = lots < 0n ? [alice, bob] : [bob, alice];
      const { outcome } = world.tradeBetween(buyer, seller, size, ticks, instrument);
      assert.ok(outcome.ok, JSON.stringify(outcome));
      assert.ok(world.margin(alice.account).maintenance < maintenance);
      assert.equal(world.breaches(), []);
    }),
    { ...SEED, numRuns: 40 },
  );
});

test.run();
