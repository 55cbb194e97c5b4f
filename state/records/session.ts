/** A delegated key: may trade for one account within its scope, markets, cap and expiry. */
import { list, struct, time, u128, u32, u8, type Decoded } from '../codec/layout.ts';
import { MAX_SESSION_MARKETS } from '../constants.ts';
import { named } from './kind.ts';
import type { AccountId, Address } from '../units.ts';

/** Bits of `scope`. A session never withdraws, transfers or delegates. */
export const SESSION_SCOPE = { trade: 1, reduceOnly: 2 } as const;

const layout = struct({
  scope: u8,
  expiry: time,
  /** Largest notional of one order [1e-6 USD]; 0: no cap. */
  notionalCap: u128,
  /** Instruments it may trade; empty: all. */
  markets: list(u32, MAX_SESSION_MARKETS),
});
export type Session = Decoded<typeof layout>;
export const SESSION = named(8, 'session', 41, layout);
export const sessionIdOf = (account: AccountId, key: Address): `0x${string}` => `${account}${key.slice(2)}`;
