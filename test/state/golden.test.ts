/** One fixed history and its root: if this line must change, consensus changed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { genesisRoot } from '../../genesis/genesis.ts';
import { toHex } from '../../state/codec/bytes.ts';
import { MARGIN_MODE } from '../../state/records/account.ts';
import { setMode } from '../../state/transactions/setMode.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { alice, bob, BTC_PERP, carol, ETH_PERP, L1, PRICES, SOL_PERP, World } from '../support/world.ts';

const test = suite('golden root');

const GENESIS_ROOT = '0x5ce4fd373cfc552cdac30a85ac6e8d0e7f1506f07ca96b56c601a8c5ad55a0e8';
const ROOT = '0x9bde79c06e4c5897520b605f9b4f11683bc71ea2e8f458f8d4527398aca58dda';

function history(): World {
  const world = new World();
  world.tick();
  for (const { account } of [alice, bob, carol]) world.deposit(account, 50_000_000_000n);
  world.deposit(alice.account, 25_000_000n, 2);
  world.deposit(bob.account, 3n * 10n ** 18n, 3);
  world.tradeBetween(alice, bob, 300n, 1_000_500n, BTC_PERP);
  world.tradeBetween(bob, carol, 700n, 399_900n, ETH_PERP);
  world.tradeBetween(carol, alice, 90n, 200_100n, SOL_PERP);
  world.tradeBetween(carol, bob, 100n, 1_001_000n, BTC_PERP + 1);
  for (const drift of [1n, -2n, 3n]) {
    const moved = Object.entries(PRICES).map(([id, price]) => [id, price + (price * drift) / 1_000n]);
    world.tick(Object.fromEntries(moved) as Record<number, bigint>, 60);
  }
  world.accept(world.action(setMode, carol, { mode: MARGIN_MODE.cross }));
  world.accept(world.action(withdraw, alice, { asset: 2, amount: 1_000_000n, recipient: carol.address }));
  world.accept(
    world.forcedBytes(
      world.action(transfer, bob, { asset: 3, amount: 10n ** 17n, toOwner: carol.address, toSubaccount: 1 }),
    ),
  );
  world.tradeBetween(bob, alice, 450n, 1_002_000n, BTC_PERP);
  return world;
}

test('the genesis of the devnet', () => {
  const { network } = new World();
  assert.is(genesisRoot(network, L1), GENESIS_ROOT);
});

test('the root after a fixed history', () => {
  const world = history();
  assert.ok(world.steps.every((step) => step.outcome.ok));
  assert.equal(world.breaches(), []);
  assert.is(toHex(world.state.root), ROOT);
});

test.run();
