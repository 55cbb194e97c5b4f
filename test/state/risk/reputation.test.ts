/** Reputation: earned by margin held through time, bounded, and never worth more than a share of the fees. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { REPUTATION_MARGIN_MAX } from '../../../state/constants.ts';
import { wadMulDown, wadMulUp } from '../../../state/math/integer.ts';
import { ACCOUNT, accountIdOf, type Account } from '../../../state/records/account.ts';
import type { Parameters } from '../../../state/records/parameters.ts';
import { initialOf, reputationFactor, slashed, withReputation, type TradeOutcome } from '../../../state/risk/reputation.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { SECONDS_PER_DAY, WAD } from '../../../state/units.ts';
import { tradedWorld } from '../../support/actions.ts';
import { alice, networkAt, PRICES, type World } from '../../support/world.ts';

const SEED = { seed: 20_260_302, numRuns: 200 };
const test = suite('reputation');

const USD = 1_000_000n;
/** From 1.1 to 0.9, half way at a million dollar days; relief of half the fees; a half-life of 90 days. */
const { parameters } = networkAt(0);
const NOW = 1_800_000_000;
const HALF_LIFE = Number(parameters.reputationHalfLife);

const trader = (change: Partial<Account> = {}): Account => ({ ...NEW_ACCOUNT, reputationTime: NOW, ...change });
/** A trade `seconds` later that leaves 1,000 USD of margin and three times its equity, for no fee, in calm. */
const after = (account: Account, seconds: number, change: Partial<TradeOutcome> = {}): Account =>
  withReputation(account, parameters, {
    ...{ initial: 1_000n * USD, initialEquity: 3_000n * USD, fee: 0n, stress: 0n },
    ...{ now: account.reputationTime + seconds, ...change },
  });

const FACTORS: readonly (readonly [score: bigint, factor: string])[] = [
  [0n, '1100000000000000000'],
  [1n, '1099999999999800001'],
  [333_333_333_333n, '1050000000000037501'],
  [10n ** 12n, '1000000000000000000'],
  [3n * 10n ** 12n, '950000000000000000'],
  [2n ** 128n - 1n, '900000000000000001'],
];
for (const [score, factor] of FACTORS) {
  test(`a score of ${score} is a factor of ${factor}`, () => {
    assert.is(reputationFactor({ score }, parameters), BigInt(factor));
  });
}

test('a new subaccount starts at the worst factor, whatever its owner earned', () => {
  const world = tradedWorld();
  const second = accountIdOf(alice.address, 1);
  world.deposit(second, 1_000n * USD);
  assert.is(reputationFactor(world.account(second), world.network.parameters), parameters.reputationWorst);
});

test('margin held with its buffer counts by the time, and by the stress', () => {
  const opened = after(trader(), 0);
  assert.is(opened.marginHeld, 1_000n * USD);
  assert.is(opened.score, 0n, 'nothing was held before');
  assert.is(after(opened, 3_600).score, (1_000n * USD) / 24n);
  assert.is(after(opened, SECONDS_PER_DAY).score, 1_000n * USD);
  assert.is(after(opened, SECONDS_PER_DAY, { stress: WAD / 2n }).score, 2_500n * USD);
  assert.is(after(opened, SECONDS_PER_DAY, { stress: WAD }).score, 4_000n * USD);
  assert.is(after(opened, 0).score, 0n, 'no time, nothing');
  assert.is(after(opened, SECONDS_PER_DAY, { initial: 0n }).score, 1_000n * USD, 'closing collects');
});

test('idle time is worth a day at most', () => {
  for (const days of [1, 2, 400]) {
    assert.is(after(after(trader(), 0), days * SECONDS_PER_DAY).score, 1_000n * USD, `${days} days`);
  }
});

test('margin counts up to a million dollars', () => {
  const initial = 10n ** 15n;
  const opened = after(trader(), 0, { initial, initialEquity: 2n * initial });
  assert.is(opened.marginHeld, REPUTATION_MARGIN_MAX);
  assert.is(after(opened, SECONDS_PER_DAY).score, REPUTATION_MARGIN_MAX);
});

