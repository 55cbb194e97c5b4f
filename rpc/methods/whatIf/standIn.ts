/**
 * A counterparty that takes any side: an order is tried by the very step that would settle it, filled by
 * somebody with all the money there is. Signatures are the one part that is not real.
 */
import { existing } from '../../../state/access.ts';
import { Refusal } from '../../../state/errors.ts';
import { moveCash } from '../../../state/ledger/ledger.ts';
import { ACCOUNT, accountIdOf, ownerOf, subaccountOf } from '../../../state/records/account.ts';
import { CHAIN } from '../../../state/records/chain.ts';
import { OWNER } from '../../../state/records/owner.ts';
import { refusalName, type RefusalCode, type RefusalName } from '../../../state/refusals.ts';
import type { Context } from '../../../state/transactions/context.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import { encodeFlags, TIME_IN_FORCE, type SignedOrder } from '../../../state/transactions/order.ts';
import { trade } from '../../../state/transactions/trade.ts';
import type { AccountId, Address, Lots, MicroUsd, Ticks } from '../../../state/units.ts';
import { accountIn } from './changes.ts';
import type { Overlay } from './overlay.ts';

/** For steps that look at no signature. */
export const inertContext: Context = { recover: () => null };

const STAND_IN_CASH: MicroUsd = 2n ** 100n;
const ORDER_SECONDS = 60;

/** An owner that is not `owner`: its first digit is another. */
const standInOf = (owner: Address): Address => `0x${owner[2] === '0' ? '1' : '0'}${owner.slice(3)}`;

export type WhatIfOrder = Readonly<{
  instrument: number;
  buy: boolean;
  lots: Lots;
  ticks: Ticks;
  reduceOnly: boolean;
}>;
export type Tried = Readonly<
  | { ok: true; after: Overlay; fee: MicroUsd }
  | { ok: false; refusal: RefusalName; detail: string }
>;

/** One signature says `owner`, the other the stand-in. */
const SIGNED_BY_OWNER = `0x${'00'.repeat(31)}01${'00'.repeat(31)}01` as const;
const SIGNED_BY_STAND_IN = `0x${'00'.repeat(31)}02${'00'.repeat(31)}01` as const;

/** Fills the order whole at its price, over a fork. The account is read from `overlay`. */
export function tryOrder(overlay: Overlay, id: AccountId, order: WhatIfOrder): Tried {
  const owner = ownerOf(id);
  const standIn = standInOf(owner);
  const after = overlay.fork();
  const standInId = accountIdOf(standIn, 0);
  after.put(ACCOUNT, standInId, NEW_ACCOUNT);
  after.remove(OWNER, standIn);
  moveCash(after, 'l1', standInId, STAND_IN_CASH, 'deposit');
  const context: Context = { recover: (_, r) => (r[31] === 1 ? owner : standIn) };
  const terms = {
    lots: order.lots,
    limitTicks: order.ticks,
    expiry: existing(overlay, CHAIN, 0).timestamp + ORDER_SECONDS,
  };
  const flags = { timeInForce: TIME_IN_FORCE.goodTillExpiry, postOnly: false };
  const taker: SignedOrder = {
    ...terms,
    owner,
    subaccount: subaccountOf(id),
    flags: encodeFlags({ ...flags, buy: order.buy, reduceOnly: order.reduceOnly }),
    nonce: accountIn(overlay, id).orderNonceFloor,
    signature: SIGNED_BY_OWNER,
  };
  const maker: SignedOrder = {
    ...terms,
    owner: standIn,
    subaccount: 0,
    flags: encodeFlags({ ...flags, buy: !order.buy, reduceOnly: false }),
    nonce: 0n,
    signature: SIGNED_BY_STAND_IN,
  };
  try {
    const before = after.effects.length;
    trade.apply(after, { instrument: order.instrument, taker, fills: [{ maker, lots: order.lots }] }, context);
    return { ok: true, after, fee: feeOf(after, id, before) };
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { ok: false, refusal: refusalName(thrown.code as RefusalCode)!, detail: thrown.detail };
  }
}

/** What the account paid to the pool for the trade. */
function feeOf({ effects }: Overlay, id: AccountId, from: number): MicroUsd {
  let fee = 0n;
  for (const effect of effects.slice(from)) {
    if (effect.kind === 'cash' && effect.account === id && effect.reason === 'fee') fee -= effect.amount;
  }
  return fee;
}
