/** A backstop vault with its depositors, for tests of what it takes and of what its shares are worth. */
import { ACCOUNT } from '../../state/records/account.ts';
import { STAKE, stakeIdOf } from '../../state/records/stake.ts';
import { UNDERLYING } from '../../state/records/underlying.ts';
import { vaultAccountOf } from '../../state/records/vault.ts';
import { absorb } from '../../state/transactions/absorb.ts';
import { encodeTransaction } from '../../state/transactions/all.ts';
import { setVault } from '../../state/transactions/setVault.ts';
import { vaultDeposit } from '../../state/transactions/vaultDeposit.ts';
import { vaultWithdraw } from '../../state/transactions/vaultWithdraw.ts';
import { WAD, type AccountId } from '../../state/units.ts';
import { ETH_PERP, person, type Person, type World } from './world.ts';

export const VAULT = 1;
export const VAULT_ACCOUNT = vaultAccountOf(VAULT);
export const operator = person('operator');
export const LOCK_SECONDS = 3_600n;
const ETH = 2;

/** Opens the vault: it may lose `lossCap` [1e-6 USD] a day. */
export const openVault = (world: World, lossCap: bigint, lockSeconds = LOCK_SECONDS): void => {
  world.accept(world.governanceBytes(setVault, { vault: VAULT, operator: operator.address, lossCap, lockSeconds }));
};

/** Brings cash from L1 and buys shares with it. */
export function stake(world: World, who: Person, amount: bigint): void {
  world.deposit(who.account, amount);
  world.accept(stakeBytes(world, who, amount));
}
export const stakeBytes = (world: World, who: Person, amount: bigint): Uint8Array =>
  world.action(vaultDeposit, who, { vault: VAULT, amount });
export const unstakeBytes = (world: World, who: Person, shares: bigint): Uint8Array =>
  world.action(vaultWithdraw, who, { vault: VAULT, shares });
export const sharesOf = (world: World, who: Person): bigint =>
  world.state.read(STAKE, stakeIdOf(VAULT, who.account))?.shares ?? 0n;

export const absorbBytes = (account: AccountId, share = WAD): Uint8Array =>
  encodeTransaction(absorb, { vault: VAULT, account, share });

/** Gives the vault, behind the protocol's back, a position whose price is too old. */
export function makeVaultStale(world: World): void {
  world.edit(ACCOUNT, VAULT_ACCOUNT, { positions: [{ instrument: ETH_PERP, size: 1n, quote: 0n, fundingIndex: 0n }] });
  world.edit(UNDERLYING, ETH, { oracleTime: 0 });
}
