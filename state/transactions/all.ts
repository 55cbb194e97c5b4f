/** Every transaction of the protocol by its type byte. */
import { encode } from '../codec/layout.ts';
import { concat } from '../codec/bytes.ts';
import { absorb } from './absorb.ts';
import { ACTIONS } from './actions.ts';
import { beginBlock } from './beginBlock.ts';
import { deleverage } from './deleverage.ts';
import { deposit } from './deposit.ts';
import { endAuction } from './endAuction.ts';
import { forced } from './forced.ts';
import { governance } from './governance.ts';
import { mark } from './mark.ts';
import { postPrices } from './postPrices.ts';
import { prune } from './prune.ts';
import { roll } from './roll.ts';
import { settle } from './settle.ts';
import { socialize } from './socialize.ts';
import { startAuction } from './startAuction.ts';
import { trade } from './trade.ts';
import type { TransactionType } from './context.ts';

export const TRANSACTIONS: readonly TransactionType<any>[] = [
  beginBlock,
  deposit,
  forced,
  governance,
  ...ACTIONS,
  trade,
  postPrices,
  mark,
  settle,
  prune,
  roll,
  startAuction,
  endAuction,
  absorb,
  deleverage,
  socialize,
];

const BY_TYPE = new Map(TRANSACTIONS.map((t) => [t.type, t]));

/** The transaction type of a first byte; `undefined` for an unknown one. */
export const transactionOf = (type: number | undefined): TransactionType<any> | undefined =>
  BY_TYPE.get(type ?? 0);

/** The bytes of a transaction: its type, then its body. */
export const encodeTransaction = <T>(type: TransactionType<T>, body: T): Uint8Array =>
  concat(Uint8Array.of(type.type), encode(type.layout, body));
