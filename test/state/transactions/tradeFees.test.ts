/** Fees and reputation as a trade leaves them: once for each party, by risk, regime and size. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Effect } from '../../../state/effects.ts';
import { divUp } from '../../../state/math/integer.ts';
import { accountIdOf, type Account } from '../../../state/records/account.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import type { AccountId } from '../../../state/units.ts';
import { WAD } from '../../../state/units.ts';
import { impoverish, tradedWorld } from '../../support/actions.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, PRICES, World, type OrderTermsOf, type Person } from '../../support/world.ts';

const test = suite('trade: fees');

const USD = 1_000_000n;
const BTC = 1;
/** Volume without end: nobody is too large. */
const DEEP = { averageDailyVolume: 2n ** 127n };
/** A tenth of it is 10,000 USD. */
const SHALLOW = { averageDailyVolume: 100_000n * USD };

function world0(terms: Partial<typeof DEEP & { feeMultiplier: bigint; stress: bigint }> = DEEP): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob, carol]) world.deposit(account, 10_000n * USD);
  world.edit(UNDERLYING, BTC, terms);
  return world;
}
const feesOf = (effects: readonly Effect[], account: AccountId): bigint[] =>
  effects.flatMap((e) => (e.kind === 'cash' && e.account === account && e.reason === 'fee' ? [-e.amount] : []));
/** `buyer` takes `lots` at 100,000 USD; the fees of both. */
function dealt(world: World, buyer: Person, seller: Person, lots: bigint): [taker: bigint, maker: bigint] {
  const { outcome, effects } = world.tradeBetween(buyer, seller, lots, 1_000_000n);
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return [feesOf(effects, buyer.account)[0]!, feesOf(effects, seller.account)[0]!];
}

test('a party pays once for all its fills, and each fill tells a part of it', () => {
  const world = world0();
  const ask = (who: Person, lots: bigint, ticks: bigint) =>
    world.order({ who, lots, ticks, buy: false } satisfies OrderTermsOf);
  const fills = [
    { maker: ask(bob, 1n, 999_999n), lots: 1n },
    { maker: ask(carol, 1n, 1_000_000n), lots: 1n },
    { maker: ask(bob, 2n, 1_000_001n), lots: 2n },
  ];
  const taker = world.order({ who: alice, lots: 4n, ticks: 1_000_001n, buy: true });
  const { effects } = world.accept(world.tradeBytes(taker, fills));
  const [first, second, third] = [99_999_900n, 100n * USD, 200_000_200n];
  const up = (cost: bigint, rate: bigint): bigint => (cost * rate) / WAD + 1n; // A whisker for size, at least.
  const { takerFee, makerFee } = world.network.parameters;
  assert.equal(feesOf(effects, alice.account), [up(first + second + third, takerFee)]);
  assert.equal(feesOf(effects, bob.account), [up(first + third, makerFee)]);
  assert.equal(feesOf(effects, carol.account), [up(second, makerFee)]);
  const told = effects.flatMap((e) => (e.kind === 'fill' ? [e] : []));
  assert.is(told.length, 3);
  const sum = (parts: readonly bigint[]): bigint => parts.reduce((a, b) => a + b);
  assert.is(sum(told.map((e) => e.takerFee)), feesOf(effects, alice.account)[0]);
  assert.is(told[0]!.makerFee + told[2]!.makerFee, feesOf(effects, bob.account)[0]);
  assert.is(world.pool.fees, sum([alice, bob, carol].map(({ account }) => feesOf(effects, account)[0]!)));
});

test('many fills in one step pay what one fill pays', () => {
  const costs = [[30n], [1n, 29n], [10n, 10n, 10n], [1n, 2n, 3n, 4n, 5n, 6n, 8n, 1n]].map((parts) => {
    const world = world0(SHALLOW);
    const makers = parts.map((lots) => world.order({ who: bob, lots, ticks: 1_000_003n, buy: false }));
    const taker = world.order({ who: alice, lots: 30n, ticks: 1_000_003n, buy: true });
    world.accept(world.tradeBytes(taker, parts.map((lots, i) => ({ maker: makers[i]!, lots }))));
    return world.pool.fees;
  });
  assert.is(new Set(costs).size, 1, `${costs}`);
});

test('who closes pays half; who turns pays half of the part that closed', () => {
  const world = world0();
  const [opened] = dealt(world, alice, bob, 100n);
  assert.is(opened, 4n * USD + 1n);
  const [closed, closedToo] = dealt(world, bob, alice, 40n);
  assert.equal([closed, closedToo], [800_000n, 200_000n]);
  // From 60 to -30: of 90 lots the worst loss of 30 went.
  const [turned] = dealt(world, bob, alice, 90n);
  assert.ok(turned > 2_999_990n && turned <= 3n * USD + 1n, `${turned}`);
});

