/** The last second and the first one after it, of everything that has an age or an end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { SESSION_SCOPE } from '../../state/records/session.ts';
import { refusalName } from '../../state/refusals.ts';
import { authorizeSession } from '../../state/transactions/authorizeSession.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { mark } from '../../state/transactions/mark.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { tradedWorld } from '../support/actions.ts';
import { alice, bob, BTC_PERP, carol, PRICES, type World } from '../support/world.ts';

const test = suite('edges');
const parametersOf = ({ state }: World) => existing(state, PARAMETERS, PARAMETERS_PAGE);

/** The refusal of bytes, or 'accepted'. */
function outcomeOf(world: World, bytes: Uint8Array): string | undefined {
  const { outcome } = world.apply(bytes);
  return outcome.ok ? 'accepted' : refusalName(outcome.code);
}

/** Alice buys one lot of bob's at the mark. */
function adds(world: World, signer = alice): Uint8Array {
  const { markPrice, tickSize } = world.instrument(BTC_PERP);
  const terms = { lots: 1n, ticks: markPrice / tickSize };
  const maker = world.order({ ...terms, who: bob, buy: false });
  return world.tradeBytes(world.order({ ...terms, who: alice, buy: true, signer }), [{ maker, lots: 1n }]);
}

const takesOut = (world: World): Uint8Array =>
  world.action(withdraw, alice, { asset: 0, amount: 1n, recipient: alice.address });

test('an index adds risk until maxPriceAge, and not a second longer', () => {
  for (const bytesOf of [adds, takesOut]) {
    const world = tradedWorld();
    // The mark is of the newest index, so its own age does not matter.
    world.block(Number(parametersOf(world).maxPriceAge));
    assert.is(outcomeOf(world, bytesOf(world)), 'accepted');
    world.block(1);
    assert.is(outcomeOf(world, bytesOf(world)), 'marks_stale');
  }
});

test('a mark of an older index adds risk until maxMarkAge, and not a second longer', () => {
  for (const bytesOf of [adds, takesOut]) {
    const world = tradedWorld();
    const age = Number(parametersOf(world).maxMarkAge);
    world.block(age - 1);
    world.accept(world.pricesBytes(PRICES));
    world.block(1);
    assert.is(outcomeOf(world, bytesOf(world)), 'accepted');
    world.block(1);
    assert.is(outcomeOf(world, bytesOf(world)), 'marks_stale');
  }
});

test('a fresh index marks until maxPriceAge', () => {
  const world = tradedWorld();
  const bytes = encodeTransaction(mark, { underlying: 1, instruments: [BTC_PERP], assets: [] });
  world.block(Number(parametersOf(world).maxPriceAge));
  assert.is(outcomeOf(world, bytes), 'accepted');
  world.block(1);
  assert.is(outcomeOf(world, bytes), 'prices_stale');
});

test('a report is taken until maxReportAge', () => {
  const world = tradedWorld();
  const age = Number(parametersOf(world).maxReportAge);
  world.block(age + 10);
  assert.is(outcomeOf(world, world.pricesBytes(PRICES, world.now - age - 1)), 'report_too_old');
  assert.is(outcomeOf(world, world.pricesBytes(PRICES, world.now - age)), 'accepted');
  assert.is(outcomeOf(world, world.pricesBytes(PRICES, world.now + 1)), 'report_from_future');
  assert.is(outcomeOf(world, world.pricesBytes(PRICES, world.now)), 'accepted');
});

test('a price may jump by priceJump and no further, until the last one is no longer fresh', () => {
  const world = tradedWorld();
  const { priceJump, maxPriceAge } = parametersOf(world);
  const most = (PRICES[1]! * priceJump) / 10n ** 18n;
  world.block(1);
  for (const sign of [1n, -1n]) {
    const beyond = { ...PRICES, 1: PRICES[1]! + sign * (most + 1n) };
    assert.is(outcomeOf(world, world.pricesBytes(beyond)), 'price_jump_too_large');
  }
  const last = world.now - 1;
  world.block(Number(maxPriceAge) - 1);
  assert.is(world.now - last, Number(maxPriceAge));
  const beyond = { ...PRICES, 1: PRICES[1]! + most + 1n };
  assert.is(outcomeOf(world, world.pricesBytes(beyond)), 'price_jump_too_large');
  world.block(1);
  assert.is(outcomeOf(world, world.pricesBytes(beyond)), 'accepted');
});

