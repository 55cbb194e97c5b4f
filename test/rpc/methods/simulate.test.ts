/** What would be: the settlement step over changed accounts, shocks and orders; nothing on the chain moves. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toHex } from '../../../state/codec/bytes.ts';
import { RemoteError } from '../../../rpc/client/transport.ts';
import { simulateDefinition } from '../../../rpc/schema/simulate.ts';
import { alice, bob, carol } from '../../support/world.ts';
import { head, orderOf, serveNode, type ServedNode } from './support.ts';

const test = suite('risk_simulate and risk_compare');
let served: ServedNode;
type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> =>
  (await served.http.request(method, params)) as Json;
const simulate = (params: Json): Promise<Json> => ask('risk_simulate', params);
const refusal = async (params: Json, method = 'risk_simulate'): Promise<RemoteError> => {
  try {
    await ask(method, params);
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
  throw new Error(`was not refused: ${JSON.stringify(params)}`);
};
const usdc = (amount: string) => [{ asset: 'USDC', amount }];
let call: string;
let put: string;

test.before(async () => {
  served = await serveNode();
  for (const who of [alice, bob]) served.fund(who, 100_000_000_000n);
  const { markets } = await ask('market_list', { underlying: 'BTC', kind: 'option' });
  const atTheMoney = markets.filter((m: Json) => m['strike'] === '100000');
  call = atTheMoney.find((m: Json) => m['kind'] === 'call').market;
  put = atTheMoney.find((m: Json) => m['kind'] === 'put').market;
});
test.after(() => served.close());

test('an order that is simulated is the order that is settled, to the last micro-dollar', async () => {
  const told = await simulate({ owner: alice.address, orders: [{ market: 'BTC-PERP', side: 'buy', size: '0.5', price: '100010' }] });
  assert.is(told['allowed'], true);
  await served.http.submit({ ...orderOf(bob, 'sell', '0.5', '100010'), market: 'BTC-PERP' }, bob.key);
  await served.http.submit({ ...orderOf(alice, 'buy', '0.5', '100010'), market: 'BTC-PERP' }, alice.key);
  const margin = await ask('account_margin', { owner: alice.address });
  for (const name of ['equity', 'initialMargin', 'maintenanceMargin', 'scanRisk', 'contingencyCharge']) {
    assert.is(told['after'][name], margin[name], name);
  }
  const { fills } = await ask('account_fills', { owner: alice.address });
  assert.is(told['orders'][0].fee, fills[0].fee);
  const again = await simulate({ owner: alice.address });
  assert.equal(again['before'], again['after']);
});

test('nothing on the chain moves', async () => {
  const { executor } = served.node;
  const before = toHex(executor.state.root);
  await simulate({
    owner: alice.address,
    balances: [{ asset: 'WETH', amount: '3' }, ...usdc('-100')],
    positions: [{ market: call, size: '-1' }],
    openOrders: true,
    shocks: [{ underlying: 'BTC', pricePercent: '-20', volatilityPercent: '30' }],
    orders: [{ market: put, side: 'buy', size: '1' }],
    boundary: true,
  });
  assert.is(toHex(executor.state.root), before);
});

test('the largest order settles and one step more does not', async () => {
  const account = { balances: usdc('20000') };
  const order = { market: call, side: 'sell' };
  const { orders } = await simulate({ ...account, orders: [order] });
  const [{ largestSize, limit, size, allowed }] = orders;
  assert.is(limit, 'initial_margin_too_low');
  assert.is(size, largestSize, 'an order without a size is the largest');
  assert.is(allowed, true);
  assert.ok(Number(largestSize) > 0.1);
  const more = String((Number(largestSize) + 0.001).toFixed(3));
  const beyond = await simulate({ ...account, orders: [{ ...order, size: more }] });
  assert.is(beyond['orders'][0].refusal, 'initial_margin_too_low');
  assert.is(beyond['allowed'], false);
  assert.equal(beyond['after'].initialMargin, '0', 'what does not settle changes nothing');
});

test('refusals of the settlement step come by their names', async () => {
  const { orders } = await simulate({
    balances: usdc('1000000'),
    orders: [
      { market: 'ETH-PERP', side: 'buy', size: '1', price: '9000' },
      { market: 'ETH-PERP', side: 'buy', size: '1', reduceOnly: true },
      { market: 'ETH-PERP', side: 'buy', size: '200000' },
      { market: 'ETH-PERP', side: 'buy', size: '1' },
    ],
  });
  const names = orders.map((o: Json) => o['refusal']);
  assert.equal(names, ['price_out_of_band', 'reduce_only_would_increase', 'order_too_large', null]);
});

test('a shock re-marks: linear positions lose what the price does, options less than their delta', async () => {
  const [{ market: future }] = (await ask('market_list', { underlying: 'BTC', kind: 'future' }))['markets'];
  const long = { balances: usdc('100000'), positions: [{ market: future, size: '1' }] };
  const shocked = await simulate({ ...long, shocks: [{ underlying: 'BTC', pricePercent: '-10' }] });
  assert.is(shocked['after'].equity, '90000');
  const bought = { balances: usdc('100000'), positions: [{ market: call, size: '1' }] };
  const [up, down, vol] = await Promise.all(
    [{ pricePercent: '10' }, { pricePercent: '-10' }, { volatilityPercent: '50' }].map((s) =>
      simulate({ ...bought, shocks: [{ underlying: 'BTC', ...s }] }),
    ),
  );
  const gain = Number(up!['after'].equity) - 100_000;
  const loss = 100_000 - Number(down!['after'].equity);
  assert.ok(gain > loss && loss > 0, `convex: ${gain} and ${loss}`);
  assert.ok(Number(vol!['after'].equity) > 100_000, 'a long option gains of volatility');
  const other = await simulate({ ...long, shocks: [{ underlying: 'ETH', pricePercent: '-50' }] });
  assert.is(other['after'].equity, '100000');
});

test('beyond the liquidation boundary equity is below maintenance, before it not', async () => {
  const account = { balances: usdc('30000'), positions: [{ market: 'BTC-PERP', size: '1' }] };
  const { boundaries } = await simulate({ ...account, boundary: true });
  const [{ underlying, downPercent, downPrice, upPercent }] = boundaries;
  assert.is(underlying, 'BTC');
  assert.is(upPercent, null);
  assert.ok(Number(downPercent) < -5 && Number(downPercent) > -25, downPercent);
  assert.ok(Math.abs(Number(downPrice) - 1_000 * (100 + Number(downPercent))) < 1e-6);
  const at = async (pricePercent: string): Promise<number> =>
    Number((await simulate({ ...account, shocks: [{ underlying: 'BTC', pricePercent }] }))['after'].health);
  assert.ok((await at(downPercent)) < 1);
  assert.ok((await at((Number(downPercent) + 0.011).toFixed(6))) >= 1);
  const straddle = { balances: usdc('40000'), positions: [{ market: call, size: '-1' }, { market: put, size: '-1' }] };
  const both = (await simulate({ ...straddle, boundary: true }))['boundaries'][0];
  assert.ok(Number(both.downPercent) < 0 && Number(both.upPercent) > 0, 'a short straddle fails on both sides');
  const dead = await simulate({ positions: [{ market: 'BTC-PERP', size: '1' }], boundary: true });
  assert.is(dead['boundaries'][0].downPercent, '0');
});

test('open orders count by the side that leaves less', async () => {
  await served.http.submit({ ...orderOf(alice, 'buy', '3', '3990') }, alice.key);
  await served.http.submit({ ...orderOf(alice, 'sell', '1', '4010') }, alice.key);
  const [without, counted] = await Promise.all([
    simulate({ owner: alice.address }),
    simulate({ owner: alice.address, openOrders: true }),
  ]);
  const alone = await simulate({ owner: alice.address, positions: [{ market: 'ETH-PERP', size: '3', entryPrice: '3990' }] });
  assert.ok(Number(counted!['after'].initialMargin) > Number(without!['after'].initialMargin));
  assert.equal(counted!['after'], alone['after']);
  await served.http.submit({ type: 'cancelAll', ...head(alice) }, alice.key);
});

test('modes are compared over the same positions, and portfolio frees what is hedged', async () => {
  const hedged = {
    balances: usdc('200000'),
    positions: [
      { market: 'BTC-PERP', size: '1' },
      { market: call, size: '-1' },
      { market: put, size: '1' },
    ],
  };
  const { modes, portfolioFrees, positions } = await ask('risk_compare', hedged);
  assert.is(positions, 3);
  const margins = Object.fromEntries(modes.map((m: Json) => [m['mode'], Number(m['initialMargin'])]));
  assert.ok(margins['portfolio']! < margins['cross']! / 2, JSON.stringify(margins));
  const freed = margins['cross']! - margins['portfolio']!;
  assert.ok(Math.abs(Number(portfolioFrees.versusCross.initialMargin) - freed) < 1e-6);
  assert.ok(Number(portfolioFrees.versusIsolated.capitalPercent) > 50);
  const none = await ask('risk_compare', {});
  assert.is(none['portfolioFrees'].versusCross.capitalPercent, null);
  const lone = await ask('risk_compare', { owner: alice.address });
  assert.is(lone['positions'], 1);
});

test('what can not be is refused by its name and place', async () => {
  const cases: [Json, string, string][] = [
    [{ owner: carol.address }, 'ACCOUNT_UNKNOWN', 'owner'],
    [{ balances: usdc('-1') }, 'BALANCE_TOO_LOW', 'balances[0].amount'],
    [{ balances: usdc('0.0000001') }, 'AMOUNT_TOO_PRECISE', 'balances[0].amount'],
    [{ balances: usdc('9'.repeat(60)) }, 'INVALID_PARAMS', 'balances[0].amount'],
    [{ balances: [{ asset: 'DOGE', amount: '1' }] }, 'ASSET_UNKNOWN', 'balances[0].asset'],
    [{ balances: Array(10).fill(usdc('1')[0]) }, 'INVALID_PARAMS', 'balances'],
    [{ positions: [{ market: 'DOGE-PERP', size: '1' }] }, 'MARKET_NOT_FOUND', 'positions[0].market'],
    [{ positions: [{ market: 'BTC-27MAR20-100000-C', size: '1' }] }, 'MARKET_NOT_FOUND', 'positions[0].market'],
    [{ positions: [{ market: 'BTC-PERP', size: '0.0001' }] }, 'SIZE_OFF_LOT', 'positions[0].size'],
    [{ positions: [{ market: 'BTC-PERP', size: '1'.repeat(30) }] }, 'ORDER_OUT_OF_RANGE', 'positions[0].size'],
    [{ positions: [{ market: 'BTC-PERP', size: '1', entryPrice: '1'.repeat(30) }] }, 'INVALID_PARAMS', 'positions[0].entryPrice'],
    [{ mode: 'isolated', positions: ['BTC-PERP', 'ETH-PERP'].map((market) => ({ market, size: '1' })) }, 'ISOLATED_NEEDS_ONE_INSTRUMENT', 'positions[1]'],
    [{ shocks: [{ underlying: 'DOGE' }] }, 'INVALID_PARAMS', 'shocks[0].underlying'],
    [{ shocks: [{ underlying: 'BTC' }, { underlying: 'BTC' }] }, 'INVALID_PARAMS', 'shocks[1].underlying'],
    [{ shocks: [{ underlying: 'BTC', pricePercent: '-96' }] }, 'INVALID_PARAMS', 'shocks[0].pricePercent'],
    [{ shocks: [{ underlying: 'BTC', volatilityPercent: '1e3' }] }, 'INVALID_PARAMS', 'shocks[0].volatilityPercent'],
    [{ orders: [{ market: 'BTC-PERP', side: 'buy', price: '1.05' }] }, 'PRICE_OFF_TICK', 'orders[0].price'],
    [{ orders: Array(9).fill({ market: 'BTC-PERP', side: 'buy' }) }, 'INVALID_PARAMS', 'orders'],
    [{ boundary: 'yes' }, 'INVALID_PARAMS', 'boundary'],
    [{ nonsense: 1 }, 'INVALID_PARAMS', 'nonsense'],
  ];
  for (const [params, name, param] of cases) {
    const { data } = await refusal(params);
    assert.is(data.name, name, JSON.stringify(params));
    assert.is(data.param, param, JSON.stringify(params));
  }
  assert.is((await refusal({ mode: 'cross' }, 'risk_compare')).data.name, 'INVALID_PARAMS');
});

test('a call costs what it asks for, whatever it is; too many at once are told to wait', async () => {
  const { costOf } = simulateDefinition;
  const full = { orders: Array(8), shocks: Array(16), boundary: true };
  assert.equal([{}, undefined, 7, [], { orders: 'x', shocks: {}, boundary: 1 }].map((p) => costOf!(p)), Array(5).fill(100));
  assert.is(costOf!(full), 7_700);
  assert.is(costOf!({ ...full, orders: Array(1_000_000) }), 7_700);
  const calls = Array.from({ length: 40 }, () => simulate({}).then(() => true, (e: RemoteError) => e.data.name));
  const answers = await Promise.all(calls);
  assert.ok(answers.every((a) => a === true || a === 'QUEUE_FULL'), String(answers));
  assert.ok(answers.filter((a) => a === true).length >= 32);
});

test('the extremes of shocks, on all there is, give numbers or a named refusal', async () => {
  const { markets } = await ask('market_list', { limit: 1_000 });
  const positions = markets.map((m: Json, i: number) => ({ market: m['market'], size: i % 2 === 0 ? '10' : '-10' }));
  for (const pricePercent of ['-95', '-50', '0', '100', '400']) {
    for (const volatilityPercent of ['-90', '0', '400']) {
      const shocks = ['BTC', 'ETH', 'SOL'].map((underlying) => ({ underlying, pricePercent, volatilityPercent }));
      const { after } = await simulate({ balances: usdc('10000000'), positions, shocks });
      assert.ok(Number(after.maintenanceMargin) > 0, `${pricePercent} ${volatilityPercent}`);
    }
  }
});

test.run();
