// What goes wrong in a replay, and the arithmetic of what is lost by it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../../node/ports/random.ts';
import type { PriceSource } from '../../../node/oracle/source.ts';
import { Accountant, accountantSections, agrees } from '../../../scripts/replay/accountant.ts';
import type { Market } from '../../../scripts/replay/market.ts';
import { GAP_SECONDS, gapsIn, isWithin, OUTAGE_SECONDS, outageIn, useOf, withGaps, worstHour } from '../../../scripts/replay/scenario.ts';
import { isExact, WaterfallLog, waterfallSections } from '../../../scripts/replay/waterfallLog.ts';
import { claimsOf, waterfallStateOf } from '../../../scripts/replay/waterfallViews.ts';
import { existing } from '../../../state/access.ts';
import type { Effect } from '../../../state/effects.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../../state/records/parameters.ts';
import { POOL, type Pool } from '../../../state/records/pool.ts';
import { postPrices } from '../../../state/transactions/postPrices.ts';
import type { AccountId } from '../../../state/units.ts';
import { alice, bob, carol } from '../../support/world.ts';
import { fallenNode } from '../../rpc/methods/fallen.ts';

const test = suite('scripts/replay/waterfall');
const USD = 1_000_000n;
const cash = (account: AccountId, usd: bigint, reason: Extract<Effect, { kind: 'cash' }>['reason']): Effect => {
  return { kind: 'cash', account, amount: usd * USD, reason };
};

/** Falls by a tenth from 7,200 s on, within half an hour. */
const source: PriceSource = {
  name: 'a fall',
  underlyings: [1],
  quoteAt: (timeSeconds) => {
    const fallen = Math.min(Math.max(timeSeconds - 7_200, 0), 1_800) / 1_800;
    return [{ underlying: 1, price: BigInt(Math.round(1e12 * (1 - fallen / 10))), confidence: 10n ** 18n, timeSeconds }];
  },
};
const market = { source, series: [], fromSeconds: 0, toSeconds: 14_400 } as unknown as Market;

test('the worst hour is the one that loses most, and the outage is in its middle', () => {
  const hour = worstHour(market);
  assert.ok(hour.fromSeconds <= 7_200 && hour.toSeconds >= 9_000, JSON.stringify(hour));
  const outage = outageIn(hour);
  assert.is(outage.toSeconds - outage.fromSeconds, OUTAGE_SECONDS);
  assert.is(outage.fromSeconds - hour.fromSeconds, hour.toSeconds - outage.toSeconds);
});

test('gaps do not overlap, silence the source, and leave it as it is elsewhere', () => {
  const gaps = gapsIn(market, 10, seededRandom('gaps'));
  assert.is(gaps.length, 10);
  gaps.forEach((gap, n) => assert.ok(n === 0 || gap.fromSeconds >= gaps[n - 1]!.toSeconds));
  const silent = withGaps(source, gaps);
  const [first] = gaps;
  assert.is(silent.quoteAt(first!.fromSeconds), null);
  assert.is(silent.quoteAt(first!.fromSeconds + GAP_SECONDS - 1), null);
  assert.equal(silent.quoteAt(first!.toSeconds), source.quoteAt(first!.toSeconds));
  assert.equal([isWithin(null, 5), isWithin(first!, first!.toSeconds)], [false, false]);
});

test('distributions of leverage stay within what may be borrowed, and differ in their middle', () => {
  const middleOf = (leverage: Parameters<typeof useOf>[0]): number => {
    const random = seededRandom(leverage);
    const uses = Array.from({ length: 1_001 }, () => useOf(leverage, random)).sort((a, b) => a - b);
    assert.ok(uses[0]! >= 0.3 && uses.at(-1)! < 1);
    return uses[500]!;
  };
  const [even, tail, full] = [middleOf('even'), middleOf('tail'), middleOf('full')];
  assert.ok(even < tail && tail < full, `${even} ${tail} ${full}`);
});

