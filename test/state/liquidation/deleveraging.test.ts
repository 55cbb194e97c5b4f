/** Rounds of deleveraging: whoever is named when, all close the same share of what hedges nothing, and give up profit alone. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { isWeighed } from '../../../state/liquidation/round.ts';
import { abs, max } from '../../../state/math/integer.ts';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { CLAIM } from '../../../state/records/claim.ts';
import { INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { PART, partIdOf } from '../../../state/records/part.ts';
import { ROUND } from '../../../state/records/round.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { age, dealer, distress, distressIn, plant, pour, startBytes } from '../../support/distressed.ts';
import { alice, BTC_PERP, person, PRICES, World } from '../../support/world.ts';

const test = suite('deleveraging');
const SEED = { seed: 20_261_126, numRuns: 40, includeErrorInReport: true };
const USD = 1_000_000n;
const FUTURE = BTC_PERP + 1;
/** Holders enter at one of these; the round is at the last. */
const PATH = [100_000n, 92_000n, 84_000n, 88_000n];

/** Its lots, and lots of the future on the other side, which they hedge. */
type Holder = Readonly<{ id: AccountId; lots: bigint; hedged: bigint; entry: number }>;
type Scene = Readonly<{
  holders: readonly Holder[];
  /** Alice's lots, of all that the other side holds [1e-18], and her side: 1 long, -1 short. */
  part: bigint;
  side: bigint;
  /** What she owes, of her maintenance margin [1e-18]. */
  owed: bigint;
  /** Order of the holders, and how many are named in each step. */
  order: readonly number[];
  groups: readonly number[];
}>;

const scenes: fc.Arbitrary<Scene> = fc.integer({ min: 1, max: 5 }).chain((count) =>
  fc.record({
    holders: fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.record({
          id: fc.constant(person(`holder ${i}`).account),
          lots: fc.bigInt({ min: 1n, max: 400n }),
          hedged: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 500n })),
          entry: fc.nat({ max: PATH.length - 1 }),
        }),
      ),
    ),
    part: fc.bigInt({ min: WAD / 100n, max: WAD }),
    side: fc.constantFrom(1n, -1n),
    owed: fc.bigInt({ min: 0n, max: 3n * WAD }),
    order: fc.shuffledSubarray([...Array(count + 1).keys()], { minLength: count + 1 }),
    groups: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: count, maxLength: count }),
  }),
);

const sizeIn = (world: World, id: AccountId): bigint => positionOf(world.account(id), BTC_PERP)?.size ?? 0n;

/** Everybody on the other side of alice, who is insolvent and has been for sale for ten minutes; the dealer is on either side. */
function worldOf({ holders, part, side, owed }: Scene): World {
  const world = new World();
  PATH.forEach((usd, entry) => {
    world.tick({ ...PRICES, 1: usd * 10n ** 8n });
    for (const { id, lots, hedged } of holders.filter((h) => h.entry === entry)) {
      plant(world, id, { lots: { [BTC_PERP]: -side * lots, [FUTURE]: side * hedged } });
    }
  });
  const others = holders.reduce((sum, { lots }) => sum + lots, 0n);
  plant(world, alice.account, { lots: { [BTC_PERP]: side * max((others * part) / WAD, 1n) } });
  for (const { id } of holders) pour(world, id, 1_000_000n * USD);
  pour(world, dealer.account, 1_000_000n * USD);
  distress(world, alice.account, -owed - 1n);
  const { value } = distressIn(world, alice.account);
  if (value >= 0n) pour(world, alice.account, -value - 1n);
  world.accept(startBytes(alice.account));
  age(world, alice.account, 600);
  return world;
}

/** The holders in their order, in groups that each are one step. */
function stepsOf({ holders, order, groups }: Scene): AccountId[][] {
  const ids = [...holders.map(({ id }) => id), dealer.account];
  const queue = order.map((i) => ids[i]!);
  const steps = groups.map((count) => queue.splice(0, count));
  return [...steps, queue];
}
const bytesOf = (holders: readonly AccountId[]): Uint8Array =>
  encodeTransaction(deleverage, { account: alice.account, instrument: BTC_PERP, holders: [...holders].sort() });

/** Lots of a holder that hedge nothing: they go one by one, as long as what is left of its exposure is on their side. */
function freeOf(world: World, id: AccountId): bigint {
  const [own, other] = [BTC_PERP, FUTURE].map((at) => (positionOf(world.account(id), at)?.size ?? 0n) * world.instrument(at).delta);
  const { delta } = world.instrument(BTC_PERP);
  const exposure = (own! + other!) * (own! < 0n ? -1n : 1n);
  let free = 0n;
  while (free < abs(sizeIn(world, id)) && exposure >= (free + 1n) * delta) free += 1n;
  return free;
}

