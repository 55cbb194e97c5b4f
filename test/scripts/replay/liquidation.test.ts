// Who borrows all he may, who buys what is auctioned, and what a report says of it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../../node/ports/random.ts';
import { LiquidationLog, liquidationSections } from '../../../scripts/replay/liquidationLog.ts';
import type { AuctionView, Intent, TraderView } from '../../../scripts/replay/traders.ts';
import { leveraged } from '../../../scripts/replay/traders/leveraged.ts';
import { liquidator } from '../../../scripts/replay/traders/liquidator.ts';
import { alice, bob } from '../../support/world.ts';
import { markets, Venue } from './venue.ts';

const test = suite('scripts/replay/liquidation');
const PRICES = { 1: 60_000, 2: 60_600, 3: 61_500, 4: 3_000, 5: 3_030 };
const shown = markets(PRICES);
const random = seededRandom('liquidation');
const [perpetual] = shown;

const parameters = { closingCost: 0.002, profitShare: 0.0001, leverage: 2, clipUsd: 30_000, bidsFromSeconds: 0 };
const auction: AuctionView = {
  ...{ owner: alice.address, subaccount: 0, price: '9000', expected: `0x${'22'.repeat(32)}` },
  ...{ compensationUsd: 300, grossUsd: 60_000, share: 0.5 },
};
const ask = (more: Partial<TraderView>, venue = new Venue()): Intent[] =>
  liquidator(parameters)(venue.view(0, shown, more), random);

test('a liquidator takes the whole of an offer that earns more than it costs, as it was seen', () => {
  const { owner, subaccount, expected, price: maxPrice } = auction;
  assert.equal(ask({ auctions: [auction] }), [{ kind: 'bid', owner, subaccount, expected, maxPrice, share: 0.5 }]);
  assert.equal(ask({ auctions: [{ ...auction, compensationUsd: 130 }] }), [], 'profit of 5 on an equity of 100,000');
  assert.equal(ask({ auctions: [{ ...auction, share: 0 }] }), []);
});

test('it takes no more than its free equity carries, one bid a turn', () => {
  const bids = ask({ auctions: [{ ...auction, grossUsd: 800_000, compensationUsd: 4_000 }, auction], initialMarginUsd: 80_000 });
  assert.equal(bids.map((intent) => (intent.kind === 'bid' ? intent.share : null)), [0.05]);
  assert.equal(ask({ auctions: [auction], initialMarginUsd: 100_000 }), []);
});

test('it closes what it got, clip by clip, and never turns round', () => {
  const venue = new Venue();
  const lots = Math.round(2 / perpetual!.lotSize);
  venue.fill(perpetual!.market, lots);
  for (let turn = 0; turn < 10 && venue.positions.get(perpetual!.market) !== 0; turn++) {
    const intents = ask({}, venue);
    assert.ok(intents.every((intent) => intent.kind === 'place' && intent.reduceOnly && intent.side === 'sell'));
    venue.apply(intents, null);
  }
  assert.is(venue.positions.get(perpetual!.market), 0);
});

test('a leveraged trader buys while there is room, in its time, and then holds', () => {
  const decide = leveraged({ market: 1, isLong: true, use: 0.9, entrySeconds: 100, entryEndSeconds: 200 });
  const at = (time: number, initialMarginUsd: number): number => {
    const [intent] = decide(new Venue().view(time, shown, { initialMarginUsd }), random);
    return intent?.kind === 'place' && intent.side === 'buy' ? intent.sizeLots * perpetual!.lotSize * PRICES[1] : 0;
  };
  assert.ok(Math.abs(at(100, 0) - 50_000) < 100, 'half of its equity at once');
  assert.ok(Math.abs(at(150, 75_000) - 10_000) < 100, 'then a tenth');
  assert.equal([at(99, 0), at(200, 0), at(150, 90_000)], [0, 0, 0]);
});

test('the log adds up, and is silent where nobody fell', () => {
  const log = new LiquidationLog();
  assert.equal(liquidationSections(log.summary()), []);
  const account = alice.account;
  log.effect({ kind: 'auctionStarted', account, isSolvent: true, equity: 1n, maintenance: 2n, value: 3n, reward: 2_000_000n });
  const paid = { compensation: 5_000_000n, penalty: 7_000_000n, fromFund: 0n };
  log.effect({ kind: 'bid', account, bidder: bob.account, share: 1n, price: 9n, ...paid });
  log.effect({ kind: 'bid', account, bidder: bob.account, share: 1n, price: 9n, ...paid, fromFund: 1_000_000n });
  log.effect({ kind: 'auctionEnded', account });
  log.sample(1, 0, 10);
  log.sample(0, 2, 24);
  log.explained(true);
  log.explained(false);
  const { solvent, insolvent, ended, bids, accounts, compensationUsd, penaltyUsd, fromFundUsd, rewardUsd } = log.summary();
  assert.equal([solvent, insolvent, ended, bids, accounts], [1, 0, 1, 2, 1]);
  assert.equal([compensationUsd, penaltyUsd, fromFundUsd, rewardUsd], [10, 14, 1, 2]);
  const { rows } = liquidationSections(log.summary())[0]!;
  assert.equal(rows.find(([name]) => name.startsWith('explanations'))?.[1], '1 of 2');
  assert.equal(rows.find(([name]) => name.startsWith('insurance'))?.[1], '10.00 USD at first, 24.00 USD at the end');
});

test.run();
