/** Shares of a backstop vault that an account holds. */
import { struct, time, u128, type Decoded } from '../codec/layout.ts';
import type { AccountId } from '../units.ts';
import { named } from './kind.ts';

const layout = struct({ shares: u128, lockedUntil: time });
export type Stake = Decoded<typeof layout>;
/** By vault (u16) and account. Exists while there are shares. */
export const STAKE = named(19, 'stake', 23, layout);
export const stakeIdOf = (vault: number, account: AccountId): `0x${string}` =>
  `0x${vault.toString(16).padStart(4, '0')}${account.slice(2)}`;
