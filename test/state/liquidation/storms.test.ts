/** Storms: whoever fails and whoever bids, the waterfall comes to an end, and with every book in order. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { positionOf } from '../../../state/ledger/positions.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { AUCTION_KIND } from '../../../state/records/auction.ts';
import { ROUND } from '../../../state/records/round.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, dealer, distress, plant, pour, startBytes } from '../../support/distressed.ts';
import { absorbBytes, openVault, stake } from '../../support/vaults.ts';
import { BTC_PERP, carol, ETH_PERP, person, PRICES, World } from '../../support/world.ts';

const test = suite('storms');
const SEED = { seed: 20_261_130, numRuns: 20, includeErrorInReport: true, endOnFailure: true };
const USD = 1_000_000n;
const [WETH, WBTC] = [1, 2];
const MARKETS = [BTC_PERP, ETH_PERP];
/** Far more than any scene needs: what is not resolved by then never is. */
const SWEEPS_MAX = 12;
const people = [0, 1, 2, 3, 4].map((i) => person(`trader ${i}`));
/** Buys nothing but collateral, at its price, when nobody else does. */
const merchant = person('merchant');

type Trader = Readonly<{ btc: bigint; eth: bigint; tokens: bigint; margin: bigint }>;
type Scene = Readonly<{
  traders: readonly Trader[];
  /** Moves of both markets between the trades of one trader and those of the next, and at the end [1e-2]. */
  moves: readonly (readonly [bigint, bigint])[];
  fund: bigint;
  vault: bigint;
  /** Of a hundred chances to bid how many are taken, and the luck of each. */
  bidders: number;
  luck: readonly number[];
}>;

const move = fc.tuple(fc.bigInt({ min: -12n, max: 12n }), fc.bigInt({ min: -12n, max: 12n }));
const trader: fc.Arbitrary<Trader> = fc.record({
  btc: fc.bigInt({ min: -2_000n, max: 2_000n }),
  eth: fc.bigInt({ min: -5_000n, max: 5_000n }),
  tokens: fc.bigInt({ min: 0n, max: 100n }),
  margin: fc.bigInt({ min: -WAD, max: 3n * WAD }),
});
const scenes: fc.Arbitrary<Scene> = fc.record({
  traders: fc.tuple(...people.map(() => trader)),
  moves: fc.array(move, { minLength: people.length + 1, maxLength: people.length + 1 }),
  fund: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 200_000n * USD })),
  vault: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1_000n * USD, max: 500_000n * USD })),
  bidders: fc.constantFrom(0, 30, 100),
  luck: fc.array(fc.nat(99), { minLength: 8, maxLength: 8 }),
});

function worldOf({ traders, moves, fund, vault }: Scene): World {
  const world = new World();
  let [btc, eth] = [PRICES[1]!, PRICES[2]!];
  const tick = (i: number): void => {
    [btc, eth] = [btc + (btc * moves[i]![0]) / 100n, eth + (eth * moves[i]![1]) / 100n];
    world.tick({ ...PRICES, 1: btc, 2: eth }, 10);
  };
  traders.forEach(({ btc: lots, eth: others, tokens }, i) => {
    tick(i);
    const balances = { [WETH]: (tokens * 10n ** 18n) / 10n, [WBTC]: tokens * 10n ** 5n };
    plant(world, people[i]!.account, { lots: { [BTC_PERP]: lots, [ETH_PERP]: others }, balances });
  });
  traders.forEach(({ margin }, i) => distress(world, people[i]!.account, margin));
  pour(world, dealer.account, 10_000_000n * USD);
  world.deposit(merchant.account, 10_000_000n * USD);
  world.deposit(carol.account, 10_000_000n * USD);
  pour(world, 'insurance', fund);
  if (vault > 0n) {
    openVault(world, vault / 10n);
    stake(world, carol, vault);
  }
  tick(people.length);
  return world;
}

const holdersOf = (world: World, market: number, side: bigint): AccountId[] =>
  [...world.state.idsOf(ACCOUNT)].filter((id) => (positionOf(world.account(id), market)?.size ?? 0n) * side < 0n).sort();

/** One step of whatever is due for an account below its margin; in the order in which a keeper would. */
function drive(world: World, id: AccountId, lucky: boolean): void {
  const auction = auctionIn(world, id);
  if (auction === undefined) {
    world.accept(startBytes(id));
    return;
  }
  const { positions, collaterals } = world.account(id);
  if (positions.length + collaterals.length === 0) {
    world.accept(encodeTransaction(socialize, { account: id }));
    return;
  }
  if (lucky && world.apply(bidBytes(world, carol, id)).outcome.ok) return;
  age(world, id, 150);
  if (world.apply(absorbBytes(id)).outcome.ok) return;
  age(world, id, 600);
  if (auction.kind === AUCTION_KIND.solvent) {
    age(world, id, 86_400);
    world.accept(startBytes(id));
    return;
  }
  for (const { instrument, size } of positions) {
    if (!isBelow(world, id)) return;
    const holders = holdersOf(world, instrument, size);
    const halves = [holders.slice(0, 2), holders.slice(2)];
    for (const named of [...halves, ...halves]) {
      const bytes = encodeTransaction(deleverage, { account: id, instrument, holders: named });
      if (positionOf(world.account(id), instrument) !== undefined) world.accept(bytes);
    }
    assert.is(world.state.read(ROUND, instrument), undefined);
  }
  if (positions.length === 0) world.accept(bidBytes(world, merchant, id));
}

const isBelow = (world: World, id: AccountId): boolean => {
  const { equity, maintenance } = world.margin(id);
  return equity < maintenance;
};

test('every account is healthy or empty in the end, nothing is flagged any more, and no dollar is missing', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const world = worldOf(scene);
      let [step, sweeps] = [0, 0];
      for (let isOver = false; !isOver; sweeps++) {
        assert.ok(sweeps < SWEEPS_MAX, 'it ends');
        isOver = true;
        for (const id of world.state.idsOf(ACCOUNT)) {
          if (auctionIn(world, id) !== undefined && !isBelow(world, id)) world.accept(encodeTransaction(endAuction, { account: id }));
          if (!isBelow(world, id)) continue;
          isOver = false;
          drive(world, id, scene.luck[step++ % scene.luck.length]! < scene.bidders);
          const { deficit, insurance } = world.pool;
          assert.ok(insurance >= 0n && deficit >= 0n && (deficit === 0n || insurance === 0n));
        }
        assert.equal(world.breaches(), []);
      }
      const { auctioned, flagged } = world.pool;
      assert.equal([auctioned, flagged], [0n, 0n]);
      for (const market of MARKETS) assert.is(world.instrument(market).status, 0);
    }),
    SEED,
  );
});

test.run();
