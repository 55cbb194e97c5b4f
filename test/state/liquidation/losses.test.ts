/** Losses: whatever comes in and goes out meanwhile, everybody pays alike, and the books hold. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abs, divUp, max, min } from '../../../state/math/integer.ts';
import type { Pool } from '../../../state/records/pool.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { transfer } from '../../../state/transactions/transfer.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { plant, pour, startBytes } from '../../support/distressed.ts';
import { person, World, type Person } from '../../support/world.ts';

const test = suite('losses');
const SEED = { seed: 20_261_128, numRuns: 40, includeErrorInReport: true };
const USD = 1_000_000n;
const people = [0, 1, 2, 3].map((i) => person(`saver ${i}`));

type Step = Readonly<{ kind: 'loss' | 'withdraw' | 'deposit' | 'income' | 'transfer'; who: number; amount: bigint }>;
const amounts = fc.oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: 100_000n * USD }));
const stepOf = (...kinds: Step['kind'][]): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat({ max: people.length - 1 }), amount: amounts });
const savings = fc.tuple(...people.map(() => amounts));

function worldWith(balances: readonly bigint[]): World {
  const world = new World();
  balances.forEach((amount, i) => world.deposit(people[i]!.account, amount));
  return world;
}
const cashOf = (world: World, { account }: Person): bigint => world.account(account).cash;

/** A new account that owes `amount` and has nothing. */
function debtor(world: World, amount: bigint): AccountId {
  const { account } = person(`debtor ${world.steps.length}`);
  plant(world, account, {});
  pour(world, account, -amount);
  return account;
}
const socializeBytes = (account: AccountId): Uint8Array => encodeTransaction(socialize, { account });

/** What L1 is to pay; null: nothing is left to be paid. */
function paidBy(world: World, who: Person, amount: bigint): bigint | null {
  const before = world.pool.withdrawn;
  const { outcome } = world.apply(world.action(withdraw, who, { asset: 0, amount, recipient: who.address }));
  if (outcome.ok) return world.pool.withdrawn - before;
  assert.is(outcome.code, 151);
  return null;
}

function requireSane({ deficit, insurance, withdrawalRate: rate }: Pool): void {
  assert.ok(deficit >= 0n && insurance >= 0n && rate >= 0n && rate <= WAD);
  assert.ok(deficit === 0n || insurance === 0n, 'nobody shares a loss before the fund is empty');
  assert.ok(deficit > 0n || rate === WAD, 'nobody pays for a loss that is paid');
}

