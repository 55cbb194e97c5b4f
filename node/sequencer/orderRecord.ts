/** An order as it is remembered: also after it ended. */
import { decodeFlags, TIME_IN_FORCE, type SignedOrder } from '../../state/transactions/order.ts';
import type { AccountId, Digest } from '../../state/units.ts';
import type { OrderInput, SelfTrade, Side, TimeInForce } from './matcher/order.ts';

export type OrderStatus = 'open' | 'filled' | 'cancelled' | 'expired';
export type OrderRecord = Readonly<{
  digest: Digest;
  account: AccountId;
  instrument: number;
  order: SignedOrder;
  clientOrderId: string | undefined;
  selfTrade: SelfTrade;
  sequence: number;
  acceptedMillis: number;
  updatedMillis: number;
  status: OrderStatus;
  /** Why it ended unfilled; empty otherwise. */
  reason: string;
  filledLots: number;
  remainingLots: number;
}>;

const TIME_IN_FORCE_NAME: Readonly<Record<number, TimeInForce>> = {
  [TIME_IN_FORCE.goodTillExpiry]: 'gtc',
  [TIME_IN_FORCE.immediateOrCancel]: 'ioc',
  [TIME_IN_FORCE.fillOrKill]: 'fok',
};

export const sideOf = ({ order }: OrderRecord): Side => ((order.flags & 1) !== 0 ? 'buy' : 'sell');

/** The order for the matcher. */
export function inputOf(record: OrderRecord): OrderInput {
  const { order } = record;
  const flags = decodeFlags(order.flags)!;
  return {
    id: record.digest,
    account: record.account,
    instrument: record.instrument,
    side: flags.buy ? 'buy' : 'sell',
    lots: Number(order.lots),
    priceTicks: Number(order.limitTicks),
    timeInForce: TIME_IN_FORCE_NAME[flags.timeInForce]!,
    postOnly: flags.postOnly,
    reduceOnly: flags.reduceOnly,
    expirySeconds: order.expiry,
    selfTrade: record.selfTrade,
    nonce: order.nonce,
    ...(record.clientOrderId === undefined ? {} : { clientOrderId: record.clientOrderId }),
    payload: order,
  };
}
