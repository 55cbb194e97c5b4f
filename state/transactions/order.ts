/** A signed order as a trade carries it: terms, signature, and whether its signer may trade. */
import type { StateAccess } from '../access.ts';
import { fromHex, toHex } from '../codec/bytes.ts';
import { address, struct, u40, u48, u64, u8, type Decoded } from '../codec/layout.ts';
import { signature, signerOf } from '../codec/signature.ts';
import { typedDigest, typedStruct } from '../codec/typedData.ts';
import { Refusal, require } from '../errors.ts';
import { SESSION, SESSION_SCOPE, sessionIdOf, type Session } from '../records/session.ts';
import { REFUSAL } from '../refusals.ts';
import type { AccountId, Address, Digest, Lots, MicroUsd, Seconds } from '../units.ts';
import type { Context } from './context.ts';

export const TIME_IN_FORCE = { goodTillExpiry: 0, immediateOrCancel: 1, fillOrKill: 2 } as const;
export type TimeInForce = (typeof TIME_IN_FORCE)[keyof typeof TIME_IN_FORCE];

/** Flags byte: bit 0 buy, bits 1-2 time in force, bit 3 post-only, bit 4 reduce-only, rest 0. */
export type OrderFlags = Readonly<{
  buy: boolean;
  timeInForce: TimeInForce;
  postOnly: boolean;
  reduceOnly: boolean;
}>;
export const encodeFlags = (f: OrderFlags): number =>
  (f.buy ? 1 : 0) | (f.timeInForce << 1) | (f.postOnly ? 8 : 0) | (f.reduceOnly ? 16 : 0);

/** Flags of a byte, or null where it is not a valid one. */
export function decodeFlags(byte: number): OrderFlags | null {
  const timeInForce = (byte >> 1) & 3;
  if (byte >= 32 || timeInForce > TIME_IN_FORCE.fillOrKill) return null;
  return {
    buy: (byte & 1) !== 0,
    timeInForce: timeInForce as TimeInForce,
    postOnly: (byte & 8) !== 0,
    reduceOnly: (byte & 16) !== 0,
  };
}

/** 111 bytes. The instrument is the trade's; it is part of the signed message all the same. */
export const orderLayout = struct({
  owner: address,
  subaccount: u8,
  flags: u8,
  lots: u48,
  limitTicks: u48,
  nonce: u64,
  expiry: u40,
  signature,
});
export type SignedOrder = Decoded<typeof orderLayout>;
/** What is signed. */
export type OrderTerms = Omit<SignedOrder, 'signature'> & Readonly<{ instrument: number }>;

export const orderTyped = typedStruct('Order', [
  { name: 'owner', type: 'address' },
  { name: 'subaccount', type: 'uint8' },
  { name: 'instrument', type: 'uint32' },
  { name: 'buy', type: 'bool' },
  { name: 'lots', type: 'uint64' },
  { name: 'limitTicks', type: 'uint64' },
  { name: 'timeInForce', type: 'uint8' },
  { name: 'postOnly', type: 'bool' },
  { name: 'reduceOnly', type: 'bool' },
  { name: 'nonce', type: 'uint64' },
  { name: 'expiry', type: 'uint64' },
]);

/** The digest of an order: what is signed, and the order's identity. Cost: ~3 us. */
export function orderDigest(domainSeparator: Uint8Array, terms: OrderTerms, flags: OrderFlags): Uint8Array {
  const { owner, subaccount, instrument, lots, limitTicks, nonce, expiry } = terms;
  return typedDigest(domainSeparator, orderTyped, {
    owner,
    subaccount,
    instrument,
    lots,
    limitTicks,
    nonce,
    expiry,
    // One by one: a spread behind other fields is copied in the slow way.
    buy: flags.buy,
    timeInForce: flags.timeInForce,
    postOnly: flags.postOnly,
    reduceOnly: flags.reduceOnly,
  });
}

/** An order that a trade may fill: who it binds, and its identity. */
export type AuthenticOrder = Readonly<{
  order: SignedOrder;
  flags: OrderFlags;
  account: AccountId;
  digest: Digest;
  /** Of the session key that signed it; undefined where the owner did. */
  session: Session | undefined;
}>;

/** Refusals of `authenticateOrder`, in order. */
export const ORDER_REFUSALS = [
  'order_expired',
  'signature_invalid',
  'signer_not_authorized',
  'session_expired',
  'session_scope',
  'session_market',
] as const;

/** What costs of an order, and depends on nothing that changes: so it may be found ahead. */
export type OrderIdentity = Readonly<{ digest: Digest; signer: Address | null }>;

/** Checks the signature and the signer's right to trade this instrument for the owner. */
export function authenticateOrder(
  state: StateAccess,
  context: Context,
  domainSeparator: Digest,
  now: Seconds,
  instrument: number,
  order: SignedOrder,
  flags: OrderFlags,
  account: AccountId,
  party: number,
): AuthenticOrder {
  const digest = orderDigest(fromHex(domainSeparator), { instrument, ...order }, flags);
  const identity = { digest: toHex(digest), signer: signerOf(context.recover, digest, order.signature) };
  return authorizeOrder(state, now, instrument, order, flags, account, identity, party);
}

/** The checks of `authenticateOrder`, of an order whose signer was recovered before. */
export function authorizeOrder(
  state: StateAccess,
  now: Seconds,
  instrument: number,
  order: SignedOrder,
  flags: OrderFlags,
  account: AccountId,
  { digest, signer }: OrderIdentity,
  party: number,
): AuthenticOrder {
  require(order.expiry > now, REFUSAL.order_expired, () => `expiry ${order.expiry}, now ${now}`, party);
  if (signer === null) throw new Refusal(REFUSAL.signature_invalid, '', party);
  let session: Session | undefined;
  if (signer !== order.owner) {
    session = state.read(SESSION, sessionIdOf(account, signer));
    if (session === undefined) {
      throw new Refusal(REFUSAL.signer_not_authorized, `recovered ${signer}`, party);
    }
    require(session.expiry > now, REFUSAL.session_expired, '', party);
    const reduces = flags.reduceOnly ? SESSION_SCOPE.reduceOnly : 0;
    require((session.scope & (SESSION_SCOPE.trade | reduces)) !== 0, REFUSAL.session_scope, '', party);
    require(
      session.markets.length === 0 || session.markets.includes(instrument),
      REFUSAL.session_market,
      '',
      party,
    );
  }
  return { order, flags, account, digest, session };
}

/** Refuses an order larger than the session key that signed it may place. */
export function requireWithinCap(
  { session }: AuthenticOrder,
  lots: Lots,
  notionalPerLot: MicroUsd,
  party: number,
): void {
  if (session === undefined || session.notionalCap === 0n) return;
  require(lots * notionalPerLot <= session.notionalCap, REFUSAL.session_notional_cap, '', party);
}
