/**
 * Claims: what holders gave up in rounds of deleveraging is paid back out of what the insurance fund earns later,
 * to all in proportion to what they are still owed, whoever asks first. What one is owed is its amount times the
 * factor of the pool now over that of the claim, so a recovery for all is one step; when all is recovered, or the
 * factor gets small, another scale begins.
 */
import { existing, type StateAccess } from '../access.ts';
import { CLAIM_FACTOR_FLOOR, CLAIM_FACTOR_START, CLAIM_SCALE_BITS, RECOVERY_SHARE } from '../constants.ts';
import { divUp, min } from '../math/integer.ts';
import { CLAIM, type Claim } from '../records/claim.ts';
import { POOL, type Pool } from '../records/pool.ts';
import { WAD, type AccountId, type MicroUsd } from '../units.ts';
import { moveCash } from './ledger.ts';

/** So many scales back nothing is left of a claim but what rounding leaves. */
const SCALES_SEEN = 3;

/** What has not been recovered for the claim, rounded up. */
export function outstandingUp({ amount, factor, scale }: Claim, { claimFactor, claimScale, claimStart }: Pool): MicroUsd {
  if (scale < claimStart) return 0n;
  const scales = Math.min(claimScale - scale, SCALES_SEEN);
  return divUp(divUp(amount * claimFactor, factor), 1n << BigInt(CLAIM_SCALE_BITS * scales));
}

/** What a recovery would take of the fund: a share of its income since the last one, without what losses in the open will take. */
export function recoverable({ insurance, flagged, claimMark, claims }: Pool): MicroUsd {
  const income = insurance - flagged - claimMark;
  return income > 0n ? min((income * RECOVERY_SHARE) / WAD, claims) : 0n;
}

/** The pool with that much recovered, for all claims alike. */
export function recovered(pool: Pool): Pool {
  const amount = recoverable(pool);
  if (amount === 0n) return pool;
  const insurance = pool.insurance - amount;
  return { ...pool, ...factorAfter(pool, amount), insurance, recovery: pool.recovery + amount, claimMark: insurance - pool.flagged };
}

type Factor = Pick<Pool, 'claims' | 'claimFactor' | 'claimScale' | 'claimStart'>;
function factorAfter({ claims: before, claimFactor, claimScale, claimStart }: Pool, amount: MicroUsd): Factor {
  const claims = before - amount;
  const next = claimScale + 1;
  if (claims === 0n) return { claims, claimFactor: CLAIM_FACTOR_START, claimScale: next, claimStart: next };
  const factor = divUp(claimFactor * claims, before);
  if (factor >= CLAIM_FACTOR_FLOOR) return { claims, claimFactor: factor, claimScale, claimStart };
  return { claims, claimFactor: factor << BigInt(CLAIM_SCALE_BITS), claimScale: next, claimStart };
}

/** Recovers for all claims what can be. */
export function recover(state: StateAccess): void {
  const pool = existing(state, POOL, 0);
  const after = recovered(pool);
  if (after !== pool) state.put(POOL, 0, after);
}

/** Pays to the account what has been recovered for its claim, and returns it. */
export function payClaim(state: StateAccess, id: AccountId, claim: Claim): MicroUsd {
  const pool = existing(state, POOL, 0);
  const amount = outstandingUp(claim, pool);
  if (amount === 0n) state.remove(CLAIM, id);
  else state.put(CLAIM, id, { amount, factor: pool.claimFactor, scale: pool.claimScale });
  const due = claim.amount - amount;
  moveCash(state, 'recovery', id, due, 'recovery');
  return due;
}

/** The account gives up `amount` more. What was recovered for it so far is paid. */
export function growClaim(state: StateAccess, id: AccountId, amount: MicroUsd): void {
  if (amount === 0n) return;
  const before = state.read(CLAIM, id);
  if (before !== undefined) payClaim(state, id, before);
  const held = state.read(CLAIM, id)?.amount ?? 0n;
  const pool = existing(state, POOL, 0);
  const { claims, insurance, claimFactor: factor, claimScale: scale } = pool;
  // Income counts from what the fund has when claims arise.
  const claimMark = claims === 0n ? insurance : min(pool.claimMark, insurance);
  state.put(POOL, 0, { ...pool, claims: claims + amount, claimMark });
  state.put(CLAIM, id, { amount: held + amount, factor, scale });
}