test('a buffer of a tenth is asked for at both ends', () => {
  const thin = { initialEquity: 1_099_999_999n };
  const opened = after(trader(), 0);
  assert.is(after(opened, SECONDS_PER_DAY, { initialEquity: 1_100n * USD }).score, 1_000n * USD);
  assert.is(after(opened, SECONDS_PER_DAY, thin).score, 0n);
  assert.is(after(opened, 0, thin).marginHeld, 0n);
  assert.is(after(after(trader(), 0, thin), SECONDS_PER_DAY).score, 0n);
});

test('below initial margin an hour costs a fifth, and no trade costs more', () => {
  const low = { initialEquity: 999n * USD };
  const good = trader({ score: 5n * 10n ** 9n });
  const lost = (seconds: number): bigint => 5n * 10n ** 9n - after(good, seconds, low).score;
  assert.is(lost(0), 0n);
  assert.ok(lost(1_800) >= 5n * 10n ** 8n && lost(1_800) < 501n * 10n ** 6n);
  assert.ok(lost(3_600) >= 10n ** 9n && lost(3_600) < 1_002n * 10n ** 6n);
  assert.ok(lost(7_200) >= 10n ** 9n && lost(7_200) < 1_003n * 10n ** 6n, 'but for the decay');
  assert.ok(after(good, 60, { initialEquity: 1_000n * USD }).score > 499n * 10n ** 7n, 'at it nothing is lost');
});

test('score and fees halve in a half-life, rounded down', () => {
  const old = after(trader({ score: 10n ** 12n, feesPaid: 10n ** 12n }), HALF_LIFE, { fee: 7n });
  for (const half of [old.score, old.feesPaid - 7n]) {
    assert.ok(half <= 5n * 10n ** 11n && half >= 5n * 10n ** 11n - 1n, `${half}`);
  }
  const ancient = after(trader({ score: 2n ** 120n, feesPaid: 2n ** 120n }), 200 * HALF_LIFE);
  assert.equal([ancient.score, ancient.feesPaid], [0n, 0n]);
});

test('a liquidation takes all of it', () => {
  const { score, feesPaid, marginHeld } = slashed(trader({ score: 9n, feesPaid: 9n, marginHeld: 9n }));
  assert.equal([score, feesPaid, marginHeld], [0n, 0n, 0n]);
});

const wide = (bits: number) => fc.nat(bits).chain((n) => fc.bigInt(0n, 2n ** BigInt(n)));
const bounded: fc.Arbitrary<Parameters> = fc
  .record({
    reputationWorst: fc.bigInt(WAD, (WAD * 3n) / 2n),
    reputationBest: fc.bigInt(WAD / 2n, WAD),
    reputationScale: fc.bigInt(1n, 10n ** 18n),
    reputationRelief: fc.bigInt(0n, WAD),
    initialFactor: fc.bigInt((WAD * 101n) / 100n, 3n * WAD),
  })
  .map((some) => ({ ...parameters, ...some }));

test('never below best, never above worst; maintenance is a floor, and relief a share of the fees', () => {
  fc.assert(
    fc.property(bounded, wide(120), wide(128), wide(120), (p, maintenance, score, feesPaid) => {
      const factor = reputationFactor({ score }, p);
      assert.ok(factor >= p.reputationBest && factor <= p.reputationWorst, 'factor');
      const initial = initialOf(maintenance, p, { score, feesPaid });
      const plain = wadMulUp(maintenance, p.initialFactor);
      assert.ok(initial >= maintenance, 'maintenance');
      assert.ok(plain - initial <= wadMulDown(feesPaid, p.reputationRelief), 'relief');
      assert.ok(initial <= wadMulUp(plain, p.reputationWorst), 'penalty');
      assert.ok(initialOf(maintenance + 1n, p, { score, feesPaid }) >= initial, 'monotone in maintenance');
      assert.ok(initialOf(maintenance, p, { score: score + 1n, feesPaid }) <= initial, 'in the score');
      assert.ok(initialOf(maintenance, p, { score, feesPaid: feesPaid + 1n }) <= initial, 'in the fees');
    }),
    SEED,
  );
});

