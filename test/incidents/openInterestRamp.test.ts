/**
 * dYdX, SUSHI and YFI, November 2023, 9 million dollars: a hundred wallets raised the open interest of YFI from .8 to
 * 67 million, and put profit of a rising price into more of the same. Here initial margin grows with the open interest
 * of the whole market, whoever holds it, to all of the notional at its cap, and for positions that are there already.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { INSTRUMENT_STATUS } from '../../state/records/instrument.ts';
import { setInstrument } from '../../state/transactions/setInstrument.ts';
import { bob, person, SOL_PERP, World } from '../support/world.ts';
import { mostWithdrawn, rich, trade, USD, walk, withdrawBytes } from './stage.ts';

const test = suite('open interest ramp');
/** Ten wallets of 1,000 SOL each, 200,000 USD, fill the market. */
const wallets = Array.from({ length: 10 }, (_, i) => person(`wallet ${i}`));
const LOTS = 10_000n;
const NOTIONAL = 200_000n * USD;

function ramped(): { world: World; initial: bigint[] } {
  const world = new World();
  world.tick();
  rich(world, [bob], 10_000_000n * USD);
  const terms = { instrument: SOL_PERP, status: INSTRUMENT_STATUS.trading, openInterestCap: 10n * LOTS, maxOrderLots: LOTS } as const;
  world.accept(world.governanceBytes(setInstrument, terms));
  const initial: bigint[] = [];
  for (const wallet of wallets) {
    world.deposit(wallet.account, NOTIONAL + NOTIONAL / 5n);
    trade(world, wallet, bob, LOTS, SOL_PERP);
    initial.push(world.margin(wallet.account).initial);
  }
  return { world, initial };
}

test('leverage is three in an empty market, and nobody has any in a full one', () => {
  const { world, initial } = ramped();
  assert.ok(initial[0]! * 10n < NOTIONAL * 4n, `${initial[0]}`);
  assert.ok(initial[7]! * 10n >= NOTIONAL * 7n, 'seven tenths of the notional at eight tenths of the cap');
  for (let i = 1; i < wallets.length; i++) assert.ok(initial[i]! >= initial[i - 1]!);
  for (const { account } of wallets) assert.ok(world.margin(account).initial >= NOTIONAL, 'also who came first');
  assert.throws(() => trade(world, wallets[0]!, bob, 1n, SOL_PERP), 'refused 73');
});

test('a price that rises by a third finances nothing: margin takes more than the profit frees', () => {
  const { world } = ramped();
  const before = mostWithdrawn(world, wallets[0]!);
  walk(world, 'sol', 266n);
  for (const wallet of wallets) assert.ok(mostWithdrawn(world, wallet) <= before);
  assert.is(mostWithdrawn(world, wallets[0]!), 0n);
  assert.is(world.refuse(withdrawBytes(world, wallets[0]!, USD)), 'initial_margin_too_low');
});

test.run();
