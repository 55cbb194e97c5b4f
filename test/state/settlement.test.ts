/** Settlement: the average is exact over gaps and days, and a future pays size x (settlement - entry). */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { EXPIRY_SECOND_OF_DAY, SETTLEMENT_WINDOW_SECONDS } from '../../state/constants.ts';
import { ACCOUNT } from '../../state/records/account.ts';
import { UNDERLYING, type Underlying } from '../../state/records/underlying.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { settle } from '../../state/transactions/settle.ts';
import { SECONDS_PER_DAY } from '../../state/units.ts';
import { alice, bob, BTC_PERP, carol, OPTION_EXPIRY, person, PRICES, World } from '../support/world.ts';

const test = suite('settlement');

const BTC = 1;
const WINDOW = SETTLEMENT_WINDOW_SECONDS;
const btcOf = (world: World): Underlying => existing(world.state, UNDERLYING, BTC);

type Post = Readonly<{ time: number; price: bigint }>;

/** The plain twin: second by second, the price that held, summed over the window before `expiry`. */
function averageBefore(posts: readonly Post[], expiry: number): bigint {
  let sum = 0n;
  posts.forEach(({ time, price }, i) => {
    const until = Math.min(posts[i + 1]?.time ?? Infinity, expiry);
    const from = Math.max(time, expiry - WINDOW);
    if (until > from) sum += price * BigInt(until - from);
  });
  return sum / BigInt(WINDOW);
}

/** The last 08:00 UTC whose whole window lies in the history, or 0. */
function lastExpiry(posts: readonly Post[]): number {
  const [first, now] = [posts[0]!.time, posts.at(-1)!.time];
  const expiry = now - ((now - EXPIRY_SECOND_OF_DAY + SECONDS_PER_DAY) % SECONDS_PER_DAY);
  return expiry - WINDOW >= first ? expiry : 0;
}

/** Seconds to the next post: a moment, up to or just past a bound of the window, or days. */
const wait = fc.oneof(
  fc.record({ kind: fc.constant('seconds' as const), seconds: fc.integer({ min: 1, max: 4_000 }) }),
  fc.record({ kind: fc.constant('open' as const), seconds: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ kind: fc.constant('close' as const), seconds: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ kind: fc.constant('days' as const), seconds: fc.integer({ min: 40_000, max: 4 * SECONDS_PER_DAY }) }),
);
const price = fc.bigInt(9_000_000_000_000n, 11_000_000_000_000n);
const history = fc.array(fc.tuple(wait, price), { minLength: 3, maxLength: 25 });

function secondsUntil(now: number, { kind, seconds }: { kind: string; seconds: number }): number {
  if (kind === 'seconds' || kind === 'days') return seconds;
  const since = (now - EXPIRY_SECOND_OF_DAY + SECONDS_PER_DAY) % SECONDS_PER_DAY;
  const target = now - since + SECONDS_PER_DAY - (kind === 'open' ? WINDOW : 0) + seconds;
  return target > now ? target - now : target - now + SECONDS_PER_DAY;
}

test('the average is that of the plain twin, whatever the gaps', () => {
  let settled = 0;
  fc.assert(
    fc.property(fc.nat(SECONDS_PER_DAY), history, (start, steps) => {
      const world = new World();
      const posts: Post[] = [];
      world.block(start);
      for (const [pause, value] of steps) {
        world.block(secondsUntil(world.now, pause));
        world.accept(world.pricesBytes({ [BTC]: value }));
        posts.push({ time: world.now, price: value });
        const { lastSettlementExpiry, lastSettlementPrice } = btcOf(world);
        const expiry = lastExpiry(posts);
        assert.is(lastSettlementExpiry, expiry);
        if (expiry === 0) continue;
        settled++;
        assert.is(lastSettlementPrice, averageBefore(posts, expiry));
      }
    }),
    { seed: 1_800, numRuns: 60 },
  );
  assert.ok(settled > 300, `${settled} averages were compared`);
});

test('by hand: half of the window at 100,000, a third at 90,000, the rest at 99,000', () => {
  const world = new World();
  const at = (time: number, usd: bigint): void => {
    world.block(time - world.now);
    world.accept(world.pricesBytes({ [BTC]: usd * 100_000_000n }));
  };
  const expiry = world.now + EXPIRY_SECOND_OF_DAY;
  at(expiry - WINDOW - 500, 100_000n); // Before the window: holds into it.
  at(expiry - 900, 90_000n);
  at(expiry - 300, 99_000n);
  at(expiry + 77, 10n); // After it: says nothing about it.
  const { lastSettlementExpiry, lastSettlementPrice } = btcOf(world);
  assert.is(lastSettlementExpiry, expiry);
  assert.is(lastSettlementPrice, 9_650_000_000_000n);
});

test('a chain whose first price comes inside the window settles the day after', () => {
  const world = new World();
  const expiry = world.now + EXPIRY_SECOND_OF_DAY;
  world.block(EXPIRY_SECOND_OF_DAY - WINDOW + 1);
  world.accept(world.pricesBytes({ [BTC]: PRICES[BTC]! }));
  assert.is(btcOf(world).settlementExpiry, expiry + SECONDS_PER_DAY);
  world.block(WINDOW);
  world.accept(world.pricesBytes({ [BTC]: PRICES[BTC]! }));
  assert.is(btcOf(world).lastSettlementExpiry, 0);
});

