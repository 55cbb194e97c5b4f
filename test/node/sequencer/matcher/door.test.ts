/** What the door refuses, in which order, and where the limits lie. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CANCELLATIONS, REJECTIONS } from '../../../../node/sequencer/matcher/codes.ts';
import * as limits from '../../../../node/sequencer/matcher/limits.ts';
import { Matcher } from '../../../../node/sequencer/matcher/matcher.ts';
import type { OrderInput } from '../../../../node/sequencer/matcher/order.ts';
import { told, withSells } from './story.ts';
import { accept, NOW, order, World } from './world.ts';

const BOB = { account: 'bob:0' };
const sell = { ...BOB, lots: 4, priceTicks: 100 };

const test = suite('matcher: door');

/** In the order of the checks; each row breaks its own rule and every later one it can. */
const DOOR: [Partial<OrderInput>, string][] = [
  [{ id: 'known', instrument: 9, lots: 0, priceTicks: 0 }, 'duplicate_order_id'],
  [{ instrument: 9, lots: 0, priceTicks: 0, expirySeconds: NaN }, 'instrument_closed'],
  [{ lots: 0, priceTicks: 0, expirySeconds: NaN, postOnly: true }, 'size_out_of_range'],
  [{ lots: 2 ** 47, priceTicks: 0, expirySeconds: NaN }, 'size_out_of_range'],
  [{ lots: 1.5 }, 'size_out_of_range'],
  [{ priceTicks: 0, expirySeconds: NaN, timeInForce: 'ioc' }, 'price_out_of_range'],
  [{ priceTicks: 2 ** 47 }, 'price_out_of_range'],
  [{ expirySeconds: NaN, timeInForce: 'ioc', postOnly: true }, 'expiry_out_of_range'],
  [{ expirySeconds: NOW, timeInForce: 'ioc', postOnly: true }, 'expired'],
  [{ timeInForce: 'ioc', postOnly: true, clientOrderId: 'x' }, 'post_only_needs_gtc'],
  [{ clientOrderId: 'x', reduceOnly: true, postOnly: true }, 'duplicate_client_order_id'],
  [{ reduceOnly: true, postOnly: true }, 'reduce_only_no_position'],
  [{ postOnly: true }, 'post_only_would_cross'],
];
test('the door: the first broken rule is the one reported, and nothing changes', () => {
  const { matcher } = withSells(accept, sell);
  matcher.closeInstrument(9);
  matcher.place(order('known', { priceTicks: 90, clientOrderId: 'x' }), NOW);
  const before = matcher.openOrders();
  for (const [change, code] of DOOR) {
    const input = order('t', change);
    assert.equal(told(matcher.place(input, NOW)), [`rejected ${input.id} ${code}`]);
  }
  assert.equal(matcher.openOrders(), before);
});

test('limits: open orders of an account, lots of a level', () => {
  const matcher = new Matcher(new World());
  for (let i = 0; i < limits.ORDERS_PER_ACCOUNT_MAX; i++) matcher.place(order(`o${i}`), NOW);
  assert.equal(told(matcher.place(order('t'), NOW)), ['rejected t too_many_open_orders']);
  // Its own place is free for a replacement, and an order that never rests needs none.
  assert.is(matcher.replace('o0', order('t', { priceTicks: 9 }), NOW).at(-1)?.type, 'rested');
  assert.is(matcher.place(order('i', { timeInForce: 'ioc' }), NOW)[0]?.type, 'accepted');

  const large = { lots: limits.QUANTITY_LIMIT - 1, instrument: 2 };
  for (let i = 0; i < 64; i++) matcher.place(order(`l${i}`, { ...large, ...BOB }), NOW);
  const one = { ...BOB, instrument: 2 };
  assert.is(matcher.place(order('s63', { ...one, lots: 63 }), NOW).at(-1)?.type, 'rested');
  assert.equal(matcher.l2(2, 1).bids[0]?.lots, limits.LEVEL_LOTS_MAX);
  const tooMuch = order('s', { ...one, lots: 1 });
  assert.equal(told(matcher.place(tooMuch, NOW)), ['rejected s level_full']);
  // A replacement has the lots of the order it replaces, and not one more.
  const more = order('r', { ...one, lots: 64 });
  assert.equal(told(matcher.replace('s63', more, NOW)), ['rejected r level_full']);
  const same = order('r', { ...one, lots: 63 });
  assert.is(matcher.replace('s63', same, NOW).at(-1)?.type, 'rested');
});

test('limits: open orders of an instrument', () => {
  const matcher = new Matcher(new World());
  const accounts = limits.ORDERS_PER_INSTRUMENT_MAX / limits.ORDERS_PER_ACCOUNT_MAX;
  for (let i = 0; i < limits.ORDERS_PER_INSTRUMENT_MAX; i++) {
    matcher.place(order(`o${i}`, { account: `a${i % accounts}`, priceTicks: 1 + i }), NOW);
  }
  assert.is(matcher.count, limits.ORDERS_PER_INSTRUMENT_MAX);
  assert.equal(told(matcher.place(order('t'), NOW)), ['rejected t book_full']);
  assert.is(matcher.closeInstrument(1).length, limits.ORDERS_PER_INSTRUMENT_MAX);
});

test('restore refuses a full matcher and a crossed book', () => {
  const { matcher, world } = withSells(accept, sell, { ...sell, priceTicks: 102 });
  const orders = matcher.openOrders();
  assert.throws(() => matcher.restore(orders), /empty matcher/);
  const crossing = { ...orders[0]!, id: 'x', side: 'buy' as const };
  assert.throws(() => new Matcher(world).restore([...orders, crossing]), /not crossed/);
});

test('every code has a sentence', () => {
  for (const sentence of [...Object.values(REJECTIONS), ...Object.values(CANCELLATIONS)]) {
    assert.match(sentence, /^[A-Z].*\.$/);
  }
});

test.run();
