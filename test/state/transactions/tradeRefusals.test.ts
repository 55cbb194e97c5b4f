/** Trade: its refusals in order, for the taker and for makers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACCOUNT, MARGIN_MODE } from '../../../state/records/account.ts';
import { INSTRUMENT, INSTRUMENT_STATUS } from '../../../state/records/instrument.ts';
import { SESSION, SESSION_SCOPE, sessionIdOf, type Session } from '../../../state/records/session.ts';
import { refusalName } from '../../../state/refusals.ts';
import { authorizeSession } from '../../../state/transactions/authorizeSession.ts';
import type { SignedOrder } from '../../../state/transactions/order.ts';
import { trade } from '../../../state/transactions/trade.ts';
import { impoverish, NO_SIGNATURE, tradedWorld } from '../../support/actions.ts';
import { refusalTable, type Rule } from '../../support/refusals.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, person, World, type OrderTermsOf } from '../../support/world.ts';

/** An order about to be signed; `raw` overrides what a well-meaning signer would not encode. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Side = Mutable<OrderTermsOf> & { raw: Mutable<Partial<SignedOrder>> };
type Case = { world: World; instrument: number; taker: Side; maker: Side; fillLots: bigint | null };

/** Alice buys ten lots of bob's; carol may trade for alice and for bob. */
function prepare(): Case {
  const world = tradedWorld();
  const session = { key: carol.address, scope: SESSION_SCOPE.trade, notionalCap: 0n, markets: [] };
  for (const who of [alice, bob]) {
    world.accept(world.action(authorizeSession, who, { ...session, sessionExpiry: world.now + 86_400 }));
  }
  const terms = { lots: 10n, ticks: 1_000_000n, raw: {} };
  return {
    world,
    instrument: BTC_PERP,
    taker: { ...terms, who: alice, buy: true, raw: {} },
    maker: { ...terms, who: bob, buy: false, raw: {} },
    fillLots: 10n,
  };
}

function bytesOf({ world, instrument, taker, maker, fillLots }: Case): Uint8Array {
  const sign = ({ raw, ...terms }: Side) => ({ ...world.order({ ...terms, instrument }), ...raw });
  const signed = sign(maker);
  const fills = fillLots === null ? [] : [{ maker: signed, lots: fillLots }];
  return world.tradeBytes(sign(taker), fills, instrument);
}

const editSession = (c: Case, side: 'taker' | 'maker', change: Partial<Session>): void => {
  c[side].signer = carol;
  c.world.edit(SESSION, sessionIdOf(c[side].who.account, carol.address), change);
};

/** What every order must satisfy, in order, broken for one of the two. */
const admission = (side: 'taker' | 'maker'): readonly Rule<Case>[] => [
  ['malformed', (c) => (c[side].raw.flags = 32)],
  ['malformed', (c) => (c[side].raw.flags = 6)],
  ['malformed', (c) => (c[side].lots = 0n)],
  ['malformed', (c) => (c[side].raw.limitTicks = 0n)],
  ['order_too_large', (c) => (c[side].lots = c.world.instrument(BTC_PERP).maxOrderLots + 1n)],
  ['account_not_found', (c) => (c[side].subaccount = 5)],
  ['order_nonce_revoked', (c) => c.world.edit(ACCOUNT, c[side].who.account, { orderNonceFloor: 2n ** 60n })],
  ['order_expired', (c) => (c[side].expiry = c.world.now)],
  ['signature_invalid', (c) => (c[side].raw.signature = NO_SIGNATURE)],
  ['signer_not_authorized', (c) => (c[side].signer = person('mallory'))],
  ['session_expired', (c) => editSession(c, side, { expiry: c.world.now })],
  ['session_scope', (c) => editSession(c, side, { scope: 0 })],
  ['session_market', (c) => editSession(c, side, { markets: [ETH_PERP] })],
];

const openedElsewhere = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    instrument: ETH_PERP + i,
    size: 1n,
    quote: 0n,
    fundingIndex: 0n,
  }));

const test = suite('trade: the taker');

