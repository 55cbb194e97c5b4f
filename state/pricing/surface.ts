/**
 * eSSVI slices: total variance by strike from three numbers of an expiry, and closed conditions under
 * which prices made from them have no arbitrage (Gatheral and Jacquier 4.2; Hendriks and Martini).
 */
import { abs, clamp } from '../math/integer.ts';
import { isqrt, mulQ96, Q96, sqrtQ96, wadToQ96 } from '../math/q96.ts';
import type { Term } from '../records/underlying.ts';
import { SECONDS_PER_YEAR, WAD, type Wad, type X96 } from '../units.ts';

/** Bounds of skew, and of at-the-money variance per year: volatilities of 5 % and 400 % [1e-18]. */
export const RHO_BOUND = (95n * WAD) / 100n;
export const LOWEST_VARIANCE = (25n * WAD) / 10_000n;
export const HIGHEST_VARIANCE = 16n * WAD;
/** A variance more than this many times, or less than this part of, the last one is a jump. */
export const VARIANCE_JUMP = 4n;

const life = (term: Term): bigint => BigInt(term.expiry - term.volatilityTime);

/** Is the skew in its range, and the at-the-money volatility between 5 % and 400 %? */
export function isInRange(term: Term): boolean {
  const yearly = term.theta * BigInt(SECONDS_PER_YEAR);
  const tau = life(term);
  return abs(term.rho) <= RHO_BOUND && yearly >= LOWEST_VARIANCE * tau && yearly <= HIGHEST_VARIANCE * tau;
}

/** Has the at-the-money variance per second of an expiry more than quadrupled, or fallen below a quarter? */
export function isJump(old: Term, posted: Term): boolean {
  const before = old.theta * life(posted);
  const after = posted.theta * life(old);
  return after > VARIANCE_JUMP * before || before > VARIANCE_JUMP * after;
}

/** psi (1 + |rho|) < 4 and psi phi (1 + |rho|) <= 4, with phi = psi / theta: else a butterfly may cost less than nothing. */
export function hasButterflyArbitrage({ theta, rho, psi }: Term): boolean {
  const steepness = WAD + abs(rho);
  return psi * steepness >= 4n * WAD * WAD || psi * psi * steepness > 4n * theta * WAD * WAD;
}

/** Sufficient for a later slice to lie above an earlier one: theta, psi and both wings rise, phi falls. */
export function hasCalendarArbitrage(near: Term, far: Term): boolean {
  const tilt = abs(far.rho * far.psi - near.rho * near.psi);
  return (
    far.theta < near.theta ||
    far.psi < near.psi ||
    tilt > (far.psi - near.psi) * WAD ||
    far.psi * near.theta > near.psi * far.theta
  );
}

/** Strikes beyond this many at-the-money deviations take the volatility there. */
export const WING = 4n;

/**
 * Implied volatility [1e-18, yearly] at log-moneyness k = ln(K/F) of a slice that has been posted, as of
 * its report: w = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), sigma = sqrt(w / life). Two square
 * roots. Widths: w below 2^103, times a year and WAD^2 below 2^249.
 */
export function volatilityAt(term: Term, logStrikeOverForward: X96): Wad {
  const theta = wadToQ96(term.theta);
  const rho = wadToQ96(term.rho);
  const phi = (wadToQ96(term.psi) << 96n) / theta;
  const wing = WING * sqrtQ96(theta);
  const k = clamp(logStrikeOverForward, -wing, wing);
  const slope = mulQ96(phi, k);
  const curve = sqrtQ96(mulQ96(slope + rho, slope + rho) + Q96 - mulQ96(rho, rho));
  const variance = mulQ96(theta, Q96 + mulQ96(rho, slope) + curve) / 2n;
  return isqrt((variance * BigInt(SECONDS_PER_YEAR) * WAD * WAD) / (life(term) << 96n));
}
