/** What margin is computed from: one account with everything it refers to, read once. */
import { existing, type RecordSource } from '../access.ts';
import { ASSET, type Asset } from '../records/asset.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, type Instrument } from '../records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import type { Account, Position } from '../records/account.ts';
import type { Seconds, TokenUnits } from '../units.ts';

export type Holding = Readonly<{ position: Position; instrument: Instrument; underlying: Underlying }>;
export type Pledge = Readonly<{ balance: TokenUnits; asset: Asset; underlying: Underlying }>;
export type Portfolio = Readonly<{
  account: Account;
  /** Its interest indices: what the cash of the account has earned or owes. */
  pool: Pool;
  holdings: readonly Holding[];
  pledges: readonly Pledge[];
  parameters: Parameters;
  now: Seconds;
}>;

/** Reads an account's portfolio: chain, parameters, pool, then its instruments and assets in order. */
export function loadPortfolio(state: RecordSource, account: Account): Portfolio {
  const now = existing(state, CHAIN, 0).timestamp;
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const pool = existing(state, POOL, 0);
  const holdings = account.positions.map((position) => {
    const instrument = existing(state, INSTRUMENT, position.instrument);
    return { position, instrument, underlying: existing(state, UNDERLYING, instrument.underlying) };
  });
  const pledges = account.collaterals.map(({ asset: id, balance }) => {
    const asset = existing(state, ASSET, id);
    return { balance, asset, underlying: existing(state, UNDERLYING, asset.underlying) };
  });
  return { account, pool, holdings, pledges, parameters, now };
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
export const portfolioIsFresh = ({ holdings, pledges, parameters, now }: Portfolio): boolean =>
  holdings.every(
    ({ instrument, underlying }) =>
      priceIsFresh(underlying, parameters, now) && markIsFresh(instrument, underlying, parameters, now),
  ) && pledges.every(({ underlying }) => priceIsFresh(underlying, parameters, now));
