/** What offers promise of any portfolio and any parameters: the slope bounds what a share takes, prices only fall, without jumps. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stepSecondsOf } from '../../../state/liquidation/curve.ts';
import { distressOf, sizeOf, type Distress } from '../../../state/liquidation/distress.ts';
import { offerOf, type Offer } from '../../../state/liquidation/offer.ts';
import { leastShare, sliceOf } from '../../../state/liquidation/slice.ts';
import { abs, max } from '../../../state/math/integer.ts';
import { MARGIN_MODE, type MarginMode } from '../../../state/records/account.ts';
import { AUCTION_KIND, type Auction, type AuctionKind } from '../../../state/records/auction.ts';
import type { Portfolio } from '../../../state/risk/portfolio.ts';
import { WAD } from '../../../state/units.ts';
import { anyPortfolio } from '../risk/anyPortfolio.ts';

const test = suite('offers');
const SEED = { seed: 20_261_128, numRuns: 300, includeErrorInReport: true };

const PARTS = 1_000n;
const modes = fc.constantFrom<MarginMode>(...Object.values(MARGIN_MODE));
/** So many thousandths of a portfolio whose every size was first multiplied by a thousand, and of what its owner has of it. */
function thousandths(p: Portfolio, mode: MarginMode, parts: bigint): Portfolio {
  const holdings = p.holdings.map((h) => ({ ...h, position: { ...h.position, size: h.position.size * parts } }));
  const unitsOf = (underlying: number): bigint =>
    p.holdings
      .filter(({ instrument }) => instrument.underlying === underlying)
      .reduce((sum, { position, instrument }) => sum + abs(position.size) * instrument.lotSize, 0n);
  const exposures = p.owner?.exposures.map(({ underlying, units }) => {
    const others = units - unitsOf(underlying);
    return { underlying, units: (others > 0n ? others * PARTS : 0n) + unitsOf(underlying) * parts };
  });
  return {
    ...p,
    account: { ...p.account, mode },
    holdings,
    pledges: p.pledges.map((pledge) => ({ ...pledge, balance: pledge.balance * parts })),
    owner: exposures === undefined ? undefined : { exposures },
  };
}

test('a share takes at most so much of the slope with it, and at least the charges for size less than its part', () => {
  let curved = 0;
  fc.assert(
    fc.property(anyPortfolio, modes, fc.bigInt(1n, PARTS - 1n), (p, mode, taken) => {
      const whole = thousandths(p, mode, PARTS);
      const { margin, slope } = distressOf(whole);
      const { maintenance } = distressOf(thousandths(p, mode, PARTS - taken)).margin;
      // Roots are rounded up to millionths, at most twice in a charge; each charge is rounded up once.
      const linear = whole.holdings.reduce((sum, { position, instrument }) => {
        const worst = instrument.riskArray.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        return sum + abs(position.size) * (abs(instrument.delta) + BigInt(worst));
      }, 0n);
      const rounding = (4n * linear) / 10n ** 6n + 20n;
      assert.ok(maintenance >= margin.maintenance - (slope * taken) / PARTS - rounding, `${maintenance}`);
      assert.ok(maintenance <= (margin.maintenance * (PARTS - taken)) / PARTS + rounding);
      assert.ok(slope >= margin.maintenance);
      if (slope > margin.maintenance + margin.maintenance / 10n) curved++;
    }),
    SEED,
  );
  assert.ok(curved > 30, `${curved}`);
});

const auctions = fc.record({
  kind: fc.constantFrom<AuctionKind>(AUCTION_KIND.solvent, AUCTION_KIND.insolvent),
  reserved: fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 12n)),
});
const priceOf = ({ value, fromAccount, fromFund }: Offer): bigint => value - fromAccount - fromFund;
const clocked = (distress: Distress, p: Portfolio, fields: Pick<Auction, 'kind' | 'reserved'>): Auction =>
  ({ ...fields, stepSeconds: stepSecondsOf(p.parameters, sizeOf(distress.margin), distress.margin.scan) }) as Auction;

test('a price is never dearer later, never above the value, and below zero only by what the fund pays', () => {
  let offers = 0;
  fc.assert(
    fc.property(anyPortfolio, auctions, fc.array(fc.nat(100_000), { minLength: 2, maxLength: 8 }), (p, fields, times) => {
      const distress = distressOf(p);
      const auction = clocked(distress, p, fields);
      let [last, isOver] = [distress.value - fields.reserved, false];
      for (const elapsed of times.sort((a, b) => a - b)) {
        const offer = offerOf(auction, distress, p.parameters, elapsed);
        if (offer === null) {
          isOver = true;
          continue;
        }
        assert.not(isOver, 'what is over stays over');
        offers++;
        assert.ok(priceOf(offer) <= last && offer.share >= 0n && offer.share <= WAD);
        assert.ok(offer.fromAccount >= 0n && offer.fromFund >= 0n && offer.owed >= 0n && offer.penalty >= 0n);
        assert.ok(offer.fromAccount + offer.penalty <= (offer.value > 0n ? offer.value + 1n : 0n), 'no more than there is');
        if (auction.kind === AUCTION_KIND.solvent) assert.ok(priceOf(offer) >= 0n && offer.fromFund + offer.owed === 0n);
        else assert.ok(offer.fromAccount + offer.fromFund <= max(offer.value, distress.margin.maintenance));
        last = priceOf(offer);
      }
    }),
    SEED,
  );
  assert.ok(offers > 300, `${offers}`);
});

test('a price moves with the value, and by no more than the value does', () => {
  fc.assert(
    fc.property(anyPortfolio, auctions, fc.nat(3_000), fc.bigInt(1n, 10n ** 9n), (p, fields, elapsed, more) => {
      const distress = distressOf(p);
      const auction = clocked(distress, p, fields);
      const [poor, rich] = [0n, more].map((added) =>
        offerOf(auction, { ...distress, value: distress.value + added }, p.parameters, elapsed),
      );
      fc.pre(poor !== null && rich !== null);
      const change = priceOf(rich!) - priceOf(poor!);
      assert.ok(change >= -1n && change <= more + 1n, `${change} for ${more}`);
    }),
    SEED,
  );
});

test('a slice of the least share is not empty, and one of any share is no more than it', () => {
  fc.assert(
    fc.property(anyPortfolio, fc.bigInt(1n, WAD), (p, share) => {
      fc.pre(p.holdings.length + p.pledges.length > 0);
      assert.is.not(sliceOf(p, leastShare(p)), null);
      const slice = sliceOf(p, share);
      fc.pre(slice !== null);
      assert.ok(slice!.share <= share);
      p.holdings.forEach(({ position: { size } }, i) => {
        const lots = slice!.lots[i]!;
        assert.ok(abs(lots) * WAD <= abs(size) * share && (abs(lots) + 1n) * WAD > abs(size) * share);
        assert.ok(lots * size >= 0n);
      });
      const all = sliceOf(p, WAD)!;
      assert.equal([all.share, all.lots, all.balances], [WAD, p.holdings.map((h) => h.position.size), p.pledges.map((x) => x.balance)]);
    }),
    SEED,
  );
});

test.run();
