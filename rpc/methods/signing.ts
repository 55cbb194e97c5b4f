/** From an action in human units to the integers that are signed; the same code on both ends. */
import { fromHex } from '../../state/codec/bytes.ts';
import type { CompactSignature } from '../../state/codec/signature.ts';
import { typedDigest, type TypedStruct } from '../../state/codec/typedData.ts';
import { min } from '../../state/math/integer.ts';
import { MARGIN_MODE } from '../../state/records/account.ts';
import { SESSION_SCOPE } from '../../state/records/session.ts';
import type { ActionType } from '../../state/transactions/action.ts';
import { authorizeSession } from '../../state/transactions/authorizeSession.ts';
import { ANY_STATE, bid } from '../../state/transactions/bid.ts';
import { invalidateNonces } from '../../state/transactions/invalidateNonces.ts';
import { orderTyped, TIME_IN_FORCE } from '../../state/transactions/order.ts';
import { redeemClaim } from '../../state/transactions/redeemClaim.ts';
import { revokeSession } from '../../state/transactions/revokeSession.ts';
import { setMode } from '../../state/transactions/setMode.ts';
import { transfer } from '../../state/transactions/transfer.ts';
import { vaultDeposit } from '../../state/transactions/vaultDeposit.ts';
import { vaultWithdraw } from '../../state/transactions/vaultWithdraw.ts';
import { withdraw } from '../../state/transactions/withdraw.ts';
import { WAD, type Address, type Digest } from '../../state/units.ts';
import { cancelAllTyped, cancelTyped } from '../../node/sequencer/requests.ts';
import { RpcError } from '../schema/errors.ts';
import type { Action, OrderAction } from '../schema/tx.ts';
import type { Directory } from './directory.ts';
import { fromDecimal, stepsOf } from './units.ts';

export type Message = Readonly<Record<string, unknown>>;
/** An action as it is signed; `transaction` is absent for what only the sequencer acts on. */
export type SignedMessage = Readonly<{
  typed: TypedStruct;
  message: Message;
  transaction?: ActionType<any>;
}>;

/** The typed structs by name: what system_info shows and a wallet signs. */
export const TYPED_STRUCTS: readonly TypedStruct[] = [
  orderTyped,
  cancelTyped,
  cancelAllTyped,
  ...[withdraw, transfer, setMode, authorizeSession, revokeSession, invalidateNonces, bid, vaultDeposit, vaultWithdraw, redeemClaim].map(
    (a) => a.typed,
  ),
];

const TIME_IN_FORCE_CODE = {
  gtc: TIME_IN_FORCE.goodTillExpiry,
  ioc: TIME_IN_FORCE.immediateOrCancel,
  fok: TIME_IN_FORCE.fillOrKill,
} as const;
/** Ticks and lots have 47 bits. */
const QUANTITY_BOUND = 2n ** 47n;
const AMOUNT_BOUND = 2n ** 128n;
const SIGNED_BOUND = 2n ** 127n;

const lower = (hex: string): `0x${string}` => hex.toLowerCase() as `0x${string}`;

function steps(text: string, step: bigint, param: 'price' | 'size'): bigint {
  const stepped = stepsOf(text, step);
  if (!stepped.ok) {
    const name = param === 'price' ? 'PRICE_OFF_TICK' : 'SIZE_OFF_LOT';
    throw new RpcError(name, { param: `action.${param}`, expected: stepped.nearest, received: text });
  }
  if (stepped.steps >= QUANTITY_BOUND) {
    throw new RpcError('ORDER_OUT_OF_RANGE', { param: `action.${param}`, expected: 'below 2^47 steps' });
  }
  return stepped.steps;
}

function amountOf(text: string, decimals: number, param: string): bigint {
  const amount = fromDecimal(text, decimals);
  if (amount === null) {
    const expected = `at most ${decimals} decimals`;
    throw new RpcError('AMOUNT_TOO_PRECISE', { param, expected, received: text });
  }
  if (amount >= AMOUNT_BOUND) {
    throw new RpcError('INVALID_PARAMS', { param, expected: 'an amount below 2^128 units', received: text });
  }
  return amount;
}

/** A share of an account [1e-18]; more than all of it is all of it. */
function shareOf(text: string): bigint {
  const share = fromDecimal(text, 18);
  if (share !== null) return min(share, WAD);
  throw new RpcError('AMOUNT_TOO_PRECISE', { param: 'action.share', expected: 'at most 18 decimals', received: text });
}

/** Dollars of either sign [1e-6 USD], within i128. */
function signedUsdOf(text: string, param: string): bigint {
  const isNegative = text.startsWith('-');
  const amount = amountOf(isNegative ? text.slice(1) : text, 6, param);
  if (amount >= SIGNED_BOUND) {
    throw new RpcError('INVALID_PARAMS', { param, expected: 'an amount below 2^127 units', received: text });
  }
  return isNegative ? -amount : amount;
}

