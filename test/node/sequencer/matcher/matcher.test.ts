/** Each rule of the matcher by itself: times in force, flags, self-trade, settlement answers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Matcher } from '../../../../node/sequencer/matcher/matcher.ts';
import type { OrderInput } from '../../../../node/sequencer/matcher/order.ts';
import type { SettleResult } from '../../../../node/sequencer/matcher/ports.ts';
import { told, withSells, type Given } from './story.ts';
import { accept, NOW, order, World, type Script } from './world.ts';

/** Answers the given results first, then accepts. */
const first = (...results: SettleResult[]): Script => {
  return () => results.shift() ?? { ok: true };
};
const BOB = { account: 'bob:0' };

const test = suite('matcher: rules');

const TWO_SELLS: Given[] = [
  { ...BOB, lots: 4, priceTicks: 100 },
  { ...BOB, lots: 4, priceTicks: 102 },
];
const TIME_IN_FORCE: [string, Partial<OrderInput>, string[]][] = [
  ['gtc that does not cross rests', { priceTicks: 99 }, ['accepted t', 'rested t 10@99']],
  [
    'gtc takes what crosses at the makers price and rests the remainder',
    { priceTicks: 101 },
    ['accepted t', 'filled m1 t 4@100', 'rested t 6@101'],
  ],
  [
    'ioc cancels the remainder',
    { timeInForce: 'ioc', priceTicks: 105 },
    ['accepted t', 'filled m1 t 4@100', 'filled m2 t 4@102', 'cancelled t 2 unfilled_remainder'],
  ],
  [
    'ioc that meets nobody is cancelled whole',
    { timeInForce: 'ioc', priceTicks: 99 },
    ['accepted t', 'cancelled t 10 unfilled_remainder'],
  ],
  [
    'fok fills whole',
    { timeInForce: 'fok', priceTicks: 102, lots: 8 },
    ['accepted t', 'filled m1 t 4@100', 'filled m2 t 4@102'],
  ],
  [
    'fok one lot short is refused and trades nothing',
    { timeInForce: 'fok', priceTicks: 102, lots: 9 },
    ['rejected t fok_not_fillable'],
  ],
  [
    'fok does not count what lies beyond its limit',
    { timeInForce: 'fok', priceTicks: 101, lots: 5 },
    ['rejected t fok_not_fillable'],
  ],
  [
    'post-only at the other side is refused',
    { postOnly: true, priceTicks: 100 },
    ['rejected t post_only_would_cross'],
  ],
  [
    'post-only one tick away rests',
    { postOnly: true, priceTicks: 99 },
    ['accepted t', 'rested t 10@99'],
  ],
];
for (const [name, change, want] of TIME_IN_FORCE) {
  test(name, () => {
    const { matcher } = withSells(accept, ...TWO_SELLS);
    assert.equal(told(matcher.place(order('t', change), NOW)), want);
  });
}

const ALICE_BETWEEN: Given[] = [
  { ...BOB, lots: 2, priceTicks: 100 },
  { account: 'alice:0', lots: 2, priceTicks: 100 },
  { ...BOB, lots: 2, priceTicks: 101 },
];
const SELF_TRADE: [Partial<OrderInput>, string[]][] = [
  [
    { selfTrade: 'cancelTaker' },
    ['accepted t', 'filled m1 t 2@100', 'cancelled t 8 self_trade'],
  ],
  [
    { selfTrade: 'cancelMaker' },
    [
      ...['accepted t', 'filled m1 t 2@100', 'cancelled m2 2 self_trade'],
      ...['filled m3 t 2@101', 'rested t 6@101'],
    ],
  ],
  [
    { selfTrade: 'cancelBoth' },
    [
      ...['accepted t', 'filled m1 t 2@100', 'cancelled m2 2 self_trade'],
      'cancelled t 8 self_trade',
    ],
  ],
  [{ selfTrade: 'cancelTaker', timeInForce: 'fok', lots: 4 }, ['rejected t self_trade']],
  [
    { selfTrade: 'cancelTaker', timeInForce: 'fok', lots: 2 },
    ['accepted t', 'filled m1 t 2@100'],
  ],
  [
    { selfTrade: 'cancelMaker', timeInForce: 'fok', lots: 4 },
    ['accepted t', 'filled m1 t 2@100', 'filled m3 t 2@101', 'cancelled m2 2 self_trade'],
  ],
  [
    { selfTrade: 'cancelMaker', timeInForce: 'fok', lots: 5 },
    ['rejected t fok_not_fillable'],
  ],
];
for (const [change, want] of SELF_TRADE) {
  const { selfTrade, timeInForce = 'gtc', lots = 10 } = change;
  test(`self-trade: ${selfTrade} ${timeInForce} ${lots}`, () => {
    const { matcher } = withSells(accept, ...ALICE_BETWEEN);
    assert.equal(told(matcher.place(order('t', { priceTicks: 101, ...change }), NOW)), want);
  });
}

