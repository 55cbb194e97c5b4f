/** The actions an owner signs. Exactly these can be forced from L1. */
import type { ActionType } from './action.ts';
import { authorizeSession } from './authorizeSession.ts';
import { bid } from './bid.ts';
import { invalidateNonces } from './invalidateNonces.ts';
import { redeemClaim } from './redeemClaim.ts';
import { revokeSession } from './revokeSession.ts';
import { setMode } from './setMode.ts';
import { transfer } from './transfer.ts';
import { vaultDeposit } from './vaultDeposit.ts';
import { vaultWithdraw } from './vaultWithdraw.ts';
import { withdraw } from './withdraw.ts';

export const ACTIONS: readonly ActionType<any>[] = [
  withdraw,
  transfer,
  setMode,
  authorizeSession,
  revokeSession,
  invalidateNonces,
  bid,
  vaultDeposit,
  vaultWithdraw,
  redeemClaim,
];
