/** Every record type by its byte. `parameters` is one type with a layout per page. */
import { ACCOUNT } from './account.ts';
import { ASSET } from './asset.ts';
import { AUCTION } from './auction.ts';
import { CHAIN } from './chain.ts';
import { CLAIM } from './claim.ts';
import { INSTRUMENT } from './instrument.ts';
import type { Kind } from './kind.ts';
import { MACRO } from './macro.ts';
import { MARKET } from './market.ts';
import { ORDER } from './order.ts';
import { OWNER } from './owner.ts';
import { PARAMETERS, PUBLISHERS, PUBLISHERS_PAGE } from './parameters.ts';
import { PART } from './part.ts';
import { POOL } from './pool.ts';
import { REGIME } from './regime.ts';
import { ROUND } from './round.ts';
import { SESSION } from './session.ts';
import { STAKE } from './stake.ts';
import { UNDERLYING } from './underlying.ts';
import { BACKSTOP_VAULT } from './vault.ts';
import { WITHDRAWAL } from './withdrawal.ts';

export type AnyKind = Kind<any, any>;

export const KINDS: readonly AnyKind[] = [
  CHAIN,
  POOL,
  ASSET,
  UNDERLYING,
  INSTRUMENT,
  ACCOUNT,
  ORDER,
  SESSION,
  AUCTION,
  BACKSTOP_VAULT,
  WITHDRAWAL,
  PARAMETERS,
  REGIME,
  OWNER,
  MACRO,
  ROUND,
  CLAIM,
  STAKE,
  PART,
  MARKET,
];
/** One more than the largest type byte. */
export const KIND_BOUND = 22;

const BY_TYPE = new Map(KINDS.map((kind) => [kind.type, kind]));

/** The kind of a record by its type byte and id; `undefined` for an unknown type. */
export function kindOf(type: number, id?: Uint8Array): AnyKind | undefined {
  if (type === PARAMETERS.type && id?.[0] === PUBLISHERS_PAGE) return PUBLISHERS;
  return BY_TYPE.get(type);
}
