/** What one market may have in auction at once, and what the insurance fund commits to it in a day. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { marketHole, readMarket } from '../../../state/liquidation/market.ts';
import { divUp, max, min } from '../../../state/math/integer.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { ASSET } from '../../../state/records/asset.ts';
import { AUCTION_KIND, NO_MARKET } from '../../../state/records/auction.ts';
import { INSTRUMENT } from '../../../state/records/instrument.ts';
import { MARKET, type Market } from '../../../state/records/market.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../../state/records/parameters.ts';
import { UNDERLYING, type Underlying } from '../../../state/records/underlying.ts';
import { absorb } from '../../../state/transactions/absorb.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { SECONDS_PER_DAY, WAD, type AccountId, type Wad } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, change, dealer, distress, distressIn, limit, plant, pour, startBytes, type Holdings } from '../../support/distressed.ts';
import { openVault, VAULT } from '../../support/vaults.ts';
import { BTC_PERP, carol, ETH_PERP, person, PRICES, SOL_PERP, World } from '../../support/world.ts';

const test = suite('markets');
const USD = 1_000_000n;
const [USDC, BTC, ETH, SOL] = [0, 1, 2, 3];
const [WETH, WBTC] = [1, 2];
const percent = (x: bigint): Wad => (x * WAD) / 100n;

const marketIn = (world: World, id: number): Market => readMarket(world.state, id);
const underlyingIn = (world: World, id: number): Underlying => existing(world.state, UNDERLYING, id);
const endBytes = (account: AccountId): Uint8Array => encodeTransaction(endAuction, { account });

/** Nobody, one after the other, each with holdings of its own and equity of `share` of maintenance margin. */
function fallen(world: World, name: string, holdings: Holdings, share: Wad): AccountId {
  const { account } = person(name);
  plant(world, account, holdings);
  distress(world, account, share);
  return account;
}
const ofMarket = (market: number, lots: bigint): Holdings => ({ lots: { [market]: lots } });

function opened(insurance = 0n): World {
  const world = new World();
  world.tick();
  world.deposit(carol.account, 10_000_000n * USD);
  pour(world, 'insurance', insurance);
  return world;
}

/* WHICH */

const CASES: readonly (readonly [what: string, holdings: Holdings, market: number])[] = [
  ['the one position', ofMarket(SOL_PERP, -700n), SOL],
  ['the larger loss, whichever is held first', { lots: { [BTC_PERP]: 10n, [ETH_PERP]: 9_000n } }, ETH],
  ['collateral that loses more than the position', { lots: { [SOL_PERP]: 10n }, balances: { [WBTC]: 10n ** 8n } }, BTC],
  ['not what is hedged by collateral', { lots: { [BTC_PERP]: -1_000n, [SOL_PERP]: 10_000n }, balances: { [WBTC]: 10n ** 8n } }, SOL],
  ['the position where nothing offsets', { lots: { [SOL_PERP]: 10n }, balances: { [WBTC]: 10n ** 8n }, mode: MARGIN_MODE.cross }, SOL],
  ['the most of collateral where nothing is lost', { balances: { [WETH]: 10n ** 18n, [WBTC]: 10n ** 8n }, mode: MARGIN_MODE.cross }, BTC],
  ['none where nothing is held', {}, NO_MARKET],
];
for (const [what, holdings, market] of CASES) {
  test(`an account counts for ${what}`, () => {
    const world = opened();
    const account = fallen(world, 'one', holdings, WAD);
    assert.is(distressIn(world, account).market, market);
    pour(world, account, -1n);
    world.accept(startBytes(account));
    assert.is(auctionIn(world, account)!.market, market);
    const { maintenance } = auctionIn(world, account)!;
    for (const id of [USDC, BTC, ETH, SOL]) assert.is(marketIn(world, id).auctioned, id === market ? maintenance : 0n);
    assert.equal(world.breaches(), []);
  });
}

