/** Meters of many names. */
import type { Labels } from '../../node/ports/operation.ts';

/** Samples of a meter from a table of numbers. */
export const byLabel = (label: string, values: Readonly<Record<string, number>>): [Labels, number][] =>
  Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
