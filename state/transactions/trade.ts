/**
 * Up to eight fills of one taker against makers, at the makers' prices. Every party's signature,
 * limits, filled size and margin are checked here, so that nothing trades which nobody signed.
 */
import { existing, type StateAccess } from '../access.ts';
import { list, struct, u32, u48, type Decoded } from '../codec/layout.ts';
import { MAX_FILLS_PER_TRADE } from '../constants.ts';
import { Refusal, require } from '../errors.ts';
import { changePosition, longLots } from '../ledger/positions.ts';
import { abs, clamp } from '../math/integer.ts';
import { ACCOUNT, accountIdOf } from '../records/account.ts';
import { CHAIN } from '../records/chain.ts';
import { INSTRUMENT, INSTRUMENT_KIND, isTradable } from '../records/instrument.ts';
import { ORDER } from '../records/order.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../records/parameters.ts';
import { reachOf } from '../pricing/band.ts';
import { UNDERLYING } from '../records/underlying.ts';
import { REFUSAL } from '../refusals.ts';
import { WAD, type AccountId, type Lots, type MicroUsd, type Price } from '../units.ts';
import type { Context, TransactionType } from './context.ts';
import {
  authenticateOrder,
  decodeFlags,
  ORDER_REFUSALS,
  orderLayout,
  requireWithinCap,
  TIME_IN_FORCE,
  type AuthenticOrder,
  type SignedOrder,
} from './order.ts';
import { partyBefore, settleParties, type Before, type Market, type Party } from './tradeParties.ts';

const fill = struct({ maker: orderLayout, lots: u48 });
const layout = struct({ instrument: u32, taker: orderLayout, fills: list(fill, MAX_FILLS_PER_TRADE) });
export type Trade = Decoded<typeof layout>;

/** One fill as it was done. */
type Fill = Readonly<{ maker: AuthenticOrder; lots: Lots; price: Price; cost: MicroUsd }>;

export const trade: TransactionType<Trade> = {
  type: 11,
  name: 'trade',
  layout,
  refusals: [
    'instrument_not_found',
    'instrument_not_trading',
    'prices_stale',
    'order_too_large',
    'account_not_found',
    'order_nonce_revoked',
    ...ORDER_REFUSALS,
    'post_only_would_take',
    'immediate_order_cannot_rest',
    'self_trade',
    'maker_side_must_be_opposite',
    'prices_do_not_cross',
    'price_out_of_band',
    'session_notional_cap',
    'overfilled',
    'fill_or_kill_incomplete',
    'open_interest_cap',
    'reduce_only_would_increase',
    'too_many_positions',
    'isolated_needs_one_instrument',
    'marks_stale',
    'initial_margin_too_low',
  ],
  apply: (state, body, context) => {
    const market = openMarket(state, body.instrument);
    require(body.fills.length > 0, REFUSAL.malformed, 'a trade has at least one fill');
    const taker = admit(state, context, market, body.taker, 0);
    require(!taker.flags.postOnly, REFUSAL.post_only_would_take, '', 0);
    const makers = body.fills.map((f, i) => admit(state, context, market, f.maker, i + 1));
    const orders = [taker, ...makers];
    const before = new Map(orders.map(({ account }) => [account, partyBefore(state, account)]));

    const fills = body.fills.map(({ lots }, i) => applyFill(state, market, taker, makers[i]!, lots, i + 1));
    const taken = fills.reduce((sum, { lots }) => sum + lots, 0n);
    if (taker.flags.timeInForce === TIME_IN_FORCE.fillOrKill) {
      require(taken === taker.order.lots, REFUSAL.fill_or_kill_incomplete, '', 0);
    }
    const cap = existing(state, INSTRUMENT, market.id);
    require(
      cap.openInterest <= cap.openInterestCap || cap.openInterest <= market.instrument.openInterest,
      REFUSAL.open_interest_cap,
      '',
      0,
    );
    const parties = partiesOf(before, taker, fills);
    const fees = settleParties(state, market, parties, orders);
    tellFills(state, market, taker, fills, feeParts(parties, fees));
  },
};

