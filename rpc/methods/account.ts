/** What an owner sees of an account: now, and in its histories. */
import { existing } from '../../state/access.ts';
import { accountIdOf } from '../../state/records/account.ts';
import { SESSION, SESSION_SCOPE } from '../../state/records/session.ts';
import { loadPortfolio } from '../../state/risk/portfolio.ts';
import type { AccountId, Address, Digest } from '../../state/units.ts';
import {
  fillsDefinition,
  getDefinition,
  ledgerDefinition,
  openOrdersDefinition,
  orderDefinition,
  ordersDefinition,
  positionsDefinition,
  sessionKeysDefinition,
} from '../schema/account.ts';
import { greeksDefinition, marginDefinition } from '../schema/accountRisk.ts';
import { implement, type Method } from '../schema/core.ts';
import { RpcError } from '../schema/errors.ts';
import { accountGreeksJson } from './accountGreeks.ts';
import {
  accountJson,
  fillJson,
  ledgerJson,
  orderJson,
  positionsJson,
} from './accountViews.ts';
import { accountMarginJson } from './marginViews.ts';
import { marginWitness } from './marginWitness.ts';
import { cursorOf, pageOf } from './pages.ts';
import type { Service } from './service.ts';
import { usdText } from './units.ts';

const idOf = (owner: string, subaccount: number): AccountId =>
  accountIdOf(owner.toLowerCase() as Address, subaccount);

export function accountMethods(service: Service): Method[] {
  return [...stateMethods(service), ...orderMethods(service), ...historyMethods(service)];
}

function stateMethods(service: Service): Method[] {
  const { node } = service;
  const { state } = node.executor;
  return [
    implement(getDefinition, ({ owner, subaccount }) => {
      const { id, account } = service.account(owner, subaccount);
      return { account: accountJson(service, id, account), at: service.at() };
    }),
    implement(positionsDefinition, ({ owner, subaccount }) => {
      const { id, account } = service.account(owner, subaccount);
      return { positions: positionsJson(service, loadPortfolio(state, id, account)), at: service.at() };
    }),
    implement(marginDefinition, ({ owner, subaccount, witness }) => {
      const { id, account } = service.account(owner, subaccount);
      const portfolio = loadPortfolio(state, id, account);
      return {
        ...accountMarginJson(service, portfolio),
        witness: witness ? marginWitness(service, id, account) : null,
        at: service.at(),
      };
    }),
    implement(greeksDefinition, ({ owner, subaccount }) => {
      const { id, account } = service.account(owner, subaccount);
      return { ...accountGreeksJson(service, loadPortfolio(state, id, account)), at: service.at() };
    }),
    implement(sessionKeysDefinition, ({ owner, subaccount }) => {
      const account = idOf(owner, subaccount);
      const now = node.clock.nowSeconds();
      const ids = [...state.idsOf(SESSION)].filter((id) => id.startsWith(account));
      const sessions = ids.map((id) => {
        const { scope, expiry, notionalCap, markets } = existing(state, SESSION, id);
        const names = ['trade', 'reduceOnly'] as const;
        return {
          key: `0x${id.slice(account.length)}`,
          scope: names.filter((name) => (scope & SESSION_SCOPE[name]) !== 0),
          expiry,
          notionalCap: notionalCap === 0n ? null : usdText(notionalCap),
          markets: markets.map((instrument) => service.directory.marketOf(instrument).symbol),
          live: expiry > now,
        };
      });
      return { sessions, at: service.at() };
    }),
  ];
}

function orderMethods(service: Service): Method[] {
  const { desk } = service.node;
  return [
    implement(openOrdersDefinition, ({ owner, subaccount, market }) => {
      const instrument = market === undefined ? undefined : service.market(market).instrument;
      const orders = desk
        .open(idOf(owner, subaccount))
        .filter((record) => instrument === undefined || record.instrument === instrument)
        .map((record) => orderJson(service, record));
      return { orders, at: service.at() };
    }),
    implement(ordersDefinition, async ({ owner, subaccount, limit, cursor }) => {
      const records = await desk.orders(idOf(owner, subaccount), limit, cursorOf(cursor));
      const last = records.at(-1);
      const next =
        last === undefined || records.length < limit ? {} : { cursor: String(last.sequence) };
      return { orders: records.map((r) => orderJson(service, r)), ...next, at: service.at() };
    }),
    implement(orderDefinition, async ({ orderId, owner, subaccount, clientOrderId }) => {
      const digest = orderId ?? openDigest(service, owner, subaccount, clientOrderId);
      const record = await desk.find(digest as Digest);
      if (record === undefined) throw new RpcError('ORDER_NOT_FOUND', { param: 'orderId', received: digest });
      return { order: orderJson(service, record), at: service.at() };
    }),
  ];
}

function openDigest(
  { node }: Service,
  owner: string | undefined,
  subaccount: number,
  clientOrderId: string | undefined,
): string {
  if (owner === undefined || clientOrderId === undefined) {
    const expected = 'orderId, or owner and clientOrderId';
    throw new RpcError('INVALID_PARAMS', { param: 'orderId', expected, received: 'neither' });
  }
  const order = node.desk.matcher.findByClientOrderId(idOf(owner, subaccount), clientOrderId);
  if (order !== undefined) return order.id;
  const expected = 'the client order id of an open order; ended ones are found by orderId';
  throw new RpcError('ORDER_NOT_FOUND', { param: 'clientOrderId', expected, received: clientOrderId });
}

function historyMethods(service: Service): Method[] {
  const { history } = service.node;
  return [
    implement(fillsDefinition, async ({ owner, subaccount, limit, cursor }) => {
      const id = idOf(owner, subaccount);
      const entries = await history.fills(id, limit, cursorOf(cursor));
      const { items, next } = pageOf(entries, limit, ({ sequence }) => sequence);
      return { fills: items.map((e) => fillJson(service, e, id)), ...next, at: service.at() };
    }),
    implement(ledgerDefinition, async ({ owner, subaccount, limit, cursor }) => {
      const entries = await history.ledger(idOf(owner, subaccount), limit, cursorOf(cursor));
      const { items, next } = pageOf(entries, limit, ({ sequence }) => sequence);
      return { entries: items.map((e) => ledgerJson(service, e)), ...next, at: service.at() };
    }),
  ];
}
