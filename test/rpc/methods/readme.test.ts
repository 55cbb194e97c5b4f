/** The calls that the READMEs print are answered, and the methods of risk are all among them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEV_ACCOUNTS } from '../../../node/l1/devAccounts.ts';
import { accountIdOf } from '../../../state/records/account.ts';
import type { Address } from '../../../state/units.ts';
import { alice } from '../../support/world.ts';
import { serveNode, type ServedNode } from './support.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CALL = /^npm run tidepool -- call (\w+)(?: +'([^']+)')?/gm;
const OPTION = /BTC-\d\d[A-Z]{3}\d\d-\d+-C/g;

const test = suite('calls of the READMEs');
let served: ServedNode;
test.before(async () => {
  served = await serveNode();
});
test.after(() => served.close());

test('every call is answered', async () => {
  const owner = DEV_ACCOUNTS[5]!.address.toLowerCase() as Address;
  served.fund({ ...alice, account: accountIdOf(owner, 0) }, 10_000_000_000n);
  const { markets } = (await served.http.request('market_list', { underlying: 'BTC', kind: 'call' })) as {
    markets: { market: string }[];
  };
  const calls = ['README.md', 'rpc/README.md'].flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(CALL)]);
  const called = new Set<string>();
  for (const [, method, params = '{}'] of calls) {
    const listed = params.replace(OPTION, markets[0]!.market);
    const answer = (await served.http.request(method!, JSON.parse(listed))) as { at: unknown };
    assert.ok(answer.at, method);
    called.add(method!);
  }
  const risk = ['risk_array', 'risk_parameters', 'risk_regime', 'risk_simulate', 'risk_compare'];
  for (const method of [...risk, 'account_greeks', 'account_margin', 'pool_assets', 'oracle_prices', 'market_ticker']) {
    assert.ok(called.has(method), method);
  }
});

test.run();
