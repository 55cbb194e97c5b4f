/** Interest on cash: the curve, who pays whom, and that clearing can always pay what it owes. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Draft } from '../../../state/access.ts';
import { clearingIsCovered } from '../../../state/invariants.ts';
import {
  advanceInterest,
  borrowRateUp,
  interestDown,
  settledCash,
  utilisation,
} from '../../../state/ledger/interest.ts';
import { moveCash } from '../../../state/ledger/ledger.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import { POOL, type Pool } from '../../../state/records/pool.ts';
import { PARAMETER_BOUNDS } from '../../../state/transactions/parameterBounds.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { SECONDS_PER_YEAR, WAD } from '../../../state/units.ts';
import { alice, bob, carol, World, type Person } from '../../support/world.ts';

const test = suite('interest');
const SEED = { seed: 20_260_302, numRuns: 60, includeErrorInReport: true };
const USD = 1_000_000n;
const wad = (x: number): bigint => BigInt(Math.round(x * 1e9)) * 10n ** 9n;

/** A curve in the terms of Derive's InterestRateModel: both multipliers are per unit of use. */
const deriveCurve = (least: number, multiplier: number, high: number, kink: number) => ({
  borrowBase: wad(least),
  borrowSlope: wad(multiplier * kink),
  borrowKink: wad(kink),
  borrowSteep: wad(high * (1 - kink)),
});

/** Rates of derivexyz/v2-core: test/assets/cashAsset/unit-tests, and the curve of its main network. */
const UNIT_TEST = deriveCurve(0.06, 0.2, 0.4, 0.6);
const MAIN_NETWORK = deriveCurve(0.02, 0.08, 0.9, 0.85);
const RATES: readonly (readonly [name: string, curve: typeof UNIT_TEST, used: number, rate: number])[] = [
  ['unit test, idle', UNIT_TEST, 0, 0.06],
  ['unit test, below the kink', UNIT_TEST, 0.5, 0.16],
  ['unit test, at the kink', UNIT_TEST, 0.6, 0.18],
  ['unit test, above the kink', UNIT_TEST, 0.8, 0.26],
  ['unit test, all lent', UNIT_TEST, 1, 0.34],
  ['main network, at the kink', MAIN_NETWORK, 0.85, 0.088],
  ['main network, all lent', MAIN_NETWORK, 1, 0.223],
];
for (const [name, curve, used, rate] of RATES) {
  test(`the rate of Derive: ${name}`, () => assert.is(borrowRateUp(wad(used), curve), wad(rate)));
}

test('the growth of a week that Derive computes is that of our rate, compounded', () => {
  const rate = Number(borrowRateUp(wad(0.5), UNIT_TEST)) / 1e18;
  assert.ok(Math.abs(Math.expm1((rate * 7) / 365) - 0.003_073_205_794_798_734) < 1e-15);
});

const parameter = (name: keyof Parameters): fc.Arbitrary<bigint> => {
  const [min, max] = PARAMETER_BOUNDS[name];
  return fc.bigInt({ min, max });
};
const curve = fc.record({
  borrowBase: parameter('borrowBase'),
  borrowSlope: parameter('borrowSlope'),
  borrowKink: parameter('borrowKink'),
  borrowSteep: parameter('borrowSteep'),
  interestReserve: parameter('interestReserve'),
});

test('the rate never falls with use, and a little more use is a little more rate', () => {
  const share = fc.bigInt(0n, WAD - 1n);
  fc.assert(
    fc.property(curve, share, fc.bigInt(1n, 10n ** 12n), (c, used, more) => {
      const next = used + more > WAD ? WAD : used + more;
      const rise = borrowRateUp(next, c) - borrowRateUp(used, c);
      // Neither line is steeper than 1,000 % over a hundredth.
      assert.ok(rise >= 0n && rise <= 1_000n * more + 4n, `${rise}`);
    }),
    SEED,
  );
});

test('use is what is borrowed of what is lent, at most all of it', () => {
  const used = (cashPositive: bigint, cashNegative: bigint): bigint =>
    utilisation({ cashPositive, cashNegative } as Pool);
  assert.equal([used(0n, 0n), used(5n, 0n), used(0n, 5n), used(5n, 9n)], [0n, 0n, WAD, WAD]);
  assert.is(used(3n, 1n), WAD / 3n);
});

/** Applies ledger functions behind the rules: nobody asks for margin here. */
function change(world: World, run: (draft: Draft) => void): void {
  const draft = new Draft(world.state);
  run(draft);
  world.state.commit(draft.touched);
}

/** Alice lends 1,000 USD, bob owes 500; a year at 10 %, of which the fund keeps a fifth. */
function lentWorld(): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, 250n * USD);
  change(world, (draft) => moveCash(draft, bob.account, alice.account, 750n * USD, 'transfer'));
  world.edit(POOL, 0, { interestTime: world.now });
  return world;
}
const TEN_PERCENT = {
  borrowBase: WAD / 20n,
  borrowSlope: WAD / 20n,
  borrowKink: WAD / 2n,
  borrowSteep: WAD,
  interestReserve: WAD / 5n,
};
const advance = (world: World, seconds: number, terms: Partial<Parameters> = TEN_PERCENT): void => {
  world.block(seconds);
  change(world, (d) => advanceInterest(d, { ...world.network.parameters, ...terms }, world.now));
};
const owed = (world: World, who: Person): bigint => interestDown(world.account(who.account), world.pool);

