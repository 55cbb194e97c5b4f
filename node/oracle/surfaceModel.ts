/**
 * eSSVI slices in doubles, in coordinates where the conditions of `state/pricing/surface.ts` are simple: the
 * logarithms of theta, of a = psi (1 + rho) and of b = psi (1 - rho). |rho psi - rho' psi'| <= psi - psi' says
 * that a and b rise, and psi (1 + |rho|) is the greater of them (A. Mingone, "No arbitrage global
 * parametrization for the eSSVI volatility surface", 2022).
 */
import { HIGHEST_VARIANCE, LOWEST_VARIANCE, RHO_BOUND, WING } from '../../state/pricing/surface.ts';
import { WAD } from '../../state/units.ts';

/** Unknowns of a slice: ln theta, ln a, ln b. */
export const UNKNOWNS = 3;
/** Distance to each condition in logarithms: far more than what rounding to 1e-18 moves. */
const MARGIN = 1e-9;

const fraction = (wad: bigint): number => Number(wad) / Number(WAD);
const RHO = fraction(RHO_BOUND);
const WIDEST_SKEW = Math.log((1 + RHO) / (1 - RHO));
const LOWEST = Math.log(fraction(LOWEST_VARIANCE));
const HIGHEST = Math.log(fraction(HIGHEST_VARIANCE));
const WINGS = Number(WING);
const LN_4 = Math.log(4);
/** a and b are at least this much of the root of theta: as good as flat, and a floor to the unknowns. */
const FLATTEST = Math.log(0.01);

/** A slice: at-the-money total variance, skew and curvature. */
export type Shape = Readonly<{ theta: number; rho: number; psi: number }>;

export function shapeAt(x: Float64Array, slice: number): Shape {
  const [theta, a, b] = [0, 1, 2].map((i) => Math.exp(x[UNKNOWNS * slice + i]!)) as [number, number, number];
  return { theta, rho: (a - b) / (a + b), psi: (a + b) / 2 };
}

export const unknownsOf = ({ theta, rho, psi }: Shape): number[] => [
  Math.log(theta),
  Math.log(psi * (1 + rho)),
  Math.log(psi * (1 - rho)),
];

/**
 * Volatility at log-moneyness k = ln(K/F) of a slice `years` before its expiry, and its gradient by the
 * unknowns: w = (theta + m k + R) / 2, R^2 = (psi k)^2 + 2 m k theta + theta^2, m = rho psi. Flat beyond the wings.
 */
export function volatilityOf(
  { theta, rho, psi }: Shape,
  years: number,
  logMoneyness: number,
  gradient?: number[],
): number {
  const wing = WINGS * Math.sqrt(theta);
  const k = Math.min(Math.max(logMoneyness, -wing), wing);
  const m = rho * psi;
  const root = Math.sqrt((psi * k) ** 2 + 2 * m * k * theta + theta ** 2);
  const sigma = Math.sqrt((theta + m * k + root) / (2 * years));
  if (gradient !== undefined) {
    const byPsi = (psi * k * k) / root;
    const byM = k + (k * theta) / root;
    // In the wings k follows the root of theta.
    const byK = k === logMoneyness ? 0 : m + (psi * psi * k + m * theta) / root;
    const scale = 1 / (4 * sigma * years);
    gradient[0] = scale * (theta * (1 + (m * k + theta) / root) + (byK * k) / 2);
    gradient[1] = (scale / 2) * psi * (1 + rho) * (byPsi + byM);
    gradient[2] = (scale / 2) * psi * (1 - rho) * (byPsi - byM);
  }
  return sigma;
}

type Visit = (slack: number, indices: readonly number[], gradient: readonly number[]) => void;

/** Slacks of the conditions on slices at `x`, nearest expiry first, less the margin. */
export function visitSlacks(x: Float64Array, years: readonly number[], visit: Visit): void {
  let last: Slice | undefined;
  years.forEach((life, i) => {
    const slice = sliceAt(x, UNKNOWNS * i);
    visitRanges(slice, Math.log(life), visit);
    if (last !== undefined) visitCalendar(last, slice, visit);
    last = slice;
  });
}

/** Index of the first unknown, the unknowns, ln psi and its slope by ln a (one less that by ln b). */
type Slice = Readonly<{ at: number; theta: number; a: number; b: number; psi: number; share: number }>;

function sliceAt(x: Float64Array, at: number): Slice {
  const [theta, a, b] = [x[at]!, x[at + 1]!, x[at + 2]!];
  return { at, theta, a, b, psi: Math.log((Math.exp(a) + Math.exp(b)) / 2), share: 1 / (1 + Math.exp(b - a)) };
}

/** Skew and variance in range; psi (1 + |rho|) < 4 and psi^2 (1 + |rho|) <= 4 theta; not too flat. */
function visitRanges({ at, theta, a, b, psi, share }: Slice, logLife: number, visit: Visit): void {
  const [atTheta, atA, atB] = [at, at + 1, at + 2];
  visit(WIDEST_SKEW - (a - b) - MARGIN, [atA, atB], [-1, 1]);
  visit(WIDEST_SKEW - (b - a) - MARGIN, [atA, atB], [1, -1]);
  visit(theta - LOWEST - logLife - MARGIN, [atTheta], [1]);
  visit(HIGHEST + logLife - theta - MARGIN, [atTheta], [-1]);
  visit(LN_4 - a - MARGIN, [atA], [-1]);
  visit(LN_4 - b - MARGIN, [atB], [-1]);
  visit(a - theta / 2 - FLATTEST, [atTheta, atA], [-0.5, 1]);
  visit(b - theta / 2 - FLATTEST, [atTheta, atB], [-0.5, 1]);
  const all = [atTheta, atA, atB];
  visit(LN_4 + theta - psi - a - MARGIN, all, [1, -share - 1, share - 1]);
  visit(LN_4 + theta - psi - b - MARGIN, all, [1, -share, share - 2]);
}

/** theta, a and b rise, phi = psi / theta falls. */
function visitCalendar(near: Slice, far: Slice, visit: Visit): void {
  visit(far.theta - near.theta - MARGIN, [near.at, far.at], [-1, 1]);
  visit(far.a - near.a - MARGIN, [near.at + 1, far.at + 1], [-1, 1]);
  visit(far.b - near.b - MARGIN, [near.at + 2, far.at + 2], [-1, 1]);
  visit(
    near.psi - near.theta - (far.psi - far.theta) - MARGIN,
    [near.at, near.at + 1, near.at + 2, far.at, far.at + 1, far.at + 2],
    [-1, near.share, 1 - near.share, 1, -far.share, far.share - 1],
  );
}
