/** What is added to an account before it is looked at: money, collateral, positions, its open orders. */
import { existing } from '../../../state/access.ts';
import { MAX_COLLATERALS, MAX_POSITIONS } from '../../../state/constants.ts';
import { settledCash } from '../../../state/ledger/interest.ts';
import { adjustCollateral, balanceOf, moveCash } from '../../../state/ledger/ledger.ts';
import { changePosition } from '../../../state/ledger/positions.ts';
import { clamp, divNearest, max } from '../../../state/math/integer.ts';
import { reachOf } from '../../../state/pricing/band.ts';
import { ACCOUNT, MARGIN_MODE, type Account } from '../../../state/records/account.ts';
import { CASH_ASSET } from '../../../state/records/asset.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { INSTRUMENT, INSTRUMENT_STATUS, type Instrument } from '../../../state/records/instrument.ts';
import { PARAMETERS, PARAMETERS_PAGE } from '../../../state/records/parameters.ts';
import { POOL } from '../../../state/records/pool.ts';
import { UNDERLYING } from '../../../state/records/underlying.ts';
import { REFUSAL } from '../../../state/refusals.ts';
import { marginOf, type Margin } from '../../../state/risk/margin.ts';
import { loadPortfolio, type Portfolio } from '../../../state/risk/portfolio.ts';
import { decodeFlags } from '../../../state/transactions/order.ts';
import {
  PRICE_TIMES_SIZE_PER_MICRO_USD,
  type AccountId,
  type Lots,
  type MicroUsd,
  type Price,
} from '../../../state/units.ts';
import type { OrderRecord } from '../../../node/sequencer/orderRecord.ts';
import { refusalError } from '../../schema/errors.ts';
import type { Overlay } from './overlay.ts';

export const accountIn = (overlay: Overlay, id: AccountId): Account => existing(overlay, ACCOUNT, id);
export const portfolioIn = (overlay: Overlay, id: AccountId): Portfolio => loadPortfolio(overlay, id, accountIn(overlay, id));
export const marginIn = (overlay: Overlay, id: AccountId): Margin => marginOf(portfolioIn(overlay, id));

/** Adds to a balance, or takes from it what is there. @throws RpcError */
export function changeBalance(overlay: Overlay, id: AccountId, asset: number, amount: bigint, param: string): void {
  const account = accountIn(overlay, id);
  const isCash = asset === CASH_ASSET;
  const cash = settledCash(account, existing(overlay, POOL, 0));
  const balance: bigint = isCash ? (cash > 0n ? cash : 0n) : balanceOf(account, asset);
  if (amount < 0n && balance + amount < 0n) throw refusalError(REFUSAL.balance_too_low, { param });
  if (isCash) {
    if (amount > 0n) moveCash(overlay, 'l1', id, amount, 'deposit');
    else moveCash(overlay, id, 'l1', -amount, 'withdrawal');
    return;
  }
  adjustCollateral(overlay, id, asset, amount, amount > 0n ? 'deposit' : 'withdrawal');
  if (accountIn(overlay, id).collaterals.length > MAX_COLLATERALS) {
    throw refusalError(REFUSAL.too_many_collaterals, { param, expected: `at most ${MAX_COLLATERALS}` });
  }
}

/** Adds signed lots bought or sold at a price, at the mark without one. Free of fees. @throws RpcError */
export function addPosition(
  overlay: Overlay,
  id: AccountId,
  instrumentId: number,
  lots: Lots,
  price: Price | undefined,
  param: string,
): void {
  const instrument = existing(overlay, INSTRUMENT, instrumentId);
  requireLive(overlay, instrument, param);
  const cost =
    price === undefined
      ? lots * instrument.markPerLot
      : divNearest(lots * instrument.lotSize * price, PRICE_TIMES_SIZE_PER_MICRO_USD);
  changePosition(overlay, id, instrumentId, instrument, lots, -cost);
  const { positions, mode } = accountIn(overlay, id);
  if (positions.length > MAX_POSITIONS) {
    throw refusalError(REFUSAL.too_many_positions, { param, expected: `at most ${MAX_POSITIONS}` });
  }
  if (mode === MARGIN_MODE.isolated && positions.length > 1) {
    throw refusalError(REFUSAL.isolated_needs_one_instrument, { param });
  }
}

/** What is over, or was never marked, has no risk to simulate. */
function requireLive(overlay: Overlay, instrument: Instrument, param: string): void {
  const { timestamp: now } = existing(overlay, CHAIN, 0);
  const isOver = instrument.expiry !== 0 && instrument.expiry <= now;
  if (isOver || instrument.status === INSTRUMENT_STATUS.settled) {
    throw refusalError(REFUSAL.instrument_not_trading, { param });
  }
  if (instrument.markTime === 0) throw refusalError(REFUSAL.prices_stale, { param, detail: 'never marked' });
}

type Side = { lots: Lots; cost: MicroUsd };

/**
 * As if the open orders had filled at their limits, within the price band: per market all bids or all
 * asks, whichever leaves less. Reduce-only orders add no risk and are left out.
 */
export function fillOpenOrders(overlay: Overlay, id: AccountId, orders: readonly OrderRecord[]): Overlay {
  const byInstrument = new Map<number, { buys: Side; sells: Side }>();
  for (const { instrument: instrumentId, order, remainingLots } of orders) {
    const flags = decodeFlags(order.flags);
    const instrument = overlay.read(INSTRUMENT, instrumentId);
    if (flags === null || flags.reduceOnly || instrument === undefined) continue;
    let sides = byInstrument.get(instrumentId);
    if (sides === undefined) {
      sides = { buys: { lots: 0n, cost: 0n }, sells: { lots: 0n, cost: 0n } };
      byInstrument.set(instrumentId, sides);
    }
    const side = flags.buy ? sides.buys : sides.sells;
    const lots = BigInt(flags.buy ? remainingLots : -remainingLots);
    side.lots += lots;
    side.cost += lots * costPerLotAt(overlay, instrument, order.limitTicks * instrument.tickSize);
  }
  let current = overlay;
  for (const [instrumentId, { buys, sells }] of byInstrument) {
    const outcomes = [buys, sells]
      .filter(({ lots }) => lots !== 0n)
      .map(({ lots, cost }) => {
        const fork = current.fork();
        changePosition(fork, id, instrumentId, existing(fork, INSTRUMENT, instrumentId), lots, -cost);
        const { initialEquity, initial } = marginIn(fork, id);
        return { fork, free: initialEquity - initial };
      });
    current = outcomes.reduce((worse, other) => (other.free < worse.free ? other : worse)).fork;
  }
  return current;
}

/** [1e-6 USD] of a lot at a price, held within the band around the mark as a trade would be. */
function costPerLotAt(overlay: Overlay, instrument: Instrument, price: Price): MicroUsd {
  const underlying = existing(overlay, UNDERLYING, instrument.underlying);
  const reach = reachOf(instrument, underlying, existing(overlay, PARAMETERS, PARAMETERS_PAGE));
  const held = clamp(price, max(instrument.markPrice - reach, 0n), instrument.markPrice + reach);
  return (held * instrument.tickValue) / instrument.tickSize;
}