test('a year by hand: 50 USD from the borrower, 40 to the lender, 10 to the fund', () => {
  const world = lentWorld();
  advance(world, SECONDS_PER_YEAR);
  assert.equal([owed(world, bob), owed(world, alice)], [-50n * USD, 40n * USD]);
  assert.is(world.pool.insurance, 10n * USD);
  assert.is(world.pool.clearing, -10n * USD, 'what the fund has, borrowers still owe');
  assert.equal(world.breaches(), []);
  assert.is(clearingIsCovered(world.state), null);
});

test('a second time in the same second changes nothing', () => {
  const world = lentWorld();
  advance(world, 100);
  const before = world.pool;
  advance(world, 0);
  assert.equal(world.pool, before);
});

test('interest is settled before cash changes, and counts as equity before it is settled', () => {
  const world = lentWorld();
  advance(world, SECONDS_PER_YEAR);
  for (const who of [alice, bob]) {
    const before = world.account(who.account);
    const [interest, equity] = [owed(world, who), world.margin(who.account).equity];
    assert.is(equity, before.cash + interest);
    const { effects } = world.deposit(who.account, 1n);
    assert.is(world.account(who.account).cash, before.cash + interest + 1n);
    assert.is(world.margin(who.account).equity, equity + 1n);
    assert.equal(effects, [
      { kind: 'cash', account: who.account, amount: interest, reason: 'interest' },
      { kind: 'cash', account: who.account, amount: 1n, reason: 'deposit' },
    ]);
    assert.is(owed(world, who), 0n, 'settled');
  }
});

test('cash that changes sign is settled to the other index', () => {
  const world = lentWorld();
  advance(world, SECONDS_PER_YEAR);
  const { borrowIndex, supplyIndex } = world.pool;
  assert.ok(borrowIndex > supplyIndex);
  change(world, (d) => moveCash(d, alice.account, bob.account, 2_000n * USD, 'transfer'));
  assert.is(world.account(bob.account).interestIndex, supplyIndex);
  assert.is(world.account(alice.account).interestIndex, borrowIndex);
});

test('where nobody lends, the fund gets it all', () => {
  const world = lentWorld();
  change(world, (d) => moveCash(d, alice.account, 'fees', 1_000n * USD, 'fee'));
  advance(world, SECONDS_PER_YEAR);
  assert.is(owed(world, bob), -550n * USD, 'at the steep end');
  assert.is(world.pool.insurance, 550n * USD);
});

for (const [name, action, extra] of [
  ['withdrawn', withdraw, { recipient: alice.address }],
  ['transferred', transfer, { toOwner: carol.address, toSubaccount: 0 }],
] as const) {
  test(`cash can be ${name} with all its interest, and not a unit more`, () => {
    const world = lentWorld();
    world.deposit(carol.account, 1_000n * USD); // Liquidity.
    advance(world, SECONDS_PER_YEAR);
    const all = settledCash(world.account(alice.account), world.pool);
    assert.ok(all > world.account(alice.account).cash);
    const take = (amount: bigint) =>
      world.apply(world.action<any>(action, alice, { asset: 0, amount, ...extra })).outcome;
    assert.is(take(all + 1n).ok, false);
    assert.equal(take(all), { ok: true });
    assert.is(world.account(alice.account).cash, 0n);
  });
}

test('a price post carries interest to the time of its block', () => {
  const world = lentWorld();
  const before = world.pool;
  world.tick(undefined, 3_600);
  const { borrowIndex, supplyIndex, interestTime } = world.pool;
  assert.is(interestTime, world.now);
  const paid = (borrowRateUp(WAD / 2n, world.network.parameters) * 3_600n) / BigInt(SECONDS_PER_YEAR) + 1n;
  assert.is(borrowIndex - before.borrowIndex, paid, 'half of the lent cash is borrowed');
  assert.is(supplyIndex - before.supplyIndex, (paid * 4n) / 10n, 'half of that, less a fifth');
});

const PEOPLE = [alice, bob, carol];
const operation = fc.oneof(
  fc.record({
    op: fc.constant('pay' as const),
    from: fc.nat(2),
    across: fc.integer({ min: 1, max: 3 }),
    amount: fc.bigInt(0n, 3n * 10n ** 12n),
  }),
  fc.record({ op: fc.constant('wait' as const), seconds: fc.nat(10_000_000), curve }),
);

test('any loans at any rates: dollars stay, clearing pays what it owes, only roundings are left', () => {
  const seen = { lender: 0, borrower: 0 };
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 40 }), (list) => {
      const world = new World();
      for (const { account } of PEOPLE) world.deposit(account, 1_000_000n * USD);
      const sound = (): void => {
        assert.equal(world.breaches(), []);
        assert.is(clearingIsCovered(world.state), null);
      };
      for (const o of list) {
        if (o.op === 'wait') advance(world, o.seconds, o.curve);
        else {
          // A round trip leads to the fees: money that lends to nobody.
          const to = o.across === 3 ? 'fees' : PEOPLE[(o.from + o.across) % 3]!.account;
          change(world, (d) => moveCash(d, PEOPLE[o.from]!.account, to, o.amount, 'transfer'));
        }
        for (const who of PEOPLE) {
          if (owed(world, who) > 0n) seen.lender++;
          if (owed(world, who) < 0n) seen.borrower++;
        }
        sound();
      }
      for (const { account } of PEOPLE) change(world, (d) => moveCash(d, account, 'fees', 1n, 'fee'));
      sound();
      const { clearing } = world.pool;
      // A unit for each settlement of an account, and one for each advance.
      assert.ok(clearing >= 0n && clearing <= BigInt(3 * list.length + 3), `clearing ${clearing}`);
    }),
    SEED,
  );
  assert.ok(seen.lender > 200 && seen.borrower > 200, JSON.stringify(seen));
});

test.run();