const headOf = (action: Action) => ({
  owner: lower(action.owner) as Address,
  subaccount: action.subaccount,
  nonce: BigInt(action.nonce),
  expiry: action.expiry,
});

/** The message of an order. */
export function orderMessage(action: OrderAction, directory: Directory) {
  const market = directory.market(action.market, 'action.market');
  const { owner, subaccount, nonce, expiry } = headOf(action);
  return {
    owner,
    subaccount,
    nonce,
    expiry,
    instrument: market.instrument,
    buy: action.side === 'buy',
    lots: steps(action.size, market.lotSize, 'size'),
    limitTicks: steps(action.price, market.tickSize, 'price'),
    timeInForce: TIME_IN_FORCE_CODE[action.timeInForce],
    postOnly: action.postOnly,
    reduceOnly: action.reduceOnly,
  };
}

/** What is signed of any action. @throws RpcError where a name is unknown or a number does not fit */
export function messageOf(action: Action, directory: Directory): SignedMessage {
  const head = headOf(action);
  const { owner, subaccount, nonce, expiry } = head;
  const money = (a: { asset: string; amount: string }) => {
    const { asset, decimals } = directory.asset(a.asset, 'action.asset');
    return { asset, amount: amountOf(a.amount, decimals, 'action.amount') };
  };
  const of = (transaction: ActionType<any>, fields: Message): SignedMessage => ({
    typed: transaction.typed,
    message: { owner, subaccount, nonce, expiry, ...fields },
    transaction,
  });
  switch (action.type) {
    case 'order':
      return { typed: orderTyped, message: orderMessage(action, directory) };
    case 'cancel':
      return { typed: cancelTyped, message: { order: lower(action.order), ...head } };
    case 'cancelAll': {
      const { market } = action;
      const instrument = market === undefined ? 0 : directory.market(market, 'action.market').instrument;
      return { typed: cancelAllTyped, message: { instrument, ...head } };
    }
    case 'withdraw':
      return of(withdraw, { recipient: lower(action.recipient), ...money(action) });
    case 'transfer':
      return of(transfer, {
        toOwner: lower(action.toOwner),
        toSubaccount: action.toSubaccount,
        ...money(action),
      });
    case 'setMode':
      return of(setMode, { mode: MARGIN_MODE[action.mode] });
    case 'authorizeSession':
      return of(authorizeSession, {
        key: lower(action.key),
        scope: action.scope.reduce((bits, name) => bits | SESSION_SCOPE[name], 0),
        sessionExpiry: action.sessionExpiry,
        notionalCap: amountOf(action.notionalCap, 6, 'action.notionalCap'),
        markets: action.markets.map((symbol) => directory.market(symbol, 'action.markets').instrument),
      });
    case 'revokeSession':
      return of(revokeSession, { key: lower(action.key) });
    case 'invalidateNonces':
      return of(invalidateNonces, { floor: BigInt(action.floor) });
    case 'bid':
      return of(bid, {
        fromOwner: lower(action.fromOwner),
        fromSubaccount: action.fromSubaccount,
        share: shareOf(action.share),
        maxPrice: signedUsdOf(action.maxPrice, 'action.maxPrice'),
        expected: action.expected === undefined ? ANY_STATE : lower(action.expected),
      });
    case 'vaultDeposit':
      return of(vaultDeposit, { vault: action.vault, amount: amountOf(action.amount, 6, 'action.amount') });
    case 'vaultWithdraw':
      return of(vaultWithdraw, { vault: action.vault, shares: amountOf(action.shares, 6, 'action.shares') });
    case 'redeemClaim':
      return of(redeemClaim, { toOwner: lower(action.toOwner), toSubaccount: action.toSubaccount });
  }
}

export const messageDigest = (domainSeparator: Digest, { typed, message }: SignedMessage): Uint8Array =>
  typedDigest(fromHex(domainSeparator), typed, message);

/** A signature in the form of the chain (EIP-2098): 65 bytes r, s, v are folded to 64. */
export function compactSignature(text: string): CompactSignature {
  const hex = lower(text);
  if (hex.length === 130) return hex;
  const v = Number.parseInt(hex.slice(130), 16);
  const top = Number.parseInt(hex.slice(66, 68), 16);
  const parity = v >= 27 ? v - 27 : v;
  if (parity > 1 || top >= 128) {
    const expected = 'v of 27 or 28 (or 0 or 1), and s in the lower half of the order';
    throw new RpcError('SIGNATURE_MALFORMED', { param: 'signature', expected, nonceConsumed: false });
  }
  const first = (top | (parity << 7)).toString(16).padStart(2, '0');
  return `0x${hex.slice(2, 66)}${first}${hex.slice(68, 130)}`;
}