test('what an account owed is what fund, holders and all together paid for it', () => {
  const log = new WaterfallLog((id) => id === carol.account);
  log.step([cash(alice.account, 100n, 'deposit'), cash(bob.account, 500n, 'deposit')], 0n, 0n);
  // Alice lost 250 of her 100: holders give up 60, the fund pays 30, and 60 are shared.
  log.step([cash(alice.account, -250n, 'realised'), cash(bob.account, 250n, 'realised')], 0n, 0n);
  const round = { kind: 'deleveraged', instrument: 100, account: alice.account, holder: bob.account, lots: -1n, markPerLot: 1n } as const;
  log.step([cash(bob.account, -60n, 'deleveraging'), cash(alice.account, 60n, 'deleveraging'), { ...round, haircut: 60n * USD }], 0n, 0n);
  const loss = { kind: 'socialized', account: alice.account, fromFund: 30n * USD, loss: 60n * USD } as const;
  log.step([cash(alice.account, 30n, 'insurance'), cash(alice.account, 60n, 'loss'), loss], 0n, 60n * USD);
  log.step([cash(bob.account, 15n, 'recovery')], 60n * USD, 60n * USD);
  // Income of the fund pays 10 of it.
  log.step([], 60n * USD, 50n * USD);
  const cashOf = new Map([[alice.account, 0n], [bob.account, 705n * USD]]);
  const state = { cashOf, claims: 45n * USD, insurance: 0n, deficit: 50n * USD, withdrawalRate: 0.9 };
  const summary = log.summary(state);
  assert.equal([summary.owed, summary.fund, summary.claims, summary.losses, summary.repaid], [150n, 30n, 60n, 60n, 10n].map((usd) => String(usd * USD)));
  assert.ok(isExact(summary), JSON.stringify(summary.differences));
  assert.not(isExact(log.summary({ ...state, deficit: 49n * USD })));
  assert.not(isExact(log.summary({ ...state, claims: 46n * USD })));
  assert.not(isExact(log.summary({ ...state, cashOf: new Map([[alice.account, 1n], [bob.account, 705n * USD]]) })));
  assert.ok(waterfallSections(summary)[0]!.rows.some(([, value]) => value === 'exact'));
});

test('what a vault takes is counted, its part of the fund is no help to the account, and nothing is said where nothing was', () => {
  const log = new WaterfallLog((id) => id === carol.account);
  const empty = { cashOf: new Map<AccountId, bigint>(), claims: 0n, insurance: 0n, deficit: 0n, withdrawalRate: 1 };
  assert.equal(waterfallSections(log.summary(empty)), []);
  assert.equal(waterfallSections(null), []);
  const bid = { kind: 'bid', account: alice.account, bidder: carol.account, share: 1n, price: -7n, compensation: 5n, penalty: 0n } as const;
  log.step([cash(carol.account, 5n, 'insurance'), cash(alice.account, 2n, 'insurance'), { ...bid, fromFund: 7n * USD }], 0n, 0n);
  const summary = log.summary({ ...empty, cashOf: new Map([[carol.account, 5n * USD], [alice.account, 2n * USD]]) });
  assert.equal([summary.vaultBids, summary.fundToBidders, summary.fund], [1, String(5n * USD), String(2n * USD)]);
  assert.ok(isExact(summary), JSON.stringify(summary.differences));
});