test('of equal losses that with the most collateral, and of these the lowest market, in whatever order they are held', () => {
  const world = opened();
  world.edit(INSTRUMENT, SOL_PERP, { riskArray: world.instrument(ETH_PERP).riskArray });
  world.edit(ASSET, WETH, { haircut: 0n, haircutTime: world.now });
  world.edit(ASSET, WBTC, { haircut: 0n, haircutTime: world.now });
  const even = { [ETH_PERP]: 100n, [SOL_PERP]: 100n };
  const coins = { [WETH]: 10n ** 18n, [WBTC]: 4_000_000n };
  const cases: readonly (readonly [holdings: Holdings, market: number])[] = [
    [{ lots: even }, ETH],
    [{ lots: { [SOL_PERP]: 1n }, balances: coins, mode: MARGIN_MODE.cross }, SOL],
    [{ balances: coins, mode: MARGIN_MODE.cross }, BTC],
    [{ balances: { ...coins, [WETH]: 10n ** 18n + 10n ** 13n }, mode: MARGIN_MODE.cross }, ETH],
    [{ balances: { ...coins, [WBTC]: 4_000_001n }, mode: MARGIN_MODE.cross }, BTC],
  ];
  cases.forEach(([holdings, market], n) => {
    const account = fallen(world, `even ${n}`, holdings, WAD);
    pour(world, account, -1n);
    world.accept(startBytes(account));
    assert.is(auctionIn(world, account)!.market, market, `case ${n}`);
  });
});

/* ROOM */

/** A share of the daily volume that is so much of `market`: the volume itself is in the margin. */
const setHole = (world: World, market: number, hole: bigint): void =>
  limit(world, { auctionMarketShare: divUp(hole * WAD, underlyingIn(world, market).averageDailyVolume) });

test('the first of a market starts whatever its size, the next where there is room, and of another market it is no matter', () => {
  const world = opened();
  const [first, second] = ['first', 'second'].map((name) => fallen(world, name, ofMarket(SOL_PERP, 1_000n), WAD / 2n)) as [AccountId, AccountId];
  const other = fallen(world, 'other', ofMarket(BTC_PERP, 1_000n), WAD / 2n);
  const both = 2n * world.margin(second).maintenance;
  setHole(world, SOL, 1n);
  world.accept(startBytes(first));
  assert.is(world.refuse(startBytes(second)), 'market_auctions_full');
  world.accept(startBytes(other));
  setHole(world, SOL, both - 1n);
  const { outcome } = world.apply(startBytes(second));
  assert.ok(!outcome.ok && outcome.detail?.includes(`underlying ${SOL}, at most ${both - 1n}`), 'which, and how much');
  setHole(world, SOL, both);
  world.accept(startBytes(second));
  assert.is(marketIn(world, SOL).auctioned, both);
  distress(world, first, WAD);
  world.accept(endBytes(first));
  assert.equal([marketIn(world, SOL).auctioned, world.pool.auctioned - marketIn(world, BTC).auctioned], [both / 2n, both / 2n]);
  assert.equal(world.breaches(), []);
});

test('what begins anew needs no room: two that grew beside each other do not wait for each other', () => {
  const world = opened();
  const two = ['first', 'second'].map((name) => fallen(world, name, ofMarket(SOL_PERP, 1_000n), WAD / 2n));
  for (const account of two) world.accept(startBytes(account));
  limit(world, { auctionHole: 1n, auctionMarketShare: 1n });
  for (const account of two) {
    age(world, account, 86_400);
    assert.is(world.refuse(bidBytes(world, carol, account)), 'auction_over');
    world.accept(startBytes(account));
    world.accept(bidBytes(world, carol, account, WAD / 100n));
  }
  assert.equal(world.breaches(), []);
});

test('an auction that begins anew counts for the market that it is of by then', () => {
  const world = opened(1_000_000n * USD);
  const account = fallen(world, 'one', { lots: { [BTC_PERP]: 100n, [SOL_PERP]: 10n } }, -WAD);
  world.accept(startBytes(account));
  assert.is(marketIn(world, BTC).fundUsed, auctionIn(world, account)!.fundLeft);
  plant(world, account, ofMarket(SOL_PERP, 10_000n));
  distress(world, account, WAD * 3n / 4n);
  world.accept(startBytes(account));
  assert.is(auctionIn(world, account)!.market, SOL);
  const { auctioned, fundUsed } = marketIn(world, BTC);
  assert.equal([auctioned, fundUsed, marketIn(world, SOL).fundUsed], [0n, 0n, 0n]);
  assert.is(marketIn(world, SOL).auctioned, world.pool.auctioned);
  assert.equal(world.breaches(), []);
});

