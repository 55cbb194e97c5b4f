/** What margin is computed from: one account with everything it refers to, read once. */
import { existing, type RecordSource } from '../access.ts';
import { ASSET, type Asset } from '../records/asset.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, type Instrument } from '../records/instrument.ts';
import { OWNER, type Owner } from '../records/owner.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { ownerOf, type Account, type Position } from '../records/account.ts';
import type { AccountId, Seconds, TokenUnits } from '../units.ts';

export type Holding = Readonly<{ position: Position; instrument: Instrument; underlying: Underlying }>;
export type Pledge = Readonly<{ balance: TokenUnits; asset: Asset; underlying: Underlying }>;
export type Portfolio = Readonly<{
  account: Account;
  /** Its interest indices: what the cash of the account has earned or owes. */
  pool: Pool;
  holdings: readonly Holding[];
  pledges: readonly Pledge[];
  /** What all subaccounts of the owner hold; absent: nothing. */
  owner: Owner | undefined;
  parameters: Parameters;
  now: Seconds;
}>;

/** The record of an account's owner; not read, for nothing depends on it, where the account has nothing but cash. */
export const ownerOfAccount = (state: RecordSource, id: AccountId, account: Account): Owner | undefined =>
  account.positions.length + account.collaterals.length === 0 ? undefined : state.read(OWNER, ownerOf(id));

/** Reads the portfolio of account `id`: its owner, then as `portfolioOf`. */
export const loadPortfolio = (state: RecordSource, id: AccountId, account: Account): Portfolio =>
  portfolioOf(state, account, ownerOfAccount(state, id, account));

/**
 * Reads chain, parameters, pool, then the account's instruments and assets in order. Account and owner are
 * as they stand or stood.
 */
export function portfolioOf(state: RecordSource, account: Account, owner: Owner | undefined): Portfolio {
  const now = existing(state, CHAIN, 0).timestamp;
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const pool = existing(state, POOL, 0);
  const holdings: Holding[] = [];
  let [id, underlying]: [number, Underlying | undefined] = [0, undefined]; // Neighbours often share it.
  for (const position of account.positions) {
    const instrument = existing(state, INSTRUMENT, position.instrument);
    if (underlying === undefined || instrument.underlying !== id) {
      id = instrument.underlying;
      underlying = existing(state, UNDERLYING, id);
    }
    holdings.push({ position, instrument, underlying });
  }
  const pledges = account.collaterals.map(({ asset: of, balance }) => {
    const asset = existing(state, ASSET, of);
    return { balance, asset, underlying: existing(state, UNDERLYING, asset.underlying) };
  });
  return { account, pool, holdings, pledges, owner, parameters, now };
}

/** Is the index of `underlying` recent enough to add risk on? */
export const priceIsFresh = (underlying: Underlying, parameters: Parameters, now: Seconds): boolean =>
  underlying.indexPrice > 0n && BigInt(now - underlying.oracleTime) <= parameters.maxPriceAge;

/** Is the mark made from the newest index, or young enough? */
export const markIsFresh = (
  instrument: Instrument,
  underlying: Underlying,
  parameters: Parameters,
  now: Seconds,
): boolean =>
  instrument.markSequence === underlying.priceSequence ||
  BigInt(now - instrument.markTime) <= parameters.maxMarkAge;

/** May this account add risk at the prices and marks it depends on? */
export function portfolioIsFresh({ holdings, pledges, parameters, now }: Portfolio): boolean {
  let fresh: Underlying | undefined; // The last one seen: neighbours often share it.
  for (let i = 0; i < holdings.length; i++) {
    const { instrument, underlying } = holdings[i]!;
    if (underlying !== fresh && !priceIsFresh(underlying, parameters, now)) return false;
    if (!markIsFresh(instrument, underlying, parameters, now)) return false;
    fresh = underlying;
  }
  return pledges.every(({ underlying }) => priceIsFresh(underlying, parameters, now));
}
