/** Vectors of auctions and of what is behind them. */
import { encodeTransaction } from '../../../state/transactions/all.ts';
import { deleverage } from '../../../state/transactions/deleverage.ts';
import { endAuction } from '../../../state/transactions/endAuction.ts';
import { pauseAuctions } from '../../../state/transactions/pauseAuctions.ts';
import { redeemClaim } from '../../../state/transactions/redeemClaim.ts';
import { setVault } from '../../../state/transactions/setVault.ts';
import { socialize } from '../../../state/transactions/socialize.ts';
import { withdraw } from '../../../state/transactions/withdraw.ts';
import { WAD, type AccountId } from '../../../state/units.ts';
import { age, bidBytes, distress, plant, pour, startBytes } from '../../support/distressed.ts';
import { absorbBytes, LOCK_SECONDS, operator, sharesOf, stakeBytes, unstakeBytes, VAULT } from '../../support/vaults.ts';
import { alice, bob, BTC_PERP, carol, World, type Person } from '../../support/world.ts';
import type { Collection } from './generate.ts';

const USD = 1_000_000n;
const WBTC = 2;
const ended = encodeTransaction(endAuction, { account: alice.account });

/** Alice is long 1 BTC with half of one pledged, worth `share` of what she must hold; bob and carol have a million each. */
function fallen(share: bigint): World {
  const world = new World();
  world.tick();
  for (const { account } of [bob, carol]) world.deposit(account, 1_000_000n * USD);
  plant(world, alice.account, { lots: { [BTC_PERP]: 1_000n }, balances: { [WBTC]: 50_000_000n } });
  distress(world, alice.account, share);
  return world;
}

export function liquidations(to: Collection): void {
  const world = fallen(WAD);
  to.add('an account that has its margin', world, startBytes(alice.account));
  distress(world, alice.account, (9n * WAD) / 10n);
  to.add('auctions are paused', world, world.governanceBytes(pauseAuctions, { until: world.now + 60 }));
  to.add('while the start is paused', world, startBytes(alice.account));
  world.tick(undefined, 60);
  to.add('below its margin, with a reward', world, startBytes(alice.account, carol.account));
  to.add('twice', world, startBytes(alice.account));
  to.add('a fiftieth at the first price', world, bidBytes(world, carol, alice.account, WAD / 50n));
  to.add('a price that has not fallen so far', world, bidBytes(world, carol, alice.account, WAD, { maxPrice: 1n }));
  to.add('while it is below its margin', world, ended);
  to.add('all that is offered ends it', world, bidBytes(world, carol, alice.account));
  distress(world, alice.account, WAD / 2n);
  world.accept(startBytes(alice.account));
  distress(world, alice.account, WAD);
  to.add('its margin is there again', world, ended);
}

export function vaults(to: Collection): void {
  const world = fallen((9n * WAD) / 10n);
  const terms = { vault: VAULT, operator: operator.address, lossCap: 100_000n * USD, lockSeconds: LOCK_SECONDS };
  to.add('a vault that is not open', world, absorbBytes(alice.account));
  to.add('a vault', world, world.governanceBytes(setVault, terms));
  to.add('a lock of too many days', world, world.governanceBytes(setVault, { ...terms, lockSeconds: 2_592_001n }));
  to.add('the first shares', world, stakeBytes(world, carol, 500_000n * USD));
  to.add('more than there is', world, stakeBytes(world, carol, 500_001n * USD));
  to.add('further shares, of another', world, stakeBytes(world, bob, 100n * USD));
  world.accept(startBytes(alice.account));
  to.add('before the price is low enough', world, absorbBytes(alice.account));
  age(world, alice.account, 150);
  to.add('what makes the account healthy, at 85 % or less', world, absorbBytes(alice.account));
  to.add('no auction', world, absorbBytes(alice.account));
  to.add('locked', world, unstakeBytes(world, carol, USD));
  for (let passed = 0n; passed < LOCK_SECONDS; passed += 120n) world.block(120);
  world.tick();
  to.add('half of the shares of a vault that holds a position', world, unstakeBytes(world, carol, sharesOf(world, carol) / 2n));
  to.add('the last share of a stake', world, unstakeBytes(world, bob, sharesOf(world, bob)));
}

export function waterfall(to: Collection): void {
  const world = fallen(-WAD / 2n);
  for (const { account } of [bob, carol]) plant(world, account, { lots: { [BTC_PERP]: -600n } });
  pour(world, 'insurance', 1_000n * USD);
  world.accept(startBytes(alice.account));
  const holders = [bob.account, carol.account].sort() as AccountId[];
  const round = (named: readonly AccountId[]): Uint8Array =>
    encodeTransaction(deleverage, { account: alice.account, instrument: BTC_PERP, holders: named });
  const lost = encodeTransaction(socialize, { account: alice.account });
  to.add('before the fund has offered all it may', world, round(holders));
  world.tick({ 0: 100_000_000n, 1: 9_900_000_000_000n, 2: 400_000_000_000n, 3: 20_000_000_000n }, 60);
  age(world, alice.account, 600);
  to.add('the first holder is weighed', world, round([holders[0]!]));
  to.add('the same holder again', world, round([holders[0]!]));
  to.add('a sale while a round is on', world, bidBytes(world, carol, alice.account));
  to.add('the last holder is weighed', world, round([holders[1]!]));
  to.add('the first holder closes, with a profit', world, round([holders[0]!]));
  to.add('the last holder closes', world, round([holders[1]!]));
  to.add('there is collateral left', world, lost);
  to.add('collateral, for what the fund has', world, bidBytes(world, carol, alice.account));
  const cash = { asset: 0, amount: 10_000n * USD, recipient: bob.address };
  to.add('while a loss is in the open', world, world.action(withdraw, bob, cash));
  to.add('the fund, then everybody', world, lost);
  to.add('nothing is owed any more', world, lost);
  to.add('while a loss is shared', world, world.action(withdraw, carol, cash));
  const redeem = (who: Person): Uint8Array => world.action(redeemClaim, carol, { toOwner: who.address, toSubaccount: 0 });
  to.add('while the fund owes what it earns', world, redeem(bob));
  pour(world, 'insurance', world.pool.deficit + 4_000n * USD);
  to.add('half of what the fund has earned', world, redeem(bob));
  pour(world, 'insurance', 1_000_000n * USD);
  to.add('all of it', world, redeem(carol));
  to.add('what was recovered before', world, redeem(bob));
  to.add('nothing was given up', world, redeem(alice));
}
