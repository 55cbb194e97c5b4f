/** What a holder weighs in a round of deleveraging: fixed once, before anybody closes. */
import { struct, u64, type Decoded } from '../codec/layout.ts';
import type { AccountId } from '../units.ts';
import { named } from './kind.ts';

const layout = struct({
  /** Number of the round: a part of an earlier one that ended without it is nobody's. */
  round: u64,
  /** Lots that hedge nothing. */
  free: u64,
});
export type Part = Decoded<typeof layout>;
/** By instrument (u32) and account. Exists from when the holder is weighed until it closes. */
export const PART = named(20, 'part', 25, layout);
export const partIdOf = (instrument: number, account: AccountId): `0x${string}` =>
  `0x${instrument.toString(16).padStart(8, '0')}${account.slice(2)}`;
