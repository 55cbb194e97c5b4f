/**
 * Hyperliquid, POPCAT, 12 November 2025, 4.9 million dollars: 19 wallets bought behind a wall of bids, which was then
 * taken away, and the vault inherited them. Here no resting order is part of any mark, margin or price of an auction,
 * and trades move a mark by 1 % of the index at most; the crowd pays for its size together.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { setInstrument } from '../../state/transactions/setInstrument.ts';
import { bob, person, SOL_PERP, World } from '../support/world.ts';
import { indexOf, rich, trade, USD, wait } from './stage.ts';

const test = suite('bid wall');
const wallets = Array.from({ length: 19 }, (_, i) => person(`wallet ${i}`));
const LOTS = 5_000n;

test('19 wallets buy 1.9 million at the top of the band: the mark moves by 1 %, a wall behind them moves nothing', () => {
  const world = new World();
  world.tick();
  rich(world, [bob], 10_000_000n * USD);
  const terms = { instrument: SOL_PERP, status: INSTRUMENT_STATUS.trading, openInterestCap: 100_000n, maxOrderLots: LOTS } as const;
  world.accept(world.governanceBytes(setInstrument, terms));
  const top = (indexOf(world, 'sol') * 109n) / 100n;
  for (const wallet of wallets) {
    world.deposit(wallet.account, 150_000n * USD);
    trade(world, wallet, bob, LOTS, SOL_PERP, top);
  }
  const crowded = world.margin(wallets[0]!.account);
  assert.ok(crowded.initial > 95_000n * USD, 'of 100,000 USD: together they are 95 % of the market');

  // The wall: signed, shown to everybody, and no part of the state.
  const root = world.state.root.slice();
  for (const wallet of wallets) world.order({ who: wallet, lots: LOTS, ticks: top / 100_000n, buy: true, instrument: SOL_PERP });
  assert.equal(world.state.root, root);
  assert.equal(world.margin(wallets[0]!.account), crowded);
  wait(world, 3_600);
  const { markPrice } = world.instrument(SOL_PERP);
  const index = indexOf(world, 'sol');
  assert.ok(markPrice > index && markPrice * 100n <= index * 101n, `${markPrice}`);
  assert.equal(world.breaches(), []);
});

test.run();
