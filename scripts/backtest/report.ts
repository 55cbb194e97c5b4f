// The verdicts as a table, and a picture of daily moves against the range that was in force.
import { lineChart } from '../replay/chart.ts';
import type { Outcome } from './days.ts';
import type { Verdict } from './statistics.ts';

const COLUMNS: readonly (readonly [head: string, cell: (v: Verdict) => string])[] = [
  ['range', (v) => v.name],
  ['days', (v) => String(v.days)],
  ['exceptions/expected', (v) => `${v.exceptions}/${v.expected.toFixed(1)}`],
  ['p Kupiec', (v) => v.kupiec.toFixed(3)],
  ['p Christoffersen', (v) => v.independence.toFixed(3)],
  ['p both', (v) => v.conditional.toFixed(3)],
  ['mean %', (v) => v.meanPercent.toFixed(2)],
  ['peak/trough', (v) => v.peakToTrough.toFixed(1)],
  ['+1 d %', (v) => v.riseOfDayPercent.toFixed(0)],
  ['+30 d %', (v) => v.riseOfMonthPercent.toFixed(0)],
  ['shortfall bp/d', (v) => v.shortfallBasisPoints.toFixed(2)],
];

export function table(verdicts: readonly Verdict[]): string {
  const rows = [COLUMNS.map(([head]) => head), ...verdicts.map((v) => COLUMNS.map(([, cell]) => cell(v)))];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join('  ');
  return rows.map(lineOf).join('\n');
}

export function picture(title: string, outcomes: readonly Outcome[]): string {
  const points = (value: (o: Outcome) => number) =>
    outcomes.map((o) => ({ x: o.day.timeSeconds, y: 100 * value(o) }));
  return lineChart({
    title,
    leftLabel: '% of the price',
    lines: [
      { name: 'move of the day', points: points(({ move }) => move) },
      { name: 'scan range up', points: points(({ day }) => day.required) },
      { name: 'scan range down', points: points(({ day }) => -day.required) },
    ],
  });
}
