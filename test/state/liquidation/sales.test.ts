/** Random accounts in distress, sold in random slices: nothing is lost on the way, and nobody pays more than the rules ask. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { meetsInitial } from '../../../state/risk/margin.ts';
import { WAD } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, distress, distressIn, plant, pour, startBytes } from '../../support/distressed.ts';
import { alice, carol, World } from '../../support/world.ts';

const test = suite('sales');
const SEED = { seed: 20_260_302, numRuns: 60, includeErrorInReport: true };
const MARKETS = [100, 101, 102, 200, 201, 300];
const STRIKES = [90_000, 110_000];
const TEN_MILLION = 10n ** 13n;

const sale = fc.record({
  /** Of the markets, then calls and puts by strike. */
  lots: fc.array(fc.oneof(fc.constant(0n), fc.bigInt(-900n, 900n)), { minLength: 10, maxLength: 10 }),
  /** Of ether and bitcoin, about a thousand dollars each. */
  ether: fc.oneof(fc.constant(0n), fc.bigInt(1n, 60n)),
  bitcoin: fc.oneof(fc.constant(0n), fc.bigInt(1n, 60n)),
  mode: fc.constantFrom(0 as const, 0 as const, 1 as const),
  /** Of all underlyings [1e-6 USD]: with little, all that is large is crowded. */
  dailyVolume: fc.bigInt(10n ** 10n, 10n ** 15n),
  /** Equity over maintenance margin [1e-3]. */
  health: fc.bigInt(-1_500n, 999n),
  /** Thousands of dollars. */
  fund: fc.oneof(fc.constant(0n), fc.bigInt(1n, 900n)),
  bids: fc.array(fc.record({ share: fc.oneof(fc.constant(WAD), fc.bigInt(1n, WAD)), after: fc.nat(300) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

test('value moves between account, bidder and fund, and the fund keeps to its share', () => {
  const seen = { solvent: 0, insolvent: 0, paidByFund: 0 };
  fc.assert(
    fc.property(sale, ({ lots, ether, bitcoin, mode, dailyVolume, health, fund, bids }) => {
      const world = new World();
      world.tick();
      const markets = [...MARKETS, ...Object.values(world.listOptions(STRIKES)).flat()];
      for (const id of [1, 2, 3]) world.edit(UNDERLYING, id, { averageDailyVolume: dailyVolume });
      const balances = { 1: ether * 10n ** 18n / 4n, 2: bitcoin * 1_000_000n };
      plant(world, alice.account, { lots: Object.fromEntries(markets.map((id, i) => [id, lots[i]!])), balances, mode });
      plant(world, carol.account, {});
      pour(world, carol.account, TEN_MILLION);
      pour(world, 'insurance', fund * 10n ** 9n);
      distress(world, alice.account, (health * WAD) / 1_000n);
      world.apply(startBytes(alice.account));
      for (const { share, after } of bids) {
        const auction = auctionIn(world, alice.account);
        if (auction === undefined) return;
        age(world, alice.account, after);
        const worth = (): bigint =>
          [alice, carol].reduce((sum, { account }) => sum + distressIn(world, account).value, world.pool.insurance);
        const [before, insurance] = [worth(), world.pool.insurance];
        const { outcome, effects } = world.apply(bidBytes(world, carol, alice.account, share));
        if (!outcome.ok) continue;
        const change = worth() - before;
        assert.ok(change <= 4n && change >= -4n, `${change} is more than the roundings of two collaterals`);
        assert.ok(meetsInitial(world.margin(carol.account)));
        const sold = effects.find((e) => e.kind === 'bid')!;
        assert.ok(sold.kind === 'bid' && sold.fromFund <= auction.fundLeft && sold.fromFund <= insurance);
        seen[auction.kind === 0 ? 'solvent' : 'insolvent']++;
        if (sold.fromFund > 0n) seen.paidByFund++;
      }
      assert.equal(world.breaches(), []);
    }),
    SEED,
  );
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 5, `${what}: ${JSON.stringify(seen)}`);
});

test.run();