test('self-trade: an order that would first meet its own account is refused', () => {
  const { matcher } = withSells(accept, { account: 'alice:0', lots: 2, priceTicks: 100 });
  assert.equal(told(matcher.place(order('t'), NOW)), ['rejected t self_trade']);
});

test('reduce-only: a taker is clipped to its position and never flips it', () => {
  const { matcher, world } = withSells(accept, { ...BOB, lots: 20, priceTicks: 100 });
  assert.equal(told(matcher.place(order('t', { reduceOnly: true }), NOW)), [
    'rejected t reduce_only_no_position',
  ]);
  world.setPosition('alice:0', 1, 5);
  assert.equal(told(matcher.place(order('t', { reduceOnly: true }), NOW)), [
    'rejected t reduce_only_no_position',
  ]);
  world.setPosition('alice:0', 1, -6);
  assert.equal(told(matcher.place(order('t', { reduceOnly: true }), NOW)), [
    ...['accepted t', 'clipped t 4', 'filled m1 t 6@100'],
  ]);
  assert.is(world.positionOf('alice:0', 1), 0);
});

test('reduce-only: resting orders follow the position down, in a trade and when told', () => {
  const { matcher, world } = withSells(accept, { ...BOB, lots: 1, priceTicks: 100 });
  world.setPosition('alice:0', 1, -6);
  const low = { reduceOnly: true, priceTicks: 90 };
  matcher.place(order('r1', { ...low, lots: 6 }), NOW);
  matcher.place(order('r2', { ...low, lots: 3 }), NOW);
  assert.equal(told(matcher.place(order('t', { lots: 1 }), NOW)), [
    ...['accepted t', 'filled m1 t 1@100', 'clipped r1 1'],
  ]);
  // Together they are larger than the position; one settlement takes no more than the position.
  const taker = order('s', { ...BOB, side: 'sell', lots: 9, priceTicks: 90, timeInForce: 'ioc' });
  assert.equal(told(matcher.place(taker, NOW)), [
    ...['accepted s', 'filled r1 s 5@90', 'cancelled r2 3 reduce_only_no_position'],
    'cancelled s 4 unfilled_remainder',
  ]);
  world.setPosition('alice:0', 1, -2);
  matcher.place(order('r3', { ...low, lots: 2 }), NOW);
  world.setPosition('alice:0', 1, -1);
  assert.equal(told(matcher.positionChanged('alice:0', 1)), ['clipped r3 1']);
});

test('reduce-only: a dead order gives way to a post-only order at its price', () => {
  const { matcher, world } = withSells(accept);
  world.setPosition('bob:0', 1, 3);
  const sell = { ...BOB, side: 'sell', reduceOnly: true, lots: 3 } as const;
  matcher.place(order('r', sell), NOW);
  world.setPosition('bob:0', 1, 0);
  assert.equal(told(matcher.place(order('p', { postOnly: true }), NOW)), [
    ...['cancelled r 3 reduce_only_no_position', 'accepted p', 'rested p 10@100'],
  ]);
});

