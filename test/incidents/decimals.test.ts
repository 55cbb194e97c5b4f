/**
 * Aevo (Ribbon), December 2025, 2.7 million dollars: an oracle of 18 decimals was read as one of 8, and anybody could
 * set the price of an expiry. Here a number of one unit does not compile where another is wanted, decimals of a token
 * are part of its listing, and a settlement price is an average that no transaction names.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CHAIN } from '../../state/records/chain.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { listAsset } from '../../state/transactions/listAsset.ts';
import { settle } from '../../state/transactions/settle.ts';
import { WAD, type Lots, type MicroUsd, type Price, type Ticks, type TokenUnits, type Wad, type WadUsd } from '../../state/units.ts';
import { alice, bob, BTC_PERP, World } from '../support/world.ts';
import { rich, trade, USD } from './stage.ts';

const test = suite('decimals');
const [WETH, WETH8] = [1, 4];
const ETH = 2;

test('units do not mix: each line below that is expected to be an error fails to compile without it', () => {
  const cash = (x: MicroUsd): bigint => x;
  const quoted = (x: Price): bigint => x;
  const balance = (x: TokenUnits): bigint => x;
  const price: Price = 100_000n * 10n ** 8n;
  const premium: WadUsd = 10n ** 18n;
  const [lots, ticks, share, tokens]: [Lots, Ticks, Wad, TokenUnits] = [1n, 2n, WAD, 4n];
  // @ts-expect-error 1e-8 USD is not 1e-6 USD.
  assert.is(cash(price), price);
  // @ts-expect-error 1e-18 USD is not 1e-8 USD.
  assert.is(quoted(premium), premium);
  // @ts-expect-error Ticks are not prices.
  assert.is(quoted(ticks), ticks);
  // @ts-expect-error A ratio is not a balance.
  assert.is(balance(share), share);
  // @ts-expect-error Lots are not tokens.
  assert.is(balance(lots), lots);
  assert.is(balance(tokens), tokens);
});

test('a token of 8 and a token of 18 decimals are worth the same each', () => {
  const world = new World();
  world.tick();
  world.accept(
    world.governanceBytes(listAsset, {
      ...world.network.assets[WETH]!,
      asset: WETH8,
      decimals: 8,
      cap: 10n ** 16n,
      accountCap: 10n ** 16n,
    }),
  );
  world.deposit(alice.account, 3n * 10n ** 18n, WETH);
  world.deposit(bob.account, 3n * 10n ** 8n, WETH8);
  assert.is(world.margin(alice.account).equity, world.margin(bob.account).equity);
  assert.is(world.network.assets[WETH]!.underlying, ETH);
});

test('nobody sets the price of an expiry: it is the average of the half hour before, or there is none', () => {
  const world = new World();
  world.tick();
  rich(world, [alice, bob]);
  const future = BTC_PERP + 1;
  trade(world, alice, bob, 10n, future);
  const { expiry } = world.instrument(future);
  const settled = encodeTransaction(settle, { instrument: future, accounts: [] });
  assert.is(world.refuse(settled), 'not_expired');
  world.edit(CHAIN, 0, { timestamp: expiry + 1 });
  assert.is(world.refuse(settled), 'settlement_price_missing', 'and whoever sends it has no field to say one');
  assert.is(world.account(alice.account).cash > 999_000n * USD, true);
});

test.run();