test('a withdrawal is paid the rate, income raises it in proportion, and nothing is ever below zero', () => {
  const steps = fc.array(stepOf('loss', 'withdraw', 'withdraw', 'deposit', 'income'), { minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(savings, steps, (balances, list) => {
      const world = worldWith(balances);
      for (const { kind, who, amount } of list) {
        const saver = people[who]!;
        const before = world.pool;
        const lost = WAD - before.withdrawalRate;
        if (kind === 'loss') world.accept(socializeBytes(debtor(world, amount)));
        if (kind === 'deposit') world.deposit(saver.account, amount);
        if (kind === 'income') {
          pour(world, 'insurance', amount);
          const { deficit, withdrawalRate } = world.pool;
          assert.is(before.deficit - deficit, min(amount, before.deficit));
          if (deficit > 0n) assert.is(WAD - withdrawalRate, divUp(lost * deficit, before.deficit));
        }
        if (kind === 'withdraw') {
          const wanted = min(amount, cashOf(world, saver));
          if (wanted === 0n) continue;
          const withheld = min(divUp(wanted * lost, WAD), before.deficit);
          const paid = paidBy(world, saver, wanted);
          assert.is(paid ?? 0n, wanted - withheld);
          if (world.pool.deficit > 0n) assert.is(world.pool.withdrawalRate, before.withdrawalRate);
        }
        requireSane(world.pool);
      }
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
});

test('when all leave, the loss is paid to the micro-dollar, and the order changes what nobody gets by more than their number', () => {
  const orders = fc.shuffledSubarray([...people.keys()], { minLength: people.length });
  fc.assert(
    fc.property(savings, amounts, orders, orders, (balances, loss, ...both) => {
      const all = balances.reduce((sum, b) => sum + b, 0n);
      fc.pre(loss < all);
      const [first, second] = both.map((order) => {
        const world = worldWith(balances);
        world.accept(socializeBytes(debtor(world, loss)));
        const paid = people.map(() => 0n);
        for (const i of order) paid[i] = paidBy(world, people[i]!, balances[i]!) ?? 0n;
        // Who is refused has less than a micro-dollar coming.
        const left = people.reduce((sum, p) => sum + cashOf(world, p), 0n);
        if (left === 0n) assert.is(world.pool.deficit, 0n);
        assert.equal(world.breaches(), []);
        return paid;
      });
      first!.forEach((paid, i) => {
        assert.ok(abs(paid - second![i]!) <= BigInt(people.length));
        assert.ok(abs(paid * all - balances[i]! * (all - loss)) <= BigInt(people.length) * all, 'its share of what is left');
      });
    }),
    SEED,
  );
});

test('before a loss is known nobody takes out more than his share of what would be left, in however many parts', () => {
  const steps = fc.array(stepOf('withdraw', 'withdraw', 'transfer'), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(savings, amounts, amounts, steps, (balances, owed, fund, list) => {
      const world = worldWith(balances);
      world.accept(startBytes(debtor(world, owed)));
      pour(world, 'insurance', fund);
      const all = balances.reduce((sum, b) => sum + b, 0n);
      const open = min(max(owed - fund, 0n), all);
      let [wanted, paid] = [0n, 0n];
      for (const { kind, who, amount } of list) {
        const saver = people[who]!;
        const most = min(amount, cashOf(world, saver));
        if (most === 0n) continue;
        if (kind === 'transfer') {
          const to = { toOwner: people[(who + 1) % people.length]!.address, toSubaccount: 0 };
          world.accept(world.action(transfer, saver, { asset: 0, amount: most, ...to }));
          continue;
        }
        const { cashPositive, flagged, insurance } = world.pool;
        const got = paidBy(world, saver, most);
        if (got === null) continue;
        const uncovered = min(max(flagged - insurance, 0n), cashPositive);
        assert.ok(got * cashPositive <= most * (cashPositive - uncovered), 'of each withdrawal what would be left of it');
        wanted += most;
        paid += got;
        requireSane(world.pool);
      }
      assert.ok(paid * all <= wanted * (all - open), 'and of all together, of what there was at first');
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
});

test('who leaves before a loss is known and who stays are paid alike', () => {
  fc.assert(
    fc.property(savings, amounts, amounts, fc.bigInt({ min: 1n, max: 5n }), (balances, owed, fund, parts) => {
      const world = worldWith(balances);
      const account = debtor(world, owed);
      world.accept(startBytes(account));
      pour(world, 'insurance', fund);
      const all = balances.reduce((sum, b) => sum + b, 0n);
      const open = max(owed - fund, 0n);
      fc.pre(open < all);
      for (const i of [0, 1]) for (let p = 0n; p < parts; p++) {
        const cash = cashOf(world, people[i]!);
        if (cash > 0n) paidBy(world, people[i]!, p === parts - 1n ? cash : divUp(cash, parts - p));
      }
      world.accept(socializeBytes(account));
      requireSane(world.pool);
      const { withdrawalRate: rate, cashPositive: left } = world.pool;
      // Leavers rounded up a micro-dollar a withdrawal, all of which is to the good of who stays.
      const expected = WAD - (open * WAD) / all;
      assert.ok(rate >= expected - 1n, `${rate} of ${expected}`);
      if (left > 0n) assert.ok(rate <= expected + divUp((2n * parts + 1n) * WAD, left) + 1n, `${rate} of ${expected}`);
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
});

test('with a loss that is shared and one in the open, both are left behind', () => {
  const steps = fc.array(stepOf('withdraw'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(savings, amounts, amounts, steps, (balances, known, owed, list) => {
      const world = worldWith(balances);
      const all = balances.reduce((sum, b) => sum + b, 0n);
      fc.pre(known + owed < all);
      world.accept(socializeBytes(debtor(world, known)));
      world.accept(startBytes(debtor(world, owed)));
      let [wanted, paid] = [0n, 0n];
      for (const { who, amount } of list) {
        const most = min(amount, cashOf(world, people[who]!));
        const before = world.pool;
        const got = most === 0n ? null : paidBy(world, people[who]!, most);
        if (got === null) continue;
        const lost = before.deficit + before.flagged - before.insurance;
        assert.ok(got * before.cashPositive <= most * (before.cashPositive - lost));
        wanted += most;
        paid += got;
        requireSane(world.pool);
      }
      assert.ok(paid * all <= wanted * (all - known - owed));
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
});

test('who brings cash while a loss is shared pays as all do', () => {
  const world = worldWith([100n * USD]);
  world.accept(socializeBytes(debtor(world, 10n * USD)));
  world.deposit(people[1]!.account, 100n * USD);
  assert.is(paidBy(world, people[1]!, 100n * USD), 90n * USD);
  assert.equal([world.pool.deficit, world.pool.withdrawalRate], [0n, WAD], 'and has paid for the others');
  assert.is(paidBy(world, people[0]!, 100n * USD), 100n * USD);
});

test.run();