/** Runs the round to its end, every book checked after every step; what each holder closed, in lots without sign. */
function run(world: World, scene: Scene): Map<AccountId, bigint> {
  const before = new Map([...world.state.idsOf(ACCOUNT)].map((id) => [id, sizeIn(world, id)] as const));
  const steps = stepsOf(scene).map((step) => step.filter((id) => before.get(id)! * scene.side < 0n));
  const named = steps.flat();
  for (const step of steps) {
    world.accept(bytesOf(step));
    assert.equal(world.breaches(), []);
    if (!isWeighed(existing(world.state, ROUND, BTC_PERP))) {
      for (const id of step) assert.is(world.refuse(bytesOf([id])), 'already_deleveraged');
    }
  }
  for (const id of named) assert.is(existing(world.state, PART, partIdOf(BTC_PERP, id)).free, freeOf(world, id));
  for (const step of steps) {
    world.accept(bytesOf(step));
    assert.equal(world.breaches(), []);
    if (world.state.read(ROUND, BTC_PERP) === undefined) break;
    for (const id of step.filter((one) => sizeIn(world, one) !== 0n)) assert.is(world.refuse(bytesOf([id])), 'already_deleveraged');
  }
  return new Map([...before].map(([id, size]) => [id, abs(size) - abs(sizeIn(world, id))] as const));
}

test('all of the position is closed, of what hedges nothing first, the same share by each up to a lot, in any order and any steps', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const world = worldOf(scene);
      const [all, { openInterest: open, status }] = [abs(sizeIn(world, alice.account)), world.instrument(BTC_PERP)];
      const sides = [...world.state.idsOf(ACCOUNT)].map((id) => [id, sizeIn(world, id), freeOf(world, id)] as const);
      const holders = sides.filter(([, size]) => size * scene.side < 0n);
      const free = holders.reduce((sum, [, , own]) => sum + own, 0n);
      const closed = run(world, scene);

      assert.is(world.state.read(ROUND, BTC_PERP), undefined, 'nobody was left out');
      assert.equal([sizeIn(world, alice.account), world.instrument(BTC_PERP).status], [0n, status]);
      assert.is(world.instrument(BTC_PERP).openInterest, open - all);
      assert.is(holders.reduce((sum, [id]) => sum + closed.get(id)!, 0n), all);
      const count = BigInt(holders.length);
      for (const [id, size, own] of holders) {
        const lots = closed.get(id)!;
        // Its share as a fraction, exactly.
        const [part, of] = all <= free ? [own * all, free] : [own * (open - free) + (abs(size) - own) * (all - free), open - free];
        assert.ok(lots * of < part + of, 'less than a lot more than its share');
        assert.ok(lots * of >= part - count * of, 'at most a lot a holder less: those who were named last');
        if (all <= free) assert.ok(lots <= own, 'a hedge stays whole while others have lots that hedge nothing');
      }
      for (const [id, size] of sides) {
        if (id !== alice.account && size * scene.side >= 0n) assert.is(closed.get(id), 0n, 'nobody of her own side');
      }
    }),
    SEED,
  );
});

test('what a holder gives up is profit on what it closes, and together at most what was owed and a micro-dollar a lot', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const world = worldOf(scene);
      const { markPerLot } = world.instrument(BTC_PERP);
      const lots = abs(sizeIn(world, alice.account));
      const owed = -distressIn(world, alice.account).value;
      const ids = [...world.state.idsOf(ACCOUNT)].filter((id) => id !== alice.account);
      const before = new Map(ids.map((id) => [id, { margin: world.margin(id), position: positionOf(world.account(id), BTC_PERP) }]));
      const closed = run(world, scene);
      let sum = 0n;
      for (const id of ids) {
        const { margin, position } = before.get(id)!;
        const haircut = world.state.read(CLAIM, id)?.amount ?? 0n;
        sum += haircut;
        assert.is(margin.equity - world.margin(id).equity, haircut, 'equity falls by nothing else');
        if (position === undefined) continue;
        const profit = max(position.size * markPerLot + position.quote, 0n);
        assert.ok(haircut * abs(position.size) <= profit * closed.get(id)!);
      }
      assert.ok(sum <= owed + lots, `${sum} of ${owed}`);
      assert.is(distressIn(world, alice.account).value, sum - owed, 'all of it is hers');
    }),
    SEED,
  );
});

test('order and steps change what a holder closes by a lot a holder at most', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const [one, other] = [scene, { ...scene, order: [...scene.order].reverse(), groups: [] }].map((s) => run(worldOf(s), s));
      for (const [id, lots] of one!) assert.ok(abs(lots - other!.get(id)!) <= BigInt(scene.holders.length + 1));
    }),
    { ...SEED, numRuns: 15 },
  );
});

test('a round that prices run away from is closed at the mark it began with', () => {
  const holders = [0, 1].map((i) => ({ id: person(`holder ${i}`).account, lots: 100n, hedged: 0n, entry: 0 }));
  const world = worldOf({ holders, part: WAD, side: 1n, owed: WAD, order: [0, 1, 2], groups: [] });
  const { markPerLot } = world.instrument(BTC_PERP);
  world.accept(bytesOf(holders.map(({ id }) => id)));
  world.accept(bytesOf([holders[0]!.id]));
  world.tick({ ...PRICES, 1: 80_000n * 10n ** 8n });
  const moved = world.instrument(BTC_PERP).markPerLot - markPerLot;
  const before = world.margin(holders[1]!.id).equity;
  world.accept(bytesOf([holders[1]!.id]));
  const { amount } = world.state.read(CLAIM, holders[1]!.id)!;
  assert.is(before - world.margin(holders[1]!.id).equity, amount - moved * 100n, 'so it keeps to its haircut but for the move since');
  assert.is(world.instrument(BTC_PERP).status, INSTRUMENT_STATUS.trading);
});

test.run();