const FUTURE = BTC_PERP + 1;
const crowd = [alice, bob, carol, person('dave')];
const deals = fc.array(
  fc.record({
    buyer: fc.nat(3),
    seller: fc.nat(3),
    lots: fc.bigInt(1n, 40n),
    ticks: fc.bigInt(950_000n, 1_050_000n),
  }),
  { minLength: 1, maxLength: 12 },
);

test('a future pays exactly size x (settlement - entry), and clearing ends at zero', () => {
  fc.assert(
    fc.property(deals, price, fc.boolean(), (trades, settlement, together) => {
      const world = new World();
      world.tick();
      for (const { account } of crowd) world.deposit(account, 10n ** 12n);
      const won = new Map(crowd.map(({ account }) => [account, 0n]));
      const cash = () => crowd.map(({ account }) => world.account(account).cash);
      const add = (account: (typeof crowd)[number]['account'], x: bigint) =>
        won.set(account, won.get(account)! + x);
      let fees = 0n;
      // Whole micro-dollars per lot: what a lot settles at, to the nearest.
      const perLot = (settlement * 100_000n + 5n * 10n ** 9n) / 10n ** 10n;
      for (const { buyer, seller, lots, ticks } of trades) {
        const [long, short] = [crowd[buyer]!, crowd[seller]!];
        const { outcome, effects } = world.tradeBetween(long, short, lots, ticks, FUTURE);
        assert.is(outcome.ok, buyer !== seller);
        if (!outcome.ok) continue;
        add(long.account, lots * (perLot - ticks * 100n));
        add(short.account, -lots * (perLot - ticks * 100n));
        for (const e of effects) {
          if (e.kind !== 'cash' || e.reason !== 'fee') continue;
          add(e.account as (typeof crowd)[number]['account'], e.amount);
          fees -= e.amount;
        }
      }
      const { expiry } = world.instrument(FUTURE);
      world.block(expiry - WINDOW - world.now);
      world.accept(world.pricesBytes({ [BTC]: settlement }));
      world.block(WINDOW);
      world.accept(world.pricesBytes({ [BTC]: settlement }));
      const holders = crowd
        .map(({ account }) => account)
        .filter((id) => existing(world.state, ACCOUNT, id).positions.length > 0)
        .sort();
      const groups = together ? [holders] : holders.map((id) => [id]);
      for (const accounts of groups) {
        world.accept(encodeTransaction(settle, { instrument: FUTURE, accounts }));
        assert.equal(world.breaches(), []);
      }
      assert.equal(cash(), crowd.map(({ account }) => 10n ** 12n + won.get(account)!));
      const { clearing, quoteTotal, fees: collected } = world.pool;
      assert.equal([clearing, quoteTotal, collected], [0n, 0n, fees]);
      assert.is(world.instrument(FUTURE).openInterest, 0n);
    }),
    { seed: 8, numRuns: 40 },
  );
});

test('options pay what the average is beyond their strike, a few holders at a time, and all of it is exact', () => {
  const world = new World();
  world.tick();
  const [call, put] = world.listOptions([100_000])[100_000]!;
  const crowd = Array.from({ length: 40 }, (_, i) => person(`holder ${i}`));
  world.deposit(bob.account, 10n ** 13n);
  for (const holder of crowd) {
    world.deposit(holder.account, 10_000_000_000n);
    for (const option of [call, put]) {
      const { markPrice, tickSize } = world.instrument(option);
      world.tradeBetween(holder, bob, 5n, markPrice / tickSize, option);
    }
  }
  assert.is(world.instrument(call).openInterest, 200n);
  world.block(OPTION_EXPIRY - WINDOW - world.now);
  world.accept(world.pricesBytes());
  world.block(WINDOW / 2);
  world.accept(world.pricesBytes({ ...PRICES, [BTC]: 11_000_000_000_000n }));
  world.block(WINDOW / 2);
  world.accept(world.pricesBytes({ ...PRICES, [BTC]: 11_000_000_000_000n }));
  const cashOf = (): bigint[] => crowd.map(({ account }) => world.account(account).cash);
  const before = cashOf();
  const quotes = crowd.map(({ account }) => world.account(account).positions.reduce((sum, { quote }) => sum + quote, 0n));
  const holders = [...crowd, bob].map(({ account }) => account).sort();
  for (const option of [call, put]) {
    for (let i = 0; i < holders.length; i += 8) {
      world.accept(encodeTransaction(settle, { instrument: option, accounts: holders.slice(i, i + 8) }));
    }
  }
  // Half an hour at 100,000 and at 110,000: 105,000. Five thousandths of a bitcoin gain 25 dollars.
  assert.is(world.instrument(call).markPrice, 500_000_000_000n);
  assert.is(world.instrument(put).markPrice, 0n);
  cashOf().forEach((cash, i) => assert.is(cash, before[i]! + quotes[i]! + 25_000_000n));
  assert.is(world.pool.clearing, 0n);
  assert.equal(world.breaches(), []);
});

test.run();
