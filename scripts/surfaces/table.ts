// Errors by time to expiry, as rows of count, median, 95th percentile and worst.
import { SECONDS_PER_DAY, type Seconds } from '../../state/units.ts';

/** Upper bounds in days, exclusive. */
const BUCKETS = [2, 7, 35, 100, Number.POSITIVE_INFINITY] as const;
export const ALL = 'all';

export type Summary = Readonly<{ count: number; median: number; p95: number; p99: number; worst: number }>;

/** Collects absolute errors under the bucket of their time to expiry and under `ALL`. */
export class ErrorTable {
  readonly #errors = new Map<string, number[]>([...BUCKETS.map(nameOf), ALL].map((name) => [name, []]));

  add(life: Seconds, error: number): void {
    const bucket = BUCKETS.findIndex((days) => life < days * SECONDS_PER_DAY);
    this.#errors.get(nameOf(BUCKETS[bucket]!, bucket))!.push(Math.abs(error));
    this.#errors.get(ALL)!.push(Math.abs(error));
  }

  /** Of buckets that have errors. */
  summaries(): ReadonlyMap<string, Summary> {
    const filled = [...this.#errors].filter(([, errors]) => errors.length > 0);
    return new Map(filled.map(([name, errors]) => [name, summaryOf(errors)]));
  }
}

function nameOf(days: number, bucket: number): string {
  if (bucket === 0) return `under ${days} d`;
  const from = BUCKETS[bucket - 1]!;
  return days === Number.POSITIVE_INFINITY ? `from ${from} d` : `${from} to ${days} d`;
}

export function summaryOf(errors: readonly number[]): Summary {
  const sorted = [...errors].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]!;
  return { count: sorted.length, median: at(0.5), p95: at(0.95), p99: at(0.99), worst: sorted.at(-1)! };
}

/** @param scale what one unit of the table is of the error */
export function rendered(title: string, errors: ErrorTable, scale = 1): string {
  const head = [title, 'count', 'median', 'p95', 'p99', 'worst'];
  const rows = [...errors.summaries()].map(([name, { count, ...rest }]) => [
    name,
    String(count),
    ...[rest.median, rest.p95, rest.p99, rest.worst].map((x) => (x / scale).toFixed(3)),
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all.map((row) => row.map((c, i) => (i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join('  ')).join('\n');
}