refusalTable(test, trade.refusals, prepare, bytesOf, [
  ['instrument_not_found', (c) => (c.instrument = 999)],
  ['instrument_not_trading', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.settled })],
  ['instrument_not_trading', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.deleveraging })],
  ['instrument_not_trading', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { expiry: c.world.now })],
  ['prices_stale', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { markTime: 0 })],
  ['malformed', (c) => (c.fillLots = null)],
  ...admission('taker'),
  ['post_only_would_take', (c) => (c.taker.postOnly = true)],
  ['malformed', (c) => (c.fillLots = 0n)],
  ['immediate_order_cannot_rest', (c) => (c.maker.timeInForce = 1)],
  ['self_trade', (c) => (c.maker.who = alice)],
  ['maker_side_must_be_opposite', (c) => (c.maker.buy = true)],
  ['prices_do_not_cross', (c) => (c.taker.ticks = 999_999n)],
  ['price_out_of_band', (c) => (c.taker.ticks = c.maker.ticks = 1_100_001n)],
  ['session_notional_cap', (c) => editSession(c, 'taker', { notionalCap: 999_999_999n })],
  ['overfilled', (c) => (c.fillLots = 12n)],
  ['fill_or_kill_incomplete', (c) => Object.assign(c.taker, { timeInForce: 2, lots: 11n })],
  ['open_interest_cap', (c) => c.world.edit(INSTRUMENT, BTC_PERP, { openInterestCap: 109n })],
  ['reduce_only_would_increase', (c) => (c.taker.reduceOnly = true)],
  ['too_many_positions', (c) => c.world.edit(ACCOUNT, alice.account, { positions: openedElsewhere(32) })],
  [
    'isolated_needs_one_instrument',
    (c) =>
      c.world.edit(ACCOUNT, alice.account, { mode: MARGIN_MODE.isolated, positions: openedElsewhere(1) }),
  ],
  ['marks_stale', (c) => c.world.block(1_000)],
  ['initial_margin_too_low', (c) => impoverish(c.world, alice)],
]);

test.run();

const makers = suite('trade: makers');
const MAKER_RULES: readonly Rule<Case>[] = [
  ...admission('maker'),
  ['session_notional_cap', (c) => editSession(c, 'maker', { notionalCap: 1n })],
  ['overfilled', (c) => Object.assign(c, { fillLots: 11n, taker: { ...c.taker, lots: 20n } })],
  ['reduce_only_would_increase', (c) => (c.maker.reduceOnly = true)],
  ['too_many_positions', (c) => c.world.edit(ACCOUNT, bob.account, { positions: openedElsewhere(32) })],
  ['initial_margin_too_low', (c) => impoverish(c.world, bob)],
];

MAKER_RULES.forEach(([refusal, breakIt], i) => {
  makers(`refuses ${refusal} of a maker and says which (rule ${i + 1})`, () => {
    const c = prepare();
    breakIt(c);
    const { outcome } = c.world.apply(bytesOf(c));
    assert.ok(!outcome.ok);
    assert.equal([refusalName(outcome.code), outcome.party], [refusal, 1]);
  });
});

makers('never opens a market that takes no new risk', () => {
  const c = prepare();
  c.world.edit(INSTRUMENT, BTC_PERP, { status: INSTRUMENT_STATUS.reduceOnly });
  assert.is(c.world.refuse(bytesOf(c)), 'marks_stale');
  Object.assign(c.taker, { buy: false });
  Object.assign(c.maker, { buy: true });
  assert.ok(c.world.apply(bytesOf(c)).outcome.ok, 'both reduce');
});

makers('a cap on open interest stops what raises it, not what moves it on', () => {
  const c = prepare();
  c.world.edit(INSTRUMENT, BTC_PERP, { openInterestCap: 0n });
  c.world.deposit(carol.account, 10_000_000_000n);
  c.taker = { ...c.taker, who: carol };
  c.maker = { ...c.maker, who: alice };
  assert.ok(c.world.apply(bytesOf(c)).outcome.ok);
});

makers.run();