/** Trades of a life, in hundredths of an account that may be split. */
const life = fc.array(
  fc.record({
    seconds: fc.oneof(fc.nat(100), fc.nat(5 * SECONDS_PER_DAY)),
    initial: fc.oneof(fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 10n ** 12n)),
    equity: fc.bigInt(50n, 200n),
    fee: fc.bigInt(0n, 10n ** 8n),
    stress: fc.bigInt(0n, WAD),
  }),
  { maxLength: 40 },
);
const shares = fc.array(fc.bigInt(1n, 50n), { minLength: 2, maxLength: 8 });

type Trades = typeof life extends fc.Arbitrary<infer T> ? T : never;
function lived(trades: Trades, share: bigint): Account {
  let account = trader();
  for (const { seconds, initial, equity, fee, stress } of trades) {
    const own = { initial: initial * share, initialEquity: (initial * share * equity) / 100n, fee: fee * share, stress };
    account = after(account, seconds, own);
  }
  return account;
}

test('splitting an account never lowers the sum of initial margins', () => {
  fc.assert(
    fc.property(life, shares, fc.bigInt(0n, 10n ** 13n), (trades, parts, maintenance) => {
      const total = parts.reduce((a, b) => a + b);
      const whole = initialOf(maintenance * total, parameters, lived(trades, total));
      const split = parts.map((share) => initialOf(maintenance * share, parameters, lived(trades, share)));
      assert.ok(split.reduce((a, b) => a + b) >= whole);
    }),
    { ...SEED, numRuns: 100 },
  );
});

test('what a score grows by is bounded by the time, however often one trades', () => {
  fc.assert(
    fc.property(life, (trades) => {
      const seconds = trades.reduce((sum, trade) => sum + trade.seconds, 0);
      const { score } = lived(trades, 100n);
      assert.ok(score * BigInt(SECONDS_PER_DAY) <= 4n * REPUTATION_MARGIN_MAX * BigInt(seconds));
    }),
    { ...SEED, numRuns: 100 },
  );
});

/** Alice's two subaccounts deal with each other at the mark, hour by hour. */
function washed(trades: number): World {
  const world = tradedWorld();
  world.deposit(accountIdOf(alice.address, 1), 10_000n * USD);
  for (let i = 0; i < trades; i++) {
    world.tick(PRICES, 3_600);
    const side = { lots: 40n, ticks: 1_000_000n };
    const maker = world.order({ ...side, who: alice, subaccount: 1, buy: i % 2 === 1 });
    const taker = world.order({ ...side, who: alice, buy: i % 2 === 0 });
    world.accept(world.tradeBytes(taker, [{ maker, lots: 40n }]));
  }
  return world;
}

test('wash trading frees no more than half of what it pays', () => {
  const forged = { ...parameters, reputationScale: 1n };
  for (const trades of [1, 2, 9, 40]) {
    const world = washed(trades);
    const fees = world.pool.fees;
    let freed = 0n;
    for (const who of [alice.account, accountIdOf(alice.address, 1)]) {
      const account = world.account(who);
      const { maintenance } = world.margin(who);
      freed += wadMulUp(maintenance, forged.initialFactor) - initialOf(maintenance, forged, account);
    }
    assert.ok(freed <= fees / 2n, `${freed} freed for ${fees} paid`);
    assert.ok(trades < 9 || freed > 0n, 'and something, or nothing was tested');
  }
});

test('reputation moves initial margin and nothing else', () => {
  const world = tradedWorld();
  const before = world.margin(alice.account);
  world.edit(ACCOUNT, alice.account, { score: 10n ** 14n, feesPaid: 10n ** 12n });
  const now = world.margin(alice.account);
  assert.ok(now.initial < before.initial);
  assert.equal({ ...now, initial: 0n }, { ...before, initial: 0n });
});

test.run();
