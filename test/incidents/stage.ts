/** The stage on which incidents are re-enacted: markets that move, people with cash, and what they do in a line each. */
import { encodeTransaction } from '../../state/transactions/all.ts';
import { deleverage } from '../../state/transactions/deleverage.ts';
import { endAuction } from '../../state/transactions/endAuction.ts';
import { mark } from '../../state/transactions/mark.ts';
import { postPrices, reportDigest } from '../../state/transactions/postPrices.ts';
import { socialize } from '../../state/transactions/socialize.ts';
import { QUANTITY } from '../../state/transactions/terms.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import type { AccountId } from '../../state/units.ts';
import { existing } from '../../state/access.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { signDigest } from '../../node/crypto/recover.ts';
import { BTC_PERP, PRICES, publishers, World, type Person } from '../support/world.ts';

export const USD = 1_000_000n;
/** Prices are 1e-8 USD. */
export const PER_USD = 100_000_000n;
export const UNDERLYINGS = { usdc: 0, btc: 1, eth: 2, sol: 3 } as const;
export type Market = keyof typeof UNDERLYINGS;

/* MARKETS */

/** The prices of the stage with some changed [USD]. */
export function usd(changes: Partial<Record<Market, bigint>>): Readonly<Record<number, bigint>> {
  const prices = { ...PRICES };
  for (const [name, price] of Object.entries(changes)) prices[UNDERLYINGS[name as Market]] = price * PER_USD;
  return prices;
}

export const indexOf = (world: World, market: Market): bigint => existing(world.state, UNDERLYING, UNDERLYINGS[market]).indexPrice;

/** Walks one index to `target` [USD], at most `percent` a step and a step every ten seconds. */
export function walk(world: World, market: Market, target: bigint, percent = 3n): void {
  const to = target * PER_USD;
  for (let at = indexOf(world, market); at !== to; ) {
    const most = (at * percent) / 100n;
    at = to > at ? (to - at < most ? to : at + most) : at - to < most ? to : at - most;
    world.tick({ ...pricesIn(world), [UNDERLYINGS[market]]: at }, 10);
  }
}

/** Lets time pass at the prices of the moment, without an outage. */
export function wait(world: World, seconds: number): void {
  for (let left = seconds; left > 0; left -= 30) world.tick(pricesIn(world), Math.min(left, 30));
}

export const pricesIn = (world: World): Readonly<Record<number, bigint>> =>
  Object.fromEntries(Object.keys(PRICES).map((id) => [id, existing(world.state, UNDERLYING, Number(id)).indexPrice]));

/** What each publisher says of one index [1e-8 USD], in one post. */
export function reportsBytes(world: World, underlying: number, prices: readonly bigint[], members = publishers): Uint8Array {
  const points = [{ underlying, expiry: 0, quantity: QUANTITY.price }];
  const time = world.now;
  const reports = prices.map((price, i) => {
    const digest = reportDigest(world.domainSeparator, points, time, [price]);
    return { time, prices: [price], signature: signDigest(digest, members[i]!.key) };
  });
  return encodeTransaction(postPrices, { points, reports });
}
export const markBytes = (world: World, underlying: number, assets: readonly number[] = []): Uint8Array =>
  assets.length === 0 ? world.markBytes(underlying) : encodeTransaction(mark, { underlying, instruments: [], assets });

/* PEOPLE */

export function rich(world: World, people: readonly Person[], amount = 1_000_000n * USD): void {
  for (const { account } of people) world.deposit(account, amount);
}

/** `buyer` buys of `seller` at the mark, or at `price` [1e-8 USD]. */
export function trade(world: World, buyer: Person, seller: Person, lots: bigint, instrument = BTC_PERP, price?: bigint): void {
  const { markPrice, tickSize } = world.instrument(instrument);
  const { outcome } = world.tradeBetween(buyer, seller, lots, (price ?? markPrice) / tickSize, instrument);
  if (!outcome.ok) throw new Error(`refused ${outcome.code}: ${outcome.detail}`);
}

export const withdrawBytes = (world: World, who: Person, amount: bigint, asset = 0): Uint8Array =>
  world.action(withdraw, who, { asset, amount, recipient: who.address });
export const transferBytes = (world: World, from: Person, to: Person, amount: bigint, asset = 0): Uint8Array =>
  world.action(transfer, from, { asset, amount, toOwner: to.address, toSubaccount: 0 });

/** The most cash that an account may take out now. */
export function mostWithdrawn(world: World, who: Person): bigint {
  const { initial, freeEquity } = world.margin(who.account);
  const { cash } = world.account(who.account);
  const most = freeEquity - initial < cash ? freeEquity - initial : cash;
  return most > 0n ? most : 0n;
}

/* LIQUIDATION */

export const isSafe = (world: World, { account }: Person): boolean => {
  const { equity, maintenance } = world.margin(account);
  return equity >= maintenance;
};
export const endBytes = (account: AccountId): Uint8Array => encodeTransaction(endAuction, { account });
export const socializeBytes = (account: AccountId): Uint8Array => encodeTransaction(socialize, { account });
export const deleverageBytes = (account: AccountId, holders: readonly AccountId[], instrument = BTC_PERP): Uint8Array =>
  encodeTransaction(deleverage, { account, instrument, holders: [...holders].sort() });