test('reduce-only: an own order that died in the trade is not cancelled a second time', () => {
  const { matcher, world } = withSells(accept, { ...BOB, lots: 2, priceTicks: 100 });
  world.setPosition('alice:0', 1, 3);
  matcher.place(order('r', { side: 'sell', reduceOnly: true, lots: 3, priceTicks: 101 }), NOW);
  matcher.place(order('m2', { ...BOB, side: 'sell', lots: 2, priceTicks: 102 }), NOW);
  world.setPosition('alice:0', 1, -5);
  const taker = { timeInForce: 'fok', selfTrade: 'cancelMaker', lots: 4, priceTicks: 102 } as const;
  assert.equal(told(matcher.place(order('t', taker), NOW)), [
    ...['accepted t', 'filled m1 t 2@100', 'filled m2 t 2@102'],
    'cancelled r 3 reduce_only_no_position',
  ]);
});

const THREE_SELLS: Given[] = [100, 101, 102].map((priceTicks) => ({ ...BOB, lots: 3, priceTicks }));
const REASON = 'margin';
const ANSWERS: [string, SettleResult, Partial<OrderInput>, string[]][] = [
  [
    'taker refused: the remainder is cancelled and the makers stay',
    { ok: false, at: 'taker', reason: REASON },
    {},
    ['accepted t', 'cancelled t 9 settlement_refused margin'],
  ],
  [
    'maker refused: it is cancelled and the rest is matched again',
    { ok: false, at: 'maker', index: 1, reason: REASON },
    {},
    [
      ...['accepted t', 'cancelled m2 3 settlement_refused margin', 'filled m1 t 3@100'],
      ...['filled m3 t 3@102', 'rested t 3@110'],
    ],
  ],
  [
    'split: the same fills in smaller settlements',
    { ok: false, at: 'split', maxFills: 2 },
    {},
    ['accepted t', 'filled m1 t 3@100', 'filled m2 t 3@101', 'filled m3 t 3@102'],
  ],
  [
    'fok, maker refused: without it the size is not there',
    { ok: false, at: 'maker', index: 0, reason: REASON },
    { timeInForce: 'fok' },
    [
      ...['accepted t', 'cancelled m1 3 settlement_refused margin'],
      'cancelled t 9 fok_not_fillable',
    ],
  ],
  [
    'fok, split: it is all or nothing',
    { ok: false, at: 'split', maxFills: 2 },
    { timeInForce: 'fok' },
    ['accepted t', 'cancelled t 9 fok_too_many_makers'],
  ],
  [
    'a single fill cannot be split',
    { ok: false, at: 'split', maxFills: 1 },
    { timeInForce: 'fok', lots: 3 },
    ['accepted t', 'cancelled t 3 settlement_refused one fill cannot be split'],
  ],
];
for (const [name, result, change, want] of ANSWERS) {
  test(`settlement: ${name}`, () => {
    const { matcher } = withSells(first(result), ...THREE_SELLS);
    const taker = order('t', { lots: 9, priceTicks: 110, ...change });
    assert.equal(told(matcher.place(taker, NOW)), want);
  });
}

test('settlement: eight makers at a time, and at most eight for fill or kill', () => {
  const nine = Array.from({ length: 9 }, () => ({ ...BOB, lots: 1, priceTicks: 100 }));
  const { matcher, world } = withSells(accept, ...nine);
  assert.equal(told(matcher.place(order('f', { lots: 9, timeInForce: 'fok' }), NOW)), [
    'rejected f fok_too_many_makers',
  ]);
  matcher.place(order('t', { lots: 9, timeInForce: 'ioc' }), NOW);
  assert.equal(world.settled, [
    { taker: 't', lots: 8, fills: 8 },
    { taker: 't', lots: 1, fills: 1 },
  ]);
});