/* THE FUND */

/** Insolvent accounts of 100 lots of SOL each, of which the fund commits as much as the account wants or it may. */
const insolvent = (world: World, name: string, lots = 100n): AccountId => fallen(world, name, ofMarket(SOL_PERP, lots), -WAD);
const granted = (world: World, account: AccountId): bigint => auctionIn(world, account)!.fundLeft;

test('the fund commits twice what an account lacks, its share for one, and what is left of the share of the market', () => {
  const world = opened();
  limit(world, { insolventShare: percent(30n), insolventMarketShare: percent(50n) });
  const [small, large, next, last] = [insolvent(world, 'small', 1n), insolvent(world, 'large'), insolvent(world, 'next'), insolvent(world, 'last')];
  const lacking = (account: AccountId): bigint => {
    const { margin, value } = distressIn(world, account);
    return margin.maintenance - value;
  };
  const fund = 2n * lacking(large);
  pour(world, 'insurance', fund);
  for (const account of [small, large, next, last]) world.accept(startBytes(account));
  const wanted = 2n * lacking(small);
  const one = (fund * 3n) / 10n;
  assert.equal([small, large, next, last].map((id) => granted(world, id)), [wanted, one, fund / 2n - one - wanted, 0n]);
  const { fundDay, fundLimit, fundUsed } = marketIn(world, SOL);
  assert.equal([fundDay, fundLimit, fundUsed], [Math.floor(world.now / SECONDS_PER_DAY), fund / 2n, fund / 2n]);

  const btc = fallen(world, 'of another market', ofMarket(BTC_PERP, 100n), -WAD);
  world.accept(startBytes(btc));
  assert.is(granted(world, btc), min(one, 2n * lacking(btc)), 'another market has its own');
  assert.equal(world.breaches(), []);
});

test('what the fund has not paid is free again when the auction ends or begins anew', () => {
  const world = opened(3_000n * USD);
  const [first, second] = [insolvent(world, 'first'), insolvent(world, 'second')];
  world.accept(startBytes(first));
  assert.is(granted(world, first), 1_500n * USD);
  world.accept(startBytes(second));
  assert.is(granted(world, second), 0n);

  for (let passed = 0; passed < 300; passed += 60) world.tick(PRICES, 60);
  const { effects } = world.accept(bidBytes(world, carol, first, WAD / 100n));
  const paid = effects.find((e) => e.kind === 'bid')!.fromFund;
  assert.ok(paid > 0n);
  assert.is(marketIn(world, SOL).fundUsed, 1_500n * USD, 'a bid moves nothing but what the auction has left');
  distress(world, first, WAD);
  world.accept(endBytes(first));
  assert.is(marketIn(world, SOL).fundUsed, paid);

  distress(world, second, (9n * WAD) / 10n);
  world.accept(startBytes(second));
  assert.equal([auctionIn(world, second)!.kind, granted(world, second)], [AUCTION_KIND.solvent, 0n]);
  distress(world, first, -WAD);
  world.accept(startBytes(first));
  assert.is(granted(world, first), min(1_500n * USD - paid, world.pool.insurance / 2n));
  assert.equal(world.breaches(), []);
});

test('a new day has a limit of its own; what was committed on another is not given back to it', () => {
  const world = opened(3_000n * USD);
  limit(world, { auctionGrace: 0n });
  const [first, second, third] = [insolvent(world, 'first'), insolvent(world, 'second'), insolvent(world, 'third')];
  world.accept(startBytes(first));
  const untilMidnight = SECONDS_PER_DAY - (world.now % SECONDS_PER_DAY);
  world.tick(PRICES, untilMidnight - 1);
  world.accept(startBytes(second));
  assert.ok(granted(world, second) < USD / 10n, 'the last second of the day: half of the interest that the fund got');
  world.tick(PRICES, 1);
  world.accept(startBytes(third));
  assert.is(granted(world, third), world.pool.insurance / 2n);
  const { fundUsed } = marketIn(world, SOL);
  for (const account of [first, second]) {
    distress(world, account, WAD);
    world.accept(endBytes(account));
  }
  assert.is(marketIn(world, SOL).fundUsed, fundUsed);
  distress(world, third, WAD);
  world.accept(endBytes(third));
  assert.is(marketIn(world, SOL).fundUsed, 0n);
  assert.equal(world.breaches(), []);
});

