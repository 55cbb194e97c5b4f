// What a call of the embedded L1 needs goes with it: a node asks for as long as it runs.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Chain } from '../../../node/l1/embedded/chain.ts';
import { loadCrypto } from '../../../node/l1/embedded/crypto.ts';
import { openMemoryDatabase } from '../../../node/l1/embedded/database.ts';
import { createRules } from '../../../node/l1/embedded/genesis.ts';
import { call, contextOf, estimateGas, type CallRequest } from '../../../node/l1/embedded/simulation.ts';
import { SystemClock } from '../../../node/ports/clock.ts';

const test = suite('embedded L1: sandboxes');

const PLAIN: CallRequest = {
  ...{ from: null, to: null, data: '0x', value: 0n, gas: null, feeMax: null, accessList: [] },
};

test('calls and estimates leave no listener behind', async () => {
  const common = createRules(31_337, await loadCrypto());
  const chain = await Chain.open({ database: openMemoryDatabase(), common, clock: new SystemClock(), accounts: [] });
  const listeners = (): number => common.events.listenerCount('hardforkChanged');
  const before = listeners();
  for (let i = 0; i < 5; i++) {
    await call(chain, contextOf(chain.head), PLAIN);
    await estimateGas(chain, contextOf(chain.head), PLAIN);
  }
  assert.is(listeners(), before);
});

test.run();
