/** What an account risks, told so that nobody has to believe it: parts that add up, and proofs of what they follow from. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromHex } from '../../../state/codec/bytes.ts';
import { sha256 } from '../../../state/crypto/sha256.ts';
import { ACCOUNT } from '../../../state/records/account.ts';
import { computeMargin } from '../../../state/risk/margin.ts';
import { State } from '../../../state/state.ts';
import { verifyProof } from '../../../state/tree/proof.ts';
import { fromSignedDecimal, usdText } from '../../../rpc/methods/units.ts';
import { alice, bob } from '../../support/world.ts';
import { orderOf, serveNode, type ServedNode } from './support.ts';

const test = suite('account_margin and account_greeks');
let served: ServedNode;
type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> =>
  (await served.http.request(method, params)) as Json;
const micro = (text: string): bigint => fromSignedDecimal(text, 6)!;
let call: string;

/** `alice` is long a call and short a future of its underlying, and long ETH alone. */
test.before(async () => {
  served = await serveNode();
  for (const who of [alice, bob]) served.fund(who, 500_000_000_000n);
  const { markets } = await ask('market_list', { underlying: 'BTC' });
  const option = markets.find((m: Json) => m['kind'] === 'call' && m['strike'] === '100000');
  call = option.market;
  const tick = Number(option.tickSize);
  const trades = [
    { market: call, side: 'buy', size: '2', price: (Math.ceil(Number(option.markPrice) / tick) * tick).toFixed(1) },
    { market: markets.find((m: Json) => m['kind'] === 'future').market, side: 'sell', size: '1', price: '100000' },
    { market: 'ETH-PERP', side: 'buy', size: '3', price: '4000' },
  ] as const;
  for (const { market, side, size, price } of trades) {
    const opposite = side === 'buy' ? 'sell' : 'buy';
    await served.http.submit({ ...orderOf(bob, opposite, size, price), market }, bob.key);
    const taken = await served.http.submit({ ...orderOf(alice, side, size, price), market }, alice.key);
    assert.is((taken as Json)['status'], 'filled', market);
  }
});
test.after(() => served.close());

test('the parts of equity add up to it', async () => {
  const margin = await ask('account_margin', { owner: alice.address });
  const { cash, interest, positions, collateral, conservativeDiscount } = margin['equityParts'];
  const equity = [cash, interest, positions, collateral].map(micro).reduce((a, b) => a + b);
  assert.is(usdText(equity), margin['equity']);
  assert.is(usdText(equity - micro(conservativeDiscount)), margin['initialEquity']);
});

test('the charges add up to the margins, over underlyings and in all', async () => {
  const margin = await ask('account_margin', { owner: alice.address });
  const of = (name: string): bigint => micro(margin[name]);
  const scan = of('scanRisk') > of('shortOptionMinimum') ? of('scanRisk') : of('shortOptionMinimum');
  const maintenance = ['calendarCharge', 'contingencyCharge', 'liquidityCharge', 'concentrationCharge'].map(of);
  assert.is(usdText(maintenance.reduce((a, b) => a + b, scan)), margin['maintenanceMargin']);
  for (const name of Object.keys(margin['underlyings'][0].charges)) {
    const sum = margin['underlyings'].reduce((a: bigint, u: Json) => a + micro(u['charges'][name]), 0n);
    assert.is(usdText(sum), margin[name], name);
  }
  const risks = margin['groups'].reduce((a: bigint, g: Json) => a + micro(g['risk']), 0n);
  assert.is(usdText(risks), margin['scanRisk']);
  const { binding, groups } = margin;
  assert.is(binding.scenario, groups.find((g: Json) => g['group'] === binding.group).worstScenario);
  assert.ok(micro(margin['freeEquity']) <= micro(margin['initialEquity']));
  assert.is(margin['positions'].length, 3);
});