test('replace: in place it keeps its time; otherwise it goes to the back', () => {
  const { matcher } = withSells(accept, ...TWO_SELLS.map((s) => ({ ...s, priceTicks: 100 })));
  const sell = { ...BOB, side: 'sell' } as const;
  assert.equal(told(matcher.replace('m1', order('n1', { ...sell, lots: 3 }), NOW)), [
    ...['accepted n1 for m1', 'cancelled m1 4 replaced', 'rested n1 3@100'],
  ]);
  assert.equal(matcher.openOrders().map((o) => [o.id, o.sequence]), [['n1', 1], ['m2', 2]]);
  assert.equal(told(matcher.replace('n1', order('n2', { ...sell, lots: 4 }), NOW)), [
    ...['accepted n2 for n1', 'cancelled n1 3 replaced', 'rested n2 4@100'],
  ]);
  assert.equal(matcher.openOrders().map((o) => o.id), ['m2', 'n2']);
});

test('replace: the old order stays when the new one is refused, and goes when it trades', () => {
  const { matcher } = withSells(accept, ...TWO_SELLS);
  matcher.place(order('b', { priceTicks: 99 }), NOW);
  const rows: [OrderInput, string][] = [
    [order('n', { priceTicks: 100, postOnly: true }), 'post_only_would_cross'],
    [order('n', { lots: 99, timeInForce: 'fok' }), 'fok_not_fillable'],
    [order('n', { side: 'sell' }), 'replace_mismatch'],
    [order('n', { account: 'bob:0' }), 'replace_mismatch'],
    [order('b', { priceTicks: 98 }), 'duplicate_order_id'],
  ];
  for (const [input, code] of rows) {
    const events = told(matcher.replace('b', input, NOW));
    assert.equal(events, [`rejected ${input.id} ${code}`]);
    assert.is(matcher.get('b')?.remainingLots, 10);
  }
  assert.equal(told(matcher.replace('b', order('n', { lots: 5 }), NOW)), [
    ...['accepted n for b', 'cancelled b 10 replaced', 'filled m1 n 4@100', 'rested n 1@100'],
  ]);
  assert.equal(told(matcher.replace('b', order('x'), NOW)), ['rejected x order_not_found']);
});

test('expiry: orders leave at their second, before the order that moves time', () => {
  const { matcher } = withSells(accept, { ...BOB, lots: 4, priceTicks: 100, expirySeconds: 20 });
  assert.equal(matcher.expire(19), []);
  assert.equal(told(matcher.place(order('t'), 20)), [
    ...['expired m1 4', 'accepted t', 'rested t 10@100'],
  ]);
});

test('cancelAll, invalidate and closeInstrument take the orders they name', () => {
  const matcher = new Matcher(new World());
  const at = (id: string, instrument: number, nonce: bigint): void =>
    void matcher.place(order(id, { instrument, nonce }), NOW);
  at('a', 1, 1n);
  at('b', 2, 2n);
  at('c', 1, 3n);
  matcher.place(order('d', { account: 'bob:0', nonce: 1n }), NOW);
  assert.equal(told(matcher.invalidate('alice:0', 2n)), ['cancelled a 10 nonce_invalidated']);
  assert.equal(told(matcher.cancelAll('alice:0', 1)), ['cancelled c 10 requested']);
  assert.equal(told(matcher.closeInstrument(1)), ['cancelled d 10 instrument_closed']);
  assert.equal(told(matcher.place(order('e'), NOW)), ['rejected e instrument_closed']);
  assert.equal(told(matcher.cancelAll('alice:0')), ['cancelled b 10 requested']);
  assert.equal(told(matcher.cancel('b')), ['rejected b order_not_found']);
  assert.is(matcher.count, 0);
});

test('client order ids are unique per account while they are open', () => {
  const matcher = new Matcher(new World());
  const named = (id: string, account = 'alice:0'): OrderInput =>
    order(id, { account, clientOrderId: 'x' });
  matcher.place(named('a'), NOW);
  const again = ['rejected b duplicate_client_order_id'];
  assert.equal(told(matcher.place(named('b'), NOW)), again);
  assert.is(matcher.place(named('c', 'bob:0'), NOW).length, 2);
  assert.is(matcher.findByClientOrderId('alice:0', 'x')?.id, 'a');
  assert.is(matcher.replace('a', named('d'), NOW).length, 3);
  matcher.cancel('d');
  assert.is(matcher.place(named('b'), NOW).length, 2);
});

test.run();