test('on a node: the fund, a holder with profit and a loss that is left add up to what the account owed', async () => {
  const fallen = await fallenNode();
  const { state } = fallen.node.executor;
  try {
    const log = new WaterfallLog(() => false);
    for (const id of state.idsOf(ACCOUNT)) {
      const amount = existing(state, ACCOUNT, id).cash;
      log.step([{ kind: 'cash', account: id, amount, reason: 'deposit' }], 0n, 0n);
    }
    // The books begin with what accounts have, and flow on from there.
    const books = new Accountant(existing(state, POOL, 0));
    const follow = (effects: readonly Effect[], postsPrices = false): void => {
      const { timestamp: time } = fallen.node.executor;
      const said = { pool: existing(state, POOL, 0), claims: claimsOf(state) };
      books.step({ postsPrices, time, effects }, existing(state, PARAMETERS, PARAMETERS_PAGE), said);
    };
    follow([...state.idsOf(ACCOUNT)].map((account) => ({ kind: 'cash', account, amount: existing(state, ACCOUNT, account).cash, reason: 'deposit' })));
    fallen.node.executor.onStep(({ bytes, effects, changes }) => {
      follow(effects, bytes[0] === postPrices.type);
      const after = existing(state, POOL, 0).deficit;
      const pool = changes.find(({ kind }) => kind.type === POOL.type);
      log.step(effects, pool === undefined ? after : (pool.before as Pool).deficit, after);
    });
    // Alice is auctioned while she has something, which pays the fund; half of the other side is handed on without profit.
    await fallen.fall(100_000, 76_000);
    await fallen.order(carol, 'sell', '0.5', 76_000);
    await fallen.order(bob, 'buy', '0.5', 76_000);
    await fallen.moveTo(74_000);
    await fallen.moveTo(72_000);
    for (let minute = 0; minute < 13; minute++) await fallen.moveTo(72_000, 60);
    const summary = log.summary(waterfallStateOf(state));
    for (const part of ['fund', 'claims', 'losses', 'owed'] as const) assert.ok(BigInt(summary[part]) > 0n, `${part} ${summary[part]}`);
    assert.equal([summary.deleveraged, summary.socialized], [2, 1]);
    assert.ok(isExact(summary), JSON.stringify(summary.differences));
    const loss = books.summary();
    assert.ok(agrees(loss), String(loss.firstDifference));
    assert.equal([loss.insolvent, loss.haircuts, loss.losses], [1, summary.claims, summary.losses]);
    assert.is(BigInt(loss.fundPaid), BigInt(summary.fund) + BigInt(summary.fundToBidders));
    for (const part of ['flagged', 'penalties'] as const) assert.ok(BigInt(loss[part]) > 0n, `${part} ${loss[part]}`);
    assert.ok(accountantSections(loss)[0]!.rows.some(([, value]) => value.startsWith('equal to the micro-dollar')));
    // A dollar that nobody told of is found at once.
    follow([{ kind: 'cash', account: alice.account, amount: 1n, reason: 'insurance' }]);
    const off = books.summary();
    assert.not(agrees(off));
    assert.match(String(off.firstDifference), /insurance fund/);
    assert.ok(accountantSections(off)[0]!.rows.some(([, value]) => value.includes('THE STATE SAYS')));
  } finally {
    await fallen.close();
  }
});

test('the books know what a withdrawal leaves behind, and that a starter is not the fund', () => {
  const none = { insurance: 0n, deficit: 0n, withdrawalRate: 10n ** 18n, flagged: 0n, cashPositive: 0n, cashNegative: 0n, interestTime: 0 };
  const books = new Accountant(none as Pool);
  let said = none;
  const step = (effects: Effect[], expected: Partial<typeof none>): void => {
    said = { ...said, ...expected };
    books.step({ postsPrices: false, time: 0, effects }, {} as never, { pool: said as Pool, claims: 0n });
    assert.ok(agrees(books.summary()), String(books.summary().firstDifference));
  };
  step([cash(alice.account, -105n, 'realised'), cash(bob.account, 1_005n, 'deposit')], { cashPositive: 1_005n * USD, cashNegative: 105n * USD });
  // A reward to a starter, and as much to the fund.
  const reward = [cash(bob.account, -5n, 'penalty'), cash(carol.account, 5n, 'penalty'), cash(bob.account, -5n, 'penalty')];
  step(reward, { insurance: 5n * USD, cashPositive: 1_000n * USD });
  const loss = [cash(alice.account, 5n, 'insurance'), cash(alice.account, 100n, 'loss')];
  step(loss, { insurance: 0n, deficit: 100n * USD, cashNegative: 0n, withdrawalRate: 9n * 10n ** 17n });
  // Of 200 dollars a tenth is shared, and 1 is left for what is not known yet: that pays the loss too.
  const leaves = [cash(bob.account, -179n, 'withdrawal'), cash(bob.account, -20n, 'loss'), cash(bob.account, -1n, 'loss')];
  step(leaves, { deficit: 79n * USD, cashPositive: 800n * USD, withdrawalRate: 90_125n * 10n ** 13n });
  assert.equal([books.summary().withheld, books.summary().repaid], [String(21n * USD), String(1n * USD)]);
});

test.run();