test('the worst scenario is the worst of 35', async () => {
  const { underlyings } = await ask('account_margin', { owner: alice.address });
  assert.equal(underlyings.map((u: Json) => u['underlying']), ['BTC', 'ETH']);
  for (const { pnl, worstScenario, loss } of underlyings) {
    const values = pnl.map(micro) as bigint[];
    assert.is(values.length, 35);
    const worst = values.reduce((a, b) => (a < b ? a : b));
    assert.is(values[worstScenario], worst);
    assert.is(micro(loss), worst < 0n ? -worst : 0n);
  }
});

test('the witness is enough to compute the margin, and every record of it is proved against one root', async () => {
  const told = await ask('account_margin', { owner: alice.address, witness: true });
  const { witness } = told;
  assert.is(new Set(witness.map((w: Json) => w['root'])).size, 1);
  for (const { root, key, value, proof, kind } of witness) {
    const hash = value === null ? null : sha256(fromHex(value));
    assert.ok(verifyProof(fromHex(root), fromHex(key), hash, fromHex(proof)), kind);
  }
  const records = witness.filter((w: Json) => w['value'] !== null);
  const state = State.from(
    records.map((w: Json) => ({ type: w['type'], id: fromHex(w['id']), value: fromHex(w['value']) })),
  );
  const margin = computeMargin(state, alice.account, state.read(ACCOUNT, alice.account)!);
  assert.is(usdText(margin.maintenance), told['maintenanceMargin']);
  assert.is(usdText(margin.initial), told['initialMargin']);
  assert.is(usdText(margin.initialEquity), told['initialEquity']);
  assert.is((await ask('account_margin', { owner: alice.address }))['witness'], null);
});

test('greeks add up over positions, and hedged is told from directional', async () => {
  const { underlyings, positions } = await ask('account_greeks', { owner: alice.address });
  const [btc, eth] = underlyings;
  for (const name of ['deltaUsd', 'gamma', 'vega', 'theta']) {
    const sum = positions
      .filter((p: Json) => p['underlying'] === 'BTC')
      .map((p: Json) => fromSignedDecimal(p['greeks'][name], 8)!)
      .reduce((a: bigint, b: bigint) => a + b);
    assert.is(fromSignedDecimal(btc.greeks[name], 8), sum, name);
  }
  assert.is(btc.class, 'hedged', btc.netToGross);
  assert.is(eth.class, 'directional');
  assert.is(eth.netToGross, '1');
  assert.ok(Number(btc.greeks.gamma) > 0 && Number(btc.greeks.vega) > 0 && Number(btc.greeks.theta) < 0);
  // A point of volatility and a day, by the marks themselves.
  const [{ greeks }] = positions.filter((p: Json) => p['market'] === call);
  const bump = await ask('risk_simulate', {
    owner: alice.address,
    shocks: [{ underlying: 'BTC', volatilityPercent: '1.6666666666666666' }],
  });
  const gain = Number(bump['after'].equity) - Number(bump['before'].equity);
  assert.ok(Math.abs(gain / Number(greeks.vega) - 1) < 0.05, `${gain} of ${greeks.vega}`);
});

test('the array of an option is its profit and loss per lot, volatility by volatility', async () => {
  const { scenarios, greeks, stepSize } = await ask('risk_array', { market: call });
  assert.is(scenarios.length, 35);
  const [up, same, down] = scenarios;
  assert.is(same.pnlPerLot, '0');
  assert.ok(Number(up.impliedVolatility) > Number(same.impliedVolatility));
  assert.ok(Number(up.pnlPerLot) > 0 && Number(down.pnlPerLot) < 0);
  for (const { pnlPerLot, pnlPerUnit } of scenarios) {
    assert.ok(Math.abs(Number(pnlPerLot) / Number(stepSize) - Number(pnlPerUnit)) < 1e-6);
  }
  assert.ok(Number(greeks.delta) > 0.4 && Number(greeks.delta) < 0.6);
  const { ratios, seconds, dollarDays, underlyings } = await ask('risk_parameters');
  assert.is(Object.keys({ ...ratios, ...seconds, ...dollarDays }).length, Object.keys(served.node.network.parameters).length);
  assert.equal(underlyings.map((u: Json) => u['underlying']), ['USDC', 'BTC', 'ETH', 'SOL']);
});

test.run();
