/** What bids promise of any account in auction: never past the buffer, never more than the formula, no dollar lost. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { opensAt, offerOf, type Offer } from '../../../state/liquidation/offer.ts';
import { leastShare, sliceOf } from '../../../state/liquidation/slice.ts';
import { abs, max, min } from '../../../state/math/integer.ts';
import { MARGIN_MODE } from '../../../state/records/account.ts';
import { AUCTION_KIND } from '../../../state/records/auction.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { existing } from '../../../state/access.ts';
import { marginOf } from '../../../state/risk/margin.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { refusalName } from '../../../state/refusals.ts';
import { WAD } from '../../../state/units.ts';
import { age, auctionIn, bidBytes, distressIn, portfolioIn, startBytes } from '../../support/distressed.ts';
import { alice, bob, carol, World } from '../../support/world.ts';
import { auctionOf, isRunning, scenes } from './scenes.ts';

const test = suite('properties of auctions');
const SEED = { seed: 20_261_126, numRuns: 60, includeErrorInReport: true };

/** What is offered of alice's account right now. */
function offerIn(world: World): Offer | null {
  const portfolio = portfolioIn(world, alice.account);
  const auction = auctionIn(world, alice.account)!;
  const elapsed = portfolio.now - opensAt(portfolio, existing(world.state, CHAIN, 0), auction.start);
  return offerOf(auction, distressIn(world, alice.account), portfolio.parameters, elapsed);
}

/**
 * Maintenance that a lot of each position needs or frees at most: each alone, on either side, at the
 * size of its owner; and the calendar charge, for a lot may be what another expiry was hedged with.
 */
function lotsMargin(portfolio: Portfolio): bigint {
  let sum = 0n;
  for (const holding of portfolio.holdings) {
    const alone = (size: bigint): bigint =>
      marginOf({ ...portfolio, holdings: [{ ...holding, position: { ...holding.position, size } }], pledges: [] }, MARGIN_MODE.cross).maintenance;
    sum += max(alone(1n), alone(-1n)) + (abs(holding.instrument.delta) * portfolio.parameters.calendarCharge) / WAD + 2n;
  }
  return sum;
}
/** Roots and shares are rounded up to millionths [9.7 of the specification], and so much may margin jump by. */
function millionths({ holdings }: Portfolio): bigint {
  const gross = holdings.reduce((sum, { position, instrument }) => sum + abs(position.size * instrument.delta), 0n);
  return gross / 100_000n + 100n;
}

test('a solvent bid for all ends at most at the buffer, but for lots and dust', () => {
  const seen = { partial: 0, whole: 0 };
  fc.assert(
    fc.property(scenes(0.02, 0.999, 1n), (scene) => {
      const world = auctionOf(scene);
      const auction = auctionIn(world, alice.account)!;
      fc.pre(auction.kind === AUCTION_KIND.solvent && offerIn(world) !== null);
      const portfolio = portfolioIn(world, alice.account);
      const [before, offer] = [distressIn(world, alice.account), offerIn(world)!];
      const most = max(offer.share, leastShare(portfolio));
      const taken = sliceOf(portfolio, most)!;
      world.accept(bidBytes(world, carol, alice.account));
      const { equity, maintenance } = world.margin(alice.account);
      seen[most === WAD ? 'whole' : 'partial']++;

      const buffered = WAD + portfolio.parameters.auctionBuffer;
      const lots = lotsMargin(portfolio);
      // Lots that stay are not paid for either; a first lot takes its share of the haircuts with it.
      const unpaid = ((offer.fromAccount + offer.penalty) * (most - taken.share)) / WAD;
      const freed = (before.haircuts * (most - offer.share)) / WAD;
      const bound = ((lots + millionths(portfolio)) * buffered) / WAD + unpaid + freed;
      const isDust = before.margin.maintenance * (WAD - offer.share) < portfolio.parameters.auctionDust * WAD;
      if (!isDust) assert.ok(equity <= (maintenance * buffered) / WAD + bound, `${equity} of ${maintenance}, bound ${bound}`);
      assert.ok(maintenance <= (before.margin.maintenance * (WAD - min(most, WAD))) / WAD + lots + millionths(portfolio));
      assert.equal(world.breaches(), []);
    }),
    { ...SEED, numRuns: 120 },
  );
  assert.ok(seen.partial > 30, JSON.stringify(seen));
});

const bids = fc.array(
  fc.record({
    who: fc.constantFrom(bob, carol),
    share: fc.oneof(fc.bigInt(1n, WAD), fc.bigInt(WAD / 1_000n, WAD / 10n)),
    wait: fc.oneof(fc.nat(60), fc.nat(3_000)),
  }),
  { minLength: 1, maxLength: 5 },
);

test('bids pay the formula and nothing else, the fund within its share, and no dollar is lost', () => {
  const seen = { bids: 0, byFund: 0, restarts: 0, ended: 0 };
  fc.assert(
    fc.property(scenes(-1, 0.999, 1n), bids, (scene, list) => {
      const world = auctionOf(scene);
      let left = auctionIn(world, alice.account)!.fundLeft;
      assert.ok(left <= (world.pool.insurance * world.network.parameters.insolventShare) / WAD);
      for (const { who, share, wait } of list) {
        if (!isRunning(world)) break;
        age(world, alice.account, wait);
        const offer = offerIn(world);
        const values = (): [bigint, bigint, bigint] => [
          distressIn(world, alice.account).value,
          distressIn(world, who.account).value,
          world.pool.insurance,
        ];
        const before = values();
        if (offer === null) {
          world.accept(startBytes(alice.account));
          assert.equal(values(), before, 'a next auction costs nothing');
          left = auctionIn(world, alice.account)!.fundLeft;
          seen.restarts++;
          continue;
        }
        const { outcome, effects } = world.apply(bidBytes(world, who, alice.account, share));
        if (!outcome.ok) {
          assert.ok(['bid_too_small', 'insurance_exhausted'].includes(refusalName(outcome.code)!), refusalName(outcome.code));
          continue;
        }
        seen.bids++;
        const paid = effects.find((e) => e.kind === 'bid')!;
        assert.is(paid.price, offer.value - offer.fromAccount - offer.fromFund);
        const part = (whole: bigint): bigint => (whole * paid.share) / WAD;
        assert.is(paid.compensation, part(offer.fromAccount) + part(offer.fromFund));
        assert.ok(paid.share <= share);
        const [sold, bought, fund] = values().map((value, at) => value - before[at]!);
        const rounding = 2n * BigInt(Object.keys(scene.balances).length);
        assert.ok(bought! >= paid.compensation && bought! <= paid.compensation + rounding, 'the bidder');
        assert.is(fund, paid.penalty - paid.fromFund);
        assert.ok(abs(sold! + bought! + fund!) <= rounding, 'all three');
        left -= paid.fromFund;
        assert.ok(left >= 0n && world.pool.insurance >= 0n);
        if (paid.fromFund > 0n) seen.byFund++;
        const { equity, maintenance } = world.margin(alice.account);
        assert.is(isRunning(world), equity < maintenance);
        if (isRunning(world)) assert.is(auctionIn(world, alice.account)!.fundLeft, left);
        else seen.ended++;
        assert.equal(world.breaches(), []);
      }
    }),
    SEED,
  );
  assert.ok(Math.min(...Object.values(seen)) >= 5, JSON.stringify(seen));
});

test.run();
