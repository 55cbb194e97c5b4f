/** Of every account that traded, once, after all fills: its limits, its fee, its margin, its reputation. */
import { existing, type StateAccess } from '../access.ts';
import { MAX_POSITIONS } from '../constants.ts';
import { require } from '../errors.ts';
import { moveCash } from '../ledger/ledger.ts';
import { exposureOf } from '../ledger/owners.ts';
import { positionOf } from '../ledger/positions.ts';
import { abs } from '../math/integer.ts';
import { ACCOUNT, MARGIN_MODE, ownerOf, type Account } from '../records/account.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS, type Instrument } from '../records/instrument.ts';
import { OWNER, type Owner } from '../records/owner.ts';
import { PARAMETERS, PARAMETERS_PAGE, type Parameters } from '../records/parameters.ts';
import { UNDERLYING, type Underlying } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { concentrationAdded, feeBase, feeFactor, feeOf } from '../risk/fees.ts';
import { isAllowed, marginOf, meetsInitial, type Margin } from '../risk/margin.ts';
import {
  loadPortfolio,
  markIsFresh,
  ownerOfAccount,
  portfolioOf,
  priceIsFresh,
  type Portfolio,
} from '../risk/portfolio.ts';
import { reliefOf } from '../risk/relief.ts';
import { withReputation } from '../risk/reputation.ts';
import type { AccountId, Lots, MicroUsd, Wad } from '../units.ts';
import type { AuthenticOrder } from './order.ts';

/** What every fill of the step shares. */
export type Market = Readonly<{
  id: number;
  instrument: Instrument;
  underlying: Underlying;
  parameters: Parameters;
  now: number;
}>;

/** An account's fills together: signed lots, and their cost. */
export type Dealt = Readonly<{ lots: Lots; cost: MicroUsd }>;

/** An account and its owner before the step. */
export type Before = Readonly<{ account: Account; owner: Owner | undefined }>;
export function partyBefore(state: StateAccess, id: AccountId): Before {
  const account = existing(state, ACCOUNT, id);
  return { account, owner: ownerOfAccount(state, id, account) };
}

/** How an account was before the step, and what it did in it. */
export type Party = Readonly<{ before: Before; dealt: Dealt }>;

/**
 * Limits, fee, margin and reputation of every account that traded, once, after all fills.
 * @returns the fee of each
 */
export function settleParties(
  state: StateAccess,
  market: Market,
  parties: ReadonlyMap<AccountId, Party>,
  orders: readonly AuthenticOrder[],
): ReadonlyMap<AccountId, MicroUsd> {
  const fees = new Map<AccountId, MicroUsd>();
  orders.forEach((order, place) => {
    const party = parties.get(order.account)!;
    const account = existing(state, ACCOUNT, order.account);
    const sizeBefore = positionOf(party.before.account, market.id)?.size ?? 0n;
    const sizeAfter = positionOf(account, market.id)?.size ?? 0n;
    const reduces = abs(sizeAfter) <= abs(sizeBefore) && sizeAfter * sizeBefore >= 0n;
    require(reduces || !order.flags.reduceOnly, REFUSAL.reduce_only_would_increase, '', place);
    if (fees.has(order.account)) return;
    const count = account.positions.length;
    require(count <= MAX_POSITIONS, REFUSAL.too_many_positions, '', place);
    const isIsolated = account.mode === MARGIN_MODE.isolated;
    require(!isIsolated || count <= 1, REFUSAL.isolated_needs_one_instrument, '', place);

    const portfolio = loadPortfolio(state, order.account, account);
    const rate = place === 0 ? market.parameters.takerFee : market.parameters.makerFee;
    const grown = abs(sizeAfter) - abs(sizeBefore);
    const fee = partyFee(state, market, portfolio, order.account, party.dealt, rate, grown);
    moveCash(state, order.account, 'fees', fee, 'fee');
    fees.set(order.account, fee);
    const after = { ...portfolio, account: existing(state, ACCOUNT, order.account) };
    const margin = requireMargin(state, market.id, party.before, after, reduces, place);
    keepReputation(state, market, order.account, margin, fee);
  });
  return fees;
}

/** Section 11 of the specification. `grown`: lots by which the account's position did. */
function partyFee(
  state: StateAccess,
  market: Market,
  portfolio: Portfolio,
  id: AccountId,
  { lots, cost }: Dealt,
  rate: Wad,
  grown: Lots,
): MicroUsd {
  const base = feeBase(market, { lots: abs(lots), cost }, rate);
  const relief = reliefOf(portfolio, market.instrument, lots);
  // Where it grew, its owner's record was written.
  const units = grown > 0n ? exposureOf(state.read(OWNER, ownerOf(id)), market.instrument.underlying) : 0n;
  return feeOf(base, feeFactor(market, relief, concentrationAdded(market, units, abs(lots), grown)));
}

/** Initial margin at fresh marks, or no riskier than before. Exits need no fresh prices. */
function requireMargin(
  state: StateAccess,
  id: number,
  before: Before,
  portfolio: Portfolio,
  reduces: boolean,
  place: number,
): Margin {
  const after = marginOf(portfolio);
  if (!reduces) {
    const instrument = existing(state, INSTRUMENT, id);
    const underlying = existing(state, UNDERLYING, instrument.underlying);
    const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
    const now = existing(state, CHAIN, 0).timestamp;
    const fresh =
      after.fresh &&
      instrument.status === INSTRUMENT_STATUS.trading &&
      priceIsFresh(underlying, parameters, now) &&
      markIsFresh(instrument, underlying, parameters, now);
    require(fresh, REFUSAL.marks_stale, 'prices or marks of this account are too old', place);
  }
  if (meetsInitial(after)) return after;
  require(isAllowed(marginOf(portfolioOf(state, before.account, before.owner)), after), REFUSAL.initial_margin_too_low, () =>
    `equity ${after.initialEquity} below initial margin ${after.initial}`, place);
  return after;
}

function keepReputation(
  state: StateAccess,
  { parameters, underlying, now }: Market,
  id: AccountId,
  { initial, initialEquity }: Margin,
  fee: MicroUsd,
): void {
  const outcome = { initial, initialEquity, fee, stress: underlying.stress, now };
  state.put(ACCOUNT, id, withReputation(existing(state, ACCOUNT, id), parameters, outcome));
}