test('a trade may be priceBand away from the mark and no further', () => {
  const world = tradedWorld();
  const { markPrice, tickSize } = world.instrument(BTC_PERP);
  const { priceBand } = parametersOf(world);
  const most = (markPrice * priceBand) / 10n ** 18n / tickSize;
  for (const [away, expected] of [
    [most + 1n, 'price_out_of_band'],
    [-most - 1n, 'price_out_of_band'],
    [most, 'accepted'],
    [-most, 'accepted'],
  ] as const) {
    const terms = { lots: 1n, ticks: markPrice / tickSize + away };
    const maker = world.order({ ...terms, who: bob, buy: false });
    const bytes = world.tradeBytes(world.order({ ...terms, who: alice, buy: true }), [{ maker, lots: 1n }]);
    assert.is(outcomeOf(world, bytes), expected, `${away} ticks`);
  }
});

test('a session key signs until its last second, an order fills until its own', () => {
  const world = tradedWorld();
  const expiry = world.now + 50;
  const session = { key: carol.address, scope: 1, sessionExpiry: expiry, notionalCap: 0n, markets: [] };
  world.accept(world.action(authorizeSession, alice, session));
  world.block(49);
  assert.is(outcomeOf(world, adds(world, carol)), 'accepted');
  world.block(1);
  assert.is(outcomeOf(world, adds(world, carol)), 'session_expired');

  const terms = { lots: 1n, ticks: 1_000_000n, expiry: world.now + 10 };
  const maker = world.order({ ...terms, who: bob, buy: false });
  const taker = world.order({ ...terms, who: alice, buy: true });
  const bytes = world.tradeBytes(taker, [{ maker, lots: 1n }]);
  const late = world.tradeBytes(world.order({ ...terms, who: alice, buy: true }), [{ maker, lots: 1n }]);
  world.block(9);
  assert.is(outcomeOf(world, bytes), 'accepted');
  world.block(1);
  assert.is(outcomeOf(world, late), 'order_expired');
});

test('a reduce-only key signs reduce-only orders and no others', () => {
  const world = tradedWorld();
  const session = { key: carol.address, sessionExpiry: world.now + 50, notionalCap: 0n, markets: [] };
  const sells = (reduceOnly: boolean): Uint8Array => {
    const terms = { lots: 1n, ticks: 1_000_000n };
    const maker = world.order({ ...terms, who: bob, buy: true });
    const taker = world.order({ ...terms, who: alice, buy: false, reduceOnly, signer: carol });
    return world.tradeBytes(taker, [{ maker, lots: 1n }]);
  };
  for (const [scope, any, reduceOnly] of [
    [SESSION_SCOPE.reduceOnly, 'session_scope', 'accepted'],
    [SESSION_SCOPE.trade, 'accepted', 'accepted'],
    [4, 'session_scope', 'session_scope'],
  ] as const) {
    world.accept(world.action(authorizeSession, alice, { ...session, scope }));
    assert.is(outcomeOf(world, sells(false)), any, `scope ${scope}`);
    assert.is(outcomeOf(world, sells(true)), reduceOnly, `scope ${scope}, reduce-only`);
  }
});

test('what is free may be taken out to the last micro-dollar', () => {
  const world = tradedWorld();
  const { initialEquity, initial } = world.margin(alice.account);
  const free = initialEquity - initial;
  const out = (amount: bigint): Uint8Array =>
    world.action(withdraw, alice, { asset: 0, amount, recipient: alice.address });
  assert.is(outcomeOf(world, out(free + 1n)), 'initial_margin_too_low');
  assert.is(outcomeOf(world, out(free)), 'accepted');
  assert.is(outcomeOf(world, out(1n)), 'initial_margin_too_low');
});

test.run();
