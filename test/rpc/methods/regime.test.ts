/** What is predicted and what draws haircuts: the state's numbers in human units, its decisions with them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../../state/access.ts';
import { REGIME, type Regime } from '../../../state/records/regime.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { WAD } from '../../../state/units.ts';
import { fromDecimal } from '../../../rpc/methods/units.ts';
import { serveNode, type ServedNode } from './support.ts';

const test = suite('risk_regime and pool_assets');
let served: ServedNode;
type Json = Record<string, any>;
const ask = async (method: string, params: unknown = {}): Promise<Json> =>
  (await served.http.request(method, params)) as Json;
test.before(async () => {
  served = await serveNode();
});
test.after(() => served.close());

/** Rewrites a regime behind the protocol's back. */
function setRegime(id: number, change: Partial<Regime>): void {
  const { state } = served.node.executor;
  const before = existing(state, REGIME, id);
  state.commit([{ kind: REGIME, id, before, after: { ...before, ...change } }]);
}
const bits = (count: number): `0x${string}` => `0x${((1n << BigInt(count)) - 1n).toString(16).padStart(64, '0')}`;

test('a new chain shows what genesis predicts, and no back-test yet', async () => {
  const { regimes, macro } = await ask('risk_regime');
  assert.equal(regimes.map((r: Json) => r['underlying']), ['USDC', 'BTC', 'ETH', 'SOL']);
  for (const { underlying, priceScanRange, probabilities, backtest, dailyVolatility } of regimes) {
    const id = served.node.network.underlyings.find((u) => u.symbol === underlying)!.id;
    const record = existing(served.node.executor.state, UNDERLYING, id);
    assert.is(fromDecimal(priceScanRange.inForce, 18), record.priceScanRange);
    const sum = Object.values<string>(probabilities).reduce((total, p) => total + fromDecimal(p, 18)!, 0n);
    assert.ok(sum > WAD - 4n && sum < WAD + 4n);
    assert.ok(Number(dailyVolatility.longTerm) > 0);
    assert.is(backtest.days, 0);
    assert.is(backtest.trafficLight, 'green');
    assert.is(backtest.kupiec.rejectedAt5, false);
  }
  assert.ok(macro === null || Number(macro.tilt) >= 0);
});

test('the back-test decides as the state does', async () => {
  const counts = { quietAfterQuiet: 480, exceptionAfterQuiet: 5, quietAfterException: 5, exceptionAfterException: 9 };
  const cases = [
    { exceptions: 5, recent: 4, light: 'green', rejected: [false, false] },
    { exceptions: 9, recent: 5, light: 'yellow', rejected: [false, false] },
    { exceptions: 14, recent: 9, light: 'yellow', rejected: [true, true] },
    { exceptions: 14, recent: 10, light: 'red', rejected: [true, true] },
  ];
  for (const { exceptions, recent, light, rejected } of cases) {
    setRegime(1, { ...counts, observations: 500, exceptions, outcomes: bits(recent), penalty: WAD });
    const { regimes } = await ask('risk_regime', { underlying: 'BTC' });
    assert.is(regimes.length, 1);
    const { backtest } = regimes[0];
    assert.is(backtest.recentDays, 250);
    assert.is(backtest.recentExceptions, recent);
    assert.is(backtest.trafficLight, light, `${recent} exceptions`);
    assert.equal([backtest.kupiec.rejectedAt5, backtest.kupiec.rejectedAt1], rejected, `${exceptions} of 500`);
    assert.is(backtest.christoffersen.rejectedAt1, true, 'clustered exceptions');
    assert.is(backtest.conditionalCoverage.rejectedAt1, true);
    assert.ok(Number(backtest.christoffersen.pValue) < 0.01);
  }
  // 5 of 500 at a rate of 1 %: as many as promised.
  setRegime(1, { exceptions: 5 });
  const [{ backtest }] = (await ask('risk_regime', { underlying: 'BTC' }))['regimes'];
  assert.is(backtest.kupiec.likelihoodRatio, '0');
  assert.is(Number(backtest.kupiec.pValue), 1);
  assert.equal((await ask('risk_regime', { underlying: 'DOGE' }))['regimes'], []);
});

test('a haircut is drawn by the sum of its terms', async () => {
  const { assets } = await ask('pool_assets');
  const [cash, ...others] = assets;
  assert.is(cash.haircutTerms, null);
  assert.is(cash.haircut, '0');
  for (const { haircutTerms, haircutTarget, haircut, weight } of others) {
    const sum = Object.values<string>(haircutTerms).reduce((total, term) => total + fromDecimal(term, 18)!, 0n);
    assert.is(fromDecimal(haircutTarget, 18), sum);
    assert.is(fromDecimal(weight, 18), WAD - fromDecimal(haircut, 18)!);
    assert.ok(Number(haircutTerms.volatility) > 0);
  }
});

test.run();
