/**
 * What is checked of an order before it may rest: everything the trade step will check that does
 * not depend on the counterparty, and margin as if it and its open siblings had filled.
 */
import { Draft, existing } from '../../state/access.ts';
import { Refusal, require } from '../../state/errors.ts';
import { changeExposure } from '../../state/ledger/owners.ts';
import { positionOf } from '../../state/ledger/positions.ts';
import { abs, clamp, max } from '../../state/math/integer.ts';
import { ACCOUNT, accountIdOf, ownerOf } from '../../state/records/account.ts';
import { INSTRUMENT, isTradable, type Instrument } from '../../state/records/instrument.ts';
import { ORDER } from '../../state/records/order.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../state/records/parameters.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { reachOf } from '../../state/pricing/band.ts';
import { REFUSAL } from '../../state/refusals.ts';
import { computeMargin, isAllowed, marginOf, meetsInitial } from '../../state/risk/margin.ts';
import { ownerOfAccount, portfolioOf } from '../../state/risk/portfolio.ts';
import type { State } from '../../state/state.ts';
import {
  authorizeOrder,
  decodeFlags,
  requireWithinCap,
  type AuthenticOrder,
  type OrderIdentity,
  type SignedOrder,
} from '../../state/transactions/order.ts';
import type { AccountId, Lots, Seconds, Ticks } from '../../state/units.ts';
import { Rejection } from './rejection.ts';

export type ScreenedOrder = AuthenticOrder & Readonly<{ instrument: number; remaining: Lots }>;

/**
 * Checks an order against the state at `now`. `openLots` are the lots its account has resting on the
 * same side of the same book. @throws Rejection
 */
export function screenOrder(
  state: State,
  now: Seconds,
  instrumentId: number,
  order: SignedOrder,
  identity: OrderIdentity,
  openLots: Lots,
): ScreenedOrder {
  try {
    return screen(new Draft(state), now, instrumentId, order, identity, openLots);
  } catch (thrown) {
    if (thrown instanceof Refusal) throw Rejection.protocol(thrown.code, thrown.detail);
    throw thrown;
  }
}

function screen(
  draft: Draft,
  now: Seconds,
  instrumentId: number,
  order: SignedOrder,
  identity: OrderIdentity,
  openLots: Lots,
): ScreenedOrder {
  const instrument = draft.read(INSTRUMENT, instrumentId);
  if (instrument === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${instrumentId}`);
  const open = instrument.expiry === 0 || instrument.expiry > now;
  require(open && isTradable(instrument), REFUSAL.instrument_not_trading);
  require(instrument.markTime > 0, REFUSAL.prices_stale, 'never marked; wait for the first price');
  const flags = decodeFlags(order.flags);
  if (flags === null) throw new Refusal(REFUSAL.malformed, 'order flags');
  require(order.lots > 0n && order.limitTicks > 0n, REFUSAL.malformed, 'lots and limit are positive');
  require(order.lots <= instrument.maxOrderLots, REFUSAL.order_too_large, () =>
    `at most ${instrument.maxOrderLots} lots`);
  const id = accountIdOf(order.owner, order.subaccount);
  const account = draft.read(ACCOUNT, id);
  if (account === undefined) throw new Refusal(REFUSAL.account_not_found, `${id}: deposit first`);
  require(order.nonce >= account.orderNonceFloor, REFUSAL.order_nonce_revoked, () =>
    `nonce ${order.nonce}, floor ${account.orderNonceFloor}`);
  const authentic = authorizeOrder(draft, now, instrumentId, order, flags, id, identity, 0);
  requireWithinCap(authentic, order.lots, order.limitTicks * instrument.tickValue, 0);
  const filled = draft.read(ORDER, authentic.digest)?.filled ?? 0n;
  require(filled < order.lots, REFUSAL.overfilled, () => `${filled} of ${order.lots} lots are filled`);
  const remaining = order.lots - filled;
  if (!flags.reduceOnly) {
    const lots = (flags.buy ? 1n : -1n) * (remaining + openLots);
    requireMargin(draft, id, instrumentId, instrument, lots, order.limitTicks);
  }
  return { instrument: instrumentId, remaining, ...authentic };
}

/** Initial margin as if `lots` had traded at the limit, or at the edge of the price band. */
function requireMargin(
  draft: Draft,
  accountId: AccountId,
  id: number,
  instrument: Instrument,
  lots: Lots,
  limit: Ticks,
): void {
  const account = existing(draft, ACCOUNT, accountId);
  const mark = instrument.markPrice;
  const underlying = existing(draft, UNDERLYING, instrument.underlying);
  const reach = reachOf(instrument, underlying, existing(draft, PARAMETERS, PARAMETERS_PAGE));
  const price = clamp(limit * instrument.tickSize, max(mark - reach, 0n), mark + reach);
  const cost = lots * ((price * instrument.tickValue) / instrument.tickSize);
  const old = positionOf(account, id);
  const position = {
    instrument: id,
    size: (old?.size ?? 0n) + lots,
    quote: (old?.quote ?? 0n) - cost,
    fundingIndex: old?.fundingIndex ?? instrument.fundingIndex,
  };
  const others = account.positions.filter((p) => p.instrument !== id);
  const positions = [...others, position].sort((a, b) => a.instrument - b.instrument);
  const owner = ownerOfAccount(draft, accountId, account);
  const units = (abs(position.size) - abs(old?.size ?? 0n)) * instrument.lotSize;
  changeExposure(draft, ownerOf(accountId), instrument.underlying, units);
  const after = computeMargin(draft, accountId, { ...account, positions });
  if (meetsInitial(after)) return;
  require(isAllowed(marginOf(portfolioOf(draft, account, owner)), after), REFUSAL.initial_margin_too_low, () =>
    `equity ${after.initialEquity} below initial margin ${after.initial} if it filled`);
}