test('the limit of a day grows with the fund and does not shrink with it', () => {
  const world = opened();
  const all = ['first', 'second', 'third', 'fourth'].map((name) => insolvent(world, name));
  world.accept(startBytes(all[0]!));
  assert.is(granted(world, all[0]!), 0n, 'an empty fund commits nothing');
  pour(world, 'insurance', 1_000n * USD);
  world.accept(startBytes(all[1]!));
  assert.is(granted(world, all[1]!), 500n * USD);
  pour(world, 'insurance', 500n * USD);
  world.accept(startBytes(all[2]!));
  assert.is(granted(world, all[2]!), 250n * USD, 'half of what came');
  pour(world, 'insurance', -1_000n * USD);
  world.accept(startBytes(all[3]!));
  const { fundLimit, fundUsed } = marketIn(world, SOL);
  assert.equal([granted(world, all[3]!), fundLimit, fundUsed], [0n, 750n * USD, 750n * USD]);
  assert.equal(world.breaches(), []);
});

test('a market that has had its share goes on to vaults and deleveraging without the fund', () => {
  const world = opened(3_000n * USD);
  world.accept(startBytes(insolvent(world, 'first')));
  openVault(world, 1_000_000n * USD);
  const account = insolvent(world, 'second');
  world.accept(startBytes(account));
  const absorbBytes = encodeTransaction(absorb, { vault: VAULT, account, share: WAD });
  const deleverageBytes = encodeTransaction(deleverage, { account, instrument: SOL_PERP, holders: [dealer.account] });
  assert.is(world.refuse(bidBytes(world, carol, account)), 'insurance_exhausted');
  age(world, account, 599);
  assert.is(world.refuse(absorbBytes), 'insurance_exhausted');
  assert.is(world.refuse(deleverageBytes), 'deleveraging_not_due');
  age(world, account, 1);
  world.accept(deleverageBytes); // Weighs the one holder there is, who then closes.
  world.accept(deleverageBytes);
  assert.equal(world.account(account).positions, []);

  const coins = fallen(world, 'coins', { balances: { [WETH]: 10n ** 18n }, mode: MARGIN_MODE.cross }, WAD);
  distress(world, coins, WAD);
  pour(world, coins, -(distressIn(world, coins).value + USD));
  change(world, (draft) =>
    draft.put(MARKET, ETH, { auctioned: 0n, fundDay: Math.floor(world.now / SECONDS_PER_DAY), fundLimit: 1_500n * USD, fundUsed: 1_500n * USD }));
  world.accept(startBytes(coins));
  assert.is(granted(world, coins), 0n);
  world.accept(bidBytes(world, carol, coins));
  assert.equal(world.account(coins).collaterals, [], 'coins are sold for what is left of them, which is their price');
  assert.ok(world.account(coins).cash < 0n, 'and the loss is shared');
  assert.equal(world.breaches(), []);
});

test('what the fund pays of a loss it has not free again', () => {
  const world = opened(3_000n * USD);
  const account = fallen(world, 'one', { balances: { [WETH]: 10n ** 16n }, mode: MARGIN_MODE.cross }, WAD);
  pour(world, account, -(distressIn(world, account).value + 100n * USD));
  world.accept(startBytes(account));
  const before = granted(world, account);
  plant(world, account, { balances: { [WETH]: -(10n ** 16n) } });
  pour(world, account, -world.account(account).cash - 60n * USD);
  world.accept(encodeTransaction(socialize, { account }));
  assert.ok(before > 60n * USD);
  assert.is(marketIn(world, ETH).fundUsed, 60n * USD);
  assert.equal(world.breaches(), []);
});

/* ANY ORDER */

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const MARKETS = [BTC_PERP, ETH_PERP, SOL_PERP];
const doings = fc.array(
  fc.record({
    what: fc.constantFrom('start', 'start', 'start', 'end', 'bid', 'insure', 'wait'),
    who: fc.nat(NAMES.length - 1),
    share: fc.integer({ min: -150, max: 99 }),
    amount: fc.integer({ min: -2_000, max: 4_000 }),
    seconds: fc.constantFrom(60, 700, 30_000, 60_000),
  }),
  { minLength: 20, maxLength: 40 },
);