function openMarket(state: StateAccess, id: number): Market {
  const { timestamp: now } = existing(state, CHAIN, 0);
  const instrument = state.read(INSTRUMENT, id);
  if (instrument === undefined) throw new Refusal(REFUSAL.instrument_not_found, `instrument ${id}`);
  const open = instrument.expiry === 0 || instrument.expiry > now;
  require(open && isTradable(instrument), REFUSAL.instrument_not_trading);
  const parameters = existing(state, PARAMETERS, PARAMETERS_PAGE);
  const underlying = existing(state, UNDERLYING, instrument.underlying);
  require(instrument.markTime > 0, REFUSAL.prices_stale, 'never marked');
  return { id, instrument, underlying, parameters, now };
}

/** The order binds a live account that its signer may trade for. `party`: 0 taker, 1.. makers. */
function admit(
  state: StateAccess,
  context: Context,
  { id, instrument, now }: Market,
  order: SignedOrder,
  party: number,
): AuthenticOrder {
  const flags = decodeFlags(order.flags);
  if (flags === null) throw new Refusal(REFUSAL.malformed, 'order flags', party);
  require(order.lots > 0n && order.limitTicks > 0n, REFUSAL.malformed, 'lots and limit are positive', party);
  require(order.lots <= instrument.maxOrderLots, REFUSAL.order_too_large, () =>
    `at most ${instrument.maxOrderLots} lots`, party);
  const accountId = accountIdOf(order.owner, order.subaccount);
  const account = state.read(ACCOUNT, accountId);
  if (account === undefined) throw new Refusal(REFUSAL.account_not_found, accountId, party);
  require(order.nonce >= account.orderNonceFloor, REFUSAL.order_nonce_revoked, '', party);
  const { domainSeparator } = existing(state, CHAIN, 0);
  return authenticateOrder(state, context, domainSeparator, now, id, order, flags, accountId, party);
}

function applyFill(
  state: StateAccess,
  market: Market,
  taker: AuthenticOrder,
  maker: AuthenticOrder,
  lots: Lots,
  party: number,
): Fill {
  const { tickValue, tickSize, markPrice } = market.instrument;
  const ticks = maker.order.limitTicks; // The resting order makes the price.
  require(lots > 0n, REFUSAL.malformed, 'a fill has at least one lot', party);
  require(
    maker.flags.timeInForce === TIME_IN_FORCE.goodTillExpiry,
    REFUSAL.immediate_order_cannot_rest,
    '',
    party,
  );
  require(maker.account !== taker.account, REFUSAL.self_trade, '', party);
  require(maker.flags.buy !== taker.flags.buy, REFUSAL.maker_side_must_be_opposite, '', party);
  const limit = taker.order.limitTicks;
  require(taker.flags.buy ? ticks <= limit : ticks >= limit, REFUSAL.prices_do_not_cross, '', party);
  const price = ticks * tickSize;
  const reach = reachOf(market.instrument, market.underlying, market.parameters);
  require(abs(price - markPrice) <= reach, REFUSAL.price_out_of_band, () => `price ${price} is too far from mark ${markPrice}`, party);
  const costPerLot = ticks * tickValue;
  requireWithinCap(taker, taker.order.lots, costPerLot, 0);
  requireWithinCap(maker, maker.order.lots, costPerLot, party);
  recordFill(state, taker, lots, 0);
  recordFill(state, maker, lots, party);

  // Widths: lots 47 + ticks 48 + tick value 40 bits: a cost is below 2^135, sums stay in int256.
  const cost = lots * costPerLot;
  const [buyer, seller] = taker.flags.buy ? [taker, maker] : [maker, taker];
  // The buyer's quote falls by what the seller's rises: their total stays.
  const longBefore = longLots(state, market.id, taker.account, maker.account);
  changePosition(state, buyer.account, market.id, market.instrument, lots, -cost);
  changePosition(state, seller.account, market.id, market.instrument, -lots, cost);
  const longAfter = longLots(state, market.id, taker.account, maker.account);
  observeTrade(state, market, price, cost, longAfter - longBefore);
  return { maker, lots, price, cost };
}