test('a hedge in a dated market of the same underlying is cheap, one in another underlying is not', () => {
  const world = world0();
  world.edit(UNDERLYING, 2, DEEP);
  dealt(world, alice, bob, 100n);
  const feeOf = (instrument: number, lots: bigint, ticks: bigint): bigint => {
    const { outcome, effects } = world.tradeBetween(bob, alice, lots, ticks, instrument);
    assert.ok(outcome.ok);
    return feesOf(effects, bob.account)[0]!;
  };
  assert.is(feeOf(BTC_PERP + 1, 100n, 1_000_000n), 2n * USD + 1n, 'half, and a whisker: a position was opened');
  assert.is(feeOf(ETH_PERP, 100n, 400_000n), 1_600_001n);
});

test('the regime multiplies', () => {
  const calm = dealt(world0({ ...DEEP, feeMultiplier: WAD }), alice, bob, 10n);
  const wild = dealt(world0({ ...DEEP, feeMultiplier: (WAD * 5n) / 2n }), alice, bob, 10n);
  assert.equal(calm, [400_001n, 100_001n]);
  assert.equal(wild, [1_000_001n, 250_001n]);
});

test('who is large pays up to twice, over all subaccounts, and nothing more for getting smaller', () => {
  const world = world0(SHALLOW);
  // From nothing to half of what is tolerated, then to all of it and beyond.
  assert.equal(dealt(world, alice, bob, 50n), [2_500_000n, 625_000n]);
  assert.equal(dealt(world, alice, carol, 60n), [4_200_000n, 780_000n], 'the mean of 50 % and all; carol is small');
  const [beyond] = dealt(world, alice, carol, 10n);
  assert.is(beyond, 800_000n);
  const second = accountIdOf(alice.address, 1);
  world.deposit(second, 1_000n * USD);
  const maker = world.order({ who: carol, lots: 1n, ticks: 1_000_000n, buy: false });
  const taker = world.order({ who: alice, subaccount: 1, lots: 1n, ticks: 1_000_000n, buy: true });
  const { effects } = world.accept(world.tradeBytes(taker, [{ maker, lots: 1n }]));
  assert.equal(feesOf(effects, second), [80_000n], 'a new subaccount of a large owner');
  const [, sold] = dealt(world, bob, alice, 20n);
  assert.is(sold, 100_000n, 'a maker who closes: half of one basis point');
});

test('an option pays on its notional, and at most a share of its premium', () => {
  const world = world0();
  const listed = world.listOptions([100_000, 150_000]);
  const feesFor = (option: number, lots: bigint): bigint[] => {
    const { markPrice, tickSize } = world.instrument(option);
    const ticks = markPrice / tickSize + 1n;
    const { outcome, effects } = world.tradeBetween(alice, bob, lots, ticks, option);
    assert.ok(outcome.ok, JSON.stringify(outcome));
    const fill = effects.find((e) => e.kind === 'fill')!;
    return [...feesOf(effects, alice.account), 'notional' in fill ? fill.notional : 0n];
  };
  const [dear, premium] = feesFor(listed[100_000]![0], 10n);
  assert.ok(premium! * 12n > 100n * 400_000n);
  assert.is(dear, 400_001n, '4 basis points of 1,000 USD');
  const [cheap, little] = feesFor(listed[150_000]![0], 10n);
  assert.ok(little! * 12n < 100n * 400_000n);
  assert.is(cheap, divUp(little! * 12n, 100n) + (divUp(little! * 12n, 100n) * 100n === little! * 12n ? 1n : 0n));
});

test('a trade writes what reputation is made of, once for each account', () => {
  const world = world0({ ...DEEP, stress: WAD });
  const before = world.now;
  dealt(world, alice, bob, 100n);
  const first = world.account(alice.account);
  assert.equal([first.score, first.feesPaid, first.reputationTime], [0n, 4n * USD + 1n, before]);
  assert.is(first.marginHeld, world.margin(alice.account).initial);
  world.tick(PRICES, 3_600);
  world.edit(UNDERLYING, BTC, { ...DEEP, stress: WAD });
  dealt(world, alice, bob, 1n);
  const second = world.account(alice.account);
  assert.is(second.score, (first.marginHeld * 4n * 3_600n) / 86_400n, 'an hour under stress is four');
  assert.ok(second.feesPaid > first.feesPaid && second.feesPaid < first.feesPaid + 40_001n, 'a little decayed');
  assert.is(second.reputationTime, before + 3_600);
});

test('who reduces below initial margin loses score by the hour', () => {
  const world = tradedWorld();
  world.tick(PRICES, 7_200);
  assert.ok(world.tradeBetween(alice, bob, 1n, 1_000_000n).outcome.ok);
  const { score } = world.account(alice.account);
  assert.ok(score > 0n);
  impoverish(world, alice, 1_700n * USD);
  const reduced = (): Account => {
    assert.ok(world.tradeBetween(bob, alice, 1n, 1_000_000n).outcome.ok);
    return world.account(alice.account);
  };
  assert.equal([reduced().score, reduced().marginHeld], [score, 0n], 'no time, no loss');
  world.tick(PRICES, 1_800);
  const later = reduced().score;
  assert.ok(later < (score * 9n) / 10n && later > (score * 89n) / 100n, `${later} of ${score}`);
  assert.is(reduced().score, later, 'in as many trades as one likes');
});

test.run();