test('in any order of starts, bids and ends: no market has more than its limit on sale, or of the fund in a day', () => {
  const seen = { started: 0, full: 0, capped: 0, anew: 0, ended: 0, bids: 0, days: 0 };
  fc.assert(
    fc.property(doings, (list) => {
      const world = opened(2_000n * USD);
      // Nothing is an outage, so clocks run on.
      limit(world, { auctionGrace: 0n, outageSeconds: 10n ** 6n, maxPriceAge: 10n ** 6n });
      const ids = NAMES.map((name, n) => fallen(world, name, ofMarket(MARKETS[n % 3]!, 10n ** BigInt(1 + n % 2)), WAD / 2n));
      for (const id of [BTC, ETH, SOL]) world.edit(UNDERLYING, id, { averageDailyVolume: 10n ** 9n * USD });
      setHole(world, SOL, 1_000n * USD);
      const parameters = existing(world.state, PARAMETERS, PARAMETERS_PAGE);
      /** What each market got on each day, and what it did not need. */
      const used = new Map<string, bigint>();
      const add = (market: number, time: number, amount: bigint): void => {
        const key = `${market} ${Math.floor(time / SECONDS_PER_DAY)}`;
        used.set(key, (used.get(key) ?? 0n) + amount);
      };
      for (const { what, who, share, amount, seconds } of list) {
        const id = ids[who]!;
        const before = auctionIn(world, id);
        if (what === 'wait') {
          const day = Math.floor(world.now / SECONDS_PER_DAY);
          world.tick(PRICES, seconds);
          if (Math.floor(world.now / SECONDS_PER_DAY) !== day) seen.days++;
        } else if (what === 'insure') pour(world, 'insurance', max(BigInt(amount) * USD, -world.pool.insurance));
        else if (what === 'start') {
          if (before === undefined) distress(world, id, (BigInt(share) * WAD) / 100n);
          const { margin, value, market } = distressIn(world, id);
          const { auctioned } = marketIn(world, market);
          const { outcome } = world.apply(startBytes(id));
          const isRoom = auctioned === 0n || auctioned + margin.maintenance <= marketHole(underlyingIn(world, market), parameters);
          if (before === undefined) assert.is(outcome.ok, isRoom);
          if (!outcome.ok) {
            if (!isRoom) seen.full++;
            continue;
          }
          seen[before === undefined ? 'started' : 'anew']++;
          if (before !== undefined) add(before.market, before.start, -before.fundLeft);
          const after = auctionIn(world, id)!;
          add(after.market, after.start, after.fundLeft);
          const wanted = min(world.pool.insurance / 2n, 2n * (margin.maintenance - value));
          if (after.kind === AUCTION_KIND.insolvent) assert.ok(after.fundLeft <= wanted);
          if (after.kind === AUCTION_KIND.insolvent && after.fundLeft < wanted) seen.capped++;
        } else if (before !== undefined) {
          const bytes = what === 'bid' ? bidBytes(world, carol, id, WAD / 3n) : endBytes(id);
          if (what === 'end') distress(world, id, WAD);
          const { outcome, effects } = world.apply(bytes);
          if (outcome.ok) seen[what === 'bid' ? 'bids' : 'ended']++;
          const left = before.fundLeft - (effects.find((e) => e.kind === 'bid')?.fromFund ?? 0n);
          if (auctionIn(world, id) === undefined) add(before.market, before.start, -left);
        }
        for (const market of [BTC, ETH, SOL]) {
          const { fundDay, fundLimit, fundUsed } = marketIn(world, market);
          assert.is(fundUsed, used.get(`${market} ${fundDay}`) ?? 0n);
          assert.ok(fundUsed <= fundLimit);
        }
        assert.equal(world.breaches(), []);
      }
    }),
    { seed: 20_261_126, numRuns: 80, includeErrorInReport: true },
  );
  assert.ok(Math.min(...Object.values(seen)) >= 10, JSON.stringify(seen));
});

test.run();