/** What each account dealt in all fills: a taker or a maker has one side in all of them. */
function partiesOf(
  before: ReadonlyMap<AccountId, Before>,
  taker: AuthenticOrder,
  fills: readonly Fill[],
): ReadonlyMap<AccountId, Party> {
  const parties = new Map<AccountId, Party>();
  for (const [id, party] of before) {
    const own = id === taker.account ? fills : fills.filter(({ maker }) => maker.account === id);
    const buys = (id === taker.account) === taker.flags.buy;
    let [lots, cost] = [0n, 0n];
    for (const fill of own) {
      lots += buys ? fill.lots : -fill.lots;
      cost += fill.cost;
    }
    parties.set(id, { before: party, dealt: { lots, cost } });
  }
  return parties;
}

/** Effects of the fills, a fee with each. */
function tellFills(
  state: StateAccess,
  { id }: Market,
  taker: AuthenticOrder,
  fills: readonly Fill[],
  partOf: (account: AccountId, cost: MicroUsd) => MicroUsd,
): void {
  for (const { maker, lots, price, cost } of fills) {
    state.effect({
      kind: 'fill',
      instrument: id,
      taker: taker.account,
      maker: maker.account,
      takerOrder: taker.digest,
      makerOrder: maker.digest,
      takerBuys: taker.flags.buy,
      lots,
      price,
      notional: cost,
      takerFee: partOf(taker.account, cost),
      makerFee: partOf(maker.account, cost),
    });
  }
}

/** Parts of each account's fee by cost, fill after fill: differences of totals, so they add up to it exactly. */
function feeParts(
  parties: ReadonlyMap<AccountId, Party>,
  fees: ReadonlyMap<AccountId, MicroUsd>,
): (account: AccountId, cost: MicroUsd) => MicroUsd {
  const told = new Map<AccountId, Readonly<{ cost: MicroUsd; fee: MicroUsd }>>();
  return (account, cost) => {
    const before = told.get(account) ?? { cost: 0n, fee: 0n };
    const total = before.cost + cost;
    const fee = (fees.get(account)! * total) / parties.get(account)!.dealt.cost;
    told.set(account, { cost: total, fee });
    return fee - before.fee;
  };
}

/** Adds to the filled size of an order; refuses what was not signed for. */
function recordFill(state: StateAccess, { digest, order }: AuthenticOrder, lots: Lots, party: number): void {
  const filled = (state.read(ORDER, digest)?.filled ?? 0n) + lots;
  require(filled <= order.lots, REFUSAL.overfilled, () => `${filled} of ${order.lots} lots`, party);
  state.put(ORDER, digest, { filled, expiry: order.expiry });
}

/** Open interest, and for a perpetual the premium sample that marks and funding follow from. */
function observeTrade(
  state: StateAccess,
  { id, underlying, parameters }: Market,
  price: Price,
  notional: MicroUsd,
  longChange: Lots,
): void {
  const instrument = existing(state, INSTRUMENT, id);
  const openInterest = instrument.openInterest + longChange;
  if (instrument.kind !== INSTRUMENT_KIND.perpetual || underlying.indexPrice === 0n) {
    state.put(INSTRUMENT, id, { ...instrument, openInterest });
    return;
  }
  const clampTo = parameters.premiumClamp;
  const index = underlying.indexPrice;
  const sample = clamp(((price - index) * WAD) / index, -clampTo, clampTo);
  state.put(INSTRUMENT, id, {
    ...instrument,
    openInterest,
    premiumNotional: instrument.premiumNotional + notional,
    premiumWeighted: instrument.premiumWeighted + (notional * sample) / WAD,
  });
}
