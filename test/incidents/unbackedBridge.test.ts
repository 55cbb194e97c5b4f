/**
 * KelpDAO, 18 April 2026, 292 million dollars: a bridge with one verifier minted rsETH that nothing backed, and lenders
 * took it at par, 177 to 196 million of bad debt at Aave. Here each route of a token is an asset with caps of its own,
 * what is beyond goes back to L1, and the haircut grows with what the pool holds of it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existing } from '../../state/access.ts';
import { ASSET, ASSET_STATUS } from '../../state/records/asset.ts';
import { setAsset } from '../../state/transactions/setAsset.ts';
import { WAD } from '../../state/units.ts';
import { person, World } from '../support/world.ts';
import { markBytes, UNDERLYINGS, USD, withdrawBytes } from './stage.ts';

const test = suite('unbacked bridge');
const WSTETH = 3;
const TOKEN = 10n ** 18n;
const [ACCOUNT_CAP, CAP] = [300n * TOKEN, 1_000n * TOKEN];
const thieves = Array.from({ length: 5 }, (_, i) => person(`thief ${i}`));

function capped(): World {
  const world = new World();
  world.tick();
  const { baseHaircut, averageDailyVolume } = existing(world.state, ASSET, WSTETH);
  const terms = { asset: WSTETH, status: ASSET_STATUS.active, baseHaircut, averageDailyVolume, cap: CAP, accountCap: ACCOUNT_CAP };
  world.accept(world.governanceBytes(setAsset, terms));
  return world;
}
const heldBy = (world: World): bigint => existing(world.state, ASSET, WSTETH).held;

test('of 116,500 tokens out of thin air the pool takes a thousand', () => {
  const world = capped();
  for (const { account } of thieves) {
    for (const amount of [23_000n * TOKEN, ACCOUNT_CAP]) world.deposit(account, amount, WSTETH);
  }
  assert.is(heldBy(world), 900n * TOKEN, 'three accounts full, the next would be too much');
  world.deposit(thieves[3]!.account, 100n * TOKEN, WSTETH);
  world.deposit(thieves[4]!.account, 1n, WSTETH);
  assert.is(heldBy(world), CAP);
  // 4,920 USD a token at par: what all thieves could lose in trades is less than the cap at that price.
  const sum = thieves.slice(0, 4).reduce((all, { account }) => all + world.margin(account).equity, 0n);
  assert.ok(sum > 3_000_000n * USD && sum < 1_000n * 4_920n * USD, `${sum}`);
  assert.is(world.refuse(withdrawBytes(world, thieves[0]!, 1n)), 'balance_too_low', 'and nobody lends cash on it');
  assert.equal(world.breaches(), []);
});

test('a pool full of it counts each the less: haircuts follow the share of the cap, without a jump', () => {
  const world = capped();
  for (const { account } of thieves.slice(0, 3)) world.deposit(account, ACCOUNT_CAP, WSTETH);
  const at = (): bigint => existing(world.state, ASSET, WSTETH).haircut;
  const move = (): bigint => {
    world.accept(markBytes(world, UNDERLYINGS.eth, [WSTETH]));
    return at();
  };
  const haircuts = [move()];
  for (let i = 0; i < 20; i++) {
    world.block(3_600);
    world.tick(undefined, 0);
    haircuts.push(move());
  }
  haircuts.slice(1).forEach((h, i) => assert.ok(h >= haircuts[i]! && h - haircuts[i]! <= WAD / 100n, 'a percent an hour at most'));
  assert.ok(at() - haircuts[0]! >= (9n * WAD) / 100n, 'nine tenths of the cap: nine percent, and what volatility takes');
});

test('a token that is closed takes no more deposits and still leaves', () => {
  const world = capped();
  const [first] = thieves;
  world.deposit(first!.account, TOKEN, WSTETH);
  const { baseHaircut: _, ...asset } = existing(world.state, ASSET, WSTETH);
  const terms = { asset: WSTETH, status: ASSET_STATUS.withdrawOnly, baseHaircut: WAD, averageDailyVolume: asset.averageDailyVolume, cap: CAP, accountCap: CAP };
  world.accept(world.governanceBytes(setAsset, terms));
  world.deposit(first!.account, TOKEN, WSTETH);
  assert.is(heldBy(world), TOKEN);
  world.accept(withdrawBytes(world, first!, TOKEN, WSTETH));
  assert.is(heldBy(world), 0n);
});

test.run();
