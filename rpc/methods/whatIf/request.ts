/** The account a request asks about, over a view of the newest state; and numbers as requests write them. */
import { abs } from '../../../state/math/integer.ts';
import { ACCOUNT, accountIdOf, MARGIN_MODE, type MarginMode } from '../../../state/records/account.ts';
import { OWNER } from '../../../state/records/owner.ts';
import { REFUSAL } from '../../../state/refusals.ts';
import type { Margin } from '../../../state/risk/margin.ts';
import { NEW_ACCOUNT } from '../../../state/transactions/deposit.ts';
import type { AccountId, Address } from '../../../state/units.ts';
import { refusalError, RpcError } from '../../schema/errors.ts';
import type { WhatIfAccount } from '../../schema/simulate.ts';
import type { Service } from '../service.ts';
import { fromDecimal, fromSignedDecimal, stepsOf } from '../units.ts';
import { accountIn, addPosition, changeBalance, fillOpenOrders, marginIn } from './changes.ts';
import { Overlay } from './overlay.ts';

/** Who an empty account belongs to: nobody has the key. */
const NOBODY: Address = `0x${'00'.repeat(19)}01`;
const STEPS_BOUND = 2n ** 47n;
const AMOUNT_BOUND = 2n ** 100n;
const PRICE_BOUND = 10n ** 18n;
/** `before` is the margin of the account as it stands. */
export type Built = Readonly<{ id: AccountId; overlay: Overlay; before: Margin }>;

/** The account that is asked about, over a view of the newest state. @throws RpcError */
export function build(service: Service, request: WhatIfAccount, mode: MarginMode | undefined): Built {
  const { owner, subaccount } = request;
  const base = new Overlay(service.node.executor.state);
  const id = owner === undefined ? accountIdOf(NOBODY, subaccount) : service.account(owner, subaccount).id;
  if (owner === undefined) {
    base.remove(OWNER, NOBODY);
    base.put(ACCOUNT, id, NEW_ACCOUNT);
  }
  const before = marginIn(base, id);
  const overlay = base.fork();
  if (mode !== undefined) {
    const account = accountIn(overlay, id);
    if (mode === MARGIN_MODE.isolated && account.positions.length > 1) {
      throw refusalError(REFUSAL.isolated_needs_one_instrument, { param: 'mode' });
    }
    overlay.put(ACCOUNT, id, { ...account, mode });
  }
  request.balances.forEach(({ asset: symbol, amount: text }, i) => {
    const param = `balances[${i}]`;
    const { asset, decimals } = service.directory.asset(symbol, `${param}.asset`);
    const amount = fromSignedDecimal(text, decimals);
    if (amount === null) throw new RpcError('AMOUNT_TOO_PRECISE', { param: `${param}.amount`, received: text });
    requireBelow(amount, AMOUNT_BOUND, `${param}.amount`);
    if (amount !== 0n) changeBalance(overlay, id, asset, amount, `${param}.amount`);
  });
  request.positions.forEach(({ market: symbol, size, entryPrice }, i) => {
    const param = `positions[${i}]`;
    const market = service.market(symbol, `${param}.market`);
    const lots = stepsIn(size.replace('-', ''), market.lotSize, `${param}.size`, 'SIZE_OFF_LOT');
    const price = entryPrice === undefined ? undefined : priceIn(entryPrice, `${param}.entryPrice`);
    if (lots !== 0n) addPosition(overlay, id, market.instrument, size.startsWith('-') ? -lots : lots, price, param);
  });
  const orders = request.openOrders ? service.node.desk.open(id) : [];
  return { id, overlay: fillOpenOrders(overlay, id, orders), before };
}

function requireBelow(value: bigint, bound: bigint, param: string): void {
  if (abs(value) < bound) return;
  throw new RpcError('INVALID_PARAMS', { param, expected: 'a smaller number' });
}

export function stepsIn(text: string, step: bigint, param: string, error: 'SIZE_OFF_LOT' | 'PRICE_OFF_TICK'): bigint {
  const stepped = stepsOf(text, step);
  if (!stepped.ok) throw new RpcError(error, { param, expected: stepped.nearest, received: text });
  if (stepped.steps >= STEPS_BOUND) throw new RpcError('ORDER_OUT_OF_RANGE', { param, expected: 'below 2^47 steps' });
  return stepped.steps;
}

function priceIn(text: string, param: string): bigint {
  const price = fromDecimal(text, 8);
  if (price === null) throw new RpcError('INVALID_PARAMS', { param, expected: 'at most 8 decimals', received: text });
  requireBelow(price, PRICE_BOUND, param);
  return price;
}

