/** Settle: its refusals in order, and expired positions turned to cash. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACCOUNT } from '../../../state/records/account.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { settle } from '../../../state/transactions/settle.ts';
import type { AccountId } from '../../../state/units.ts';
import { refusalTable } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, carol, World } from '../../support/world.ts';

const BTC = 1;
const FUTURE = BTC_PERP + 1;
/** What the average came to [1e-8 USD]: 101,000 USD. */
const AVERAGE = 10_100_000_000_000n;
const sorted = [alice.account, bob.account].sort() as AccountId[];

type Case = { world: World; instrument: number; accounts: AccountId[] };

/** Alice bought ten lots of bob at 100,000; the future expired and its average is known. */
function prepare(): Case {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob]) world.deposit(account, 10_000_000_000n);
  if (!world.tradeBetween(alice, bob, 10n, 1_000_000n, FUTURE).outcome.ok) throw new Error('refused');
  const { expiry } = world.instrument(FUTURE);
  world.edit(CHAIN, 0, { timestamp: expiry });
  world.edit(UNDERLYING, BTC, { lastSettlementExpiry: expiry, lastSettlementPrice: AVERAGE });
  return { world, instrument: FUTURE, accounts: [...sorted] };
}

const bytesOf = ({ instrument, accounts }: Case): Uint8Array =>
  encodeTransaction(settle, { instrument, accounts });
const pnlOf = (world: World, account: AccountId): bigint => world.account(account).cash - 10_000_000_000n;

const test = suite('settle');

refusalTable(test, settle.refusals, prepare, bytesOf, [
  ['instrument_not_found', (c) => (c.instrument = 999)],
  ['not_expired', (c) => c.world.edit(INSTRUMENT, FUTURE, { expiry: 0 })],
  ['not_expired', (c) => c.world.edit(CHAIN, 0, { timestamp: c.world.now - 1 })],
  ['settlement_price_missing', (c) => c.world.edit(UNDERLYING, BTC, { lastSettlementExpiry: c.world.now - 86_400 })],
  ['accounts_not_ascending', (c) => (c.accounts = [sorted[0]!, sorted[0]!])],
  ['account_not_found', (c) => (c.accounts = [`0x${'ff'.repeat(21)}`])],
  ['no_position', (c) => c.world.edit(ACCOUNT, sorted[1]!, { positions: [] })],
]);

test('pays size x (settlement - entry), to the micro-dollar, and closes the market', () => {
  const c = prepare();
  const { world } = c;
  const before = [pnlOf(world, alice.account), pnlOf(world, bob.account)]; // Fees.
  const { effects } = world.accept(bytesOf(c));
  const won = 10n * 1_000_000n; // 10 lots of 0.001 BTC, 1,000 USD up.
  assert.is(pnlOf(world, alice.account) - before[0]!, won);
  assert.is(pnlOf(world, bob.account) - before[1]!, -won);
  const { status, settlementPrice, openInterest } = world.instrument(FUTURE);
  assert.equal([status, settlementPrice, openInterest], [INSTRUMENT_STATUS.settled, AVERAGE, 0n]);
  const settled = effects.filter((e) => e.kind === 'settled');
  assert.equal(
    settled.map(({ account, lots, amount, price }) => ({ account, lots, amount, price })),
    sorted.map((account) => {
      const long = account === alice.account;
      return { account, lots: long ? 10n : -10n, amount: long ? won : -won, price: AVERAGE };
    }),
  );
  assert.equal([world.pool.clearing, world.pool.quoteTotal], [0n, 0n]);
  assert.equal(world.breaches(), []);
});

test('one account at a time, in any order: clearing carries the difference and ends at zero', () => {
  for (const order of [sorted, [...sorted].reverse()]) {
    const { world } = prepare();
    world.accept(bytesOf({ world, instrument: FUTURE, accounts: [order[0]!] }));
    assert.is.not(world.pool.clearing, 0n);
    assert.equal(world.breaches(), []);
    world.accept(bytesOf({ world, instrument: FUTURE, accounts: [order[1]!] }));
    assert.is(world.pool.clearing, 0n);
    assert.is(world.refuse(bytesOf({ world, instrument: FUTURE, accounts: [order[1]!] })), 'no_position');
  }
});

test('fixes the price once, with no account or the first', () => {
  const { world } = prepare();
  world.accept(bytesOf({ world, instrument: FUTURE, accounts: [] }));
  world.edit(UNDERLYING, BTC, { lastSettlementPrice: 2n * AVERAGE });
  world.accept(bytesOf({ world, instrument: FUTURE, accounts: [...sorted] }));
  assert.is(world.instrument(FUTURE).settlementPrice, AVERAGE);
});

test('nothing trades after expiry', () => {
  const { world } = prepare();
  assert.ok(!world.tradeBetween(bob, alice, 1n, 1_000_000n, FUTURE).outcome.ok);
  assert.is(world.state.read(ACCOUNT, carol.account), undefined);
});

test.run();
