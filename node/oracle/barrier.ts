/**
 * Least squares under smooth inequality constraints, by Newton steps on a logarithmic barrier (Boyd and
 * Vandenberghe, Convex Optimization, 11.3) with the Gauss-Newton matrix. Deterministic; for tens of unknowns.
 */

/** Gradient, and the lower triangle of a symmetric matrix in rows, that terms are added to. */
export class Normal {
  readonly size: number;
  readonly gradient: Float64Array;
  readonly matrix: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.gradient = new Float64Array(size);
    this.matrix = new Float64Array(size * size);
  }

  /** Adds the term whose gradient is `slope` x g and whose matrix is `curvature` x g g', g at `indices`. */
  add(indices: readonly number[], g: readonly number[], slope: number, curvature: number): void {
    for (let i = 0; i < indices.length; i++) {
      const row = indices[i]!;
      this.gradient[row]! += slope * g[i]!;
      for (let j = 0; j < indices.length; j++) {
        const column = indices[j]!;
        if (column <= row) this.matrix[row * this.size + column]! += curvature * g[i]! * g[j]!;
      }
    }
  }
}

export type Problem = Readonly<{
  /** Number of unknowns. */
  size: number;
  /** What is to be small; adds its gradient and Gauss-Newton matrix where asked. */
  misfit(x: Float64Array, into?: Normal): number;
  /** Visits each constraint: its slack, positive where it holds, and the gradient of the slack. */
  slacks(x: Float64Array, visit: (slack: number, indices: readonly number[], gradient: readonly number[]) => void): void;
}>;

const WEIGHT_FIRST = 1e-4;
/** The misfit ends within this times the number of constraints of the least there is nearby. */
const WEIGHT_LAST = 1e-10;
const WEIGHT_FACTOR = 0.1;
const STEPS_PER_WEIGHT = 12;
const HALVINGS = 40;
/** Armijo: the least part of the predicted descent that a step must achieve. */
const DESCENT = 1e-4;

/** @param start strictly inside the constraints, as every point on the way and the result are */
export function minimise(problem: Problem, start: Float64Array): Float64Array {
  let x = start;
  for (let weight = WEIGHT_FIRST; weight >= 0.5 * WEIGHT_LAST; weight *= WEIGHT_FACTOR) {
    for (let step = 0; step < STEPS_PER_WEIGHT; step++) {
      const next = stepped(problem, x, weight);
      if (next === null) break;
      x = next;
    }
  }
  return x;
}

/** One step of Newton's; null where it would gain next to nothing. */
function stepped(problem: Problem, x: Float64Array, weight: number): Float64Array | null {
  const normal = new Normal(problem.size);
  let value = problem.misfit(x, normal);
  problem.slacks(x, (slack, indices, gradient) => {
    value -= weight * Math.log(slack);
    normal.add(indices, gradient, -weight / slack, weight / (slack * slack));
  });
  const direction = descent(normal);
  const gain = -direction.reduce((sum, d, i) => sum + d * normal.gradient[i]!, 0);
  if (!(gain > 0.01 * weight)) return null;
  for (let share = 1, tries = 0; tries < HALVINGS; share /= 2, tries++) {
    const next = x.map((xi, i) => xi + share * direction[i]!);
    if (barrierAt(problem, next, weight) <= value - DESCENT * share * gain) return next;
  }
  return null;
}

/** Infinite outside of the constraints. */
function barrierAt(problem: Problem, x: Float64Array, weight: number): number {
  let barrier = 0;
  problem.slacks(x, (slack) => {
    barrier -= slack > 0 ? weight * Math.log(slack) : Number.NEGATIVE_INFINITY;
  });
  return Number.isFinite(barrier) ? problem.misfit(x) + barrier : Number.POSITIVE_INFINITY;
}

/** Solves matrix x direction = -gradient in place, by Cholesky's factors. */
function descent({ size, gradient, matrix: m }: Normal): Float64Array {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = m[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= m[row * size + k]! * m[column * size + k]!;
      // Bounds on both sides of every unknown make the matrix positive definite; rounding may not know.
      m[row * size + column] = column < row ? sum / m[column * size + column]! : Math.sqrt(Math.max(sum, 1e-300));
    }
  }
  const out = gradient.map((g) => -g);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) out[row]! -= m[row * size + k]! * out[k]!;
    out[row]! /= m[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) out[row]! -= m[k * size + row]! * out[k]!;
    out[row]! /= m[row * size + row]!;
  }
  return out;
}
