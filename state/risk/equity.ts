/** What an account is worth: cash with its interest, positions at the mark, collateral after its haircut. */
import { settledCash } from '../ledger/interest.ts';
import { fundingOwedUp } from '../ledger/positions.ts';
import { divUp, max, min, wadMulDown } from '../math/integer.ts';
import { WAD, type MicroUsd, type Price, type Seconds, type TokenUnits, type Wad } from '../units.ts';
import type { Asset } from '../records/asset.ts';
import type { Book, Books } from './book.ts';
import type { Holding, Portfolio } from './portfolio.ts';

/** Value of a position at the mark less the funding it owes: size x markPerLot + quote - funding. */
export const positionValue = ({ position, instrument }: Holding): MicroUsd =>
  position.size * instrument.markPerLot + position.quote - fundingOwedUp(position, instrument);

/** 1e8 price units and 1e18 ratio per dollar, less the 1e6 of micro-dollars. */
const PRICE_RATIO_PER_MICRO = 10n ** 20n;

/** Value before the haircut, rounded down: balance x ratio x price. Widths: 128 + 64 + 63 bits. */
export const grossValueDown = (balance: TokenUnits, asset: Asset, price: Price): MicroUsd =>
  (balance * asset.ratio * price) / (PRICE_RATIO_PER_MICRO * 10n ** BigInt(asset.decimals));

/** `full` where the ramp of a new asset has ended, what it has reached of it before. */
export function ramped({ rampStart, rampEnd }: Asset, full: Wad, now: Seconds): Wad {
  if (now >= rampEnd) return full;
  return now <= rampStart ? 0n : (full * BigInt(now - rampStart)) / BigInt(rampEnd - rampStart);
}

/** Share of an asset's value that counts [1e-18]: its ramp's weight less its haircut. */
export const collateralWeight = (asset: Asset, now: Seconds): Wad => ramped(asset, WAD - min(asset.haircut, WAD), now);

/** Value of a balance that counts, rounded down. */
export const pledgeValueDown = (
  balance: TokenUnits,
  asset: Asset,
  price: Price,
  now: Seconds,
): MicroUsd => (grossValueDown(balance, asset, price) * collateralWeight(asset, now)) / WAD;

/**
 * What an underlying's holding, taken as linear, loses where its price is the rate-limited stable
 * one instead of the index, rounded up; a gain is no gain. Hedged holdings lose nothing.
 */
export function stableLossUp({ delta, pledged, underlying }: Book): MicroUsd {
  const { indexPrice, stablePrice } = underlying;
  const linear = delta + pledged;
  const away = stablePrice - indexPrice;
  if (linear === 0n || away === 0n || indexPrice === 0n) return 0n;
  return max(divUp(-linear * away, indexPrice), 0n);
}

export type Equity = Readonly<{
  /** At oracle prices: what maintenance margin is compared with. */
  maintenance: MicroUsd;
  /** At conservative prices: what initial margin is compared with. Never above `maintenance`. */
  initial: MicroUsd;
  /** Less the profit that may not be taken out. Never above `initial`. */
  free: MicroUsd;
}>;

export function equityOf({ account, pool, holdings, parameters }: Portfolio, books: Books): Equity {
  let unrealised = 0n; // The sum of `positionValue`.
  for (const { value } of books.all) unrealised += value;
  for (let i = 0; i < holdings.length; i++) {
    const { position, instrument } = holdings[i]!;
    unrealised += position.quote;
    if (position.fundingIndex !== instrument.fundingIndex) unrealised -= fundingOwedUp(position, instrument);
  }
  let maintenance = settledCash(account, pool) + unrealised;
  let initial = maintenance;
  for (const book of books.all) {
    maintenance += book.pledged;
    initial += book.pledged - stableLossUp(book);
  }
  const profit = max(unrealised, 0n);
  const free = initial - (profit - wadMulDown(profit, parameters.profitShare));
  return { maintenance, initial, free };
}
